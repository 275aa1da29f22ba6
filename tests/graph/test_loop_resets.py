"""Counts that begin anew in a turn: a called function sets them back, or another object keeps them."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import retry, shape, value

CALLED = """
N = 0
class Run:
    def __init__(self):
        self.n = 0
        self.most = 5
        self.other = Run()
        self.state = {{"n": 0}}
    def back(self):
        {back}
    def deeper(self):
        self.back()
    def f(self, client, messages):
        global N
        {alias}
        while {test}:
            answer = client.create(messages)
            messages.append(answer)
            {count}
            {turn}
            if not answer.calls:
                return answer
"""


def turns(
    back: str = "self.n = 0", turn: str = "self.back()", test: str = "self.n < 5", count: str = "self.n += 1", alias: str = "pass"
) -> object:
    return shape(CALLED.format(back=back, turn=turn, test=test, count=count, alias=alias))[0]


@pytest.mark.parametrize(
    "turn", ["self.back()", "self.deeper()", "if answer.calls:\n                self.back()", "messages = [self.back()]"]
)
def test_a_called_function_sets_the_count_back(turn: str) -> None:
    assert turns(turn=turn) == "unbounded"


@pytest.mark.parametrize(
    "changed",
    [
        # Of another object, something else, to the limit itself, where nothing is yet, and before there is no other turn.
        {"turn": "self.other.back()"},
        {"back": "self.m = 0"},
        {"back": "n = 0"},
        {"back": "self.n = 5"},
        {"back": "if self.n is None:\n            self.n = 0"},
        {"back": "if not hasattr(self, 'n'):\n            self.n = 0"},
        {"turn": "if answer.bad:\n                self.back()\n                return None"},
        {"turn": "if answer.bad:\n                self.back()\n                raise ValueError"},
        {"turn": "if answer.bad:\n                return self.back()"},
    ],
)
def test_what_a_called_function_sets_otherwise_is_no_reset(changed: dict[str, str]) -> None:
    assert turns(**changed) == 5


@pytest.mark.parametrize(
    "back", ["self.n = self.other.n", "if self.other:\n            self.n = 0", "if self.n > 3:\n            self.n = count(self)"]
)
def test_what_a_called_function_may_set_back_is_not_known(back: str) -> None:
    assert turns(back=back) == "unknown"


@pytest.mark.parametrize(
    ("back", "times"), [("global N; N = 0", "unbounded"), ("N = 0", 5), ("global N; N += 0; print(N)", 5), ("global M; M = 0", 5)]
)
def test_a_global_that_is_set_back(back: str, times: object) -> None:
    assert turns(back=back, test="N < 5", count="N += 1") == times


@pytest.mark.parametrize(
    ("back", "times"),
    [("self.most += 1", "unknown"), ("if self.other:\n            self.most += 1", "one_of"), ("self.other.most += 1", "one_of")],
)
def test_a_limit_that_a_called_function_raises_is_not_known(back: str, times: object) -> None:
    assert turns(back=back, test="self.n < self.most") == times


CLOSED = """
def f(client, messages):
    n = 0
    def back():
        {nonlocal_}
        n = 0
    while n < 5:
        answer = client.create(messages)
        n += 1
        back()
        if not answer.calls:
            return answer
"""


@pytest.mark.parametrize(("nonlocal_", "times"), [("nonlocal n", "unbounded"), ("pass", 5)])
def test_a_variable_of_the_function_around_that_is_set_back(nonlocal_: str, times: object) -> None:
    assert shape(CLOSED.format(nonlocal_=nonlocal_))[0] == times


@pytest.mark.parametrize(
    ("back", "times"),
    [
        ("self.state = {'n': 0}", "unbounded"),
        ("self.state = dict(n=0)", "unbounded"),
        ("self.state = {**self.state, 'm': 0}", "unknown"),
        ("self.state = load()", "unknown"),
        ("self.state = self.state or {'n': 0}", 5),
        ("if self.state is None:\n            self.state = {'n': 0}", 5),
        ("self.states = {'n': 0}", 5),
    ],
)
def test_what_keeps_the_count_is_made_anew_by_a_called_function(back: str, times: object) -> None:
    assert turns(back=back, test="self.state['n'] < 5", count="self.state['n'] += 1") == times


KEPT = """
class State:
    def __init__(self):
        self.n = 0
    def tick(self):
        self.n += 1
        if self.n > 5:
            raise RuntimeError("too often")
