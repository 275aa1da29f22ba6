"""What stands inside the regions: which of them lead to some of the nodes."""

from __future__ import annotations

from collections.abc import Collection

from auditor.analyses.paths import Paths
from auditor.graph.graph import AgentGraph


def regions_around(paths: Paths, places: Collection[str]) -> set[str]:
    """The regions from whose inside one of the places is entered."""
    found = {r for site in paths.sites if site.target in places for r in site.regions}
    return found | {r for place, wrappers in paths.wrappers.items() if place in places for r in wrappers}


def nouns_around(graph: AgentGraph, regions: Collection[str]) -> set[str]:
    """The nodes of regions."""
    return {graph.flow.regions[r].noun for r in regions if r in graph.flow.regions}
