"""The way to a place that is told: from the entry point which speaks for all that lead there, by what is known to run if there is such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import Any, NamedTuple

from auditor.analyses.paths import POSSIBLE, Best, Paths, closure, doubt, longer
from auditor.analyses.ranks import entry_ranks
from auditor.analyses.scale import BY_HAND
from auditor.graph.graph import AgentGraph
from auditor.graph.types import EntryPoint, ModelCall

MOST_AGAIN = 16
"""entry points from which ways are looked for anew"""


class Later(NamedTuple):
    """Whether what leads there asks no model otherwise, the entry point, and the site where it is possible, stored or switched off."""

    quiet: bool
    entry: str
    best: Best[None]


def ways(graph: AgentGraph, paths: Paths) -> dict[str, Best[None]]:
    """For each place that an entry point reaches, the last site of the way from the one that speaks for all that do."""
    calls = [n.id for n in graph.nodes.values() if isinstance(n, ModelCall) and n.id in paths.reached]
    ranks = entry_ranks(graph, (paths.reached[call] for call in calls))
    asking = _surely(paths, calls)
    found: dict[str, Best[None]] = {}
    unsure: list[Later] = []
    switched: list[Later] = []

    def spread(begins: Iterable[tuple[str, Best[None]]], level: int, entry: str, quiet: bool) -> None:
        """The most certain ways first; where it goes on only if what is possible or stored runs, or a switch is turned, that is kept for
        later."""
        todo = [(best.length, count, place, best) for count, (place, best) in enumerate(begins)]
        heapify(todo)
        count = len(todo)
        while todo:
            _, _, place, reached = heappop(todo)
            if place in found:
                continue
            found[place] = reached
            for site in paths.outgoing.get(place, ()):
                length = longer(paths, reached.length, site)
                if entry in paths.barred.get(site.target, ()):
                    continue
                if doubt(site):
                    off = site.off is not None or site.target in paths.off
                    (switched if off else unsure).append(Later(quiet, entry, Best(None, site, max(level, doubt(site)), length=length)))
                elif site.target not in found:
                    count += 1
                    heappush(todo, (length, count, site.target, Best(None, site, level, length=length)))

    def follow(waiting: list[Later]) -> None:
        """What is possible first; what is stored is more likely run by the program that asks a model than by one that only prepares it."""
        least = min(row.best.doubt for row in waiting)
        rows = sorted((row for row in waiting if row.best.doubt == least), key=lambda row: (row.quiet, row.best.length))
        waiting[:] = [row for row in waiting if row.best.doubt > least]
        for quiet, entry, best in rows:
            if best.site is not None:
                spread([(best.site.target, best)], best.doubt, entry, quiet)

    def kind(entry: str) -> tuple[Any, bool]:
        """Its role, and whether only a person starts it: what a server may run is not told of a command that surely does."""
        noun = graph.nodes[entry]
        return ranks[entry][0], isinstance(noun, EntryPoint) and noun.entry in BY_HAND

    for _, entries in groupby(sorted(ranks, key=lambda e: (kind(e), ranks[e])), key=kind):
        for entry in entries:
            begins = graph.flow.entries.get(entry, ())
            spread(((f, Best(None, None)) for f in begins), 0, entry, asking.isdisjoint(begins))
        while unsure:
            follow(unsure)
    for body in sorted(paths.loaded, key=lambda b: (ranks.get(paths.begins[b][0], ()), b)):
        spread([(body, Best(None, None))], 0, "", body not in asking)
    while unsure or switched:
        follow(unsure or switched)
    _again(graph, paths, ranks, found)
    return found


def _again(graph: AgentGraph, paths: Paths, ranks: dict[str, tuple[Any, ...]], found: dict[str, Best[None]]) -> None:
    """What is left behind a place to which the way of another program is told, which does not go on there: the whole way of its own."""
    left: dict[str, str] = {}
    for place, entries in paths.reached.items():
        own = [e for e in entries if e in ranks]
        if own and place not in found:
            left[place] = min(own, key=ranks.__getitem__)
    for entry in sorted(set(left.values()), key=ranks.__getitem__)[:MOST_AGAIN]:
        new = _from(paths, entry, graph.flow.entries.get(entry, ()))
        found.update((place, new[place]) for place in left if place in new and place not in found)


def _from(paths: Paths, entry: str, begins: Iterable[str]) -> dict[str, Best[None]]:
    """The ways of one entry point, the most certain first."""
    found: dict[str, Best[None]] = {}
    todo: list[tuple[Any, ...]] = [(0, Best(None, None).length, count, place, Best(None, None)) for count, place in enumerate(begins)]
    heapify(todo)
    count = len(todo)
    while todo:
        *_, place, reached = heappop(todo)
        if place in found:
            continue
        found[place] = reached
        for site in paths.outgoing.get(place, ()):
            if site.target not in found and entry not in paths.barred.get(site.target, ()):
                best = Best(None, site, max(reached.doubt, doubt(site)), reached, longer(paths, reached.length, site))
                count += 1
                heappush(todo, (best.doubt, best.length, count, site.target, best))
    return found


def _surely(paths: Paths, calls: list[str]) -> set[str]:
    """The places from which a model is asked without anything that is only stored on the way."""
    callers: dict[str, list[str]] = defaultdict(list)
    for site in paths.sites:
        if doubt(site) <= POSSIBLE:
            callers[site.target].append(site.caller)
    return closure(calls, lambda place: callers.get(place, ()))
