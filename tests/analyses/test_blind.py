"""One place for each entry point where nothing in the project traces, or records usage."""

import pytest

from auditor.core.values import Setting, unknown
from auditor.graph.types import DecisionPoint, ModelCall, TracingSwitch
from tests.analyses.flows import FlowOf, place, shown


def flow(*names, **changes):
    """Two entry points; both lead to all the model calls, the first to one more."""
    made = FlowOf()
    made.entry("one", "first")
    made.entry("two", "second")
    for name in ("only", *names):
        made.model(name, **{"traced": Setting(False), "usage_recorded": Setting(False), **changes})
        made.call("first", name)
    for name in names:
        made.call("second", name)
    return made


def switches(nodes):
    return {n.name: n.switch.value for n in nodes.values() if isinstance(n, DecisionPoint) and isinstance(n.switch.value, str)}


def test_all_decisions_are_mended_at_the_entry_point_that_leads_to_most():
    nodes = flow("a", "b").analysed()
    assert switches(nodes) == {"only": "one", "a": "one", "b": "one"}
    [text] = {n.unrecorded for n in nodes.values() if isinstance(n, DecisionPoint)}
    assert text == "any of the 3 decisions of one: nothing in the project starts a tracer"


def test_the_strongest_role_goes_first():
    made = flow("a", "b")
    made.entry("script", "first", role="script")
    made.graph.flow.entries["one"] = ()
    assert switches(made.analysed()) == {"a": "two", "b": "two"}


def test_a_decision_that_is_alone_is_mended_where_it_is_made():
    nodes = flow().analysed()
    [point] = [n for n in nodes.values() if isinstance(n, DecisionPoint)]
    assert (point.switch.state, point.unrecorded) == ("absent", "this decision (model call): nothing in the project starts a tracer")
    assert nodes["only"].usage_at == ()


def test_the_place_is_the_entry_point_with_which_the_shown_way_begins():
    made = flow("a", "b")
    made.entry("serve", "handler", entry="http")
    made.entry("again", "first", entry="cli")
    made.call("handler", "second")
    nodes = made.analysed()
    assert switches(nodes) == {"only": "one", "a": "one", "b": "one"}
    for noun in nodes.values():
        if isinstance(noun, DecisionPoint):
            assert noun.trace[0].at == nodes[noun.switch.value].at


@pytest.mark.parametrize(
    ("kinds", "kept"), [(("cli", "http"), "two"), (("cli", "worker"), "two"), (("script", "cli"), "two"), (("cli", "cli"), "one")]
)
def test_servers_then_workers_then_commands_stand_for_all(kinds, kept):
    made = FlowOf()
    for entry, function, kind in zip(("one", "two"), ("first", "second"), kinds, strict=True):
        made.entry(entry, function, entry=kind)
        made.call(function, "ask")
    for name in ("a", "b"):
        made.model(name, traced=Setting(False))
        made.call("ask", name)
    nodes = made.analysed()
    assert set(switches(nodes).values()) == {kept}
    assert {n.trace[0].at for n in nodes.values() if isinstance(n, DecisionPoint)} == {nodes[kept].at}


def test_a_command_that_a_server_calls_does_not_hide_it():
    made = FlowOf()
    made.entry("command", "main", entry="cli")
    made.entry("server", "handler", entry="http")
    made.call("handler", "main")
    for name in ("a", "b"):
        made.model(name, traced=Setting(False))
        made.call("main", name)
    assert switches(made.analysed()) == {"a": "server", "b": "server"}


def test_a_worse_way_from_a_command_does_not_hide_the_server():
    made = flow("a", "b")
    made.entry("command", "slow", entry="cli")
    made.retry("retry", 5)
    made.call("slow", "a", "retry")
    nodes = made.analysed()
    assert switches(nodes) == {"only": "one", "a": "one", "b": "one"}
    assert {n.usage_at for n in nodes.values() if isinstance(n, ModelCall)} == {("one",)}
    assert (nodes["a"].trace[0].at, nodes["a"].way[0].at) == (nodes["command"].at, nodes["one"].at)


def test_what_is_deployed_is_not_mended_in_an_example():
    made = FlowOf()
    made.entry("try", "first", role="example")
    for name in ("a", "b"):
        made.model(name, traced=Setting(False), qualname="Helper.ask")
        made.call("first", name)
    nodes = made.analysed()
    assert set(switches(nodes).values()) == {"decision_point:a"}
    [text] = {n.unrecorded for n in nodes.values() if isinstance(n, DecisionPoint)}
    assert text == "any of the 2 decisions of the project: nothing in the project starts a tracer"


