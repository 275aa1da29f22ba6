"""Runs of agents and flows: the requests inside."""

import pytest

from auditor.core.values import ABSENT, MOST_ALTERNATIVES, Setting, along, alternatives, merge, unknown
from auditor.graph.types import INSIDE_RUN
from tests.analyses.flows import FlowOf, one_of, shown


@pytest.fixture
def flow():
    made = FlowOf()
    made.entry("entry", "main")
    made.model("run", call="agent_run")
    made.agent("agent")
    made.call("main", "run")
    made.call("run", "agent")
    return made


def request(call):
    return shown(call.deadline), shown(call.attempts), shown(call.max_output_tokens)


def test_the_settings_of_the_agent(flow):
    agent = {"deadline": Setting(25), "attempts": Setting(2), "max_output_tokens": Setting(1200)}
    flow.agent("other", **agent)
    flow.call("agent", "other")
    flow.retry("retry", 4)
    flow.call("main", "run", "retry")
    run = flow.analysed()["run"]
    assert request(run) == (25, 2, 1200)
    assert shown(run.total_attempts) == 8
    # What is set at the agent is mended there, for all its runs.
    assert [shown(s) for s in (run.client, run.cap_client, run.deadline_client)] == ["other"] * 3


def test_the_requests_of_the_steps_as_alternatives_that_belong_together(flow):
    for name in ("one", "two"):
        flow.client(name)
    flow.model("a", deadline=Setting(20), attempts=Setting(3), max_output_tokens=Setting(ABSENT, "absent"), client=Setting("one"))
    flow.model("b", deadline=Setting(60), attempts=Setting(1), max_output_tokens=Setting(100), client=Setting("two"))
    flow.model("same", deadline=Setting(60), attempts=Setting(1), max_output_tokens=Setting(100), client=Setting("two"))
    for name in ("a", "b", "same"):
        flow.step(f"step {name}")
        flow.call("agent", f"step {name}")
        flow.call(f"step {name}", name)
    run = flow.analysed()["run"]
    assert request(run) == ([20, 60], [3, 1], ["absent", 100])
    assert shown(run.client) == ["one", "two"]
    assert shown(run.needed_seconds) in ([60, 60], 60)
    assert len({run.deadline.value.group, run.attempts.value.group, run.client.value.group}) == 1


def test_alternatives_of_one_request_stay_parallel(flow):
    flow.model("a", deadline=one_of(20, 30, group="a"), attempts=one_of(3, 1, group="a"), max_output_tokens=Setting(50))
    flow.call("agent", "a")
    assert request(flow.analysed()["run"]) == ([20, 30], [3, 1], 50)


def test_equal_values_of_one_request_stay_those_of_their_clients(flow):
    for name in ("one", "two"):
        flow.client(name)
    deadline = merge([Setting(600, "default", source="one"), Setting(600, "default", source="two")], group="a")
    flow.model("a", deadline=deadline, attempts=one_of(3, 1, group="a"), client=one_of("one", "two", group="a"))
    flow.call("agent", "a")
    run = flow.analysed()["run"]
    assert request(run)[:2] == (600, [3, 1])
    assert [s.source for s in along(run.deadline, run.client.value)] == ["one", "two"]


def test_an_answer_that_is_streamed_is_asked_for_as_often_as_its_own_client_does_then(flow):
    attempts = merge([Setting(3, "default", streamed=4), Setting(3, "default")], group="a")
    flow.model("a", attempts=attempts, client=one_of("one", "two", group="a"), streams=True)
    flow.model("plain", attempts=attempts, client=one_of("one", "two", group="a"))
    flow.call("main", "a")
    flow.call("main", "plain")
    found = flow.analysed()
    assert (shown(found["a"].attempts), shown(found["plain"].attempts)) == ([4, 3], 3)


def test_undecided_values_of_the_only_request_stay_undecided(flow):
    flow.model("a", deadline=one_of(20, 30, undecided=True), attempts=Setting(3))
    flow.call("agent", "a")
    run = flow.analysed()["run"]
    assert shown(run.deadline) == [20, 30]
    assert run.deadline.value.undecided


def test_tools_and_runs_inside_are_no_requests_of_the_run(flow):
    flow.model("own", deadline=Setting(25), attempts=Setting(2))
    flow.model("of the tool", deadline=Setting(600), attempts=Setting(9))
    flow.model("guard", call="agent_run", deadline=Setting(500), attempts=Setting(8))
    flow.tool("tool")
    flow.call("agent", "own")
    flow.call("agent", "guard")
    flow.call("agent", "tool")
    flow.call("tool", "of the tool")
    assert request(flow.analysed()["run"])[:2] == (25, 2)


