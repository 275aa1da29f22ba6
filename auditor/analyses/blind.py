"""Where nothing in the project traces, or records usage, at all: one place for each entry point, or for the project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from auditor.analyses.ranks import ROLES, entry_ranks
from auditor.analyses.steps import first_step
from auditor.core.values import Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ANSWERLESS, NONE, DecisionPoint, EntryPoint, ModelCall, Noun, TracingSwitch

UNREACHED, UNUSED, TRIED, LOADED = (
    "the code to which no path from an entry point was found",
    "the code that nothing runs, tests aside",
    "the production code that only examples, notebooks or evaluations run",
    "functions that are registered when a module is imported, and may run later",
)

HELD = " for longer than its server runs, which holds spans in memory"

Subject = TypeVar("Subject", bound=Noun)


def gather_points(graph: AgentGraph, points: list[DecisionPoint]) -> Iterator[DecisionPoint]:
    """The points, with the place where tracing is to be added for several: a function, and all of the project if it traces none there."""
    open_points = [p for p in points if p.traced.value is False and p.switch == NONE]
    known = {p.id for p in open_points}
    yield from (p for p in points if p.id not in known)
    if any(p.traced.value is True for p in points):
        yield from _at_files(graph, open_points)
        return
    reason = "" if _may_trace(graph, points) else ": nothing in the project starts a tracer"
    for anchor, name, found in _by_entry(graph, open_points):
        switch = NONE
        if len(found) > 1:
            switch = Setting(anchor, "inferred", at=graph.nodes[anchor].at if anchor in graph.nodes else found[0].at)
        entry = graph.nodes.get(anchor)
        held = isinstance(entry, EntryPoint) and entry.holds_spans
        yield from _told(graph, [replace(p, held=held) for p in found], switch, name, f"{HELD}{reason}" if held else reason)


def _told(graph: AgentGraph, points: list[DecisionPoint], switch: Setting, name: str, reason: str = "") -> Iterator[DecisionPoint]:
    """Decisions that are one place, in words."""
    scope = _decisions(graph, points, name)
    logged = _logged(points)
    known_by = f", but what the model answered is written at {logged.at}" if logged != NONE else ""
    yield from (replace(p, switch=switch, unrecorded=f"{scope}{reason}{known_by}", logged=logged) for p in points)


def _decisions(graph: AgentGraph, points: list[DecisionPoint], name: str) -> str:
    """Decisions in words: of those in branches that exclude each other a run takes one, which counts once."""
    calls = {p.subject for p in points}
    count = sum(not (isinstance(n := graph.nodes.get(p.subject), ModelCall) and n.instead_of in calls) for p in points)
    if count == 1 and len(points) > 1:
        return f"the decision of {name}, which stands in {len(points)} branches"
    if all(p.decision == "tool" and p.reached and all(_serves_tools(graph.nodes[e]) for e in p.reached) for p in points):
        return _scope("a run of this tool", "tool runs", name, count)
    return _scope(points[0].unrecorded, "decisions", name, count)


def _logged(points: list[DecisionPoint]) -> Setting:
    """A log of the program's own that holds the answers of all model calls, and with them the tools that they ask for."""
    found = [p.logged for p in points if p.decision == "model_call"]
    return found[0] if found and all(s != NONE for s in found) else NONE


def _at_files(graph: AgentGraph, points: list[DecisionPoint]) -> Iterator[DecisionPoint]:
    for anchor, name, found in _by_file(points):
        yield from _told(graph, found, Setting(anchor, "inferred", at=found[0].at) if len(found) > 1 else NONE, name)


def gather_usage(graph: AgentGraph) -> Iterator[ModelCall]:
    """The model calls whose usage is not recorded, in words, with the place where recording is to be added for several.

    Where something records it, a file that asks in several ways is one place.
    """
    calls = [n for n in graph.nodes.values() if isinstance(n, ModelCall) and _is_metered(n)]
    missed = [c for c in calls if c.usage_recorded.value is False]
    unmetered = [c for c in missed if c.usage_recorded.at is None]
    for call in missed:
        if call.usage_recorded.at is not None:
            which = ", but for its last answer" if call.usage_recorded.at == call.at else f" where {call.usage_recorded.at} asks"
            yield replace(call, unmetered=f"{_one(call)}{which}")
    metered = any(c.usage_recorded.value is True for c in calls)
    groups = _by_file(unmetered) if metered else _by_entry(graph, unmetered)
    for anchor, name, found in groups:
        whole = [c for c in calls if c.at.path == found[0].at.path and name in (c.at.path, c.qualname)] if metered else found
        scope = _scope(_one(found[0]), "model calls", name, len(found))
        if 1 < len(found) < len(whole):
            scope = f"{len(found)} of the {len(whole)} model calls of {name}"
        for call in found:
            yield replace(call, usage_at=(anchor,) if len(found) > 1 else (), unmetered=scope)


