"""For each place the way that is told of it: the most certain one from the entry point that speaks for all that reach it."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from auditor.analyses.paths import Best, Paths, doubt, longer
from auditor.analyses.ranks import entry_ranks
from auditor.graph.flow import Site
from auditor.graph.types import AgentGraph, ModelCall


def ways(graph: AgentGraph, paths: Paths) -> dict[str, Best[None]]:
    """For each place that an entry point reaches, the last site of the way to it."""
    calls = (paths.reached[n.id] for n in graph.nodes.values() if isinstance(n, ModelCall) and n.id in paths.reached)
    ranks = entry_ranks(graph, calls)
    found: dict[str, Best[None]] = {}
    off: list[Site] = []
    for entry in sorted(ranks, key=ranks.__getitem__):
        begins = [f for f in graph.flow.entries.get(entry, ()) if f not in found]
        _follow(paths, ((f, Best(None, None)) for f in begins), found, off, entry)
    for body in sorted(paths.loaded, key=lambda b: (ranks.get(paths.begins[b][0], ()), b)):
        _follow(paths, [(body, Best(None, None))], found, off)
    for site in sorted(off, key=doubt):
        if site.target not in found:
            _follow(paths, [(site.target, Best(None, site))], found, [])
    return found


def _follow(paths: Paths, begins: Iterable[tuple[str, Best[None]]], found: dict[str, Best[None]], off: list[Site], entry: str = "") -> None:
    """Adds what is reached from some places, by the most certain ways, of these the shortest; `off`: where a switch that is off keeps it
    from going on."""
    todo = [(best.length, number, place, best) for number, (place, best) in enumerate(begins)]
    count = len(todo)
    while todo:
        _, _, place, best = heappop(todo)
        if place in found:
            continue
        found[place] = best
        for site in paths.outgoing.get(place, ()):
            if site.off is not None or (site.hop == "handed" and site.target in paths.off):
                off.append(site)
            elif site.target not in found and entry not in paths.barred.get(site.target, ()):
                length = longer(paths, best.length, site)
                count += 1
                heappush(todo, (length, count, site.target, Best(None, site, length=length)))