def test_a_flow_that_only_starts_other_runs(flow):
    flow.model("flow run", call="flow_run")
    flow.agent("flow")
    flow.model("inner", deadline=Setting(25), attempts=Setting(2))
    flow.call("main", "flow run")
    flow.call("flow run", "flow")
    flow.call("flow", "run")
    flow.call("agent", "inner")
    assert request(flow.analysed()["flow run"])[:2] == (25, 2)


def test_what_the_run_itself_says_is_kept(flow):
    flow.model("own", call="agent_run", deadline=Setting(7))
    flow.agent("other", deadline=Setting(25), attempts=Setting(2))
    flow.call("main", "own")
    flow.call("own", "other")
    assert request(flow.analysed()["own"])[:2] == (7, 2)


def test_nothing_found(flow):
    run = flow.analysed()["run"]
    assert request(run) == ("unknown", "unknown", "unknown")
    assert shown(run.total_attempts) == "unknown"


def test_too_many_requests(flow):
    for number in range(MOST_ALTERNATIVES + 1):
        flow.model(f"m{number}", deadline=Setting(number + 1), attempts=Setting(1))
        flow.call("agent", f"m{number}")
    assert request(flow.analysed()["run"]) == ("unknown", "unknown", "unknown")


def test_too_much_code(flow):
    for number in range(3_000):
        flow.call("agent", f"f{number}")
    assert request(flow.analysed()["run"]) == ("unknown", "unknown", "unknown")


def made_of_calls(flow):
    return flow.analysed()["run"].made_of_calls


def steps(flow):
    for name in ("one", "two"):
        flow.step(name)
        flow.edge("agent", name, "contains")
        flow.call("agent", name)
        flow.call(name, f"{name}_fn")


def test_a_graph_whose_steps_call_models_is_made_of_calls(flow):
    steps(flow)
    assert not made_of_calls(flow)
    flow.model()
    flow.call("one_fn", "model")
    assert made_of_calls(flow)


def test_a_run_inside_is_a_call_of_its_own(flow):
    steps(flow)
    flow.model("inner", call="agent_run")
    flow.agent("other", deadline=Setting(30))
    flow.call("one_fn", "inner")
    flow.call("inner", "other")
    nodes = flow.analysed()
    assert (nodes["run"].made_of_calls, nodes["inner"].made_of_calls) == (True, False)


def test_what_cannot_be_seen_inside_keeps_a_run_a_call(flow):
    steps(flow)
    flow.model()
    flow.call("one_fn", "model")
    flow.step("unread")
    flow.edge("agent", "unread", "contains")
    flow.call("agent", "unread")
    assert not made_of_calls(flow)


def test_an_agent_that_asks_models_itself_keeps_a_run_a_call(flow):
    flow.tool("tool")
    flow.model()
    flow.call("agent", "tool")
    flow.call("tool", "model")
    assert not made_of_calls(flow)


def test_embeddings_alone_are_no_requests_of_a_run(flow):
    steps(flow)
    flow.model(call="embedding")
    flow.call("one_fn", "model")
    assert not made_of_calls(flow)


def cycle(flow, id, *, compares):
    flow.loop(id, Setting(10_000, "default"), shape="graph_cycle", ends_on="model", compares=compares)


def test_a_number_compared_in_each_cycle_may_end_a_run(flow):
    steps(flow)
    flow.model()
    flow.call("one_fn", "model")
    cycle(flow, "turns", compares="it may be limited by n, compared in line 4")
    flow.call("agent", "one", "turns")
    found = flow.analysed()["run"].counted
    assert (found.state, found.why) == ("unknown", "the cycle turns: it may be limited by n, compared in line 4")
    cycle(flow, "other turns", compares="")
    flow.call("agent", "two", "other turns")
    assert flow.analysed()["run"].counted.value is False


def test_the_turns_of_an_agent_inside_are_not_counted(flow):
    steps(flow)
    cycle(flow, "turns", compares="it may be limited by n, compared in line 4")
    flow.call("agent", "one", "turns")
    flow.agent("ready made")
    flow.call("one", "ready made")
    assert flow.analysed()["run"].counted.value is False


def test_a_call_that_may_be_a_run_or_a_request_has_the_limits_of_both(flow):
    flow.model("ask", deadline=Setting(5), attempts=Setting(3))
    flow.call("agent", "ask")
    inside = unknown(INSIDE_RUN)
    deadline, attempts = (one_of(value, inside, group="g") for value in (9, 1))
    flow.model("either", call="agent_run", deadline=deadline, attempts=attempts)
    flow.call("main", "either")
    flow.call("either", "agent")
    run = flow.analysed()["either"]
    assert [s.value for s in alternatives(run.deadline)] == [9, 5]
    assert [s.value for s in alternatives(run.attempts)] == [1, 3]
