"""Where failures come to on their way out, and the regions in which they end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from auditor.analyses.paths import Paths, closure
from auditor.graph.flow import Region, Site
from auditor.graph.graph import AgentGraph


def swallowing(graph: AgentGraph) -> set[str]:
    """The regions from which no failure comes out."""
    return {r for r, region in graph.flow.regions.items() if region.ends or (region.kind == "handler" and not _goes_on(region))}


def _goes_on(region: Region) -> bool:
    return bool(region.becomes or region.again)


def failing(graph: AgentGraph, paths: Paths, calls: Iterable[str]) -> set[str]:
    """The regions to which a failure of one of these calls comes, also where it ends first and is raised again."""
    ends = swallowing(graph)
    found: set[str] = set()
    ended: set[str] = set()
    incoming: dict[str, list[Site]] = defaultdict(list)
    again: list[tuple[Site, int]] = []
    for site in paths.sites:
        incoming[site.target].append(site)
        again.extend((site, i) for i, r in enumerate(site.regions) if r in graph.flow.regions and graph.flow.regions[r].again)

    def outwards(site: Site, start: int) -> bool:
        met = next((i for i, r in enumerate(site.regions) if i >= start and r in ends), len(site.regions))
        found.update(site.regions[start:met])
        ended.update(site.regions[met : met + 1])
        return met == len(site.regions)

    def onward(place: str) -> Iterator[str]:
        found.update(paths.wrappers.get(place, ()))
        yield from (site.caller for site in incoming[place] if outwards(site, 0))

    todo: Iterable[str] = calls
    while todo:
        closure(todo, onward)
        raising = [(site, i) for site, i in again if not ended.isdisjoint(graph.flow.regions[site.regions[i]].again)]
        again = [row for row in again if row not in raising]
        todo = [site.caller for site, i in raising if outwards(site, i + 1)]
    return found
