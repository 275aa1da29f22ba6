"""How often a loop turns and what ends it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import loop, shape, value


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("for i in range(5):", (5, "fixed")),
        ("for i in range(2, 10, 3):", (3, "fixed")),
        ("for i in range(10, 0, -1):", (10, "fixed")),
        ("for i, x in enumerate(range(4)):", (4, "fixed")),
        ("for x in [1, 2, 3]:", (3, "fixed")),
        ("for x in [1, 2] + [3] + [4]:", (4, "fixed")),
        ("A = [1, 2]\n    for x in A + [3]:", (3, "fixed")),
        ("for x in [1, *(2, 3)]:", (3, "fixed")),
        ("A = [1]\n    A += [2]\n    for x in A:", (2, "fixed")),
        ("A = [1]\n    for x in A + items:", ("unbounded", "data")),
        ("for x in NAMES:", (2, "fixed")),
        ("for k, v in TABLE.items():", (3, "fixed")),
        ("for x in range(len(NAMES)):", (2, "fixed")),
        ("for x in zip(items, range(3)):", (3, "capped")),
        ("for x in items[:20]:", (20, "capped")),
        ("for x in items[5:20]:", (15, "capped")),
        ("for x in items[-4:]:", (4, "capped")),
        ("for x in items[i:i + 8]:", (8, "capped")),
        ("for x in items[:LIMIT]:", (7, "capped")),
        ("for i in range(min(5, len(items))):", (5, "capped")),
        ("for x in itertools.islice(items, 6):", (6, "capped")),
        ("for x in items:", ("unbounded", "data")),
        ("for x in sorted(items):", ("unbounded", "data")),
        ("for i in range(len(items)):", ("unbounded", "data")),
        ("for i in range(0, len(items), 10):", ("unbounded", "data")),
        ("for i in range(count):", ("unbounded", "data")),
        ("for x in GROWN:", ("unbounded", "data")),
        ("for i in range(n_from_outside):", ("unknown", "fixed")),
        ("for i in track(range(9)):", (9, "fixed")),
        ("for x in Color:", (2, "fixed")),
    ],
)
def test_iterables(head, expected):
    text = f"""\
import itertools
from enum import Enum
from progress import track
from outside import n_from_outside
class Color(Enum):
    RED = 1
    BLUE = 2
NAMES = ["a", "b"]
TABLE = {{"a": 1, "b": 2, "c": 3}}
LIMIT = 7
GROWN = []
def grow(): GROWN.append(1)
def f(items, i):
    count = len(items)
    {head}
        model(i)
