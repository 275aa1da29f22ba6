"""A loop that goes round on bad answers: a failure ends it, unless something inside makes an answer of the failure."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from tests.analyses.flows import FlowOf, shown
from tests.graph.dispatch_help import build, nodes

CHECKED = """
import acme
from acme import Client

def ask(messages):
    for attempt in range(4):
        try:
            return Client().chat(messages=messages)
        except acme.AcmeError:
            {failed}
    {after}

def checked(messages):
    for attempt in range(5):
        answer = ask(messages)
        if "<done>" in answer:
            return answer
    return None
"""


@pytest.mark.parametrize(
    ("failed", "after", "total"),
    [
        ("continue", "raise RuntimeError('failed')", 4),
        ("if attempt == 3:\n                raise", "return None", 4),
        ("continue", "return ''", 20),
        ("print('again')", "return ''", 20),
    ],
)
def test_it_multiplies_where_a_failure_becomes_an_answer(failed: str, after: str, total: int) -> None:
    graph = analyse(build(CHECKED.format(failed=failed, after=after)))
    call = nodes(graph, "model_call")[0]
    assert shown(call.total_attempts) == total
    assert {layer.same_errors is not False for layer in call.layers} == ({True, False} if total == 4 and len(call.layers) > 1 else {True})
    loops = {n.answers for n in nodes(graph, "retry")}
    assert loops == {True, False}


def test_a_path_on_which_a_failure_becomes_an_answer_is_worse() -> None:
    text = CHECKED.format(failed="continue", after="return ''") + "\ndef all(rows):\n    return [ask(r) for r in rows]\n"
    call = nodes(analyse(build(text)), "model_call")[0]
    assert (shown(call.total_attempts), [s.what for s in call.trace if s.times]) == (20, ["loop on bad answers", "loop retry"])


def flow_of(*calls: tuple[str, str, str]) -> list[str]:
    flow = FlowOf()
    flow.entry("entry", "main")
    for function in ("aside", "deep", "chat"):
        flow.function(function)
    flow.model()
    for caller, target, hop in calls:
        flow.call(caller, target, hop=hop)
    return [step.what for step in flow.analysed()["model"].trace[1:-1]]


def test_of_equal_paths_the_shortest_is_told() -> None:
    long = [("main", "aside", "call"), ("aside", "deep", "call"), ("deep", "chat", "call")]
    assert flow_of(*long, ("main", "chat", "call"), ("chat", "model", "call")) == ["calls chat"]


def test_of_equal_paths_one_of_real_calls_is_told() -> None:
    long = [("main", "aside", "call"), ("aside", "deep", "call"), ("deep", "chat", "call")]
    assert flow_of(*long, ("main", "chat", "given"), ("chat", "model", "call")) == ["calls aside", "calls deep", "calls chat"]
