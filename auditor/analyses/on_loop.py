"""Calls that block: whether a path leads to them in the thread of the event loop that their coroutine shares, and which."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from auditor.analyses.paths import Best, Paths, backwards
from auditor.analyses.scale import BY_HAND
from auditor.analyses.steps import describe, trace
from auditor.graph.flow import Site
from auditor.graph.types import AgentGraph, EntryPoint, ExternalCall, ModelCall, Noun, TraceStep


def on_loop(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `loop_trace` and `alone`; what is only reached through a thread that a coroutine starts waits in a loop of its own at most."""
    blocking = [n for n in graph.nodes.values() if isinstance(n, (ModelCall, ExternalCall)) and n.blocking_in_async]
    if not blocking:
        return graph
    found = _reached(graph, paths)
    lonely = _lonely(graph, paths)
    nodes: dict[str, Noun] = dict(graph.nodes)
    for noun in blocking:
        if noun.id in found:
            steps = (*trace(graph, paths, found, noun.id), TraceStep(describe(noun), noun.at))
            nodes[noun.id] = replace(noun, loop_trace=steps, alone=bool(noun.reached) and lonely.issuperset(noun.reached))
        elif noun.id in paths.reached:
            nodes[noun.id] = replace(noun, blocking_in_async=False)
    return replace(graph, nodes=nodes)


def _lonely(graph: AgentGraph, paths: Paths) -> set[str]:
    """What has a loop for itself: programs that a person starts, and handlers with a loop of their own, without tasks and deadlines."""
    waiting = {r.id for r in graph.flow.regions.values() if r.kind in ("fan_out", "task", "deadline")}
    beside = backwards(paths, {s.caller for s in paths.sites if s.hop == "task" or waiting.intersection(s.regions)})
    entries = (n for n in graph.nodes.values() if isinstance(n, EntryPoint) and (n.entry in BY_HAND or n.own_loop))
    return {entry.id for entry in entries if beside.isdisjoint(graph.flow.entries.get(entry.id, ()))}


def _reached(graph: AgentGraph, paths: Paths) -> dict[str, Best[None]]:
    """The shortest path to each place that stays in its thread: from entry points first, and by real calls first."""
    best: dict[str, Best[None]] = {}
    for roots in _roots(graph, paths):
        stored: list[Site] = []
        start = [root for root in dict.fromkeys(roots) if root not in best]
        best.update((root, Best(None, None)) for root in start)
        _spread(graph, paths, best, start, stored)
        for site in stored:
            if site.target not in best:
                best[site.target] = Best(None, site, True)
                _spread(graph, paths, best, [site.target], stored)
    return best


def _roots(graph: AgentGraph, paths: Paths) -> Iterator[list[str]]:
    """Where the runs of production begin, then the others, then what nothing calls."""
    entries = [n for n in graph.nodes.values() if isinstance(n, EntryPoint)]
    entries.sort(key=lambda n: (n.role not in ("production", "script"), n.at, n.id))
    yield [root for entry in entries for root in graph.flow.entries.get(entry.id, ())]
    yield sorted(paths.roots)


def _spread(graph: AgentGraph, paths: Paths, best: dict[str, Best[None]], start: list[str], stored: list[Site]) -> None:
    todo = deque(start)
    while todo:
        place = todo.popleft()
        for site in paths.outgoing.get(place, ()):
            if site.hop == "handed":
                stored.append(site)
            elif site.target not in best and not _leaves(graph, site):
                best[site.target] = Best(None, site)
                todo.append(site.target)


def _leaves(graph: AgentGraph, site: Site) -> bool:
    """A coroutine hands the work to a thread, or anything to a pool. Of a thread that plain code starts the loop may be the program's."""
    if site.hop != "thread":
        return False
    caller = graph.flow.functions.get(site.caller)
    pooled = any(graph.flow.regions[r].kind == "fan_out" for r in site.regions[:1] if r in graph.flow.regions)
    return pooled or (caller is not None and caller.is_async)