def _is_metered(call: ModelCall) -> bool:
    return call.role != "test" and call.call not in ANSWERLESS and not call.made_of_calls


def _serves_tools(noun: Noun) -> bool:
    return isinstance(noun, EntryPoint) and noun.serves_tools


def _one(call: ModelCall) -> str:
    return f"this model call ({call.call.replace('_', ' ')})"


def _of_entry(name: str, found: list[Subject]) -> str:
    """An entry point with what it leads to; of what it only registers or hands over it is not known that it runs then."""
    stored = sum(subject.stored for subject in found)
    if not stored:
        return name
    return f"what {name} hands over, which may run later" if stored == len(found) else f"{name} and what it hands over"


def _scope(one: str, many: str, name: str, count: int) -> str:
    return one if count == 1 else f"any of the {count} {many} of {name}"


def _may_trace(graph: AgentGraph, points: Iterable[DecisionPoint]) -> bool:
    """Whether there is a tracer, though it reaches no decision, or one cannot be told."""
    return (
        any(isinstance(n, TracingSwitch) and n.on and n.role != "test" for n in graph.nodes.values())
        or any(region.kind == "span" for region in graph.flow.regions.values())
        or any(p.traced.value is not False for p in points if p.decision == "model_call")
    )


def _by_file(subjects: list[Subject]) -> Iterator[tuple[str, str, list[Subject]]]:
    """What stands in one file is one place, with the name of the function if it is one."""
    groups: dict[str, list[Subject]] = defaultdict(list)
    for subject in sorted(subjects, key=lambda s: (s.at, s.id)):
        groups[subject.at.path].append(subject)
    for path, found in groups.items():
        names = {s.qualname for s in found}
        yield found[0].id, path if len(names) > 1 or "<module>" in names else names.pop(), found


def _by_entry(graph: AgentGraph, subjects: list[Subject]) -> Iterator[tuple[str, str, list[Subject]]]:
    """Subjects by the entry point that leads to them; all those without one are one group: anchor, its name, subjects.

    Of several entry points the one with which the trace begins: place and trace of a finding are to agree. What is deployed is not mended
    in a notebook or an example that tries it: what only such files reach is one group of its own, as is what no entry point hands over but
    a module that is loaded. A server's tools in one file are one.
    """
    known = entry_ranks(graph, (s.reached for s in subjects))
    servers: dict[str, str] = {}
    members: dict[str, set[str]] = defaultdict(set)
    begins = {first_step(graph.nodes[entry]): entry for entry in known}
    groups: dict[str, list[Subject]] = defaultdict(list)
    for subject in sorted(subjects, key=lambda s: (s.at, s.id)):
        told = begins.get(subject.way[0]) if subject.way else None
        entry = told or min((e for e in subject.reached if e in known), key=known.__getitem__, default=None)
        if entry is None:
            tried = ROLES.index(subject.role) > ROLES.index("library")
            groups[UNUSED if subject.unused else TRIED if tried else UNREACHED].append(subject)
        elif ROLES.index(graph.nodes[entry].role) > max(ROLES.index(subject.role), ROLES.index("library")):
            groups[TRIED].append(subject)
        elif told is None and subject.stored:
            groups[LOADED].append(subject)
        else:
            at = graph.nodes[entry]
            groups[servers.setdefault(at.at.path, entry) if _serves_tools(at) else entry].append(subject)
            members[at.at.path].add(entry)
    for key, found in groups.items():
        if key in graph.nodes:
            at = graph.nodes[key]
            several = _serves_tools(at) and len(members[at.at.path]) > 1
            yield key, _of_entry(f"the tool server in {at.at.path}" if several else at.name, found), found
        else:
            yield found[0].id, key if len(groups) > 1 else "the project", found
