"""Which entry points reach each noun, by which path, and what no entry point reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from auditor.analyses.folds import fold
from auditor.analyses.paths import OFF, STORED, Best, Paths, backwards, closure, doubt, run, trying
from auditor.analyses.steps import describe, trace
from auditor.analyses.told import ways
from auditor.core.values import Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import TraceStep
from auditor.graph.types import NONE, EntryPoint, ExternalCall, ModelCall, Noun

LIBRARY = ("agent", "step", "model_client", "model_call", "tool", "external_call", "retry", "loop", "fan_out", "deadline_scope")

CLIENTS = ("model_client", "external_client")

MOST_PARTS = 8


def reach(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `reached`, `trace`, `way`, `calls_model`, `in_agent_code`, and the role of what no entry point reaches."""
    best = fold(paths, {}, None, lambda state, _: state, lambda _: 0)
    told = {**best, **ways(graph, paths)}
    paths.told = told
    sure = _sure(paths)
    located = where(graph, paths)
    calling = reaching_model(graph, paths)
    graph = _application(graph, calling)
    live = _live(paths, graph.flow.tested)
    called = _live(paths, graph.flow.tested | graph.flow.unnamed | graph.flow.unused)
    tried = _tried(graph, paths)
    named = functions(graph) if tried else {}
    nodes: dict[str, Noun] = {}
    for noun in graph.nodes.values():
        if isinstance(noun, EntryPoint):
            calls = any(f in calling for f in graph.flow.entries.get(noun.id, ()))
            nodes[noun.id] = replace(noun, reached=(noun.id,), calls_model=noun.calls_model or calls)
        elif noun.kind in LIBRARY and located[noun.id]:
            found = _located(graph, paths, (best, told), noun, located[noun.id], live)
            made = [f for f in named.get((noun.at.path, noun.qualname, False), ()) if noun.kind in CLIENTS]
            alone = noun.role == "production" and tried.issuperset(made or located[noun.id]) and bool(made or not found.reached)
            idle = found.role == "library" and called.isdisjoint(located[noun.id])
            unsure = bool(found.reached) and sure.isdisjoint(located[noun.id])
            nodes[noun.id] = replace(found, possible=unsure, tried=alone, idle=idle, off=_switch(noun, located[noun.id], paths.off))
        else:
            nodes[noun.id] = noun
    return _agent_code(replace(graph, nodes=_unused(graph, paths, nodes, located)), paths)


def _sure(paths: Paths) -> set[str]:
    """What runs begin to without a call that may mean another method, and without anything that is only stored."""
    begins = [place for place in paths.begins if place not in paths.loaded]
    return closure(begins, lambda place: (s.target for s in paths.outgoing.get(place, ()) if doubt(s) in (0, OFF)))


def _application(graph: AgentGraph, calling: set[str]) -> AgentGraph:
    """Unused is what an application does not use: of a library, all may be meant for others."""
    entries = [n.id for n in graph.nodes.values() if isinstance(n, EntryPoint) and n.role in ("production", "script")]
    if any(f in calling for entry in entries for f in graph.flow.entries.get(entry, ())):
        return graph
    nothing = frozenset[str]()
    return replace(graph, flow=replace(graph.flow, unused=nothing, tested=nothing, unnamed=nothing, split=nothing))


def _unused(graph: AgentGraph, paths: Paths, nodes: dict[str, Noun], located: dict[str, list[str]]) -> dict[str, Noun]:
    """Marks what stands in functions that nothing refers to, and what all calls of the functions around it rule out."""
    flow = graph.flow
    if not flow.unused and not flow.split:
        return nodes
    dead: dict[tuple[str, str], bool] = {}
    for function in flow.functions.values():
        key = function.at.path, function.symbol
        dead[key] = function.id in flow.unused and dead.get(key, True)
    entered = closure(paths.roots - (flow.split - flow.asked.keys()), lambda place: (s.target for s in paths.outgoing.get(place, ())))

    def unused(noun: Noun) -> bool:
        places = located.get(noun.id, [])
        ruled_out = bool(places) and entered.isdisjoint(places) and noun.at.path not in flow.published
        return noun.role == "library" and (ruled_out or dead.get((noun.at.path, noun.qualname), False))

    return {i: replace(n, unused=True) if unused(n) else n for i, n in nodes.items()}


def reaching_model(graph: AgentGraph, paths: Paths, but: Collection[str] = ()) -> set[str]:
    """The places from which a request to a model is reached. `but`: calls that are left out."""
    calls = [n.id for n in graph.nodes.values() if isinstance(n, ModelCall) and n.call != "token_count"]
    return backwards(paths, [call for call in calls if call not in but])


def _live(paths: Paths, but: frozenset[str]) -> set[str]:
    """What something else than these roots may run."""
    return closure(paths.roots - but, lambda place: (s.target for s in paths.outgoing.get(place, ())))


