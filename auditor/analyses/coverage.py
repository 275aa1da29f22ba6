"""Which decisions of a run leave a span: model calls, tools, routers and handoffs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from auditor.analyses.blind import gather_points, gather_usage
from auditor.analyses.folds import fold
from auditor.analyses.paths import Best, Paths
from auditor.analyses.runs import OTHER_REQUESTS, RUNS
from auditor.core.location import Location
from auditor.core.values import ABSENT, Setting, Unknown, unknown
from auditor.graph.graph import AgentGraph, Edge
from auditor.graph.types import NONE, Agent, DecisionPoint, ModelCall, Noun, Step, Tool

TRACED, UNTRACED = Setting(True, "inferred", why="a span encloses it"), Setting(False, "inferred", why="no span encloses it")

DATA = ("audio", "image", "video")
"""kinds of model calls that make data, and decide nothing either"""
DRIVEN = ("model", "framework", "capped")
"""loops that a model ends"""


def coverage(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `traced` of model calls, adds the decision points, and says where recording is to be added for all at once."""
    spans = _spans(graph, paths)
    nodes: dict[str, Noun] = dict(graph.nodes)
    for noun in graph.nodes.values():
        if isinstance(noun, ModelCall):
            nodes[noun.id] = replace(noun, traced=_call(noun, spans))
    graph = replace(graph, nodes=nodes)
    points = [*_calls(graph), *_tools(graph, paths, spans), *_routers(graph, paths, spans), *_handoffs(graph, spans)]
    nodes.update((p.id, p) for p in gather_points(graph, points))
    nodes.update((c.id, c) for c in gather_usage(graph))
    return graph


def _spans(graph: AgentGraph, paths: Paths) -> dict[str, Best[Setting]]:
    """Whether a span encloses each place on all paths; a traced run or agent is a span around all that it leads to."""
    factors = {i: TRACED for i, region in graph.flow.regions.items() if region.kind == "span"}
    running = (n for n in graph.nodes.values() if isinstance(n, Agent) or (isinstance(n, ModelCall) and n.call in RUNS))
    factors |= {n.id: n.traced for n in running if not _is_open(n.traced)}
    best = fold(paths, factors, UNTRACED, lambda state, factor: max(state, factor, key=_certainty), lambda state: -_certainty(state))
    for place, sites in paths.outgoing.items():
        # A function that opens a span around all that it calls leaves one itself.
        if place in graph.flow.functions and all(any(r in factors for r in site.regions) for site in sites):
            best[place] = best[place]._replace(state=TRACED)
    return best


def _certainty(traced: Setting) -> int:
    return 2 if traced.value is True else 1 if isinstance(traced.value, Unknown) else 0


def _is_open(traced: Setting) -> bool:
    return traced == NONE or traced.value is False


def _call(call: ModelCall, spans: Mapping[str, Best[Setting]]) -> Setting:
    if not _is_open(call.traced) or call.untraced_at:
        return call.traced if call.traced != NONE else UNTRACED
    found = spans[call.id].state if call.id in spans else UNTRACED
    return call.traced if found.value is False and call.traced != NONE else found


def _calls(graph: AgentGraph) -> Iterator[DecisionPoint]:
    """Model calls that decide something here: not on a server that leaves the spans."""
    for noun in graph.nodes.values():
        if not isinstance(noun, ModelCall) or noun.call in (*OTHER_REQUESTS, *DATA) or noun.role == "test" or noun.made_of_calls:
            continue
        if noun.traced.value is not ABSENT:
            yield replace(_point(noun, "model_call", noun.traced, _switch(graph, noun)), steers=_steers(noun))


def _steers(call: ModelCall) -> bool:
    """Whether its answer decides what runs next: that of an agent, a tool, or whether a loop goes on."""
    return call.loop_kind in DRIVEN or call.offers_tools or (call.call == "agent_run" and call.loop_kind != "straight")


def _switch(graph: AgentGraph, noun: ModelCall | Tool | Step | Agent) -> Setting:
    """What turns its tracing off."""
    switch = noun.untraced_at[0] if noun.untraced_at else None
    return NONE if switch is None else Setting(switch, "inferred", at=graph.nodes[switch].at if switch in graph.nodes else None)


