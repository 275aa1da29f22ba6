"""A loop or retry whose turns its callers decide: a path has the turns that its own caller gives, and no others."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.types import EntryPoint, ModelCall
from tests.analyses.flows import shown
from tests.graph.dispatch_help import build, nodes

SAMPLES = """
from acme import Client

def many(client, messages, number):
    rows = []
    for _ in range(number):
        rows.append(client.chat(messages=messages))
    return rows

def find(messages):
    return many(Client(), messages, number=1)

def repair(messages):
    return many(Client(), messages, number=20 - 1)
"""
RETRIES = """
import acme
from acme import Client

def ask(client, messages, tries=3):
    for attempt in range(tries):
        try:
            return client.chat(messages=messages)
        except acme.AcmeError:
            if attempt == tries - 1:
                raise

def twice(messages):
    for attempt in range(2):
        try:
            return ask(Client(), messages, tries={few})
        except acme.AcmeError:
            continue

def often(messages):
    return ask(Client(), messages, tries={many})
"""


def steps(call: ModelCall) -> list[tuple[str, str | None]]:
    return [(s.what, s.times) for s in call.trace if "loop" in s.what]


def test_a_trace_has_the_turns_of_its_caller() -> None:
    graph = analyse(build(SAMPLES))
    call = next(c for c in nodes(graph, "model_call") if c.qualname == "many")
    assert [s.what for s in call.trace if s.what.startswith(("calls", "loop"))][-2:] == ["calls many", "loop of 1 turn"]
    assert shown(call.loop) == 19, "the most turns of all paths"


@pytest.mark.parametrize(
    ("few", "many", "total", "trace"),
    [
        (4, 5, 8, [("loop retry", "2"), ("loop retry", "4")]),
        (1, 5, 5, [("loop retry", "5")]),
        (1, 1, 2, [("loop retry", "2")]),
    ],
)
def test_attempts_of_different_callers_do_not_multiply(few: int, many: int, total: int, trace: list[tuple[str, str]]) -> None:
    call = nodes(analyse(build(RETRIES.format(few=few, many=many))), "model_call")[0]
    assert (shown(call.total_attempts), [row for row in steps(call) if row[1] is not None]) == (total, trace)
    assert [shown(layer.attempts) for layer in call.layers if layer.same_errors is not False] == [int(t) for _, t in reversed(trace)]


def test_an_entry_point_has_the_turns_of_its_own_path() -> None:
    graph = build(RETRIES.format(few=5, many=500), scripts={"short": "app:twice", "long": "app:often"})
    found = {n.qualname: shown(n.over_limit) for n in analyse(graph).nodes.values() if isinstance(n, EntryPoint)}
    assert found == {"twice": 5, "often": 500}
