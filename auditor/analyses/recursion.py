"""Recursions as regions: what a recursive function runs stands inside the loop that the recursion is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from auditor.core.location import Location
from auditor.graph.flow import Region
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Loop


def recursions(graph: AgentGraph) -> AgentGraph:
    """The graph with a loop region around every function that a recursive call enters."""
    regions = dict(graph.flow.regions)
    functions = dict(graph.flow.functions)
    entered: dict[Location, list[str]] = defaultdict(list)
    for site in graph.flow.sites:
        entered[site.at].append(site.target)
    for noun in graph.nodes.values():
        identity = f"recursion:{noun.id}"
        if not isinstance(noun, Loop) or noun.shape != "recursion" or identity in regions:
            continue
        regions[identity] = Region(identity, "loop", noun.id, noun.at)
        for target in sorted({t for at in (noun.at, *noun.also) for t in entered.get(at, ()) if t in functions}):
            functions[target] = replace(functions[target], wrappers=(*functions[target].wrappers, identity))
    return replace(graph, flow=replace(graph.flow, regions=regions, functions=functions))
