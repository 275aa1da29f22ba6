"""One fold over all paths, linear, without going round in recursions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from auditor.analyses.paths import Best, Paths, begin, doubt, longer
from auditor.core.location import Location
from auditor.graph.flow import Site

State = TypeVar("State")
Factor = TypeVar("Factor")
NOWHERE: Mapping[str, Any] = {}


def fold(
    paths: Paths,
    factors: Mapping[str, Factor],
    start: State,
    cross: Callable[[State, Factor], State],
    rank: Callable[[State], Any],
    called: Mapping[str, Mapping[Location, Factor | None]] = NOWHERE,
    *,
    lazily: bool = False,
    apart: bool = False,
) -> dict[str, Best[State]]:
    """For every place the worst state (the one of the highest rank) over all paths; one of real calls is preferred to one that is not,
    and among equals the one from the strongest entry point, then the one that is most certain, then the shortest.

    `factors`: what a region changes; that of a node (a run) holds for all that it leads to. Regions are crossed from the outside in.
    `called`: what it changes if its function is entered by a certain call (None: nothing); a path never mixes those of different calls.
    `lazily`: a region holds nothing of what is only made in it, to be read outside of it; `apart`: nor of the methods of an object that is
    only made in it.
    """
    best: dict[str, Best[State]] = {}
    given: dict[str, Best[State]] = {}
    """how what a function gives back unread is reached: through those who read that"""
    lazily = lazily and any(site.later for site in paths.sites)
    entered: dict[str, list[Best[State]]] = {}
    """of functions with such regions: the worst state for each of those calls, and for all others"""
    depending = _depending(paths, called)

    def crossed(state: State, regions: Iterable[str], calls: Iterable[Location] = ()) -> State:
        for region in regions:
            own = called.get(region, {})
            factor = next((own[at] for at in calls if at in own), factors.get(region))
            if factor is not None:
                state = cross(state, factor)
        return state

    def passed(site: Site, before: Best[State], unread: Collection[str] | None = ()) -> Best[State]:
        state = before.state
        if apart and site.made:
            return Best(start, site, max(before.doubt, doubt(site)), before, longer(paths, before.length, site))
        if factors and (site.regions or site.caller in factors):
            calls = (site.at,) if before.site is None else (before.site.at, site.at)
            inside = [r for r in reversed(site.regions) if r not in unread] if unread is not None else []
            state = crossed(state, (site.caller, *inside), calls)
        return Best(state, site, max(before.doubt, doubt(site)), before, longer(paths, before.length, site))

    def better(one: Best[State], other: Best[State] | None) -> bool:
        if other is None or other.doubt != one.doubt:
            return other is None or one.doubt < other.doubt
        if one.state is not other.state and (ranks := (rank(one.state), rank(other.state)))[0] != ranks[1]:
            return bool(ranks[0] > ranks[1])
        return one.length < other.length

    for place in paths.order:
        found = Best(start, None, length=begin(paths, place)) if place in paths.roots else None
        read = found
        by_call: dict[Location | None, Best[State]] = {None: found} if found is not None else {}
        for site in paths.incoming.get(place, ()):
            if lazily:
                outside = passed(site, given[site.caller], None) if site.unread is None else passed(site, best[site.caller], site.unread)
                read = outside if better(outside, read) else read
            for before in entered.get(site.caller) or (best[site.caller],):
                one = passed(site, before) if not (lazily and site.later and site.unread != ()) else outside
                if better(one, found):
                    found = one
                if place in depending:
                    call = site.at if site.at in depending[place] else None
                    by_call[call] = one if better(one, by_call.get(call)) else by_call[call]
        assert found is not None
        if place in paths.wrappers:
            found = found._replace(state=crossed(found.state, reversed(paths.wrappers[place])))
            by_call = {c: b._replace(state=crossed(b.state, reversed(paths.wrappers[place]))) for c, b in by_call.items()}
        best[place] = found
        if lazily and read is not None:
            kept = reversed(paths.reading.get(place, ()))
            given[place] = read._replace(state=crossed(read.state, kept)) if place in paths.reading else read
        if place in depending:
            entered[place] = list(by_call.values())
    return best


def _depending(paths: Paths, called: Mapping[str, Mapping[Location, Any]]) -> dict[str, set[Location]]:
    """The functions with regions that depend on the call by which they are entered, and these calls."""
    rows: dict[str, set[Location]] = defaultdict(set)
    for site in paths.sites if called else ():
        for region in site.regions:
            rows[site.caller].update(called.get(region, ()))
    return {place: calls for place, calls in rows.items() if calls}