"""
    assert shape(text)[:2] == expected


def test_range_of_a_parameters_default():
    assert shape("def f(n=4):\n    for i in range(n):\n        model()\n")[:2] == (4, "fixed")


def test_range_of_what_callers_pass():
    facts = loop("def f(n):\n    for i in range(n):\n        model()\nf(3)\nf(8)\n")
    assert facts.times.state == "one_of"


def test_generator_function_is_data():
    text = """
    def pages():
        yield 1
        while True:
            yield 2
    def f():
        for p in pages():
            model(p)
    """
    assert shape(text, 1)[:2] == ("unbounded", "data")


def test_comprehensions():
    assert shape("x = [model(i) for i in range(3) for j in range(2)]\n") == (6, "fixed", False)
    assert shape("def f(xs):\n    return [model(x) for x in xs]\n") == ("unbounded", "data", False)
    assert loop("x = [i for i in range(3)]\n").shape == "comprehension"


def test_async_for_is_gated():
    text = """
    async def f(ws):
        async for message in ws:
            await model(message)
    """
    assert shape(text) == ("unbounded", "event", True)


# -- counters


@pytest.mark.parametrize(
    ("before", "test", "body", "expected"),
    [
        ("i = 0", "i < 5", "i += 1", 5),
        ("i = 1", "i <= 5", "i += 1", 5),
        ("i = 1", "i < 5", "i = i + 1", 4),
        ("i = 0", "5 > i", "i += 1", 5),
        ("i = 0", "i != 5", "i += 1", 5),
        ("i = 0", "i < 10", "i += 2", 5),
        ("n = 4", "n > 0", "n -= 1", 4),
        ("n = 4", "n >= 0", "n -= 1", 5),
        ("n = 4", "n", "n -= 1", 4),
        ("n = 45", "n > 0", "c = min(n, 20)\n        n -= c", 3),
        ("n = 45", "n > 0", "n -= min(20, n)", 3),
        ("i = 0", "i < 45", "i += min(20, 45 - i)", 3),
        ("n = 45", "n > 0", "c = min(other, 20)\n        n -= c", 45),
        ("i = 0; go = True", "go and i < 6", "i += 1", 6),
        ("i = 0; go = True", "not (i >= 6) and go", "i += 1", 6),
        ("i = 0", "True", "i += 1\n        if i >= 7: break", 7),
        ("i = 0", "True", "i += 1\n        if i == 7: raise ValueError", 7),
        ("i = 0", "True", "if i > 7: return\n        i += 1", 7),
        ("i = 0", "True", "i += 1\n        if done() or i >= 7: break", 7),
        ("i = 0", "True", "i += 1\n        if i < 7: continue\n        break", 7),
        ("i = 0", "True", "i += 1\n        if i < 7:\n            pass\n        else:\n            break", 7),
        ("i = 0", "True", "i += 1\n        stop = i >= 7\n        if stop: break", 7),
        ("i = 0; over = False", "not over", "i += 1\n        if i >= 7: over = True", 7),
        ("s = {'n': 0}", "s['n'] < 5", "s['n'] += 1", 5),
        ("xs = []", "len(xs) < 5", "xs.append(1)", 5),
    ],
)
def test_counters(before, test, body, expected):
    text = f"def f():\n    {before}\n    while {test}:\n        model()\n        {body}\n"
    assert shape(text)[:2] == (expected, "capped")


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n        model()\n        i += 1",
        "while True:\n        if model():\n            i += 1\n        if i > 5: break",
        "while i < 5:\n        if model():\n            i += 1",
        "while i < 5:\n        model()\n        i += 1\n        i = 0",
        "while True:\n        i += 1\n        if i > 5 and model(): break",
        "while True:\n        i += 1\n        try:\n            if i > 5: raise ValueError\n        except Exception:\n            model()",
        "while True:\n        model()\n        i += 1\n        if i % 5 == 0: print(i)",
        "while True:\n        i += 1\n        for x in y:\n            if i > 5: break\n        model()",
    ],
)
def test_counters_that_do_not_limit(body):
    assert shape(f"def f(y):\n    i = 0\n    {body}\n")[0] == "unbounded"


def test_counted_in_both_branches():
    text = """
    def f():
        i = 0
        while i < 5:
            if model():
                i += 1
            else:
                i += 1
    """
    assert shape(text)[:2] == (5, "capped")


def test_off_by_one_is_said():
    text = """
    def main(n=10):
        i = 0
        while True:
            i += 1
            if i >= n:
                raise Exception("too many")
            model()
    """
    facts = loop(dedent(text))
    assert value(facts.times) == 10
    assert facts.times.why is not None and "9" in facts.times.why


def test_endless_counter_with_a_break():
    text = """
    import itertools
    def f(most=6):
        for i in itertools.count(1):
            model()
            if i >= most:
                break
    """
    assert shape(text)[:2] == (6, "capped")


def test_enumeration_with_a_break_caps_data():
    text = """
    def f(xs):
        for i, x in enumerate(xs):
            if i >= 10:
                break
            model(x)
    """
    assert shape(text)[:2] == (10, "capped")


def test_counter_set_back_by_another_counter():
    text = """
    RUNS = 5
    TRIES = 4
    def f():
        tries = 0
        run = 1
        while run < RUNS + 1:
            if tries >= TRIES:
                break
            code = model()
            if code == 0:
                run += 1
                tries = 0
            tries += 1
    """
    assert shape(text)[:2] == (20, "capped")


def test_counter_on_self():
    text = """
    class A:
        def __init__(self, most=8):
            self.most = most
            self.turn = 0
        def run(self):
            while self.turn < self.most:
                self.turn += 1
                model()
    """
    assert shape(text)[:2] == (8, "capped")


def test_counted_in_a_callee():
    text = """
    class A:
        def __init__(self):
            self.turn = 0
        def step(self):
            self.turn += 1
            model()
        def run(self):
            while self.turn < 9:
                self.step()
    """
    assert shape(text)[:2] == (9, "capped")


def test_answered_by_a_callee():
    text = """
    class A:
        def over(self):
            return self.turn >= 9
        def run(self):
            self.turn = 0
            while True:
                self.turn += 1
                if self.over():
                    break
                model()
    """
    assert shape(text)[:2] == (9, "capped")


LIMIT_IN_CALLEE = """
class Stop(Exception): pass
class Over(Stop): pass
class A:
    def __init__(self, turns={turns}, cost={cost}):
        self.turns, self.max_cost = turns, cost
        self.limit = turns
        self.budget = cost
        self.n = 0
        self.cost = 0.0
    def run(self):
        while True:
            try:
                self.step()
            except {caught}:
                self.add("exit")
            if self.messages[-1] == "exit":
                break
    def step(self):
        return self.act(self.query())
    def query(self):
        if 0 < self.limit <= self.n or 0 < self.budget <= self.cost:
            raise Over()
        self.n += 1
        answer = model()
        self.cost += answer.cost
        return answer
    def act(self, x): pass
