"""The files are well-formed, and every name in them leads somewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.core.problem import AuditError
from auditor.knowledge import generate
from auditor.knowledge.checks import names, references
from auditor.knowledge.forms import Default, Form
from auditor.knowledge.load import COMPILED, FOLDER, INDEX, compiled, load, read_compiled, read_file, roots_of
from tests.knowledge.snippets import STEMS, knowledge

ROOTS = {*sys.stdlib_module_names, *(root.split(".")[0] for stem in STEMS for root in roots_of(knowledge(stem)))}
each_file = pytest.mark.parametrize("stem", STEMS)


class Unique(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: YAML takes the last, and the first is lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        assert sorted(set(keys)) == sorted(keys), f"a key stands twice: {node.start_mark}"
        return super().construct_mapping(node, deep)


@each_file
def test_no_key_stands_twice(stem: str) -> None:
    yaml.load((FOLDER / f"{stem}.yaml").read_bytes(), Loader=Unique)


@each_file
def test_references_resolve(stem: str) -> None:
    missing = []
    for name in references(knowledge(stem)):
        package, _, kind = name.rpartition(":")
        if kind not in knowledge(package or stem).types:
            missing.append(name)
    assert missing == []


@each_file
def test_names_start_with_a_type_or_a_package(stem: str) -> None:
    k = knowledge(stem)
    others = {name.split(".")[0] for name in names(k) if ":" in name}
    known = {*k.types, *ROOTS, *(o for o in others if o.partition(":")[2] in knowledge(o.partition(":")[0]).types)}
    assert [name for name in names(k) if "." in name and name.split(".")[0] not in known] == []


@each_file
def test_a_file_is_named_like_its_package(stem: str) -> None:
    assert knowledge(stem).package == stem


@each_file
def test_no_name_stands_twice_in_the_calls(stem: str) -> None:
    rows = [name for call in knowledge(stem).calls for name in call.names]
    assert sorted(name for name in set(rows) if rows.count(name) > 1) == []


def defaults(value: object, path: str = "") -> Iterator[tuple[str, Default]]:
    """All defaults of a file, with where they stand."""
    if isinstance(value, Default):
        yield path, value
    elif isinstance(value, Form):
        for name in type(value).model_fields:
            yield from defaults(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from defaults(item, f"{path}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from defaults(item, f"{path}.{number}")


@each_file
def test_a_default_says_where_it_is_from(stem: str) -> None:
    assert [f"{path}: {d.value}" for path, d in defaults(knowledge(stem)) if not d.proof and not d.why and not d.of] == []


def test_the_index_is_current() -> None:
    assert INDEX.read_text("utf-8") == generate.text()


def test_the_compiled_files_are_current_and_say_the_same() -> None:
    assert {path.stem for path in COMPILED.iterdir()} == {path.stem for path in FOLDER.glob("*.yaml")}
    for path in FOLDER.glob("*.yaml"):
        assert (COMPILED / f"{path.stem}.jsonl").read_text("utf-8") == compiled(path), f"{path.stem}: python -m auditor.knowledge.generate"
        assert read_compiled(path) == read_file(path)


def test_a_changed_file_is_read_itself(tmp_path: Path) -> None:
    path = tmp_path / "openai.yaml"
    path.write_text("package: something-else\n", "utf-8")
    assert read_compiled(path).package == "something-else"


def test_a_file_brings_those_that_it_refers_to() -> None:
    packages = {k.package for k in load({"langgraph.graph"})}
    assert {"langgraph", "langchain-core", "langsmith", "python"} <= packages
    assert "openai-agents" not in packages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("package: a\ncalls:\n  - {names: [a.b], knd: http}\n", "calls.0.knd"),
        ("package: a\ntypes:\n  client: {nw: [a.B]}\n", "types.client.nw"),
        ("package: a\ncalls:\n  - {names: [a.b], settings: {deadlines: {unit: seconds}}}\n", "calls.0.settings.deadlines"),
        ("package: a\nfoo: 1\n", "foo"),
        ("package: [\n", "is not valid YAML"),
        ("modules: [a]\n", "package"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(AuditError, match=r"a\.yaml") as raised:
        read_file(path)
    assert said in str(raised.value)
