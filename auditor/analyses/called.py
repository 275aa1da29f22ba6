"""Which entry points reach what the program calls; no other noun is asked, or changes."""

from __future__ import annotations

from dataclasses import replace

from auditor.analyses.folds import fold
from auditor.analyses.paths import make_paths
from auditor.analyses.steps import trace
from auditor.graph.called import Call
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import TraceStep
from auditor.graph.types import EntryPoint, ModelCall, Noun


def called(graph: AgentGraph) -> AgentGraph:
    """Fills `reached`, `trace` and the role of calls, from the flow that leads to all of them."""
    if graph.around is None:
        return graph
    kept: dict[str, Noun] = {n.id: n for n in (*graph.nodes.values(), *graph.begins) if isinstance(n, (ModelCall, EntryPoint))}
    whole = replace(graph, nodes=kept, flow=graph.around)
    paths = make_paths(whole)
    best = fold(paths, {}, None, lambda state, _: state, lambda _: 0)
    traces: dict[str, tuple[TraceStep, ...]] = {}

    def reached(call: Call) -> Call:
        if call.role == "test":
            return call
        entries = paths.reached.get(call.inside, ())
        if call.inside not in traces:
            traces[call.inside] = tuple(trace(whole, paths, best, call.inside)) if entries else ()
        role = "library" if call.role == "production" and not entries else call.role
        return replace(call, reached=entries, trace=traces[call.inside], role=role)

    return replace(graph, calls=tuple(map(reached, graph.calls)), around=None, begins=())
