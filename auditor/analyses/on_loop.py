"""Calls that block: whether a path leads to them in the thread of the event loop that their coroutine shares, and which."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from auditor.analyses.crossings import Crossings, entered
from auditor.analyses.paths import STORED, Best, Paths, backwards, begin, doubt, longer
from auditor.analyses.scale import BY_HAND
from auditor.analyses.steps import describe, trace
from auditor.core.values import Setting
from auditor.graph.flow import Site
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import TraceStep
from auditor.graph.types import NONE, EntryPoint, ExternalCall, ModelCall, Noun

IN_ITS_THREAD = ("call", "await")
UNPOOLED = Setting(True, "inferred", why="a pool runs it, where the program has one")
ITS_OWN = Setting(True, "inferred", why="each request has a loop of its own there, on which nothing waits but what it starts itself")
UNSEEN = Setting(True, "inferred", why="no entry point is seen to lead there on a loop")


def on_loop(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `loop_trace`, `crossing` and `alone`; what no loop is seen to run, or only one that nothing else needs, holds nobody up."""
    blocking = [n for n in graph.nodes.values() if isinstance(n, (ModelCall, ExternalCall)) and n.blocking_in_async is True]
    if not blocking:
        return graph
    shared, serial, own, lonely, others, beside = _roots(graph, paths)
    found = _OnLoop(graph, paths)
    found.spread(shared)
    needed = set(found.best)
    found.spread([f for entry in serial for f in graph.flow.entries.get(entry.id, ())])
    served = set(found.best) - needed
    needed |= served
    found.spread(own)
    busy = set(found.best) - needed
    needed |= busy
    found.follow(found.instead)
    unpooled = set(found.best) - needed
    found.follow([one for one in found.apart if one.place in beside])
    needed = set(found.best)
    found.follow(found.apart)
    found.spread(lonely)
    started = set(found.best) - needed
    unseen = len(found.best)
    found.spread(others)
    uncalled = set(list(found.best)[unseen:])
    stored = {i for i, best in found.best.items() if best.doubt >= STORED}
    milder = ((unpooled, UNPOOLED), (busy, ITS_OWN), ((uncalled | stored) & paths.reached.keys(), UNSEEN))
    crossings = Crossings(graph)
    crossings.follow(paths, found.stays)
    nodes: dict[str, Noun] = dict(graph.nodes)
    for noun in blocking:
        if noun.id in found.best:
            steps = (*trace(graph, paths, found.best, noun.id), TraceStep(describe(noun), noun.at))
            by = found.best[noun.id].state
            nodes[noun.id] = replace(
                noun,
                loop_trace=steps,
                crossing=crossings.of(noun.id, by) if by is not None else None,
                alone=noun.id in started,
                serial=serial[0].one_request if noun.id in served else noun.serial,
                unpooled=next((why for ids, why in milder if noun.id in ids), noun.unpooled),
            )
        elif noun.id in paths.reached:
            nodes[noun.id] = replace(noun, blocking_in_async=False)
    return replace(graph, nodes=nodes)


def _roots(graph: AgentGraph, paths: Paths) -> tuple[list[str], list[EntryPoint], list[str], list[str], list[str], set[str]]:
    """Where runs begin whose loop others need, those of which each process serves one request, those whose loop only their own tasks need,
    and those that have one for themselves, all of production first; then what nothing calls, and the functions that start tasks."""
    flow = graph.flow
    waiting = {r.id for r in flow.regions.values() if r.kind in ("fan_out", "task", "deadline")}
    # What a thread runs needs no loop.
    beside = backwards(paths, {s.caller for s in paths.sites if s.hop == "task" or (s.hop != "thread" and waiting.intersection(s.regions))})
    tasks = {r.id for r in flow.regions.values() if r.kind == "task"}
    started = {s.caller for s in paths.sites if (s.hop == "task" or tasks.intersection(s.regions)) and not _is_async(graph, s.caller)}
    foreign = backwards(paths, started)
    entries = [n for n in graph.nodes.values() if isinstance(n, EntryPoint)]
    entries.sort(key=lambda n: (n.role not in ("production", "script"), n.at, n.id))
    shared: list[str] = []
    serial: list[EntryPoint] = []
    own: list[str] = []
    lonely: list[str] = []
    for entry in entries:
        begins = flow.entries.get(entry.id, ())
        if beside.isdisjoint(begins) and _has_its_own(graph, entry, begins):
            lonely.extend(begins)
        elif entry.one_request != NONE:
            serial.append(entry)
        elif entry.entry not in BY_HAND and foreign.isdisjoint(begins) and _has_its_own(graph, entry, begins):
            # What plain code starts may run on a loop that others need.
            own.extend(begins)
        else:
            shared.extend(begins)
    return shared, serial, own, lonely, sorted(paths.roots), beside


