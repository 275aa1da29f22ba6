"""Budgets of entry points."""

from dataclasses import replace

import pytest

from auditor.core.values import UNBOUNDED, Asked, Setting, Unknown, alternatives, merge, unknown
from tests.analyses.flows import FlowOf, shown


@pytest.fixture
def flow():
    made = FlowOf()
    made.entry("entry", "main")
    made.model()
    return made


def entry(flow):
    found = flow.analysed()["entry"]
    return shown(found.over_limit), shown(found.budget)


def test_the_worst_count_on_a_path_to_a_model(flow):
    flow.loop("loop", 12, ends_on="model")
    flow.loop("elsewhere", ends_on="model")
    flow.retry("retry", 60)
    flow.external()
    flow.call("main", "ask", "loop")
    flow.call("ask", "model", "retry")
    flow.call("ask", "http", "elsewhere")
    nodes = flow.analysed()
    assert (shown(nodes["entry"].over_limit), shown(nodes["entry"].budget)) == (60, "absent")
    assert [(s.at, s.times) for s in nodes["entry"].trace] == [(nodes["entry"].at, None), (nodes["retry"].at, "60")]


def test_decorators_count(flow):
    flow.retry("retry", UNBOUNDED)
    flow.function("ask", "retry")
    flow.call("main", "ask")
    flow.call("ask", "model")
    assert entry(flow) == ("unbounded", "absent")


def test_a_frameworks_loop(flow):
    flow.model("run", call="agent_run", loop=Setting(10007), loop_kind="framework")
    flow.call("main", "run")
    assert entry(flow) == (10007, "absent")


def test_steps_of_a_framework_are_no_turns(flow):
    steps = Setting(64, unit="supersteps")
    flow.model("run", call="agent_run", loop=steps, loop_kind="framework")
    flow.call("main", "run")
    assert entry(flow) == (32, "absent")
    assert flow.analysed()["entry"].over_limit.why == "64 supersteps, two a turn"
    cycle = flow.loop("cycle", 20, shape="graph_cycle", ends_on="model")
    region = flow.graph.flow.regions[cycle]
    flow.graph.flow.regions[cycle] = replace(region, called=((flow.graph.nodes["run"].at, Setting(12, unit="turns")),))
    assert entry(flow) == (12, "absent")


@pytest.mark.parametrize(("value", "shown", "asked"), [(Asked("a request"), "unbounded", True), (Unknown("a file"), "unknown", False)])
def test_what_a_request_asks_for_is_no_limit(flow, value, shown, asked):
    flow.model("run", call="agent_run", loop=Setting(value, "declared" if asked else "inferred"), loop_kind="framework")
    flow.call("main", "run")
    assert (entry(flow)[0], flow.analysed()["entry"].asked) == (shown, asked)


@pytest.mark.parametrize("fields", [{"ends_on": "human"}, {"ends_on": "model", "gated": True}, {"ends_on": "data"}])
def test_loops_that_do_not_count(flow, fields):
    flow.loop("loop", **fields)
    flow.call("main", "model", "loop")
    assert entry(flow) == ("absent", "absent")


@pytest.mark.parametrize(("ends_on", "counts"), [("capped", True), ("data", False)])
def test_a_limit_that_one_of_its_values_switches_off_counts(flow, ends_on, counts):
    off = merge([Setting(UNBOUNDED, "inferred"), unknown("the result of .get()")])
    flow.loop("loop", off, ends_on=ends_on)
    flow.call("main", "model", "loop")
    found = flow.analysed()["entry"].over_limit
    assert (UNBOUNDED in [s.value for s in alternatives(found)]) is counts


@pytest.mark.parametrize(
    ("budget", "present"),
    [(Setting(3.0, unit="usd"), 3.0), (Setting(9000, unit="tokens"), 9000), (Setting(0, unit="usd"), "absent")],
)
def test_a_budget_on_the_path(flow, budget, present):
    flow.loop("turns", ends_on="model")
    flow.loop("budget", budget, ends_on="model")
    flow.call("main", "ask", "budget")
    flow.call("ask", "model", "turns")
    assert entry(flow) == ("unbounded", present)


def test_a_budget_on_one_of_two_paths(flow):
    flow.loop("turns", ends_on="model")
    flow.loop("other turns", 80, ends_on="model")
    flow.loop("budget", Setting(3, unit="usd"), ends_on="model")
    flow.call("main", "model", "turns", "budget")
    flow.call("main", "model", "other turns")
    assert entry(flow) == (80, "absent")


