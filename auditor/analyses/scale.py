"""What a finding must be measured by: code that a host program runs, what only a person starts, and scripts with one model call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor.core.values import Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.types import (
    ANSWERLESS,
    NONE,
    Agent,
    DecisionPoint,
    EntryPoint,
    ExternalCall,
    Loop,
    ModelCall,
    Noun,
    Retry,
    Step,
    Tool,
)

WEIGHING = ("production", "script", "library")
BY_HAND = ("script", "cli", "notebook")


def scale(graph: AgentGraph) -> AgentGraph:
    """Fills `hosted`, `served` and `several` of decision points, `small` of all that belongs to such a script, and `by_hand`."""
    small = _small(graph)
    library = not any(map(_runs, graph.nodes.values()))
    graph = replace(graph, nodes={i: _measured(graph, n, small, library) for i, n in graph.nodes.items()})
    return replace(graph, nodes={**graph.nodes, **{point.id: replace(point, several=True) for point in _several(graph)}})


def _several(graph: AgentGraph) -> Iterator[DecisionPoint]:
    """Decisions without a span to which a server leads, where at least two that are mended in one place steer its run. A tool is what a
    decision led to, and of calls in branches that exclude each other a run makes one."""
    places: dict[object, list[DecisionPoint]] = defaultdict(list)
    for point in graph.nodes.values():
        if isinstance(point, DecisionPoint) and point.traced.value is False:
            places[point.switch.value if point.switch != NONE else point.id].append(point)
    for found in places.values():
        steering = [p for p in found if p.steers and p.decision != "tool" and _is_served(graph, p)]
        subjects = {p.subject for p in steering}
        alone = [s for s in subjects if not (isinstance(n := graph.nodes.get(s), ModelCall) and n.instead_of in subjects)]
        yield from found if len(alone) > 1 else ()


def _is_served(graph: AgentGraph, point: DecisionPoint) -> bool:
    return any(entry.server and entry.role in WEIGHING for entry in _entries(graph, point))


def _runs(noun: Noun) -> bool:
    """Whether it is a program that is more than a helper: it serves, or calls a model."""
    return isinstance(noun, EntryPoint) and noun.role in WEIGHING and (noun.server or noun.calls_model or noun.entry not in BY_HAND)


def _measured(graph: AgentGraph, noun: Noun, small: set[str], library: bool) -> Noun:
    if isinstance(noun, DecisionPoint):
        hosted = library and noun.role in WEIGHING and noun.at.path in graph.flow.published
        return replace(noun, hosted=hosted, served=_served(graph, noun), small=noun.subject in small, by_hand=_by_hand(graph, noun))
    if isinstance(noun, (ModelCall, ExternalCall)) or noun.id in small:
        job = noun.job if isinstance(noun, EntryPoint) else _job(graph, noun)
        return replace(noun, small=noun.id in small, by_hand=_by_hand(graph, noun), job=job)
    if isinstance(noun, (Loop, Retry)):
        return replace(noun, by_hand=_by_hand(graph, noun))
    return noun


def _by_hand(graph: AgentGraph, noun: Noun) -> bool:
    """Whether only a person starts what leads to it, who may be trying an example (to a decision: examples aside, where there is more); of
    what nothing leads to, whether there is no other start in the project. What is a script is not started by anything else."""
    own = list(_entries(graph, noun))
    if isinstance(noun, DecisionPoint):
        own = [entry for entry in own if entry.role in WEIGHING] or own
    if not own and noun.role == "script":
        return True
    entries = own or [n for n in graph.nodes.values() if isinstance(n, EntryPoint) and n.role in WEIGHING]
    return bool(entries) and all(entry.entry in BY_HAND or entry.role not in WEIGHING for entry in entries)


def _job(graph: AgentGraph, noun: Noun) -> Setting:
    """The longest job in which it runs, where it runs in nothing else."""
    limits = [entry.job for entry in _entries(graph, noun)]
    return max(limits, key=lambda job: job.number or 0) if limits and NONE not in limits else NONE


def _served(graph: AgentGraph, point: DecisionPoint) -> bool:
    """Whether only agents of other programs lead to it, through a tool server: they may record their own calls."""
    entries = list(_entries(graph, point))
    return bool(entries) and all(entry.serves_tools for entry in entries)


def _small(graph: AgentGraph) -> set[str]:
    """The one model call and the entry points that lead to it, where there is no more and only a person starts it."""
    weighing = [n for n in graph.nodes.values() if n.role in WEIGHING]
    calls = [n for n in weighing if isinstance(n, ModelCall) and n.call not in ANSWERLESS]
    if len(calls) != 1 or any(isinstance(n, (Agent, Tool, Step)) for n in weighing):
        return set()
    entries = {entry.id for entry in _entries(graph, calls[0])}
    return {calls[0].id, *entries} if entries and _by_hand(graph, calls[0]) else set()


def _entries(graph: AgentGraph, noun: Noun) -> Iterable[EntryPoint]:
    return (n for i in noun.reached if isinstance(n := graph.nodes.get(i), EntryPoint))