def without_entry(made):
    for name in ("a", "b"):
        made.model(name, traced=Setting(False), usage_recorded=Setting(False), qualname=f"Helper.{name}")
        made.call("helper", name)
    return made.analysed()


def said(nodes, name):
    return next(n.unrecorded for n in nodes.values() if isinstance(n, DecisionPoint) and n.name == name)


def test_all_that_no_entry_point_reaches_is_one_place():
    nodes = without_entry(FlowOf())
    assert switches(nodes) == {"a": "decision_point:a", "b": "decision_point:a"}
    assert said(nodes, "a") == "any of the 2 decisions of the project: nothing in the project starts a tracer"
    assert [(nodes[n].usage_at, nodes[n].unmetered) for n in ("a", "b")] == [(("a",), "any of the 2 model calls of the project")] * 2


def test_an_example_does_not_speak_for_the_rest():
    made = FlowOf()
    made.model("first", traced=Setting(False), role="example", qualname="try_it")
    made.call("try_it", "first")
    nodes = without_entry(made)
    assert switches(nodes) == {"a": "decision_point:a", "b": "decision_point:a"}


def test_beside_an_entry_point_it_is_the_code_that_none_leads_to():
    nodes = without_entry(flow())
    assert switches(nodes) == {"a": "decision_point:a", "b": "decision_point:a"}
    assert said(nodes, "a").startswith("any of the 2 decisions of the code to which no path from an entry point was found: ")


def test_with_some_tracing_what_stands_in_one_file_is_one_place():
    made = flow("a")
    made.model("other", traced=Setting(True))
    made.call("first", "other")
    made.model("far", traced=Setting(False), at=place(3, "far.py"))
    made.call("first", "far")
    nodes = made.analysed()
    assert switches(nodes) == {"only": "decision_point:only", "a": "decision_point:only"}
    assert (said(nodes, "a"), said(nodes, "far")) == ("any of the 2 decisions of app.py", "this decision (model call)")


def test_the_tools_of_a_server_in_one_file_are_one_place_and_may_be_recorded_by_others():
    made = FlowOf()
    for name in ("read", "write"):
        made.tool(name)
        made.entry(f"serve {name}", name, entry="tool_server")
    nodes = made.analysed()
    assert switches(nodes) == {"read": "serve read", "write": "serve read"}
    assert said(nodes, "write") == "any of the 2 tool runs of the tool server in app.py: nothing in the project starts a tracer"
    assert all(n.served for n in nodes.values() if isinstance(n, DecisionPoint))


def test_where_a_tracer_reaches_no_decision_it_is_not_called_missing():
    unsure, switched, elsewhere = flow("a"), flow("a"), flow("a")
    unsure.model("other", traced=unknown("it depends"))
    unsure.call("first", "other")
    switched.graph.nodes["on"] = TracingSwitch(id="on", name="on", symbol="on", at=place(99), role="production")
    elsewhere.span("span")
    for made in (unsure, switched, elsewhere):
        nodes = made.analysed()
        assert switches(nodes) == {"only": "one", "a": "one"}
        assert said(nodes, "a") == "any of the 2 decisions of one"


def test_where_all_else_is_only_not_known_one_decision_stands_for_itself():
    made = flow()
    made.model("other", traced=unknown("it depends"))
    made.call("first", "other")
    nodes = made.analysed()
    assert switches(nodes) == {}
    assert said(nodes, "only") == "this decision (model call)"


def test_with_some_tracing_a_function_is_one_place():
    made = flow("a", qualname="ask")
    made.model("other", traced=Setting(True))
    made.call("first", "other")
    nodes = made.analysed()
    assert switches(nodes) == {"only": "decision_point:only", "a": "decision_point:only"}
    assert said(nodes, "a") == "any of the 2 decisions of ask"


def test_usage_that_nothing_records_is_mended_at_the_entry_point():
    nodes = flow("a").analysed()
    assert [(nodes[n].usage_at, nodes[n].unmetered) for n in ("only", "a")] == [(("one",), "any of the 2 model calls of one")] * 2


def test_usage_that_something_records_is_asked_of_each_file():
    made = flow()
    made.model("a", usage_recorded=Setting(False), at=place(3, "far.py"))
    made.call("first", "a")
    made.model("counted", usage_recorded=Setting(True))
    made.call("first", "counted")
    nodes = made.analysed()
    assert (nodes["a"].usage_at, nodes["a"].unmetered) == ((), "this model call (llm)")


