"""Loops around model calls."""

import pytest

from auditor.analyses.analyse import analyse
from auditor.core.values import UNBOUNDED, Raises, Setting, unknown
from auditor.graph.types import Loop
from tests.analyses.flows import FlowOf, one_of, place, shown


@pytest.fixture
def flow():
    made = FlowOf()
    made.entry("entry", "main")
    made.model()
    return made


def test_the_nearest_loop(flow):
    flow.loop("inner", 4, ends_on="fixed")
    flow.loop("outer")
    flow.call("main", "model", "inner", "outer")
    call = flow.analysed()["model"]
    assert (shown(call.loop), call.loop_kind) == (4, "fixed")


def test_up_the_callers_the_worst(flow):
    flow.loop("small", 4, ends_on="model")
    flow.loop("endless", ends_on="model")
    flow.call("main", "ask", "small")
    flow.call("main", "ask", "endless")
    flow.call("main", "ask")
    flow.call("ask", "model")
    call = flow.analysed()["model"]
    assert (shown(call.loop), call.loop_kind) == ("unbounded", "model")


def test_a_loop_that_waits_for_somebody_is_not_worse(flow):
    flow.loop("chat", ends_on="human", gated=True)
    flow.loop("turns", 12, ends_on="model")
    flow.call("main", "ask", "chat")
    flow.call("main", "ask", "turns")
    flow.call("ask", "model")
    call = flow.analysed()["model"]
    assert (shown(call.loop), call.loop_kind) == (12, "capped")


def test_a_recursion_is_a_loop(flow):
    flow.call("main", "walk")
    flow.call("walk", "walk")
    at = flow.graph.flow.sites[-1].at
    flow.call("walk", "model")
    flow._add(Loop, "recursion", shape="recursion", times=Setting(UNBOUNDED), ends_on="model", at=at)
    nodes = flow.analysed()
    assert (shown(nodes["model"].loop), nodes["model"].loop_kind) == ("unbounded", "model")
    assert (nodes["recursion"].calls_model, nodes["recursion"].reached) == (True, ("entry",))
    assert shown(nodes["entry"].over_limit) == "unbounded"
    assert analyse(analyse(flow.graph)).flow == analyse(flow.graph).flow


def test_in_no_loop(flow):
    flow.call("main", "model")
    call = flow.analysed()["model"]
    assert (shown(call.loop), call.loop_kind) == ("absent", "")


def test_a_frameworks_bound_is_kept(flow):
    flow.model("run", call="agent_run", loop=Setting(10), loop_kind="framework")
    flow.loop("files", ends_on="data")
    flow.call("main", "run", "files")
    call = flow.analysed()["run"]
    assert (shown(call.loop), call.loop_kind) == (10, "framework")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"ends_on": "fixed", "times": Setting(3)}, "fixed"),
        ({"ends_on": "model", "times": Setting(3)}, "capped"),
        ({"ends_on": "data", "times": one_of(3, 4)}, "capped"),
        ({"ends_on": "data", "times": Setting(UNBOUNDED)}, "data"),
        ({"ends_on": "error", "times": unknown("read from a file")}, "error"),
        ({"ends_on": "human", "times": Setting(3), "gated": True}, "human"),
        ({"ends_on": "model", "times": Setting(UNBOUNDED), "gated": True}, "event"),
    ],
)
def test_kinds(flow, fields, kind):
    flow.loop("loop", **fields)
    flow.call("main", "model", "loop")
    assert flow.analysed()["model"].loop_kind == kind


@pytest.mark.parametrize(
    ("fields", "drives"),
    [
        ({"ends_on": "model"}, True),
        ({"ends_on": "model", "times": Setting(3)}, True),
        ({"ends_on": "error"}, True),
        ({"ends_on": "data"}, False),
        ({"ends_on": "human"}, False),
        ({"ends_on": "fixed", "times": Setting(3)}, False),
    ],
)
def test_what_drives_a_model(flow, fields, drives):
    flow.loop("loop", **fields)
    flow.call("main", "ask", "loop")
    flow.call("ask", "model")
    loop = flow.analysed()["loop"]
    assert (loop.calls_model, loop.drives_model) == (True, drives)


def test_without_a_model_inside(flow):
    flow.external()
    flow.model("count", call="token_count")
    flow.loop("loop", ends_on="model")
    flow.fan_out("around http")
    flow.fan_out("around model")
    flow.call("main", "http", "loop", "around http")
    flow.call("main", "count", "loop")
    flow.call("main", "model", "around model")
    nodes = flow.analysed()
    assert (nodes["loop"].calls_model, nodes["loop"].drives_model) == (False, False)
    assert (nodes["around http"].calls_model, nodes["around model"].calls_model) == (False, True)


def test_a_loop_that_only_a_deadline_ends(flow):
    flow.deadline("deadline", 3600)
    flow.loop("turns", ends_on="model")
    flow.call("main", "work", "deadline")
    flow.call("work", "model", "turns")
    nodes = flow.analysed()
    assert (shown(nodes["turns"].times), nodes["turns"].times.unit) == (3600, "seconds")
    assert "deadline" in nodes["turns"].times.why
    assert shown(nodes["entry"].over_limit) == "absent"


