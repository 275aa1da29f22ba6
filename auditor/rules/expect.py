"""Runs the `expect` snippets of knowledge files: builds the graph of a snippet and compares its nodes with what the file says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from auditor.analyses.analyse import analyse
from auditor.core.text import did_you_mean, printable
from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Unknown
from auditor.facts.python.reader import read_python
from auditor.graph.build.build import build_graph
from auditor.graph.build.context import FileInfo, KnownVersion
from auditor.graph.graph import AgentGraph
from auditor.graph.types import NOUNS, Noun
from auditor.knowledge.forms import Expect
from auditor.knowledge.types import Knowledge
from auditor.sources.locks import view_of_header

KnowledgeFor: TypeAlias = Callable[[Collection[str]], list[Knowledge]]
"""the knowledge for imports"""
FILE = "snippet.py"
PLACE = ("kind", "line")


class Unreadable(Exception):
    """A snippet that is no Python."""


@dataclass(frozen=True)
class Locked:
    """A version that a snippet asks for."""

    versions: tuple[str, ...]
    specifier: object = None
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


def graph_of(snippet: Expect, knowledge_for: KnowledgeFor) -> AgentGraph:
    facts, problem = read_python(FILE, snippet.code)
    if facts is None:
        raise Unreadable(problem.message if problem else "it cannot be read")
    lock = Lock(snippet.versions, snippet.code)
    return analyse(build_graph([facts], knowledge_for(facts.imports), {FILE: FileInfo("production")}, lambda _: lock))


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


def says(row: Mapping[str, Any], node: Noun) -> bool:
    """Whether a row holds of a node, wherever that is."""
    return node.kind == row["kind"] and all(plain(getattr(node, name, "no such field")) == row[name] for name in row if name not in PLACE)


def differences(snippet: Expect, knowledge_for: KnowledgeFor) -> Iterator[tuple[int | None, str]]:
    """What is missing, wrong or too much, with the number of its row; nothing if the snippet holds."""
    kinds = {row["kind"] for row in snippet.gives}
    nodes = list(graph_of(snippet, knowledge_for).nodes.values())
    left = [node for node in nodes if node.kind in kinds]
    unmet = []
    for number, row in enumerate(snippet.gives):
        found = next((n for n in left if n.at.line == row["line"] and says(row, n)), None)
        if found is None:
            unmet.append((number, row))
        else:
            left.remove(found)
    for number, row in unmet:
        names = set(row) - set(PLACE)
        near = [shown(n, names) for n in left if (n.kind, n.at.line) == (row["kind"], row["line"])]
        left = [n for n in left if (n.kind, n.at.line) != (row["kind"], row["line"])]
        other = next((n for n in left if says(row, n)), None) if not near else None
        if other is not None:
            left.remove(other)
        said = _instead(row, near) if near else f"{_wanted(row)}; {_elsewhere(other) if other is not None else _there(row['line'], nodes)}"
        yield number, printable(said)
    for node in left:
        yield None, printable(f"{node.kind} at line {node.at.line} is too much: {node.name!r} ({node.callee})")


def _instead(row: Mapping[str, Any], near: Sequence[Mapping[str, Any]]) -> str:
    """What the fields are of the node at the line; of several all that they say."""
    if len(near) == 1:
        differing = ", ".join(f"{name} {value} and not {row[name]}" for name, value in near[0].items() if value != row[name])
        return f"the {row['kind']} at line {row['line']} has {differing}"
    each = " and ".join(", ".join(f"{name} {value}" for name, value in fields.items()) for fields in near)
    return f"{_wanted(row)}; instead there are {each}"


def _wanted(row: Mapping[str, Any]) -> str:
    said = ", ".join(f"{name} {value}" for name, value in row.items() if name not in PLACE)
    return f"no {row['kind']} at line {row['line']}{f' with {said}' if said else ''}"


def _elsewhere(node: Noun) -> str:
    return f"it is at line {node.at.line}{', that of its `def`' if node.callee == 'def' else ''}"


def _there(line: int, nodes: Sequence[Noun]) -> str:
    """All that was found at a line, whatever it is."""
    found = ", ".join(dict.fromkeys(f"{n.kind} {n.callee or n.name}" for n in nodes if n.at.line == line))
    return f"there is {found}" if found else "nothing was found there"


def unmade(knowledge: Knowledge) -> Iterator[str]:
    """Calls that are named as methods of a class of which no type says that it makes objects."""
    made = {name for form in knowledge.types.values() for name in form.new}
    for name in dict.fromkeys(name for form in knowledge.calls for name in form.names):
        owner, _, method = name.rpartition(".")
        last = owner.rpartition(".")[2]
        if last[:1].isupper() and owner not in made:
            kind = last.lower()
            yield f"`{name}`: objects need a type: `types: {{{kind}: {{new: [{owner}]}}}}`, and the call the name `{kind}.{method}`"


def mistakes(snippet: Expect) -> Iterator[tuple[int, str, str, list[str]]]:
    """Rows of `gives` that cannot be: their number, the key, the word that is wrong, and what is known in place of it (none: the line)."""
    for number, row in enumerate(snippet.gives):
        kind = row.get("kind")
        if not isinstance(kind, str) or kind not in NOUNS:
            yield number, "kind", str(kind), sorted(NOUNS)
            continue
        known = [*PLACE, *(f.name for f in fields(NOUNS[kind]))]
        others = [name for name in row if name not in known]
        if not isinstance(row.get("line"), int) and "line" not in (did_you_mean(name, known) for name in others):
            yield number, "line", "", []
        yield from ((number, name, name, known) for name in others)