def test_those_of_a_file_that_nothing_records_are_not_all_of_it():
    made = flow()
    for name, recorded in (("a", False), ("b", False), ("counted", True)):
        made.model(name, usage_recorded=Setting(recorded), at=place(3 + len(name), "far.py"), qualname=name)
        made.call("first", name)
    nodes = made.analysed()
    assert nodes["a"].unmetered == nodes["b"].unmetered == "2 of the 3 model calls of far.py"


def test_one_function_is_one_place_where_something_else_records_usage():
    made = flow("a", qualname="ask")
    made.model("counted", usage_recorded=Setting(True))
    made.call("first", "counted")
    nodes = made.analysed()
    assert [(nodes[n].usage_at, nodes[n].unmetered) for n in ("only", "a")] == [(("only",), "any of the 2 model calls of ask")] * 2


def test_a_form_that_is_filled_in_decides_nothing():
    made = FlowOf()
    made.entry("one", "first")
    made.tool("Done", callee="class")
    made.tool("Runs", callee="class")
    for name in ("Done", "Runs"):
        made.edge("agent", name, "has_tool")
    made.call("Runs", "run fn")
    assert [n.name for n in made.analysed().values() if isinstance(n, DecisionPoint)] == ["Runs"]


def test_a_log_of_its_own_is_said():
    log = Setting(True, "inferred", at=place(77, "log.py"))
    nodes = flow("a", logged=log).analysed()
    assert said(nodes, "a").endswith(": nothing in the project starts a tracer, but what the model answered is written at log.py:77")
    assert {n.logged for n in nodes.values() if isinstance(n, DecisionPoint)} == {log}


def test_a_log_of_some_answers_is_none():
    made = flow("a", logged=Setting(True, "inferred", at=place(77, "log.py")))
    made.model("other", traced=Setting(False))
    made.call("first", "other")
    assert {shown(n.logged) for n in made.analysed().values() if isinstance(n, DecisionPoint)} == {"absent"}


def test_what_is_only_handed_over_is_no_decision_of_who_does_that():
    made = flow("a")
    made.model("later", traced=Setting(False), usage_recorded=Setting(False))
    made.model("too", traced=Setting(False), usage_recorded=Setting(False))
    made.call("set up", "later")
    made.call("set up", "too")
    made.entry("three", "prepare")
    made.call("prepare", "set up", hop="handed")
    nodes = made.analysed()
    assert {n.name for n in nodes.values() if isinstance(n, DecisionPoint) and n.stored} == {"later", "too"}
    texts = {n.name: n.unrecorded.partition(":")[0] for n in nodes.values() if isinstance(n, DecisionPoint)}
    assert texts["later"] == "any of the 2 decisions of what three hands over, which may run later"
    assert texts["a"] == "any of the 2 decisions of one"


@pytest.mark.parametrize("hop", ["call", "handed"])
def test_what_somebody_is_seen_to_run_is_told_from_there(hop):
    made = flow("a", "b")
    made.entry("zero", "prepare")
    made.model("more", traced=Setting(False))
    for name in ("first", "second", "more"):
        made.call("prepare", name, hop=hop)
    assert set(switches(made.analysed()).values()) == ({"zero"} if hop == "call" else {"one"})


def test_a_server_that_holds_spans_while_it_runs():
    made = FlowOf()
    made.entry("agent", "first", holds_spans=True, server=True)
    for name in ("a", "b"):
        made.model(name, traced=Setting(False))
        made.call("first", name)
    points = [n for n in made.analysed().values() if isinstance(n, DecisionPoint)]
    assert all(p.held for p in points)
    assert "for longer than its server runs, which holds spans in memory: nothing in the project starts a tracer" in points[0].unrecorded


def test_what_a_server_may_run_is_not_told_of_a_command_that_does():
    made = FlowOf()
    made.entry("serve", "handler", server=True)
    made.entry("try", "command", entry="cli")
    for name in ("a", "b"):
        made.model(name, traced=Setting(False), usage_recorded=Setting(False))
        made.call("later", name)
    made.call("handler", "later", hop="handed")
    made.call("command", "later")
    nodes = made.analysed()
    assert set(switches(nodes).values()) == {"serve"}
    assert all(n.stored for n in nodes.values() if isinstance(n, DecisionPoint))


def test_what_only_one_caller_does_not_record_is_told_apart():
    at = place(7)
    made = flow("a", "b")
    made.model("shared", usage_recorded=Setting(False, "inferred", at=at))
    made.call("first", "shared")
    nodes = made.analysed()
    assert (nodes["shared"].usage_at, nodes["shared"].unmetered) == ((), f"this model call (llm) where {at} asks")
    assert nodes["a"].unmetered.startswith("any of the 3 model calls")