def advance(state):
    return state if state.n else State()
class Run:
    def __init__(self):
        self.state = State()
        self.states = [State()]
    def load(self):
        return self.states[-1]
    def f(self, client, messages):
        {before}
        while True:
            {made}
            answer = client.create(messages)
            messages.append(answer)
            {count}
            if not answer.calls:
                return answer
    def turn(self):
        {turn}
        state.tick()
"""
COUNTS = "state.n += 1\n            if state.n > 5:\n                return"


@pytest.mark.parametrize(
    ("before", "made", "times"),
    [
        ("pass", "state = State()", "unbounded"),
        ("state = State()", "pass", 5),
        ("pass", "state = self.state", 5),
        ("pass", "self.state = State()\n            state = self.state", "unbounded"),
        ("pass", "state = State()\n            state = state", "unbounded"),
        ("state = State()", "state = advance(state)", "unknown"),
        ("state = State()", "state = State(state.n)", "unknown"),
        ("pass", "state = self.load()", "unknown"),
        ("pass", "state, _ = self.state, 1", "unknown"),
        ("state = State()", "if state is None:\n                state = State()", 5),
    ],
)
@pytest.mark.parametrize("count", [COUNTS, "state.tick()"])
def test_a_count_in_an_object_that_each_turn_makes(before: str, made: str, count: str, times: object) -> None:
    assert shape(KEPT.format(before=before, made=made, count=count, turn="pass"))[0] == times


@pytest.mark.parametrize(
    ("turn", "times"),
    [
        ("state = State()", "unbounded"),
        ("state = self.state", 5),
        ("state = self.load()", "unknown"),
        ("state = State\n        state = State()", "unbounded"),
    ],
)
def test_a_count_in_an_object_that_a_called_function_makes(turn: str, times: object) -> None:
    assert shape(KEPT.format(before="pass", made="self.turn()", count="pass", turn=turn))[0] == times


@pytest.mark.parametrize(
    ("made", "times"),
    [("rows = []", "unbounded"), ("rows = rows[-3:]", "unknown"), ("rows = self.cut(rows)", "unknown"), ("other = []", 5)],
)
def test_a_list_that_is_counted_may_be_another_one(made: str, times: object) -> None:
    count = "rows.append(answer)\n            if len(rows) > 5:\n                return"
    assert shape(KEPT.format(before="rows = []", made=made, count=count, turn="pass"))[0] == times


@pytest.mark.parametrize(
    ("count", "times"),
    [("n += 1\n    if n > 5:\n        raise ValueError", "unbounded"), ("if n > 5:\n        raise ValueError", "unbounded")],
)
def test_each_call_counts_its_own_variables_anew(count: str, times: object) -> None:
    text = f"""
def check(n=0):
    {count}
def f(client, messages):
    while True:
        check()
        answer = client.create(messages)
        if not answer.calls:
            return answer
"""
    assert shape(text)[0] == times


FAILURES = """
    class Run:
        def __init__(self):
            self.fails = 0
        def back(self):
            {back}
        def once(self, client):
            {once}
        def f(self, client):
            while True:
                {turn}
                try:
                    {tried}
                    return {call}
                except E:
                    self.fails += 1
                    if self.fails > 3:
                        {last}
                        raise
                    {handler}
"""


def attempts(**changed: str) -> object:
    given = {
        "back": "self.fails = 0",
        "once": "pass",
        "turn": "pass",
        "tried": "pass",
        "call": "client.create()",
        "last": "pass",
        "handler": "pass",
    }
    return value(retry(FAILURES.format(**{**given, **changed})).attempts)


@pytest.mark.parametrize("place", ["turn", "tried", "handler"])
def test_a_called_function_sets_the_count_of_failures_back(place: str) -> None:
    assert attempts(**{place: "self.back()"}) == "unbounded"


def test_what_the_last_failure_or_a_success_sets_back() -> None:
    assert attempts(last="self.back()") == 3
    assert attempts(call="self.once(client)", once="answer = client.create(); self.back(); return answer") == 3
    assert attempts(call="self.once(client)", once="self.back(); return client.create()") == "unbounded"
    assert attempts(handler="self.back()", back="self.other = 0") == 3
    assert attempts(handler="self.back()", back="if self.other:\n                self.fails = 0") == "unknown"