def _tools(graph: AgentGraph, paths: Paths, spans: Mapping[str, Best[Setting]]) -> Iterator[DecisionPoint]:
    """Tools that some agent has or some path leads to: others decide nothing. A class or a mapping of which nothing that runs is known is
    a form to fill in, which the call that offers it decides about."""
    had = {edge.target for edge in graph.edges if edge.kind == "has_tool"}
    for noun in graph.nodes.values():
        if not isinstance(noun, Tool) or noun.role == "test" or not (noun.id in had or noun.agents or noun.reached):
            continue
        is_form = noun.callee == "{}" or (noun.callee == "class" and not noun.framework)
        if not is_form or paths.outgoing.get(noun.id):
            yield _point(noun, "tool", _made_of(noun, paths, spans), _switch(graph, noun))


def _routers(graph: AgentGraph, paths: Paths, spans: Mapping[str, Best[Setting]]) -> Iterator[DecisionPoint]:
    """Steps from which a run can take several ways, each where it is said that it can (a conditional edge), if one place says so."""
    ways: dict[str, set[str]] = defaultdict(set)
    said: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for edge in graph.edges:
        if edge.kind == "routes_to":
            ways[edge.source].add(edge.target)
            said[edge.source, edge.path, edge.line].add(edge.target)
    branches = {source: Location(path, line) for (source, path, line), targets in reversed(said.items()) if len(targets) > 1}
    for noun in graph.nodes.values():
        if isinstance(noun, Step) and noun.role != "test" and len(ways[noun.id]) > 1:
            point = _point(noun, "router", _made_of(noun, paths, spans), _switch(graph, noun))
            yield replace(point, at=branches.get(noun.id, noun.at))


def _handoffs(graph: AgentGraph, spans: Mapping[str, Best[Setting]]) -> Iterator[DecisionPoint]:
    """One decision for each place where it stands to whom an agent may hand over; one with a written order has no choice."""
    places: dict[tuple[str, int, str], list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if edge.kind == "hands_off":
            places[edge.path, edge.line, edge.source].append(edge)
    for edges in places.values():
        edge, source = edges[0], graph.nodes.get(edges[0].source)
        targets = list(dict.fromkeys(graph.nodes[e.target].name for e in edges if e.target in graph.nodes))
        if source is None or not targets or source.role == "test" or (isinstance(source, Agent) and source.ordered):
            continue
        traced = spans[source.id].state if source.id in spans else unknown("it is not known what runs the agent")
        if isinstance(source, Agent):
            point = _point(source, "handoff", _surer(source.traced, traced), _switch(graph, source))
        else:
            point = _point(source, "handoff", traced, NONE)
        at = Location(edge.path, edge.line) if (edge.path, edge.line) != (source.at.path, source.at.line) else source.at
        name = f"{source.name} -> {', '.join(targets)}"
        yield replace(point, id=f"decision_point:{edge.path}:{edge.line}:{source.id}:{edge.target}", name=name, at=at)


def _made_of(noun: Tool | Step, paths: Paths, spans: Mapping[str, Best[Setting]]) -> Setting:
    """A tool or step is traced if what runs it is, or all functions that it runs are."""
    places = paths.places(noun)
    inner = places[1:] or places
    found = min((spans[place].state for place in inner), key=_certainty) if inner else unknown("it is not known what runs it")
    return _surer(noun.traced, found)


def _surer(of_framework: Setting, around: Setting) -> Setting:
    """What the framework does and what encloses it; where neither leaves a span, the framework's reason says more."""
    if around.value is False:
        return of_framework if of_framework != NONE else around
    return max(around, of_framework, key=_certainty) if of_framework != NONE else around


def _point(noun: Noun, decision: str, traced: Setting, switch: Setting) -> DecisionPoint:
    return DecisionPoint(
        id=f"decision_point:{noun.id}",
        name=noun.name,
        symbol=noun.symbol,
        at=noun.at,
        role=noun.role,
        qualname=noun.qualname,
        callee=noun.callee,
        framework=noun.framework,
        api=noun.api,
        reached=noun.reached,
        unused=noun.unused,
        tried=noun.tried,
        idle=noun.idle,
        stored=noun.stored,
        possible=noun.possible,
        off=noun.off,
        trace=noun.way,
        way=noun.way,
        decision=decision,
        subject=noun.id,
        traced=traced,
        switch=switch,
        logged=noun.logged if isinstance(noun, ModelCall) else NONE,
        unrecorded=f"this decision ({decision.replace('_', ' ')})",
    )
