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


DECORATED = """
from acme import Client

def again(most=2):
    def decorator(function):
        def wrapper(*args):
            tries = 0
            while tries < most:
                try:
                    return function(*args)
                except Exception:
                    tries += 1
            raise RuntimeError("too often")
        return wrapper
    return decorator

@again(most=5)
def first():
    Client().chat(messages=[])

@again(3)
def second():
    Client().chat(messages=[])

@again()
def third():
    Client().chat(messages=[])

first(), second(), third()
"""


def test_a_decorator_retries_as_often_as_it_is_made_to_at_each_use() -> None:
    graph = analyse(build(DECORATED))
    calls: list[ModelCall] = nodes(graph, "model_call")
    assert [(c.qualname, c.total_attempts.number) for c in calls] == [("first", 5), ("second", 3), ("third", 2)]
    assert [steps(c) for c in calls] == [[("loop retry", "5")], [("loop retry", "3")], [("loop retry", "2")]]
    assert len(nodes(graph, "retry")) == 1


OVERRIDDEN = """
from acme import Client

class Worker:
    def run(self, tasks):
        return self.work(tasks)
    def work(self, tasks):
        return Client().chat(messages=tasks)

class Single(Worker):
    def work(self, tasks):
        return Client().chat(messages=["single"])

class Team(Worker):
    def __init__(self, members: list[Worker]):
        self.members = members
    def work(self, tasks):
        for member in self.members:
            member.run(tasks[1:])
        return Client().chat(messages=["team"])

def main():
    Single().run(["a"])
    Team([Single(), Team([])]).run(["a", "b"])
main()
"""


def test_a_recursion_is_told_of_what_comes_back_to_itself() -> None:
    calls: list[ModelCall] = nodes(analyse(build(OVERRIDDEN)), "model_call")
    told = {c.qualname: [s.what for s in c.trace if "recursion" in s.what] for c in calls}
    way = "recursion over the data: Worker.run() -> Team.work() -> Worker.run()"
    assert told == {"Worker.work": [], "Single.work": [], "Team.work": [way]}


def test_methods_that_replace_each_other_are_no_recursion_where_none_comes_back() -> None:
    text = OVERRIDDEN.replace("list[Worker]", "Single").replace("for member in self.members:", "if tasks:")
    graph = analyse(build(text.replace("member.run(", "self.members.run(").replace("[Single(), Team([])]", "Single()")))
    assert [n for n in nodes(graph, "loop") if n.shape == "recursion"] == []


AGAIN = """
from acme import Client

class Bot:
    def reply(self, messages):
        return self.chat(messages)

    def chat(self, messages, tried=0):
        if tried > 2:
            return None
        try:
            answer = Client().chat(messages=messages)
            if answer.overloaded:
                return self.chat(messages, tried + 1)
            return answer
        except Exception:
            return self.chat(messages, tried + 1)

Bot().reply([])
"""


def test_two_ways_to_try_again_that_share_a_count_do_not_multiply() -> None:
    call = next(c for c in nodes(analyse(build(AGAIN)), "model_call") if c.qualname == "Bot.chat")
    assert (shown(call.total_attempts), [(s.what, s.times) for s in call.trace if "rec" in s.what]) == (3, [("recursion retry", "3")])


BATCHES = """
from acme import Client

def batches(function, items, size):
    rows = []
    for start in range(0, len(items), size):
        part = items[start : start + size]
        rows += [function(item) for item in part]
    return rows

def ask(item):
    return Client().chat(messages=item)

def many(items):
    return batches(ask, items, {many})

def few(items):
    return batches(ask, items, {few})
"""


@pytest.mark.parametrize(("many", "few", "told"), [("10", "8", "loop of 10 turns"), ("None", "8", "loop over the data")])
def test_a_comprehension_has_the_turns_that_its_callers_give(many: str, few: str, told: str) -> None:
    graph = analyse(build(BATCHES.format(many=many, few=few)))
    call = nodes(graph, "model_call")[0]
    assert [s.what for s in call.trace if "loop" in s.what] == ["loop over the data", told]


ONE_LOOP = """
import acme
import other
from acme import Client

def ask(messages):
    while True:
        try:
            return Client().chat(messages=messages)
        except {error}:
            continue
"""


@pytest.mark.parametrize(("error", "told"), [("other.Error", "loop without a limit"), ("acme.AcmeError", "loop retry")])
def test_a_loop_that_is_a_retry_as_well_is_told_once(error: str, told: str) -> None:
    call = nodes(analyse(build(ONE_LOOP.format(error=error))), "model_call")[0]
    assert [s.what for s in call.trace if s.at.line == 7] == [told]
