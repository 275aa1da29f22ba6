"""Deadlines around calls, and the time that calls need inside them."""

from dataclasses import replace

import pytest

from auditor.core.values import ABSENT, Setting, unknown
from tests.analyses.flows import FlowOf, one_of, shown


@pytest.fixture
def flow():
    made = FlowOf()
    made.entry("entry", "main")
    return made


def times(call):
    return shown(call.run_deadline), shown(call.needed_seconds)


def test_the_smallest_enclosing_deadline(flow):
    flow.model(deadline=Setting(20), attempts=Setting(3))
    flow.deadline("outer", 90)
    flow.deadline("inner", 30)
    flow.call("main", "ask", "inner", "outer")
    flow.call("ask", "model")
    assert times(flow.analysed()["model"]) == (30, 60)


def test_only_retries_inside_the_deadline_count(flow):
    flow.model(deadline=Setting(20), attempts=Setting(2))
    flow.deadline("deadline", 60)
    flow.retry("outside", 5)
    flow.retry("inside", 3)
    flow.function("ask", "inside")
    flow.call("main", "ask", "deadline", "outside")
    flow.call("ask", "model")
    call = flow.analysed()["model"]
    assert times(call) == (60, 120)
    assert shown(call.total_attempts) == 30


def test_a_path_without_a_deadline_is_the_worst(flow):
    flow.model(deadline=Setting(20))
    flow.deadline("deadline", 60)
    flow.call("main", "ask", "deadline")
    flow.call("main", "other")
    flow.call("other", "ask")
    flow.call("ask", "model")
    assert times(flow.analysed()["model"]) == ("absent", 20)


def test_the_longer_deadline_of_two_paths_with_its_own_retries(flow):
    flow.model(deadline=Setting(20), attempts=Setting(2))
    flow.retry("retry", 9)
    flow.deadline("short", 10)
    flow.deadline("long", 60)
    flow.call("main", "ask", "retry", "short")
    flow.call("main", "ask", "long")
    flow.call("ask", "model")
    assert times(flow.analysed()["model"]) == (60, 40)


@pytest.mark.parametrize(("fires", "limit"), [(None, 30), (True, 30), (False, "absent")])
def test_a_deadline_that_cannot_fire(flow, fires, limit):
    flow.model(deadline=Setting(20))
    flow.deadline("deadline", 30, fires=fires)
    flow.call("main", "model", "deadline")
    assert times(flow.analysed()["model"]) == (limit, 20)


@pytest.mark.parametrize(("seconds", "told"), [(30, "deadline of 30 s"), (unknown("a variable"), "deadline")])
def test_why_a_deadline_does_not_end_what_it_is_around(flow, seconds, told):
    flow.model(deadline=Setting(20))
    at = flow.graph.nodes[flow.deadline("deadline", seconds, fires=False, instead="it waits")].at
    flow.call("main", "model", "deadline")
    call = flow.analysed()["model"]
    assert call.run_deadline.why == f"the {told} at {at} does not end it: it waits"
    assert f"{told} that does not end it: it waits" in [step.what for step in call.trace]


def test_a_deadline_that_ends_it_all_the_same(flow):
    flow.model(deadline=Setting(20))
    flow.deadline("vain", 30, fires=False, instead="it waits")
    flow.deadline("good", 90)
    flow.call("main", "model", "vain", "good")
    assert flow.analysed()["model"].run_deadline.number == 90


def test_a_deadline_around_blocking_calls_cannot_fire(flow):
    flow.model(deadline=Setting(20), blocking_in_async=True)
    flow.external(deadline=Setting(5))
    flow.deadline("blocked", 30)
    flow.deadline("mixed", 30)
    flow.call("main", "ask", "blocked", "mixed")
    flow.call("main", "http", "mixed")
    flow.call("ask", "model")
    flow.graph.flow.functions["ask"] = replace(flow.graph.flow.functions["ask"], is_async=True)
    nodes = flow.analysed()
    assert nodes["blocked"].fires is False
    assert nodes["mixed"].fires is None


def test_a_thread_does_not_block(flow):
    flow.model(deadline=Setting(20), blocking_in_async=True)
    flow.deadline("deadline", 30)
    flow.call("main", "ask", "deadline", hop="thread")
    flow.call("ask", "model")
    assert flow.analysed()["deadline"].fires is None


def test_combined_with_the_limit_that_a_call_brings(flow):
    flow.model("short", deadline=Setting(20), attempts=Setting(2), run_deadline=Setting(15))
    flow.model("long", deadline=Setting(20), attempts=Setting(2), run_deadline=Setting(150))
    flow.deadline("deadline", 30)
    flow.retry("retry", 3)
    flow.call("main", "short", "retry", "deadline")
    flow.call("main", "long", "retry", "deadline")
    nodes = flow.analysed()
    assert times(nodes["short"]) == (15, 40)
    assert times(nodes["long"]) == (30, 120)


def test_a_limit_on_a_run_holds_for_what_it_runs(flow):
    flow.model("run", call="agent_run", run_deadline=Setting(45))
    flow.agent("agent")
    flow.external(deadline=Setting(10))
    flow.call("main", "run")
    flow.call("run", "agent")
    flow.call("agent", "http")
    assert times(flow.analysed()["http"]) == (45, 10)


@pytest.mark.parametrize(
    ("deadline", "attempts", "needed"),
    [
        (Setting(ABSENT, "absent"), Setting(3), "unknown"),
        (unknown("read from a file"), Setting(3), "unknown"),
        (Setting(20), unknown("read from a file"), "unknown"),
        (Setting(20), Setting(ABSENT, "absent"), 20),
        (Setting(2.5), Setting(2), 5.0),
        (one_of(20, 60, group="g"), one_of(3, 1, group="g"), [60, 60]),
        (one_of(20, 60, group="g"), one_of(3, 2, group="g"), [60, 120]),
        (one_of(20, ABSENT, group="g"), one_of(3, 2, group="g"), [60, "unknown"]),
    ],
)
def test_needed_seconds(flow, deadline, attempts, needed):
    flow.model(deadline=deadline, attempts=attempts)
    flow.call("main", "model")
    found = shown(flow.analysed()["model"].needed_seconds)
    assert found == needed or (isinstance(needed, list) and set(needed) == {found})


def test_a_deadline_that_is_not_known(flow):
    flow.model("one", deadline=Setting(20))
    flow.model("two", deadline=Setting(20))
    flow.deadline("unsure", unknown("read from a file"))
    flow.deadline("known", 30)
    flow.call("main", "one", "unsure")
    flow.call("main", "two", "unsure", "known")
    nodes = flow.analysed()
    assert shown(nodes["one"].run_deadline) == "unknown"
    assert shown(nodes["two"].run_deadline) == 30
