"""The way to a place that is told: from the entry point which speaks for all that lead there, by what is known to run if there is such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import Any, TypeAlias

from auditor.analyses.paths import Best, Paths, closure, doubt, longer
from auditor.analyses.ranks import entry_ranks
from auditor.analyses.scale import BY_HAND
from auditor.graph.types import AgentGraph, EntryPoint, ModelCall

Later: TypeAlias = tuple[bool, Best[None]]
"""whether what leads there asks no model otherwise, and the site where it is stored or switched off"""


def ways(graph: AgentGraph, paths: Paths) -> dict[str, Best[None]]:
    """For each place that an entry point reaches, the last site of the way from the one that speaks for all that do."""
    calls = [n.id for n in graph.nodes.values() if isinstance(n, ModelCall) and n.id in paths.reached]
    ranks = entry_ranks(graph, (paths.reached[call] for call in calls))
    asking = _surely(paths, calls)
    found: dict[str, Best[None]] = {}
    stored: list[Later] = []
    switched: list[Later] = []

    def spread(begins: Iterable[tuple[str, Best[None]]], level: int, entry: str, quiet: bool) -> None:
        """The most certain ways first; where it goes on only if what is stored runs, or a switch is turned, that is kept for later."""
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
                if doubt(site):
                    off = site.off is not None or site.target in paths.off
                    (switched if off else stored).append((quiet, Best(None, site, max(level, doubt(site)), length=length)))
                elif site.target not in found and entry not in paths.barred.get(site.target, ()):
                    count += 1
                    heappush(todo, (length, count, site.target, Best(None, site, level, length=length)))

    def follow(waiting: list[Later]) -> None:
        """What is stored is more likely run by the program that asks a model than by one that only prepares it."""
        rows = sorted(waiting, key=lambda row: (row[1].doubt, row[0], row[1].length))
        waiting.clear()
        for quiet, best in rows:
            if best.site is not None:
                spread([(best.site.target, best)], best.doubt, "", quiet)

    def kind(entry: str) -> tuple[Any, bool]:
        """Its role, and whether only a person starts it: what a server may run is not told of a command that surely does."""
        noun = graph.nodes[entry]
        return ranks[entry][0], isinstance(noun, EntryPoint) and noun.entry in BY_HAND

    for _, entries in groupby(sorted(ranks, key=lambda e: (kind(e), ranks[e])), key=kind):
        for entry in entries:
            begins = graph.flow.entries.get(entry, ())
            spread(((f, Best(None, None)) for f in begins), 0, entry, asking.isdisjoint(begins))
        while stored:
            follow(stored)
    for body in sorted(paths.loaded, key=lambda b: (ranks.get(paths.begins[b][0], ()), b)):
        spread([(body, Best(None, None))], 0, "", body not in asking)
    while stored or switched:
        follow(stored or switched)
    return found


def _surely(paths: Paths, calls: list[str]) -> set[str]:
    """The places from which a model is asked without anything that is only stored on the way."""
    callers: dict[str, list[str]] = defaultdict(list)
    for site in paths.sites:
        if not doubt(site):
            callers[site.target].append(site.caller)
    return closure(calls, lambda place: callers.get(place, ()))
