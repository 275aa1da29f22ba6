"""Recursions as regions: what a recursive function runs stands inside the loop that the recursion is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from auditor.analyses.paths import closure
from auditor.core.location import Location
from auditor.graph.flow import Region, Site
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Loop


def recursions(graph: AgentGraph) -> AgentGraph:
    """The graph with a loop region around every function that a recursive call enters and that comes back to itself; without the recursions
    that none does as it is called."""
    regions = dict(graph.flow.regions)
    functions = dict(graph.flow.functions)
    sites: dict[Location, list[Site]] = defaultdict(list)
    for site in graph.flow.sites:
        if site.caller in functions and site.target in functions:
            sites[site.at].append(site)
    nodes = dict(graph.nodes)
    for noun in graph.nodes.values():
        identity = f"recursion:{noun.id}"
        if not isinstance(noun, Loop) or noun.shape != "recursion" or identity in regions:
            continue
        rows = [s for at in {noun.at, *noun.also} for s in sites.get(at, ())]
        targets = _coming_back(graph, rows)
        if rows and not targets:
            del nodes[noun.id]
            continue
        regions[identity] = Region(identity, "loop", noun.id, noun.at)
        for target in sorted(targets):
            functions[target] = replace(functions[target], wrappers=(*functions[target].wrappers, identity))
    return replace(graph, nodes=nodes, flow=replace(graph.flow, regions=regions, functions=functions))


def _coming_back(graph: AgentGraph, sites: Iterable[Site]) -> set[str]:
    """Of the functions that the calls of a recursion enter those that lead back to themselves: of methods that replace each other not all
    do, and of a function as it runs for one call some lead to another one first."""
    import networkx as nx

    onward: nx.DiGraph[str] = nx.DiGraph((s.caller, s.target) for s in sites)
    round_: set[str] = {n for part in nx.strongly_connected_components(onward) if len(part) > 1 for n in part}
    round_ |= {n for n in onward if onward.has_edge(n, n)}
    places = {graph.flow.functions[n].at for n in round_}
    leading = closure(round_, onward.predecessors)
    return {n for n in leading if graph.flow.functions[n].at in places and onward.in_degree(n)}