def _tried(graph: AgentGraph, paths: Paths) -> set[str]:
    """What self-tests of modules lead to, and nothing else that is known to use it."""
    sites = trying(graph)
    if not sites:
        return set()

    def onward(place: str) -> Iterator[str]:
        return (s.target for s in paths.outgoing.get(place, ()))

    direct = {site.target for site in sites}
    other = [n.id for n in graph.nodes.values() if n.kind in ("tool", "agent", "step")]
    return closure(direct, onward) - closure([*other, *(paths.roots - direct)], onward)


def _switch(noun: Noun, places: list[str], off: Mapping[str, Setting]) -> Setting:
    own = noun.off if noun.off != NONE else None
    return own or (off[places[0]] if all(place in off for place in places) else NONE)


def _located(
    graph: AgentGraph,
    paths: Paths,
    found: tuple[dict[str, Best[None]], dict[str, Best[None]]],
    noun: Noun,
    places: list[str],
    live: set[str],
) -> Noun:
    """`found`: the worst path to each place, and the one that is told."""
    entries = tuple(sorted({e for place in places for e in paths.reached[place]}))
    chosen = next((p for p in places if paths.reached[p]), places[0])
    role = "library" if noun.role == "production" and not entries else noun.role
    worst, way = (_steps(graph, paths, best, noun, chosen) for best in (run(paths, found[0], chosen), found[1]))
    tested = noun.role == "production" and not entries and not any(place in live for place in places)
    stored = bool(entries) and found[1][chosen].doubt == STORED
    return replace(noun, reached=entries, trace=worst, way=way, role=role, unused=tested, stored=stored)


def _steps(graph: AgentGraph, paths: Paths, found: Mapping[str, Best[None]], noun: Noun, place: str) -> tuple[TraceStep, ...]:
    steps = trace(graph, paths, found, place)
    if not steps or (steps[-1].at.path, steps[-1].at.line) != (noun.at.path, noun.at.line):
        steps.append(TraceStep(describe(noun), noun.at))
    return tuple(steps)


def where(graph: AgentGraph, paths: Paths) -> dict[str, list[str]]:
    """The places of each noun: its own in the flow, those around which its region lies, else the function that it stands in.

    Of a loop around calls that only some callers let come to a model, those of these callers count."""
    regions: dict[str, list[str]] = defaultdict(list)
    asking: dict[str, list[str]] = defaultdict(list)
    calling = reaching_model(graph, paths)
    for place, wrappers in paths.wrappers.items():
        for region in wrappers:
            regions[region].append(place)
            if place in calling:
                asking[region].append(place)
    for site in paths.sites:
        for region in site.regions:
            regions[region].append(site.caller)
            if site.target in calling:
                asking[region].append(site.caller)
    around: dict[str, list[str]] = defaultdict(list)
    for known in graph.flow.regions.values():
        if known.noun:
            rows = asking[known.id] if known.kind == "loop" and known.id in asking else regions.get(known.id, ())
            around[known.noun] += [p for p in rows if p in paths.reached]
    named = functions(graph)
    located: dict[str, list[str]] = {}
    for noun in graph.nodes.values():
        own = [p for p in (*paths.places(noun), *around[noun.id]) if p in paths.reached]
        # A noun with a place that no path leads to may be made of a function that one does lead to (a `def` that is an agent).
        made_of_it = noun.kind in ("agent", "tool", "step")
        if not own or (made_of_it and not any(paths.reached[p] for p in own)):
            own += named.get((noun.at.path, noun.symbol if made_of_it else noun.qualname, made_of_it), ())
        located[noun.id] = sorted(dict.fromkeys(own))
    return located


def functions(graph: AgentGraph) -> dict[tuple[str, str, bool], list[str]]:
    """Functions by path and symbol; with True also under every symbol that they are part of (methods of a class)."""
    rows: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for function in graph.flow.functions.values():
        rows[function.at.path, function.symbol, False].append(function.id)
        parts = function.symbol.split(".")[:MOST_PARTS]
        for end in range(1, len(parts) + 1):
            rows[function.at.path, ".".join(parts[:end]), True].append(function.id)
    return rows


def _agent_code(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """A tool, an agent, a step or an entry point that calls a model or serves tools reaches an external call, or nothing does. What asks an
    embedding model calls a model, too; the tools that a server runs need not be known."""
    starts = [n.id for n in graph.nodes.values() if n.kind in ("tool", "agent", "step")]
    entries = graph.flow.entries
    embedding = backwards(paths, graph.flow.embedding)
    runs = [n for n in graph.nodes.values() if isinstance(n, EntryPoint)]
    asking = {e.id for e in runs if e.calls_model or e.serves_tools or not embedding.isdisjoint(entries.get(e.id, ()))}
    starts += [f for entry in sorted(asking) for f in entries.get(entry, ())]
    starts += [body for body in sorted(paths.loaded) if not asking.isdisjoint(paths.begins[body])]
    inside = closure(starts, lambda place: (s.target for s in paths.outgoing.get(place, ())))
    nodes = {
        n.id: replace(n, in_agent_code=n.in_agent_code or n.id in inside or not n.reached) if isinstance(n, ExternalCall) else n
        for n in graph.nodes.values()
    }
    return replace(graph, nodes=nodes)
