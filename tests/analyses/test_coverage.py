"""Spans around decisions."""

import pytest

from auditor.core.values import UNBOUNDED, Setting, unknown
from auditor.graph.graph import Edge
from auditor.graph.types import DecisionPoint, TracingSwitch
from tests.analyses.flows import FlowOf, place, points, shown


@pytest.fixture
def flow():
    made = FlowOf()
    made.entry("entry", "main")
    return made


def test_a_span_on_all_paths(flow):
    flow.model("both")
    flow.model("one")
    flow.span("span")
    flow.call("main", "traced", "span")
    flow.call("traced", "both")
    flow.call("traced", "one")
    flow.call("main", "one")
    nodes = flow.analysed()
    assert (shown(nodes["both"].traced), shown(nodes["one"].traced)) == (True, False)


@pytest.mark.parametrize(("built", "traced"), [(Setting(True), True), (unknown("it depends"), "unknown"), (Setting(False), False)])
def test_what_is_known_already(flow, built, traced):
    flow.model(traced=built)
    flow.call("main", "model")
    nodes = flow.analysed()
    assert shown(nodes["model"].traced) == traced
    assert points(nodes) == {("model_call", "model"): traced}


def test_a_switch_that_turns_tracing_off(flow):
    flow.graph.nodes["off"] = TracingSwitch(id="off", name="off", symbol="off", at=place(99), role="production", on=False)
    flow.model(traced=Setting(False), untraced_at=("off",))
    flow.span("span")
    flow.call("main", "model", "span")
    [point] = [n for n in flow.analysed().values() if isinstance(n, DecisionPoint)]
    assert (shown(point.traced), point.switch.value, point.switch.at) == (False, "off", place(99))


def test_a_traced_run_traces_what_it_runs(flow):
    flow.model("run", call="agent_run", traced=Setting(True))
    flow.agent("agent")
    flow.agent("other")
    flow.tool("tool")
    flow.edge("agent", "tool", "has_tool")
    flow.edge("agent", "other", "hands_off")
    flow.call("main", "run")
    flow.call("run", "agent")
    flow.call("agent", "tool")
    flow.call("agent", "other")
    flow.call("tool", "tool_fn")
    assert points(flow.analysed()) == {("model_call", "run"): True, ("tool", "tool"): True, ("handoff", "agent -> other"): True}


def test_a_traced_agent_traces_what_it_runs(flow):
    flow.agent("agent", traced=Setting(True))
    flow.model()
    flow.call("main", "agent")
    flow.call("agent", "model")
    assert points(flow.analysed()) == {("model_call", "model"): True}


def test_tools(flow):
    flow.span("around")
    flow.span("inside")
    flow.span("decorator")
    flow.external()
    for name in ("bare", "called in a span", "with a span inside", "decorated", "unused"):
        flow.tool(name)
        flow.edge("agent", name, "has_tool")
        flow.call(name, f"{name} fn")
    flow.graph.edges.pop()
    flow.call("main", "called in a span fn", "around")
    flow.call("with a span inside fn", "http", "inside")
    flow.call("main", "with a span inside fn")
    flow.call("main", "bare fn")
    flow.function("decorated fn", "decorator")
    assert points(flow.analysed()) == {
        ("tool", "bare"): False,
        ("tool", "called in a span"): True,
        ("tool", "with a span inside"): True,
        ("tool", "decorated"): True,
    }


def test_routers_are_steps_with_several_ways(flow):
    for name in ("router", "a", "b"):
        flow.step(name)
        flow.call("main", name)
    flow.edge("router", "a", "routes_to")
    flow.edge("router", "b", "routes_to")
    flow.edge("a", "b", "routes_to")
    assert points(flow.analysed()) == {("router", "router"): False}


def test_tests_and_requests_that_no_run_waits_for_decide_nothing(flow):
    flow.model("in a test", role="test")
    others = ("token_count", "embedding", "batch", "background_run")
    for kind in others:
        flow.model(kind, call=kind)
    flow.tool("tool", role="test")
    flow.edge("agent", "tool", "has_tool")
    for name in ("in a test", *others):
        flow.call("main", name)
    assert points(flow.analysed()) == {}


def handoffs(flow, line, **fields):
    """An agent that may hand over to two others, all told at one line."""
    for name in ("lead", "first", "second"):
        flow.agent(name, traced=Setting(False), **(fields if name == "lead" else {}))
    for name in ("first", "second"):
        flow.graph.edges.append(Edge("lead", name, "hands_off", "app.py", line(name)))
    flow.call("main", "lead")
    return [(n.name, n.at.line) for n in flow.analysed().values() if isinstance(n, DecisionPoint)]


def test_the_agents_to_choose_from_are_one_decision(flow):
    assert handoffs(flow, lambda _: 7) == [("lead -> first, second", 7)]


def test_handovers_at_several_places_are_several_decisions(flow):
    assert handoffs(flow, len) == [("lead -> first", 5), ("lead -> second", 6)]


def test_who_runs_its_members_in_order_decides_nothing(flow):
    assert handoffs(flow, lambda _: 7, ordered=True) == []


@pytest.mark.parametrize(
    ("fields", "steers"),
    [
        ({}, False),
        ({"loop": Setting(UNBOUNDED), "loop_kind": "data"}, False),
        ({"loop": Setting(UNBOUNDED), "loop_kind": "model"}, True),
        ({"call": "agent_run"}, True),
        ({"offers_tools": True}, True),
        ({"call": "agent_run", "loop_kind": "straight"}, False),
        ({"call": "pipeline_run"}, False),
    ],
)
def test_an_answer_that_decides_what_runs_next(flow, fields, steers):
    flow.model(traced=Setting(False), **fields)
    flow.call("main", "model")
    [point] = [n for n in flow.analysed().values() if isinstance(n, DecisionPoint)]
    assert point.steers is steers
