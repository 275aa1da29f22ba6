"""The JSON Schemas for editors say what the readers check."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditor.core.problem import AuditError
from auditor.core.text import load_yaml
from auditor.knowledge.load import FOLDER
from auditor.knowledge.packs import GENERAL, PATTERN, load_files
from auditor.knowledge.types import Knowledge
from auditor.rules.load import NEEDED, OPTIONAL, REMEDIES_NEEDED, builtin_packs, load_rule
from auditor.rules.schema import knowledge_schema, rule_schema
from tests.rules.test_hostile_packs import FRAMEWORKS, PAGE, RULE, YAML

OF_KNOWLEDGE = jsonschema.Draft202012Validator(knowledge_schema())
RULES = sorted(builtin_packs().glob("*/*.yaml"))
VALIDATOR = jsonschema.Draft7Validator(rule_schema())


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_rule_of_the_tool_satisfies_the_schema(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml"))[::8], ids=lambda path: path.stem)
def test_knowledge_files_satisfy_the_schema(path: Path) -> None:
    """But for what only the files of the tool itself may say."""
    data = {key: value for key, value in yaml.safe_load(path.read_text("utf-8")).items() if key not in GENERAL}
    assert [e.message for e in OF_KNOWLEDGE.iter_errors(data) if f"'{PATTERN}' was unexpected" not in e.message] == []


def test_the_schemas_are_schemas() -> None:
    jsonschema.Draft7Validator.check_schema(rule_schema())
    jsonschema.Draft202012Validator.check_schema(knowledge_schema())
    assert list(rule_schema()["properties"]) == [*NEEDED, *OPTIONAL]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("severity", "hihg"),
        ("severity", [{"is": "high"}]),
        ("severity", [{"when": "streams", "is": "hihg"}, {"is": "low"}]),
        ("each", "model_cal"),
        ("each", []),
        ("id", "Some Rule"),
        ("flag", 3),
        ("flag", "x" * 1_001),
        ("params", {"limit": [3]}),
        ("params", {"limit": 1e13}),
        ("status", "new"),
        ("other", 1),
        ("remedies", {"setting": "deadline"}),
        ("column", "rety"),
        ("control", "rate-limits"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(key: str, value: Any) -> None:
    rule = yaml.safe_load(RULE)
    assert list(VALIDATOR.iter_errors(rule)) == []
    assert list(VALIDATOR.iter_errors({**rule, key: value}))
    assert key not in NEEDED or list(VALIDATOR.iter_errors({k: v for k, v in rule.items() if k != key}))


OF_MEANING = re.compile(
    r"(in (where|flag|measure|when): (?!longer)|the id must be the file|'\w+' is a field of|there is no field|there is no setting"
    r"|a brace that|'\w+' names no node|'\w+' holds many|only the rules of the tool|it does not say|the last severity has|a condition is"
    r"|'.*' is no parameter that is a number|a limit of declarations without"
    r"|the package must be|.* begins with no module|there is no type|.* is described by the tool itself|'.*' is no module)"
)
"""what no schema can say: names, expressions, what is the tool's own, which row is the last, and what a limit goes with"""


def shape_mistakes(load: Callable[[Path], object], file: Path, text: str) -> list[str]:
    """What a loader has against the form of a file."""
    file.write_text(text, "utf-8", "surrogatepass")
    try:
        load(file)
    except AuditError as error:
        found = [re.match(r"f\.yaml:\d+:\d+: (.*)", line) for line in error.message.split("\n")]
        return [row[1] for row in found if row is not None and not OF_MEANING.match(row[1])]
    return []


def of_rule(file: Path) -> object:
    file.with_suffix(".md").write_text(PAGE, "utf-8")
    return load_rule(file, "f.yaml", "house")


def of_knowledge(file: Path) -> object:
    return load_files([(file, "f.yaml", False)])


NAMES = ["when", "is", "remedy", "setting", "argument", "none", "blocking", "limit", "absent", "a b", "1", "\u00e9"]
TEXTS = ["", "deadline", "high", "stable", "model_call", "some-rule", "layers", "trace", "x" * 1_001, "x" * 2_001]
text = st.one_of(st.sampled_from([*TEXTS, *NAMES]), st.text(string.printable, max_size=4))
key = st.one_of(st.sampled_from(NAMES), st.text(string.ascii_letters, max_size=3))
numbers = st.floats(min_value=-1e15, max_value=1e15)
"""beyond 2**53 a float that is a whole number for JSON Schema is none for whoever reads it as an integer"""
plain = st.one_of(text, st.integers(), numbers, st.booleans(), st.none(), st.just(10**12 + 1))
value = st.recursive(plain, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(key, inner, max_size=3)), max_leaves=6)
grade = st.fixed_dictionaries({"is": st.sampled_from(["high", "low"])}, optional={"when": text, "remedy": value})
remedies = st.fixed_dictionaries(dict.fromkeys(REMEDIES_NEEDED, text), optional={"blocking": value, "other": text})
changed = st.one_of(
    st.tuples(st.sampled_from([*NEEDED, *OPTIONAL, "other"]), value),
    st.tuples(st.just("severity"), st.lists(grade, max_size=3)),
    st.tuples(st.just("remedies"), remedies),
    st.tuples(st.just("params"), st.dictionaries(key, plain, max_size=3)),
    st.tuples(st.sampled_from(["references", "behind", "each"]), st.lists(text, max_size=3)),
)
thorough = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


@given(changed)
@thorough
def test_the_schema_accepts_what_the_loader_accepts(tmp_path_factory: pytest.TempPathFactory, change: tuple[str, Any]) -> None:
    data = {**yaml.safe_load(RULE), change[0]: change[1]}
    told = [error.message[:200] for error in VALIDATOR.iter_errors(data)]
    wrong = shape_mistakes(of_rule, tmp_path_factory.getbasetemp() / "some-rule.yaml", yaml.safe_dump(data))
    assert bool(told) == bool(wrong), (told, wrong)


@pytest.mark.parametrize("name", [name for name in YAML if name not in ("no text", "no number", "surrogate")])
def test_of_hostile_rules_the_schema_accepts_what_the_loader_accepts(name: str, tmp_path: Path) -> None:
    """JSON has no `.nan`."""
    try:
        data, _ = load_yaml(YAML[name], "f.yaml")
    except AuditError:
        return
    assert VALIDATOR.is_valid(data) == (not shape_mistakes(of_rule, tmp_path / "some-rule.yaml", YAML[name]))


@given(st.sampled_from([*Knowledge.model_fields, PATTERN]), value, st.booleans())
@example(name="operators", content={"when": None}, inside=False)
@thorough
def test_what_the_schema_of_knowledge_accepts_the_loader_does(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: Any, inside: bool
) -> None:
    """The loader takes `"1"` for 1, too."""
    data: dict[str, Any] = {"package": "acme", "calls": [{"names": ["acme.ask"], "noun": "model_call", "settings": {"deadline": {}}}]}
    (data["calls"][0]["settings"]["deadline"] if inside else data)[name] = content
    if OF_KNOWLEDGE.is_valid(data):
        assert shape_mistakes(of_knowledge, tmp_path_factory.getbasetemp() / "acme.yaml", yaml.safe_dump(data)) == []


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_of_hostile_knowledge_the_schema_accepts_what_the_loader_accepts(name: str, tmp_path: Path) -> None:
    try:
        data, _ = load_yaml(FRAMEWORKS[name], "f.yaml")
    except AuditError:
        return
    assert OF_KNOWLEDGE.is_valid(data) == (not shape_mistakes(of_knowledge, tmp_path / "acme.yaml", FRAMEWORKS[name]))
