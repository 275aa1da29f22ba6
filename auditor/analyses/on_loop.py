"""Calls that block: whether a path leads to them in the thread of the event loop that their coroutine shares, and which."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from auditor.analyses.paths import Best, Paths, backwards, doubt
from auditor.analyses.scale import BY_HAND
from auditor.analyses.steps import describe, trace
from auditor.graph.flow import Site
from auditor.graph.types import AgentGraph, EntryPoint, ExternalCall, ModelCall, Noun, TraceStep

IN_ITS_THREAD = ("call", "await")


def on_loop(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `loop_trace` and `alone`; what no loop is seen to run, or only one that nothing else needs, holds nobody up."""
    blocking = [n for n in graph.nodes.values() if isinstance(n, (ModelCall, ExternalCall)) and n.blocking_in_async]
    if not blocking:
        return graph
    shared, lonely, others = _roots(graph, paths)
    found = _OnLoop(graph, paths)
    found.spread(shared)
    needed = set(found.best)
    found.spread(lonely)
    started = set(found.best)
    found.spread(others)
    nodes: dict[str, Noun] = dict(graph.nodes)
    for noun in blocking:
        if noun.id in found.best:
            steps = (*trace(graph, paths, found.best, noun.id), TraceStep(describe(noun), noun.at))
            nodes[noun.id] = replace(noun, loop_trace=steps, alone=noun.id in started - needed)
        elif noun.id in paths.reached:
            nodes[noun.id] = replace(noun, blocking_in_async=False)
    return replace(graph, nodes=nodes)


def _lonely(graph: AgentGraph, paths: Paths) -> set[str]:
    """What has a loop for itself: programs that a person starts, and handlers with a loop of their own (as each plain one has in its
    thread), without tasks and deadlines."""
    flow = graph.flow
    waiting = {r.id for r in flow.regions.values() if r.kind in ("fan_out", "task", "deadline")}
    beside = backwards(paths, {s.caller for s in paths.sites if s.hop == "task" or waiting.intersection(s.regions)})
    entries = [n for n in graph.nodes.values() if isinstance(n, EntryPoint)]
    plain = {
        n.id
        for n in entries
        if n.server and all(f.startswith("fn:") and not flow.functions[f].is_async for f in flow.entries.get(n.id, ()))
    }
    own = (n.id for n in entries if n.entry in BY_HAND or n.own_loop or n.id in plain)
    return {entry for entry in own if beside.isdisjoint(flow.entries.get(entry, ()))}


def _roots(graph: AgentGraph, paths: Paths) -> tuple[list[str], list[str], list[str]]:
    """Where runs begin whose loop others need, and those that have one for themselves, both production first; then what nothing calls."""
    lonely = _lonely(graph, paths)
    entries = [n for n in graph.nodes.values() if isinstance(n, EntryPoint)]
    entries.sort(key=lambda n: (n.role not in ("production", "script"), n.at, n.id))
    rows: tuple[list[str], list[str]] = ([], [])
    for entry in entries:
        rows[entry.id in lonely].extend(graph.flow.entries.get(entry.id, ()))
    return *rows, sorted(paths.roots)


class Reached(NamedTuple):
    """A place, the path to it, and whether a loop runs it."""

    place: str
    best: Best[None]
    running: bool


class _OnLoop:
    """The shortest paths to what a loop runs, by real calls first. A plain function runs there if what a loop runs calls it in its own
    thread; a coroutine does wherever it is started from, but for a thread that another coroutine starts."""

    def __init__(self, graph: AgentGraph, paths: Paths) -> None:
        self.graph, self.paths = graph, paths
        self.best: dict[str, Best[None]] = {}
        """what a loop runs"""
        self.plain: dict[str, Best[None]] = {}
        """what runs before a loop, or beside it"""

    def spread(self, roots: list[str]) -> None:
        stored: list[Reached] = []
        functions = self.graph.flow.functions
        begins = (Reached(root, Best(None, None), root in functions and functions[root].is_async) for root in dict.fromkeys(roots))
        self._follow(begins, stored)
        for one in stored:
            self._follow([one], stored)

    def _follow(self, start: Iterable[Reached], stored: list[Reached]) -> None:
        todo = deque(start)
        while todo:
            place, best, running = todo.popleft()
            known = self.best if running else self.plain
            if place in known:
                continue
            known[place] = best
            for site in self.paths.outgoing.get(place, ()):
                if not _leaves(self.graph, site):
                    unsure = doubt(site)
                    one = Reached(site.target, Best(None, site, unsure, best), self._runs(site, running))
                    (stored if unsure else todo).append(one)

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
