"""Counts that stand elsewhere: in a helper object, in what a function gives back, in the answer of a turn."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import loop, recursion, retry, shape, value

HELPER = """
class Limit:
    def __init__(self, most={most}):
        self.most = most
        self.used = 0
        self.left = most
    @property
    def exhausted(self):
        return {test}
    @property
    def tired(self):
        return self.mood == "low"
    def consume(self):
        {consume}
    def reset(self):
        self.used = 0
def f(client, messages):
    limit = Limit()
    while True:
        if limit.{asked}:
            break
        limit.consume()
        answer = client.create(messages=messages)
        if not answer.calls:
            return answer
        messages.append(answer)
        {more}
"""


@pytest.mark.parametrize(
    ("most", "test", "consume", "asked", "more", "found"),
    [
        (7, "self.used >= self.most", "self.used += 1", "exhausted", "pass", (7, "capped")),
        (7, "self.most is not None and self.used >= self.most", "self.used += 1", "exhausted", "pass", (7, "capped")),
        (None, "self.most is not None and self.used >= self.most", "self.used += 1", "exhausted", "pass", ("unknown", "capped")),
        (7, "self.left == 0", "if self.left is not None: self.left -= 1", "exhausted", "pass", ("unknown", "capped")),
        (7, "self.used >= self.most", "self.used += 1", "exhausted", "if answer.new: limit.reset()", ("unknown", "capped")),
        (7, "self.used >= self.most", "self.used += 1", "tired", "pass", ("unbounded", "model")),
        (7, "self.used >= self.most", "pass", "exhausted", "pass", ("unbounded", "model")),
    ],
)
def test_a_limit_in_a_helper_object(most, test, consume, asked, more, found):
    text = HELPER.format(most=most, test=test, consume=consume, asked=asked, more=more)
    assert shape(text)[:2] == found


GIVEN_BACK = """
def wait_or_raise(e, n, delay, most=4):
    if e.code == 400:
        raise e
    if n >= most:
        raise RuntimeError("too often")
    {count}
    sleep(delay)
    return {answer}
def f(client):
    n, delay = 0, 1.0
    while True:
        try:
            return client.create()
        except E as e:
            n, delay = wait_or_raise(e, n, delay)
"""


@pytest.mark.parametrize(
    ("count", "answer", "times"),
    [
        ("n += 1", "n, delay * 2", 4),
        ("pass", "n, delay * 2", "unbounded"),
        ("if delay: n += 1", "n, delay", "unbounded"),
        ("m = n + 1", "n, delay", "unbounded"),
    ],
)
def test_a_function_counts_and_gives_back(count, answer, times):
    found = value(retry(GIVEN_BACK.format(count=count, answer=answer)).attempts)
    assert (found if times == 4 else "unbounded" if found in ("unbounded", "unknown") else found) == times


def test_a_count_that_the_caller_does_not_get_is_none():
    text = """
    def bump(n):
        n += 1
        if n > 3: raise RuntimeError
    def f(client):
        n = 0
        while True:
            bump(n)
            if client.create().done: break
    """
    assert shape(text)[0] == "unbounded"


def test_a_turn_that_says_when_its_count_is_up():
    text = """
    class A:
        def __init__(self): self.n = 0
        def step(self):
            self.answer = model()
            self.n += 1
            done = self.n >= self.most or self.answer.ok
            return self.answer, done
        def run(self):
            while True:
                answer, done = self.step()
                if done: break
    """
    assert shape(text)[:2] == ("unknown", "capped")


def test_a_poll_that_says_when_it_took_too_long():
    text = """
    SECONDS = 20
    def look(n):
        if n * SECONDS // 60 >= 120:
            return True, n
        else:
            n += 1
        return False, n
    def f(client):
        n = 0
        while True:
            over, n = look(n)
            if over: break
            if client.create().good: break
    """
    assert shape(text)[:2] == ("unknown", "capped")


@pytest.mark.parametrize(("most", "times"), [("10", 10), ("float('inf')", "unbounded"), ("None", "unknown")])
def test_what_was_added_since_the_beginning(most, times):
    text = f"""
    def f(client, history, most={most}):
        start = len(history)
        while len(history) - start < most:
            answer = client.create(history)
            history.append(answer)
            if not answer.calls: break
    """
    assert shape(text)[0] == times


def test_where_it_began_must_stay():
    text = """
    def f(client, history):
        start = len(history)
        while len(history) - start < 10:
            answer = client.create(history)
            history.append(answer)
            start = len(history)
            if not answer.calls: break
    """
    assert shape(text)[0] == "unbounded"


@pytest.mark.parametrize(
    ("asked", "taken", "more", "ends"),
    [
        ("if len(items) == 0: return", "items.pop()", "pass", "data"),
        ("if not items: break", "items.pop(0)", "pass", "data"),
        ("if not items: break", "items.pop(0)", "items.extend(answer.more)", "model"),
        ("if not items: break", "items[0]", "pass", "model"),
    ],
)
def test_what_is_taken_until_nothing_is_left(asked, taken, more, ends):
    text = f"""
    def f(client, items):
        answer = None
        while not good(answer):
            {asked}
            item = {taken}
            answer = client.create(item)
            {more}
    """
    assert shape(text)[1] == ends


@pytest.mark.parametrize(
    ("choice", "times"), [("'auto' if n < self.most else 'none'", "unknown"), ("'auto' if self.most else 'none'", "unbounded")]
)
def test_a_count_that_takes_the_tools_away(choice, times):
    turns = f"""
    def f(self, client, messages):
        n = 0
        while True:
            answer = client.create(messages, tool_choice={choice})
            n += 1
            if not answer.calls: break
    """
    again = f"""
    def f(self, answer, n=0):
        if not answer.calls:
            return answer
        answer = create(tool_choice={choice})
        return f(self, answer, n + 1)
    """
    assert shape(turns)[0] == value(recursion(dedent(again)).times) == times


@pytest.mark.parametrize(("grows", "times"), [("if answer.extra: most += 1", 8), ("most += 1", "unbounded")])
def test_a_bound_that_grows_in_each_turn_is_none(grows, times):
    text = f"""
    def f(client, messages):
        n, most = 0, 8
        while n < most:
            n += 1
            answer = client.create(messages)
            {grows}
            if not answer.calls: break
    """
    assert shape(text)[0] == times


SET_TO_THE_LIMIT = """
def f(client, messages):
    n = 0
    while n < 9:
        answer = client.create(messages=messages)
        messages.append(answer)
        {after}
