"""Runs the `expect` snippets of the knowledge files: builds the graph of a snippet and compares its nodes with what the file says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from packaging.specifiers import SpecifierSet

from auditor.analyses.analyse import analyse
from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Unknown
from auditor.facts.python.reader import read_python
from auditor.graph.build.build import build_graph
from auditor.graph.build.context import FileInfo, KnownVersion
from auditor.graph.graph import AgentGraph
from auditor.graph.types import NOUNS, Noun
from auditor.knowledge.forms import Expect
from auditor.knowledge.load import ALWAYS, FOLDER, index, read_file, referred, wanted
from auditor.knowledge.types import Knowledge
from auditor.sources.locks import view_of_header

FILE = "snippet.py"
STEMS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
PLACE = ("kind", "line")


@dataclass(frozen=True)
class Locked:
    """A version that a snippet asks for."""

    versions: tuple[str, ...]
    specifier: SpecifierSet | None = None
    source: str = FILE


@dataclass(frozen=True)
class Lock:
    """The versions of a snippet: its own list, else its PEP 723 header."""

    exact: dict[str, str]
    code: str
    whole: bool = False

    def get(self, package: str) -> KnownVersion | None:
        if package in self.exact:
            return Locked((self.exact[package],))
        header = view_of_header(self.code, FILE)
        return header.get(package) if header is not None else None


@cache
def knowledge(stem: str) -> Knowledge:
    return read_file(FOLDER / f"{stem}.yaml")


def knowledge_for(imports: set[str]) -> list[Knowledge]:
    """As auditor.knowledge.load.load, with every file read once a test run."""
    todo, done = sorted(wanted(imports, index()) | {ALWAYS}), {}
    while todo:
        stem = todo.pop(0)
        if stem not in done and stem in STEMS:
            done[stem] = knowledge(stem)
            todo += sorted(referred(done[stem]))
    return [done[stem] for stem in sorted(done)]


def graph_of(snippet: Expect) -> AgentGraph:
    facts, problem = read_python(FILE, snippet.code)
    assert facts is not None, problem
    lock = Lock(snippet.versions, snippet.code)
    return analyse(build_graph([facts], knowledge_for(set(facts.imports)), {FILE: FileInfo("production")}, lambda _: lock))


def plain(value: Any) -> Any:
    """A setting as snippets write it: its number or word; alternatives as a list; other fields as they are."""
    if not isinstance(value, Setting):
        return list(value) if isinstance(value, tuple) else value
    match value.value:
        case OneOf(alternatives=rows):
            return sorted({plain(row) for row in rows}, key=str)
        case Unknown():
            return "unknown"
        case special if special is ABSENT or special is UNBOUNDED:
            return special.value
        case known:
            return known


def shown(node: Noun, wanted_fields: set[str]) -> dict[str, Any]:
    return {name: plain(getattr(node, name, "no such field")) for name in sorted(wanted_fields)}


def differences(snippet: Expect) -> Iterator[str]:
    """What is missing, wrong or too much; nothing if the snippet holds."""
    kinds = {row["kind"] for row in snippet.gives}
    left = [node for node in graph_of(snippet).nodes.values() if node.kind in kinds]
    unmet = []
    for row in snippet.gives:
        names = set(row) - set(PLACE)
        asked = {name: row[name] for name in sorted(names)}
        found = next((n for n in left if (n.kind, n.at.line) == (row["kind"], row["line"]) and shown(n, names) == asked), None)
        if found is None:
            unmet.append(row)
        else:
            left.remove(found)
    for row in unmet:
        names = set(row) - set(PLACE)
        near = [shown(n, names) for n in left if (n.kind, n.at.line) == (row["kind"], row["line"])]
        left = [n for n in left if (n.kind, n.at.line) != (row["kind"], row["line"])]
        yield f"{row} is not there" + (f"; instead {near}" if near else "")
    for node in left:
        yield f"{node.kind} at line {node.at.line} is too much: {node.name!r} ({node.callee})"


def unknown_fields(snippet: Expect) -> list[str]:
    """Fields of `gives` that its kind of node does not have."""
    known = {kind: {f.name for f in fields(noun)} | set(PLACE) for kind, noun in NOUNS.items()}
    return [f"{row['kind']}.{name}" for row in snippet.gives for name in row if name not in known.get(row["kind"], ())]
