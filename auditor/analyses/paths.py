"""Paths from where runs begin to every place of the flow: one fold for all path analyses, linear, without going round in recursions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from auditor.core.location import Location
from auditor.core.values import alternatives
from auditor.graph.types import AgentGraph, ExternalCall, ModelCall, Noun, Site
from auditor.sources.roles import role_of

State = TypeVar("State")
Factor = TypeVar("Factor")


class Best(NamedTuple, Generic[State]):
    """The worst state in which a place is reached, and the site through which it is."""

    state: State
    site: Site | None


@dataclass(slots=True)
class Paths:
    """The flow made ready for folding.

    `order`: functions and nodes, callers before callees; `incoming`: the sites on paths (those that close a recursion are left out);
    `roots`: where paths begin; `reached`: the entry points that reach a place.
    """

    order: list[str] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    outgoing: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    incoming: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    wrappers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    begins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """root -> the entry points that begin there"""
    reached: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def places(self, noun: Noun) -> list[str]:
        """Where a noun stands in the flow: itself and, for what is made of functions, the functions that it runs."""
        if noun.id not in self.reached:
            return []
        inner = [s.target for s in self.outgoing.get(noun.id, ())] if noun.kind in ("tool", "step") else []
        return [noun.id, *dict.fromkeys(inner)]


def make_paths(graph: AgentGraph) -> Paths:
    """Sorted and freed of what is no path: a test that calls production code, and the sites that close a recursion."""
    paths = Paths()
    paths.sites = _sites(graph)
    for site in paths.sites:
        paths.outgoing[site.caller].append(site)
    paths.wrappers = {f.id: f.wrappers for f in graph.flow.functions.values() if f.wrappers}
    begins: dict[str, list[str]] = defaultdict(list)
    for entry, functions in sorted(graph.flow.entries.items()):
        for function in functions:
            begins[function].append(entry)
    paths.begins = {function: tuple(entries) for function, entries in begins.items()}
    called = {site.target for site in paths.sites}
    everything = sorted({*graph.flow.functions, *called, *paths.outgoing, *begins})
    paths.reached = _reached(paths, everything)
    entries = [v for v in everything if v in begins]
    uncalled = [v for v in everything if v not in called and v not in begins]
    paths.roots = {*entries, *uncalled}
    _order(paths, [*entries, *uncalled, *everything])
    return paths


def fold(
    paths: Paths,
    factors: Mapping[str, Factor],
    start: State,
    cross: Callable[[State, Factor], State],
    rank: Callable[[State], Any],
) -> dict[str, Best[State]]:
    """For every place the worst state (the one of the highest rank) over all paths.

    `factors`: what a region changes; that of a node (a run) holds for all that it leads to. Regions are crossed from the outside in.
    """
    best: dict[str, Best[State]] = {}
    for place in paths.order:
        found = Best(start, None) if place in paths.roots else None
        for site in paths.incoming.get(place, ()):
            state = best[site.caller].state
            if site.caller in factors:
                state = cross(state, factors[site.caller])
            for region in reversed(site.regions):
                if region in factors:
                    state = cross(state, factors[region])
            if found is None or rank(state) > rank(found.state):
                found = Best(state, site)
        assert found is not None
        state = found.state
        for region in reversed(paths.wrappers.get(place, ())):
            if region in factors:
                state = cross(state, factors[region])
        best[place] = Best(state, found.site)
    return best


def way(best: Mapping[str, Best[Any]], place: str, most: int) -> tuple[str, list[Site]]:
    """The root and the sites of the worst path, from the outside in; of a longer one, the last `most` sites."""
    rows: list[Site] = []
    while (site := best[place].site) is not None and len(rows) < most:
        rows.append(site)
        place = site.caller
    return place, rows[::-1]


def backwards(sites: Iterable[Site], targets: Iterable[str]) -> set[str]:
    """All places from which one of the targets is reached, the targets included."""
    callers: dict[str, list[str]] = defaultdict(list)
    for site in sites:
        callers[site.target].append(site.caller)
    return closure(targets, lambda place: callers.get(place, ()))


def closure(start: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    """All that is reached, what is started from included."""
    seen = set(start)
    todo = list(seen)
    while todo:
        for other in following(todo.pop()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def _sites(graph: AgentGraph) -> list[Site]:
    where: dict[str, Location] = {n.id: n.at for n in graph.nodes.values()} | {f.id: f.at for f in graph.flow.functions.values()}
    is_test: dict[str, bool] = {}

    def tests(place: str) -> bool:
        at = where.get(place)
        if at is None:
            return False
        if at.path not in is_test:
            is_test[at.path] = role_of(at.path) == "test"
        return is_test[at.path]

    kept = {s for s in (*graph.flow.sites, *_clients(graph)) if tests(s.target) or not tests(s.caller)}
    return sorted(kept, key=_key)


def _key(site: Site) -> tuple[object, ...]:
    return site.caller, site.at.path, site.at.line, site.at.column, site.target, site.regions, site.hop


def _clients(graph: AgentGraph) -> Iterator[Site]:
    """A call leads on to the clients that it uses."""
    for noun in graph.nodes.values():
        if isinstance(noun, (ModelCall, ExternalCall)):
            for setting in alternatives(noun.client):
                if isinstance(setting.value, str) and setting.value in graph.nodes:
                    yield Site(noun.id, setting.value, noun.at)


def _reached(paths: Paths, everything: list[str]) -> dict[str, tuple[str, ...]]:
    """The entry points that reach each place, as sets of bits that are passed on until nothing is new."""
    entries = sorted({e for found in paths.begins.values() for e in found})
    bit = {entry: 1 << i for i, entry in enumerate(entries)}
    mask = {place: sum(bit[e] for e in paths.begins.get(place, ())) for place in everything}
    todo = [place for place in everything if mask[place]]
    while todo:
        place = todo.pop()
        for site in paths.outgoing.get(place, ()):
            new = mask[site.target] | mask[place]
            if new != mask[site.target]:
                mask[site.target] = new
                todo.append(site.target)
    named = {m: tuple(e for e in entries if m & bit[e]) for m in set(mask.values())}
    return {place: named[mask[place]] for place in everything}


def _order(paths: Paths, starts: list[str]) -> None:
    """Depth first, without recursion of our own; a site that leads back into a place still open closes a recursion.

    What an entry point reaches has no paths from code that none reaches.
    """
    done: dict[str, bool] = {}
    finished: list[str] = []
    for start in starts:
        if start in done:
            continue
        paths.roots.add(start)
        done[start] = False
        stack = [(start, iter(paths.outgoing.get(start, ())))]
        while stack:
            place, rest = stack[-1]
            site = next(rest, None)
            if site is None:
                done[place] = True
                finished.append(place)
                stack.pop()
                continue
            state = done.get(site.target)
            if state is False:
                continue
            if paths.reached[place] or not paths.reached[site.target]:
                paths.incoming[site.target].append(site)
            if state is None:
                done[site.target] = False
                stack.append((site.target, iter(paths.outgoing.get(site.target, ()))))
    paths.order = finished[::-1]
    for place, sites in paths.incoming.items():
        paths.incoming[place] = sorted(sites, key=_key)
