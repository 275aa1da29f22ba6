"""One place for each entry point where nothing in the project traces, or records usage."""

from auditor.core.values import Setting, unknown
from auditor.graph.types import DecisionPoint, TracingSwitch
from tests.analyses.flows import FlowOf, place


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
    made = flow("a")
    made.entry("script", "first", role="script")
    made.graph.flow.entries["one"] = ()
    assert switches(made.analysed()) == {"only": "script", "a": "two"}


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


def test_what_no_entry_point_reaches_stands_in_its_own_function():
    made = FlowOf()
    for name in ("a", "b"):
        made.model(name, traced=Setting(False), qualname="Helper.ask")
        made.call("helper", name)
    [anchor] = set(switches(made.analysed()).values())
    assert anchor in ("decision_point:a", "decision_point:b")


def test_with_some_tracing_each_decision_is_asked_alone():
    for changes in ({"traced": unknown("it depends")}, {"traced": Setting(True)}):
        made = flow("a")
        made.model("other", **changes)
        made.call("first", "other")
        assert switches(made.analysed()) == {}
    made = flow("a")
    made.graph.nodes["on"] = TracingSwitch(id="on", name="on", symbol="on", at=place(99), role="production")
    assert switches(made.analysed()) == {}


def test_usage_that_nothing_records_is_mended_at_the_entry_point():
    nodes = flow("a").analysed()
    assert [(nodes[n].usage_at, nodes[n].unmetered) for n in ("only", "a")] == [(("one",), "any of the 2 model calls of one")] * 2


def test_usage_that_something_records_is_asked_of_each_call():
    made = flow("a")
    made.model("counted", usage_recorded=Setting(True))
    made.call("first", "counted")
    nodes = made.analysed()
    assert (nodes["a"].usage_at, nodes["a"].unmetered) == ((), "this model call (llm)")


def test_a_form_that_is_filled_in_decides_nothing():
    made = FlowOf()
    made.entry("one", "first")
    made.tool("Done", callee="class")
    made.tool("Runs", callee="class")
    for name in ("Done", "Runs"):
        made.edge("agent", name, "has_tool")
    made.call("Runs", "run fn")
    assert [n.name for n in made.analysed().values() if isinstance(n, DecisionPoint)] == ["Runs"]
