"""Which external calls an agent reaches: the rest is what a program does before, after and beside its agents."""

from __future__ import annotations

from dataclasses import replace

from auditor.analyses.paths import Paths, closure
from auditor.analyses.reach import functions, where
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ExternalCall, Loop

AGENTS = ("tool", "agent", "step")


def by_agent(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `by_tool`, where a tool leads to it, and `by_agent`: a tool, an agent or a step of a workflow leads to it, or a loop that a
    model drives goes round it.

    A class is an agent as a whole: what the method does in which such a loop stands belongs to its run, before and after the loop too.
    """
    places, named = where(graph, paths), functions(graph)
    starts = {place for n in graph.nodes.values() if n.kind in AGENTS for place in (n.id, *places[n.id])}
    starts.update(f for n in graph.nodes.values() if n.kind == "agent" for f in named.get((n.at.path, n.symbol, True), ()))
    driven = {n.id: n for n in graph.nodes.values() if isinstance(n, Loop) and n.drives_model and not n.gated}
    starts.update(f for n in driven.values() if "." in n.qualname for f in named.get((n.at.path, n.qualname, False), ()))
    regions = {r.id for r in graph.flow.regions.values() if r.noun in driven}
    starts.update(s.target for s in paths.sites if not regions.isdisjoint(s.regions))
    tools = {place for n in graph.nodes.values() if n.kind == "tool" for place in (n.id, *places[n.id])}
    inside, in_tools = (closure(s, lambda place: (s.target for s in paths.outgoing.get(place, ()))) for s in (starts, tools))
    nodes = {
        i: replace(n, by_agent=True, by_tool=i in in_tools) if isinstance(n, ExternalCall) and i in inside else n
        for i, n in graph.nodes.items()
    }
    return replace(graph, nodes=nodes)
