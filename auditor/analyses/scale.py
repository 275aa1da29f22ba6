"""What a finding must be measured by: code that a host program runs, and scripts with one model call that a person starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.analyses.blind import WITHOUT_USAGE
from auditor.graph.types import Agent, AgentGraph, DecisionPoint, EntryPoint, ModelCall, Noun, Step, Tool

WEIGHING = ("production", "script", "library")
BY_HAND = ("script", "cli", "notebook")


def scale(graph: AgentGraph) -> AgentGraph:
    """Fills `hosted` of decision points and `small` of all that belongs to such a script."""
    small = _small(graph)
    nodes = {
        i: replace(n, hosted=_hosted(graph, n), small=n.subject in small)
        if isinstance(n, DecisionPoint)
        else replace(n, small=True)
        if i in small
        else n
        for i, n in graph.nodes.items()
    }
    return replace(graph, nodes=nodes)


def _hosted(graph: AgentGraph, point: DecisionPoint) -> bool:
    """Whether it stands in a published file to which no entry point of the project leads but in examples, notebooks and tests."""
    return point.at.path in graph.flow.published and all(entry.role not in WEIGHING for entry in _entries(graph, point))


def _small(graph: AgentGraph) -> set[str]:
    """The one model call and the entry points that lead to it, where there is no more and only a person starts it."""
    weighing = [n for n in graph.nodes.values() if n.role in WEIGHING]
    calls = [n for n in weighing if isinstance(n, ModelCall) and n.call not in WITHOUT_USAGE]
    if len(calls) != 1 or any(isinstance(n, (Agent, Tool, Step)) for n in weighing):
        return set()
    entries = list(_entries(graph, calls[0]))
    if not entries or any(entry.entry not in BY_HAND for entry in entries):
        return set()
    return {calls[0].id, *(entry.id for entry in entries)}


def _entries(graph: AgentGraph, noun: Noun) -> Iterable[EntryPoint]:
    return (n for i in noun.reached if isinstance(n := graph.nodes.get(i), EntryPoint))