def test_a_deadline_inside_the_loop_or_that_cannot_fire_ends_nothing(flow):
    flow.deadline("inside", 30)
    flow.deadline("dead", 60, fires=False)
    flow.loop("turns", ends_on="model")
    flow.call("main", "work", "dead")
    flow.call("work", "model", "inside", "turns")
    assert shown(flow.analysed()["turns"].times) == "unbounded"


def test_a_path_around_the_deadline_is_the_worst(flow):
    flow.deadline("deadline", 3600)
    flow.loop("turns", ends_on="model")
    flow.call("main", "work", "deadline")
    flow.call("main", "work")
    flow.call("work", "model", "turns")
    assert shown(flow.analysed()["turns"].times) == "unbounded"


def test_a_deadline_that_cannot_be_read_leaves_the_loop_undecided(flow):
    flow.deadline("deadline", unknown("comes from elsewhere"))
    flow.loop("turns", 7, ends_on="model")
    flow.loop("endless", ends_on="model")
    flow.call("main", "work", "deadline")
    flow.call("work", "model", "turns")
    flow.call("work", "model", "endless")
    nodes = flow.analysed()
    assert (shown(nodes["turns"].times), shown(nodes["endless"].times)) == (7, "unknown")


def test_a_recursion_that_is_a_retry_is_no_loop_of_an_agent(flow):
    flow.entry("entry", "main")
    at = place(40)
    flow.loop("again", UNBOUNDED, shape="recursion", ends_on="error", at=at)
    flow.loop("other", UNBOUNDED, shape="recursion", ends_on="error")
    flow.retry("retry", UNBOUNDED, mechanism="recursion", at=at)
    flow.model("model")
    flow.call("main", "model", "retry", "again", "other")
    nodes = flow.analysed()
    assert not nodes["again"].drives_model
    assert nodes["other"].drives_model


def steps(flow, times):
    flow.loop("loop", times, ends_on="capped")
    flow.call("main", "model", "loop")
    return [s.what for s in flow.analysed()["model"].trace if "loop" in s.what]


@pytest.mark.parametrize(
    ("times", "what"),
    [
        (1, "loop of 1 turn"),
        (one_of(4, 10), "loop of up to 10 turns"),
        (one_of(4, unknown("who knows")), "loop"),
        (
            one_of(Setting(25, source="graphs <=1.0.5"), Setting(10007, source="graphs >=1.1.4"), undecided=True),
            "loop of 25 or 10007 turns, by the version of graphs",
        ),
    ],
)
def test_how_many_turns_a_trace_says(flow, times, what):
    assert steps(flow, times) == [what]


def test_a_trace_says_what_may_limit_a_cycle_and_not_the_bound_that_is_not_reached(flow):
    sign = "it may be limited by rounds, compared in a.py:4"
    flow.loop("loop", Setting(5_000, "default"), shape="graph_cycle", ends_on="model", compares=sign)
    flow.call("main", "model", "loop")
    found = [s.what for s in flow.analysed()["model"].trace if "cycle" in s.what]
    assert found == ["cycle that may be limited by rounds, compared in a.py:4"]


def test_what_goes_round_without_a_loop_is_not_called_one(flow):
    flow.loop("loop", shape="recursion", ends_on="data")
    flow.call("main", "model", "loop")
    assert "recursion over the data" in [s.what for s in flow.analysed()["model"].trace]


def through_a_recursion(qualname):
    """The trace to a model through two functions of a recursion of three, whose call stands in the function that is named."""
    flow = FlowOf()
    flow.entry("entry", "main")
    flow.model()
    for caller, target in (("main", "first"), ("first", "second"), ("second", "third"), ("third", "first"), ("second", "model")):
        flow.call(caller, target)
    sites = [s.at for s in flow.graph.flow.sites if s.target in ("first", "second", "third") and s.caller != "main"]
    flow._add(
        Loop,
        "recursion",
        shape="recursion",
        times=Setting(UNBOUNDED),
        ends_on="data",
        qualname=qualname,
        at=sites[0],
        also=tuple(sites[1:]),
    )
    return [s.what for s in flow.analysed()["model"].trace]


def test_a_recursion_is_told_once():
    assert through_a_recursion("first").count("recursion over the data") == 1


def test_a_recursion_over_data_elsewhere_is_no_matter_of_the_way():
    assert "recursion over the data" not in through_a_recursion("third")


@pytest.mark.parametrize(("beside", "times"), [(False, "unknown"), (True, "unbounded")])
def test_a_loop_in_which_each_call_only_raises_asks_nobody_for_ever(flow, beside, times):
    flow.model("gone", attempts=Setting(Raises("it is gone")))
    flow.loop("endless", ends_on="model")
    flow.call("main", "gone", "endless")
    if beside:
        flow.model("other", attempts=Setting(1))
        flow.call("main", "other", "endless")
    assert shown(flow.analysed()["endless"].times) == times
