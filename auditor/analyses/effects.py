"""What the tools change: the effects of the external calls that they lead to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from auditor.analyses.paths import Paths
from auditor.analyses.reach import where
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ExternalCall, Tool


def effects(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `effects` of tools. Each effect goes once from the calls that have it to all that leads there."""
    places = where(graph, paths)
    callers: dict[str, list[str]] = defaultdict(list)
    for place, sites in paths.outgoing.items():
        for site in sites:
            callers[site.target].append(place)
    found: dict[str, set[str]] = defaultdict(set)
    ready = [(n.id, n.effect) for n in graph.nodes.values() if isinstance(n, ExternalCall) and n.effect]
    while ready:
        place, effect = ready.pop()
        if effect not in found[place]:
            found[place].add(effect)
            ready.extend((caller, effect) for caller in callers[place])
    nodes = {
        i: replace(n, effects=tuple(sorted({e for place in (n.id, *places[n.id]) for e in found.get(place, ())})))
        if isinstance(n, Tool)
        else n
        for i, n in graph.nodes.items()
    }
    return replace(graph, nodes=nodes)