def test_what_is_not_known_is_told_where_there_is_nothing_worse(flow):
    flow.loop("loop", unknown("read from a file"), ends_on="model")
    flow.call("main", "model", "loop")
    assert entry(flow) == ("unknown", "absent")


def test_what_is_not_known_may_be_larger_than_what_is(flow):
    flow.loop("loop", unknown("a limit may end it"), ends_on="model")
    flow.retry("retry", 20)
    flow.call("main", "ask", "retry")
    flow.call("ask", "model", "loop")
    found = flow.analysed()["entry"].over_limit
    assert [shown(s) for s in alternatives(found)] == [20, "unknown"]
    flow.retry("for ever", UNBOUNDED)
    flow.call("main", "ask", "for ever")
    assert entry(flow)[0] == "unbounded"


@pytest.mark.parametrize("compares", ["it may be limited by n, compared in a.py:4", ""])
def test_a_comparison_may_end_a_cycle(flow, compares):
    flow.loop("turns", Setting(10_000, "default"), shape="graph_cycle", ends_on="model", compares=compares)
    flow.call("main", "model", "turns")
    found = flow.analysed()["entry"]
    assert shown(found.over_limit) == 10_000
    assert shown(found.counted) == ("unknown" if compares else False)


def test_each_entry_point_has_its_own(flow):
    flow.entry("other", "other_fn")
    flow.loop("loop", ends_on="model")
    flow.call("main", "ask", "loop")
    flow.call("other_fn", "ask")
    flow.call("ask", "model")
    nodes = flow.analysed()
    assert shown(nodes["entry"].over_limit) == "unbounded"
    assert shown(nodes["other"].over_limit) == "absent"


def test_what_a_script_only_hands_over():
    made = FlowOf()
    made.entry("entry", "main", entry="script")
    made.model()
    made.loop("loop", ends_on="model")
    made.call("main", "ask", hop="handed")
    made.call("ask", "model", "loop")
    assert entry(made) == ("unknown", "absent")
    made.call("main", "ask")
    assert entry(made) == ("unbounded", "absent")


def test_what_a_script_does_itself_beside_what_it_hands_over():
    made = FlowOf()
    made.entry("entry", "main", entry="script")
    made.model()
    made.loop("loop", ends_on="model")
    made.loop("turns", 60, ends_on="model")
    made.call("main", "later", hop="handed")
    made.call("later", "model", "loop")
    made.call("main", "model", "turns")
    assert entry(made) == ([60, "unknown"], "absent")


@pytest.mark.parametrize("role", ["example", "notebook", "test"])
def test_what_only_an_example_brings_is_not_known_of_what_is_deployed(flow, role):
    flow.entry("shown", "show", role=role)
    flow.loop("loop", ends_on="model", role=role)
    flow.call("main", "ask", "loop")
    flow.call("show", "ask", "loop")
    flow.call("ask", "model")
    nodes = flow.analysed()
    assert shown(nodes["entry"].over_limit) == "unknown"
    assert f"({nodes['loop'].at})" in nodes["entry"].over_limit.why
    assert shown(nodes["shown"].over_limit) == "unbounded"


@pytest.mark.parametrize(
    ("own", "example", "together"),
    [(60, UNBOUNDED, [60, "unknown"]), (60, 200, [60, 200]), (None, 10, ["absent", 10]), (60, 10, 60), (UNBOUNDED, UNBOUNDED, "unbounded")],
)
def test_an_example_may_bring_more_than_what_is_deployed(flow, own, example, together):
    if own is not None:
        flow.retry("retry", own)
    flow.retry("shown", example, role="example")
    flow.call("main", "ask", *(["retry"] if own is not None else []))
    flow.call("main", "ask", "shown")
    flow.call("ask", "model")
    assert entry(flow)[0] == together


def test_where_all_agents_are_examples_what_they_bring_is_known():
    made = FlowOf()
    made.entry("entry", "main")
    made.model(role="example")
    made.loop("loop", ends_on="model", role="example")
    made.call("main", "model", "loop")
    assert entry(made) == ("unbounded", "absent")
    made.model("other")
    assert entry(made) == ("unknown", "absent")