def _has_its_own(graph: AgentGraph, entry: EntryPoint, begins: Collection[str]) -> bool:
    """Whether nothing else needs its loop, unless it starts tasks: a program that a person starts, a handler that makes one, as each plain
    one has to in its thread."""
    plain = entry.server and all(f.startswith("fn:") and not _is_async(graph, f) for f in begins)
    return entry.entry in BY_HAND or entry.own_loop or plain


def _is_async(graph: AgentGraph, function: str) -> bool:
    found = graph.flow.functions.get(function)
    return found is not None and found.is_async


class Reached(NamedTuple):
    """A place, the path to it, and whether a loop runs it."""

    place: str
    best: Best[Site | None]
    running: bool


class _OnLoop:
    """The most certain paths to what a loop runs, of these the shortest. A plain function runs there if what a loop runs calls it in its
    own thread; a coroutine does wherever it is started from, but for a thread that another coroutine starts. Their state is the site by
    which plain code is entered."""

    def __init__(self, graph: AgentGraph, paths: Paths) -> None:
        self.graph, self.paths = graph, paths
        self.best: dict[str, Best[Site | None]] = {}
        """what a loop runs"""
        self.plain: dict[str, Best[Site | None]] = {}
        """what runs before a loop, or beside it"""
        self.apart: list[Reached] = []
        """what another process runs, on a loop of its own if on one; `instead`: what runs here where the program has no pool"""
        self.instead: list[Reached] = []
        self.stays: list[Site] = []
        """what leads on in the thread of a loop"""

    def spread(self, roots: list[str]) -> None:
        functions = self.graph.flow.functions
        self.follow(
            Reached(root, Best(None, None, length=begin(self.paths, root)), root in functions and functions[root].is_async)
            for root in dict.fromkeys(roots)
        )

    def follow(self, start: Iterable[Reached]) -> None:
        todo = [(one.best.doubt, one.best.length, count, one) for count, one in enumerate(start)]
        heapify(todo)
        count = len(todo)
        while todo:
            *_, (place, best, running) = heappop(todo)
            known = self.best if running else self.plain
            if place in known:
                continue
            known[place] = best
            for site in self.paths.outgoing.get(place, ()):
                length = longer(self.paths, best.length, site)
                state = entered(self.graph.flow, site, best.state)
                one = Reached(site.target, Best(state, site, max(best.doubt, doubt(site)), best, length), self._runs(site, running))
                if site.hop == "process":
                    self.apart.append(one)
                elif running and (site.caller, site.target, site.at) in self.graph.flow.instead:
                    self.instead.append(one)
                elif not _leaves(self.graph, site):
                    count += 1
                    self.stays += [site] if running and one.running else []
                    heappush(todo, (one.best.doubt, length, count, one))

    def _runs(self, site: Site, running: bool) -> bool:
        """Whether a loop runs what is reached from a place that it runs, or does not."""
        functions = self.graph.flow.functions
        if site.target not in functions:
            return running
        return functions[site.target].is_async or (running and site.hop in IN_ITS_THREAD and site.caller in functions)


def _leaves(graph: AgentGraph, site: Site) -> bool:
    """A coroutine hands the work to a thread, or anything to a pool. Of a thread that plain code starts the loop may be the program's."""
    if site.hop != "thread":
        return False
    caller = graph.flow.functions.get(site.caller)
    pooled = any(graph.flow.regions[r].kind == "fan_out" for r in site.regions[:1] if r in graph.flow.regions)
    return pooled or (caller is not None and caller.is_async)