"""


def test_limit_raised_in_a_callee():
    assert shape(LIMIT_IN_CALLEE.format(turns=30, cost=0, caught="Stop"))[:2] == (30, "capped")


def test_limit_that_is_off_leaves_the_budget():
    facts = loop(LIMIT_IN_CALLEE.format(turns=0, cost=3.0, caught="Stop"))
    assert (value(facts.times), facts.times.unit) == (3.0, "usd")


def test_all_limits_off():
    facts = loop(LIMIT_IN_CALLEE.format(turns=0, cost=0, caught="Stop"))
    assert (value(facts.times), facts.times.unit) == ("unknown", "usd")
    assert "off" in (facts.times.why or "")


def test_limit_swallowed_by_a_broad_handler():
    text = """
    def query(state):
        if state["n"] > 5:
            raise RuntimeError
        state["n"] += 1
        model()
    def run(state):
        while True:
            try:
                query(state)
            except Exception:
                log()
    """
    assert shape(text)[0] == "unbounded"


def test_a_limit_that_is_none_by_default():
    text = """
    def f(most=None):
        i = 0
        while True:
            i += 1
            if most is not None and i >= most:
                break
            model()
    """
    assert shape(text)[0] == "unbounded"


def test_an_optional_limit_in_the_test():
    text = """
    def f(most=12):
        i = 0
        while most is None or i < most:
            i += 1
            model()
    """
    assert shape(text)[:2] == (12, "capped")


def test_smallest_of_several_limits():
    text = """
    def f():
        i = 0
        while i < 50:
            i += 1
            model()
            if i >= 20:
                return
    """
    assert shape(text)[:2] == (20, "capped")


def test_a_limit_that_cannot_be_read():
    text = """
    from settings import MOST
    def f():
        i = 0
        while i < MOST:
            i += 1
            model()
    """
    assert shape(text)[:2] == ("unknown", "capped")


@pytest.mark.parametrize(("head", "body"), [("**given", "return given['n'] + 1"), ("n", "n += 1\n    return n")])
def test_what_goes_into_the_keywords_of_a_function_is_no_parameter_of_it(head: str, body: str) -> None:
    text = f"""
def count({head}):
    {body}

n = 0
while n < 4:
    model()
    n = count(n=n)
"""
    assert shape(text)[:2] == ((4, "capped") if head == "n" else ("unbounded", "data"))


@pytest.mark.parametrize(("made", "times"), [("{}", "unbounded"), ("[]", "unbounded"), ("[1, 2]", 2), ("{1: 2}", 1)])
def test_what_is_made_empty_is_filled_where_it_may_not_be_seen(made: str, times: object) -> None:
    text = f"""
def rows():
    found = {made}
    for k in load():
        found.setdefault(k, 1)
    return found

for row in rows():
    model()
"""
    assert shape(text, 1)[0] == times
