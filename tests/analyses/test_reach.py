"""Which entry points reach what."""

import pytest

from auditor.core.location import Location
from auditor.core.values import Setting
from tests.analyses.flows import FlowOf, place


@pytest.fixture
def flow():
    return FlowOf()


def test_entry_points_of_calls_agents_tools_clients_and_regions(flow):
    flow.entry("chat", "chat_fn")
    flow.entry("batch", "batch_fn")
    flow.entry("health", "health_fn")
    flow.client("client")
    flow.model("run", call="agent_run")
    flow.model("inner", client=Setting("client"))
    flow.agent("agent")
    flow.tool("tool")
    flow.retry("retry", 3)
    flow.call("chat_fn", "run", "retry")
    flow.call("batch_fn", "tool_fn")
    flow.call("run", "agent")
    flow.call("agent", "tool")
    flow.call("tool", "tool_fn")
    flow.call("tool_fn", "inner")
    nodes = flow.analysed()
    assert nodes["inner"].reached == nodes["client"].reached == nodes["tool"].reached == ("batch", "chat")
    assert nodes["agent"].reached == nodes["retry"].reached == ("chat",)
    assert [nodes[n].calls_model for n in ("chat", "batch", "health")] == [True, True, False]
    assert {nodes[n].role for n in ("inner", "client", "agent", "tool", "retry")} == {"production"}


def test_library_code(flow):
    flow.entry("entry", "main")
    flow.model("called")
    flow.model("uncalled")
    flow.model("example", role="example")
    flow.model("nowhere")
    flow.loop("loop")
    flow.call("main", "called")
    flow.call("helper", "uncalled", "loop")
    flow.call("helper", "example")
    nodes = flow.analysed()
    assert {n: nodes[n].role for n in ("called", "uncalled", "example", "nowhere", "loop")} == {
        "called": "production",
        "uncalled": "library",
        "example": "example",
        "nowhere": "production",
        "loop": "library",
    }


def test_a_test_does_not_make_library_code_reached(flow):
    flow.entry("suite", "run_all", path="tests/run.py", role="test")
    flow.function("test_ask", path="tests/run.py")
    flow.model()
    flow.graph.flow.functions["run_all"] = flow.graph.flow.functions["test_ask"]
    flow.call("test_ask", "ask", path="tests/run.py")
    flow.call("ask", "model")
    assert flow.analysed()["model"].role == "library"


def test_an_agent_that_is_a_function(flow):
    flow.entry("entry", "main")
    flow.agent("raw", symbol="Agent", at=flow.graph.nodes["entry"].at)
    flow.function("method", symbol="Agent.run")
    flow.model()
    flow.call("main", "method")
    flow.call("method", "model")
    assert flow.analysed()["raw"].reached == ("entry",)


def test_external_calls_in_agent_code(flow):
    flow.entry("asks", "asking")
    flow.entry("plain", "plain_fn")
    flow.model()
    flow.tool("tool")
    for name in ("of the tool", "of the asking entry", "of the plain entry", "of nothing", "nowhere"):
        flow.external(name)
    flow.call("asking", "model")
    flow.call("asking", "of the asking entry")
    flow.call("plain_fn", "of the plain entry")
    flow.call("tool", "of the tool")
    flow.call("unused", "of nothing")
    nodes = flow.analysed()
    assert {n.name: n.in_agent_code for n in nodes.values() if n.kind == "external_call"} == {
        "of the tool": True,
        "of the asking entry": True,
        "of the plain entry": False,
        "of nothing": True,
        "nowhere": True,
    }


def test_what_asks_an_embedding_model_is_agent_code(flow):
    flow.entry("ingests", "ingest")
    flow.external("store")
    flow.external("clone")
    flow.call("ingest", "store")
    flow.call("ingest", "clone")
    assert {n.in_agent_code for n in flow.analysed().values() if n.kind == "external_call"} == {False}
    flow.graph.flow.embedding = frozenset({"store"})
    assert {n.in_agent_code for n in flow.analysed().values() if n.kind == "external_call"} == {True}


def test_the_trace_of_a_tool_names_the_way(flow):
    flow.entry("entry", "main")
    flow.tool("tool")
    flow.agent("agent")
    flow.model("run", call="agent_run")
    flow.call("main", "ask")
    flow.call("ask", "run")
    flow.call("run", "agent")
    flow.call("agent", "tool")
    steps = [step.what for step in flow.analysed()["tool"].trace]
    assert steps == ["entry begins", "calls ask", "agent run run", "agent agent", "tool tool"]


def unused(flow):
    flow.graph.flow.unused = frozenset(("old",))
    flow.model("inside", qualname="old", at=place(1))
    flow.function("old", symbol="old", path="app.py")
    flow.call("old", "inside")
    return flow


def test_what_an_application_does_not_use_is_marked(flow):
    flow.entry("entry", "main")
    flow.model("called")
    flow.call("main", "called")
    nodes = unused(flow).analysed()
    assert nodes["inside"].unused
    assert nodes["decision_point:inside"].unused
    assert nodes["inside"].role == "library"
    assert nodes["inside"].trace[0].what == "old, which nothing in this project refers to"
    assert not nodes["called"].unused


def test_a_library_may_be_meant_for_others(flow):
    flow.entry("entry", "main", role="example")
    flow.model("called")
    flow.call("main", "called")
    nodes = unused(flow).analysed()
    assert not nodes["inside"].unused
    assert nodes["inside"].trace[0].what == "old, which nothing seen here calls, tests aside"


def test_what_only_tests_use_is_unused(flow):
    flow.entry("entry", "main")
    flow.model("called")
    flow.call("main", "called")
    flow.graph.flow.tested = frozenset(("old",))
    flow.model("inside", at=place(1))
    flow.function("old", symbol="old", path="app.py")
    flow.call("old", "inside")
    nodes = flow.analysed()
    assert (nodes["inside"].role, nodes["inside"].unused, nodes["inside"].trace[0].what) == ("library", True, "old, which only tests use")
    flow.function("other", symbol="other", path="app.py")
    flow.call("other", "old")
    assert not flow.analysed()["inside"].unused


def test_where_a_receiver_is_not_known_no_call_was_resolved(flow):
    flow.graph.flow.asked = {"old": None}
    flow.model("inside")
    flow.function("old", symbol="Crew.old", path="app.py")
    flow.call("old", "inside")
    assert flow.analysed()["inside"].trace[0].what == "Crew.old, of which no call was resolved"
    flow.graph.flow.asked = {"old": Location("main.py", 7)}
    first = flow.analysed()["inside"].trace[0].what
    assert first == "Crew.old, of which no call was resolved; main.py:7 calls `old` of something unknown"