"""


@pytest.mark.parametrize(
    ("after", "times"),
    [
        ("if answer.done:\n            n = 9\n        n += 1", 9),
        ("if answer.done:\n            n = 0\n        n += 1", "unbounded"),
        ("for call in answer.calls:\n            n += 1", "unknown"),
    ],
)
def test_a_counter_that_is_set_to_its_limit_or_counts_what_a_turn_has(after: str, times: object) -> None:
    assert shape(SET_TO_THE_LIMIT.format(after=after))[0] == times


COUNTED = """
def f(client, messages):
    n = 0
    while n < 9:
        answer = client.create(messages)
        if {test}:
            for call in answer.calls:
                messages.append(call)
                n += 1
"""


@pytest.mark.parametrize(("test", "times"), [("answer.calls", "unknown"), ("client.wants(answer)", "unbounded")])
def test_what_a_turn_has_may_be_asked_for_before_it_is_counted(test: str, times: object) -> None:
    facts = loop(COUNTED.format(test=test))
    assert (value(facts.times), facts.bounded) == (times, False), "a turn that has none does not count"


REDUCED = """
def level(client, rows):
    return [client.create(a) for a in rows]
def f(client, rows):
    n = len(rows)
    while {test}:
        {turn}
"""


@pytest.mark.parametrize(
    ("test", "turn", "times"),
    [
        ("n > 1", "new = [client.create(a, b) for a, b in zip(rows[::2], rows[1::2])]; rows = new; n = len(rows)", "unknown"),
        ("n >= 2", "new = gather(*[client.create(p) for p in pairs(rows)]); n = len(new); rows = new", "unknown"),
        ("len(rows) > 1", "rows = level(client, rows)", "unknown"),
        (
            "len(rows) > 1",
            "new = []\n        for i in range(len(rows)):\n            new.append(client.create(rows[i:]))\n        rows = new",
            "unknown",
        ),
        ("len(rows) > 0", "rows = [r for r in rows if client.create(r)]", "unbounded"),
        ("n > 1", "rows = client.create(rows); n = len(rows)", "unbounded"),
        ("len(rows) < 9", "rows = level(client, rows)", "unbounded"),
    ],
)
def test_a_list_that_each_turn_makes_shorter_is_no_counter_set_back(test: str, turn: str, times: object) -> None:
    assert shape(REDUCED.format(test=test, turn=turn), 1)[0] == times
