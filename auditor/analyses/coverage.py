"""Which decisions of a run leave a span: model calls, tools, routers and handoffs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from auditor.analyses.paths import Best, Paths, fold
from auditor.analyses.runs import RUNS
from auditor.core.location import Location
from auditor.core.values import Setting, Unknown, unknown
from auditor.graph.types import NONE, AgentGraph, DecisionPoint, ModelCall, Noun, Step, Tool

TRACED, UNTRACED = Setting(True, "inferred"), Setting(False, "inferred")


def coverage(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `traced` of model calls and adds the decision points."""
    spans = _spans(graph, paths)
    nodes: dict[str, Noun] = dict(graph.nodes)
    for noun in graph.nodes.values():
        if isinstance(noun, ModelCall):
            nodes[noun.id] = replace(noun, traced=_call(noun, spans))
    graph = replace(graph, nodes=nodes)
    nodes.update(
        (p.id, p) for p in (*_calls(graph), *_tools(graph, paths, spans), *_routers(graph, paths, spans), *_handoffs(graph, spans))
    )
    return graph


def _spans(graph: AgentGraph, paths: Paths) -> dict[str, Best[Setting]]:
    """Whether a span encloses each place on all paths; a traced run is a span around all that it leads to."""
    factors = {i: TRACED for i, region in graph.flow.regions.items() if region.kind == "span"}
    factors |= {n.id: n.traced for n in graph.nodes.values() if isinstance(n, ModelCall) and n.call in RUNS and not _is_open(n.traced)}
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
    for noun in graph.nodes.values():
        if isinstance(noun, ModelCall) and noun.call != "token_count" and noun.role != "test":
            switch = noun.untraced_at[0] if noun.untraced_at else None
            at = graph.nodes[switch].at if switch in graph.nodes else None
            yield _point(noun, "model_call", noun.traced, NONE if switch is None else Setting(switch, "inferred", at=at))


def _tools(graph: AgentGraph, paths: Paths, spans: Mapping[str, Best[Setting]]) -> Iterator[DecisionPoint]:
    """Tools that some agent has or some path leads to: others decide nothing."""
    had = {edge.target for edge in graph.edges if edge.kind == "has_tool"}
    for noun in graph.nodes.values():
        if isinstance(noun, Tool) and noun.role != "test" and (noun.id in had or noun.agents or noun.reached):
            yield _point(noun, "tool", _made_of(noun, paths, spans), NONE)


def _routers(graph: AgentGraph, paths: Paths, spans: Mapping[str, Best[Setting]]) -> Iterator[DecisionPoint]:
    """Steps from which a run can take several ways."""
    ways: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        if edge.kind == "routes_to":
            ways[edge.source].add(edge.target)
    for noun in graph.nodes.values():
        if isinstance(noun, Step) and noun.role != "test" and len(ways[noun.id]) > 1:
            yield _point(noun, "router", _made_of(noun, paths, spans), NONE)


def _handoffs(graph: AgentGraph, spans: Mapping[str, Best[Setting]]) -> Iterator[DecisionPoint]:
    for edge in graph.edges:
        source, target = graph.nodes.get(edge.source), graph.nodes.get(edge.target)
        if edge.kind != "hands_off" or source is None or target is None or source.role == "test":
            continue
        traced = spans[source.id].state if source.id in spans else unknown("it is not known what runs the agent")
        point = _point(source, "handoff", traced, NONE)
        at = Location(edge.path, edge.line) if (edge.path, edge.line) != (source.at.path, source.at.line) else source.at
        name = f"{source.name} -> {target.name}"
        yield replace(point, id=f"decision_point:{edge.path}:{edge.line}:{source.id}:{target.id}", name=name, at=at)


def _made_of(noun: Noun, paths: Paths, spans: Mapping[str, Best[Setting]]) -> Setting:
    """A tool or step is traced if all functions that it runs are."""
    places = paths.places(noun)
    inner = places[1:] or places
    if not inner:
        return unknown("it is not known what runs it")
    return min((spans[place].state for place in inner), key=_certainty)


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
        trace=tuple(replace(step, times=None) for step in noun.trace),
        decision=decision,
        subject=noun.id,
        traced=traced,
        switch=switch,
    )
