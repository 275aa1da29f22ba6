"""What the architecture promises of the code itself: names, fences, sizes, forbidden calls."""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import auditor

PACKAGE = Path(auditor.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))

FENCES = {
    "typer": ("cli",),
    "rich": ("cli", "reports/terminal"),
    "jinja2": ("reports",),
    "yaml": ("core/text", "knowledge/load", "rules/load", "facts/deployment"),
    "networkx": ("analyses", "graph/export", "graph/build"),
    "tree_sitter": ("facts/typescript",),
    "pydantic": (
        "settings",
        "knowledge/load",
        "knowledge/forms",
        "knowledge/types",
        "knowledge/registrations",
        "knowledge/workflows",
        "knowledge/packs",
    ),
    "pydantic_core": ("settings", "knowledge/packs"),
    "pathspec": ("sources",),
    "packaging": ("sources", "graph/build/defaults"),
}
"""third-party package -> where in `auditor` it may be imported (a folder, or a module without `.py`)"""

ORDINARY = {
    "agents",
    "backoff",
    "click",
    "git",
    "github",
    "gitlab",
    "ipython",
    "requests",
    "rich",
    "limits",
    "mcp",
    "retry",
    "schedule",
    "together",
    "websocket",
    "workflows",
}
"""names of packages that are also words of this field: looked for as qualified names only"""

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "socket", "ssl", "http", "urllib.request", "ctypes", "runpy", "imp", "code"}
RUNS_PROGRAMS = ("sources/git", "sources/git_objects")


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def inside(path: Path, places: tuple[str, ...]) -> bool:
    return any(place(path) == allowed or place(path).startswith(f"{allowed}/") for allowed in places)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno


def framework_names() -> set[str]:
    names: set[str] = set()
    for file in (PACKAGE / "knowledge" / "frameworks").glob("*.yaml"):
        if file.stem != "python":
            # Only the head is needed: the key stands in front of the long ones.
            modules = yaml.load(file.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)).get("modules") or []
            names |= {file.stem, file.stem.replace("-", "_"), *modules}
    return names


def names_in(text: str, names: set[str]) -> Iterator[tuple[str, int]]:
    """Each name that stands in a text as a word of its own, with its line; ordinary words only where a qualified name begins."""
    for name in sorted(name for name in names if name in text):
        end = r"\.(?=[a-zA-Z_]\w*\.?\w*[\"'`])" if name in ORDINARY else r"(?![\w-])"
        start = r"(?<=[\"'`])" if name in ORDINARY else r"(?<![\w.-])"
        for match in re.finditer(start + re.escape(name) + end, text):
            yield name, text.count("\n", 0, match.start()) + 1


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_no_framework_is_named(path: Path) -> None:
    fenced = {name for name, places in FENCES.items() if inside(path, places)}
    text = path.read_text("utf-8")
    found = [f"{place(path)}:{line}: {name}" for name, line in names_in(text, NAMES - fenced)]
    assert found == [], "what a package's names mean belongs into auditor/knowledge/frameworks"


NAMES = framework_names()


def test_the_search_for_names_finds_them() -> None:
    lines = [
        "import openai",
        'x = "openai.OpenAI"',
        "# as in langgraph",
        'y = "retry.api.retry_call"',
        "retry = backoff",
        "openai_like = 1",
    ]
    text = "\n".join(lines)
    assert sorted(names_in(text, NAMES)) == [("langgraph", 3), ("openai", 1), ("openai", 2), ("retry", 4)]


def test_third_party_packages_stay_behind_their_fences() -> None:
    known = sys.stdlib_module_names | {"auditor"}
    outside = [
        f"{place(path)}:{line}: {name}"
        for path in MODULES
        for name, line in imports(path)
        if (root := name.partition(".")[0]) not in known and not inside(path, FENCES.get(root, ()))
    ]
    assert outside == []


def test_nothing_is_evaluated_unpickled_or_fetched() -> None:
    found = []
    for path in MODULES:
        for name, line in imports(path):
            if name in FORBIDDEN_IMPORTS or name.partition(".")[0] in FORBIDDEN_IMPORTS:
                found.append(f"{place(path)}:{line}: import {name}")
            if name.partition(".")[0] in ("subprocess", "multiprocessing") and not inside(path, RUNS_PROGRAMS):
                found.append(f"{place(path)}:{line}: import {name}")
        calls = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
        found += [f"{place(path)}:{call.lineno}: {ast.unparse(call.func)}()" for call in calls if ast.unparse(call.func) in FORBIDDEN_CALLS]
    assert found == []


def test_yaml_is_read_by_safe_loaders_only() -> None:
    unsafe = re.compile(r"yaml\.(unsafe_load|full_load|UnsafeLoader|FullLoader|Loader\b|CLoader)")
    assert [place(path) for path in MODULES if unsafe.search(path.read_text("utf-8"))] == []


def test_files_are_short() -> None:
    lengths = {place(path): path.read_text("utf-8").count("\n") for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert statistics.median(length for length in lengths.values() if length) < 150


def test_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert sum(length < 30 for length in lengths) / len(lengths) >= 0.9


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_every_module_says_what_it_is_in_one_sentence(path: Path) -> None:
    """A table may follow, as a paragraph of its own."""
    docstring = " ".join((ast.get_docstring(tree(path)) or "").partition("\n\n")[0].split())
    assert docstring.endswith("."), "a sentence, with a full stop"
    inner = re.sub(r"`[^`]*`|\(.*?\)|\b(e\.g|i\.e)\.", "x", docstring[:-1])
    assert not re.search(r"[.!?]\s+[A-Z]", inner), "one sentence"
