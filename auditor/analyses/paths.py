"""Paths from where runs begin to every place of the flow: one fold for all path analyses, linear, without going round in recursions."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from auditor.analyses.ranks import NOBODY, entry_ranks, weaknesses
from auditor.core.location import Location
from auditor.core.values import Setting, alternatives
from auditor.graph.flow import Site
from auditor.graph.graph import AgentGraph
from auditor.graph.types import EntryPoint, ExternalCall, ModelCall, Noun
from auditor.sources.roles import role_of

UNCERTAIN = {"dispatch": 1, "given": 2, "handed": 4}
"""hops of which it is not certain that they run, or when"""

State = TypeVar("State")
Factor = TypeVar("Factor")
POSSIBLE, OFF, STORED = 1, 2, 3
"""the doubt of a path: it passes a call that runs one of several methods, a switch that is off, a place where something is only stored"""
STRANGE = 4
"""how uncertain a method is that only a class has which no program of its caller imports"""
Length: TypeAlias = tuple[int, int, int, int, int]
"""of a path: from how weak an entry point it comes, how uncertain its sites are, and how many there are; then the place of the entry point
among those that are as strong, and in how many branches its sites stand. The smallest is preferred"""


class Best(NamedTuple, Generic[State]):
    """The worst state in which a place is reached, and the site through which it is."""

    state: State
    site: Site | None
    doubt: int = 0
    """whether the path passes what is not known to run from there, and why (POSSIBLE, OFF, STORED)"""
    before: Best[Any] | None = None
    """how the caller is reached on this path; None: as it is in general"""
    length: Length = (0, 0, 0, 0, 0)


@dataclass(slots=True)
class Paths:
    """The flow made ready for folding.

    `order`: functions and nodes, callers before callees; `incoming`: the sites on paths (those that close a recursion are left out);
    `roots`: where paths begin; `reached`: the entry points that reach a place.
    """

    order: list[str] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    outgoing: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    callers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    incoming: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    wrappers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reading: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """those of the wrappers that also read what their function gives back"""
    roots: set[str] = field(default_factory=set)
    begins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """root -> the entry points that begin there"""
    reached: dict[str, tuple[str, ...]] = field(default_factory=dict)
    barred: dict[str, frozenset[str]] = field(default_factory=dict)
    """places in examples, and methods of objects -> entry points from which nothing there runs"""
    loaded: set[str] = field(default_factory=set)
    """roots that are bodies of modules which have run before an entry point, and lead to what nothing else does"""
    told: Mapping[str, Best[None]] = field(default_factory=dict)
    """the last site of the way to each place that is told"""
    off: dict[str, Setting] = field(default_factory=dict)
    """what does not run unless somebody turns a switch, and which"""
    weakness: dict[str, tuple[int, int]] = field(default_factory=dict)
    """root -> how little the entry points that begin there speak for what they lead to"""
    choosing: dict[str, set[Location]] = field(default_factory=lambda: defaultdict(set))
    """caller -> places where something else decides which function runs: the object that a method is called on, or a framework"""

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
        paths.callers[site.target].append(site.caller)
    paths.wrappers = {f.id: f.wrappers for f in graph.flow.functions.values() if f.wrappers}
    paths.reading = {f.id: f.reading for f in graph.flow.functions.values() if f.reading}
    begins: dict[str, list[str]] = defaultdict(list)
    tried = {n.id for n in graph.nodes.values() if isinstance(n, EntryPoint) and n.self_test}
    for entry, functions in sorted(graph.flow.entries.items()):
        if entry in tried:
            continue
        for function in functions:
            begins[function].append(entry)
    ranks = entry_ranks(graph, ())
    paths.begins = {function: tuple(sorted(entries, key=lambda e: ranks.get(e, ()))) for function, entries in begins.items()}
    everything = sorted({*graph.flow.functions, *paths.callers, *paths.outgoing, *begins})
    strong = {n.id for n in graph.nodes.values() if n.role in ("production", "script")}
    # Recursions close in what production enters first.
    entries = sorted((v for v in everything if v in begins), key=lambda v: strong.isdisjoint(begins[v]))
    uncalled = [v for v in everything if v not in begins and all(caller == v for caller in paths.callers.get(v, ()))]
    paths.roots = {*entries, *uncalled}
    onward = _order(paths, [*entries, *uncalled, *everything])
    _choices(graph, paths)
    paths.barred = _barred(graph)
    paths.reached = _reached(paths, paths.begins)
    known = weaknesses(graph, [paths.reached[n.id] for n in graph.nodes.values() if isinstance(n, ModelCall) and n.id in paths.reached])
    paths.weakness = {root: min(known[e] for e in entries) for root, entries in paths.begins.items()}
    _load(graph, paths)
    if any(site.off is not None for site in paths.sites):
        paths.off = _off(paths)
    strength = _strengths(graph, paths)
    weaker: list[Site] = []
    for site in onward:
        # What an entry point reaches has no paths from code that none reaches, and what is in production none from an example of it.
        if strength[site.caller] >= strength[site.target]:
            paths.incoming[site.target].append(site)
        else:
            weaker.append(site)
    # What is only reached on by closing a recursion has no other paths.
    for site in [s for s in weaker if s.target not in paths.incoming and s.target not in paths.roots]:
        paths.incoming[site.target].append(site)
    return paths


def _strengths(graph: AgentGraph, paths: Paths) -> dict[str, int]:
    """2 for what an entry point in production reaches, 1 for what only one in an example, a notebook or a test reaches, else 0."""
    strong = {n.id for n in graph.nodes.values() if n.role in ("production", "script")}
    known: dict[tuple[str, ...], int] = {}
    for entries in paths.reached.values():
        if entries not in known:
            known[entries] = 2 if any(e in strong for e in entries) else min(len(entries), 1)
    return {place: known[entries] for place, entries in paths.reached.items()}


def _choices(graph: AgentGraph, paths: Paths) -> None:
    """A call that leads to several functions of one name runs one of them; what a node is made of runs when its framework runs it."""
    functions = graph.flow.functions
    seen: dict[tuple[str, Location, str], str] = {}
    for site in paths.sites:
        if site.target not in functions:
            continue
        if site.caller not in functions:
            paths.choosing[site.caller].add(site.at)
        elif site.hop in ("call", "await"):
            name = functions[site.target].symbol.rpartition(".")[2]
            if seen.setdefault((site.caller, site.at, name), site.target) != site.target:
                paths.choosing[site.caller].add(site.at)


def begin(paths: Paths, root: str) -> Length:
    weakness, place = paths.weakness.get(root, NOBODY)
    return weakness, 0, 0, place, 0


def longer(paths: Paths, length: Length, site: Site) -> Length:
    """The path with one more site, which is certain if it is a call that can mean only this."""
    weakness, unsure, steps, place, branches = length
    several = site.caller in paths.choosing and site.at in paths.choosing[site.caller]
    unsure += UNCERTAIN.get(site.hop, 0) + site.declared + several + STRANGE * site.strange
    return weakness, unsure, steps + 1, place, branches + site.branches


def doubt(site: Site) -> int:
    """Whether it is not known that anything runs here, or known that nothing does unless somebody turns a switch, or another may."""
    return STORED if site.hop == "handed" else OFF if site.off is not None else POSSIBLE if site.fits else 0


def _off(paths: Paths) -> dict[str, Setting]:
    """The places to which only code leads that a switch keeps from running, and the switch. What is stored runs where it is called."""
    called = {site.target for site in paths.sites if site.hop != "handed"}

    def onward(place: str) -> Iterator[str]:
        return (s.target for s in paths.outgoing.get(place, ()) if s.off is None and not (s.hop == "handed" and s.target in called))

    on = closure(paths.roots, onward)
    rows: dict[str, Setting] = {}
    for switch in paths.sites:
        if switch.off is not None and switch.target not in on:
            inside = closure([switch.target], lambda place: (s.target for s in paths.outgoing.get(place, ()) if s.target not in on))
            rows.update((place, switch.off) for place in inside if place not in rows)
    return rows


def way(best: Mapping[str, Best[Any]], place: str, most: int) -> tuple[str, list[Site]]:
    """The root and the sites of the worst path, from the outside in; of a longer one, the last `most` sites."""
    rows: list[Site] = []
    found = best[place]
    while (site := found.site) is not None and len(rows) < most:
        rows.append(site)
        place, found = site.caller, found.before or best[site.caller]
    return place, rows[::-1]


def run(paths: Paths, best: Mapping[str, Best[Any]], place: str) -> Mapping[str, Best[Any]]:
    """The paths to take for a place: where these lead to it through a method that no program has which begins there, those that are
    told."""
    if not paths.barred or place not in paths.told:
        return best
    root, sites = way(best, place, len(paths.order))
    begins = paths.begins.get(root, ())
    barred = begins and any(paths.barred.get(site.target, frozenset()).issuperset(begins) for site in sites)
    return paths.told if barred else best


def backwards(paths: Paths, targets: Iterable[str]) -> set[str]:
    """All places from which one of the targets is reached, the targets included."""
    return closure(targets, lambda place: paths.callers.get(place, ()))


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

    tried = trying(graph)
    kept = {_key(s): s for s in (*graph.flow.sites, *_clients(graph)) if (tests(s.target) or not tests(s.caller)) and s not in tried}
    return [kept[key] for key in sorted(kept)]


def _barred(graph: AgentGraph) -> dict[str, frozenset[str]]:
    flow = graph.flow
    places = {n.id: n.at.path for n in graph.nodes.values()} | {f.id: f.at.path for f in flow.functions.values()}
    shown = {place: flow.elsewhere[path] for place, path in places.items() if path in flow.elsewhere} if flow.elsewhere else {}
    return shown | {place: shown.get(place, frozenset()) | entries for place, entries in flow.unmade.items() if entries}


def trying(graph: AgentGraph) -> set[Site]:
    """What the self-tests of modules run."""
    blocks = {f: n.at for n in graph.nodes.values() if isinstance(n, EntryPoint) and n.self_test for f in graph.flow.entries.get(n.id, ())}
    sites = (s for s in graph.flow.sites if s.caller in blocks) if blocks else ()
    return {s for s in sites if blocks[s.caller].line <= s.at.line <= blocks[s.caller].end_line}


def _key(site: Site) -> tuple[str, str, int, int, str, tuple[str, ...], str]:
    return site.caller, site.at.path, site.at.line, site.at.column, site.target, site.regions, site.hop


def _clients(graph: AgentGraph) -> Iterator[Site]:
    """A call leads on to the clients that it uses."""
    for noun in graph.nodes.values():
        if isinstance(noun, (ModelCall, ExternalCall)):
            for setting in alternatives(noun.client):
                if isinstance(setting.value, str) and setting.value in graph.nodes:
                    yield Site(noun.id, setting.value, noun.at)


def _reached(paths: Paths, begins: Mapping[str, tuple[str, ...]], but: Collection[str] = frozenset()) -> dict[str, tuple[str, ...]]:
    """The entry points that reach each place, as sets of bits that are passed on until nothing is new; nothing is passed on to `but`."""
    entries = sorted({e for found in begins.values() for e in found})
    bit = {entry: 1 << i for i, entry in enumerate(entries)}
    mask = {place: sum(bit[e] for e in begins.get(place, ())) for place in paths.order}
    barred = {place: ~sum(bit[e] for e in rows if e in bit) for place, rows in paths.barred.items()}
    waiting = set(mask)
    todo = deque(paths.order)
    while todo:
        place = todo.popleft()
        waiting.discard(place)
        for site in paths.outgoing.get(place, ()):
            target = site.target
            own = mask[place] & barred.get(target, -1)
            if own | mask[target] != mask[target] and target not in but:
                mask[target] |= own
                if target not in waiting:
                    waiting.add(target)
                    todo.append(target)
    named = {m: tuple(e for e in entries if m & bit[e]) for m in set(mask.values())}
    return {place: named[m] for place, m in mask.items()}


def _load(graph: AgentGraph, paths: Paths) -> None:
    """What no path from an entry point leads to, but one from a module body that has run before it (a registry that it fills): of entry
    points that ask a model, where some of these do."""
    asking = [paths.reached[n.id] for n in graph.nodes.values() if isinstance(n, ModelCall) and n.id in paths.reached]
    ranks, known = entry_ranks(graph, asking), {entry for entries in asking for entry in entries}
    begins: dict[str, tuple[str, ...]] = {}
    for body, entries in graph.flow.loaded.items():
        if entries and not paths.reached.get(body, entries):
            begins[body] = tuple(sorted([e for e in entries if e in known] or entries, key=lambda e: ranks.get(e, ())))
    if begins:
        paths.begins |= begins
        paths.loaded = set(begins)
        reached = {place: found for place, found in paths.reached.items() if found}
        paths.reached = {**_reached(paths, begins, reached), **reached}


def _order(paths: Paths, starts: list[str]) -> list[Site]:
    """Fills `order`; the sites that do not close a recursion, by leading back into a place that is still open. Depth first."""
    done: dict[str, bool] = {}
    finished: list[str] = []
    onward: list[Site] = []
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
            if state is not False:
                onward.append(site)
            if state is None:
                done[site.target] = False
                stack.append((site.target, iter(paths.outgoing.get(site.target, ()))))
    paths.order = finished[::-1]
    return sorted(onward, key=_key)
