"""Loops that some number limits, though it is not known which: they are bounded all the same."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import loop, recursion, value


@pytest.mark.parametrize(
    ("text", "bounded"),
    [
        ("def f(config):\n    n = config.get('n', 9)\n    while n > 0:\n        model()\n        n -= 1\n", True),
        ("def f(config):\n    i = 0\n    while i < config['n']:\n        model()\n        i += 1\n", True),
        ("def f():\n    i = 0\n    while i < limit():\n        model()\n        i += 1\n", False),
        ("def f(n):\n    for i in range(n):\n        model()\n", True),
        ("def f(config):\n    n = 3\n    while n > 0:\n        model()\n        n -= 1\n", False),
        ("def f(config):\n    n = config.get('n', 9)\n    while n > 0:\n        if model().bad: n -= 1\n", False),
        ("def f(items):\n    for item in items:\n        model()\n", False),
        ("def f(config):\n    while True:\n        if model(config).done: break\n", False),
    ],
)
def test_a_number_from_elsewhere_bounds_what_counts_to_it(text, bounded):
    assert loop(text).bounded is bounded


def test_a_recursion_that_counts_down_a_number_from_elsewhere():
    text = "def f(n):\n    if n <= 0:\n        return None\n    return model() or f(n - 1)\n\nf(config.get('n'))\n"
    assert recursion(text).bounded


GAME = """
class Game:
    def __init__(self):
        self.steps = 0

    def step(self, action):
        {count}
        if not action:
            return "no such step", False, 0
        return "played", {done}, 1

def f():
    game = Game()
    done = False
    while not done:
        answer = model()
        text, done, points = game.step(answer.text)
"""


@pytest.mark.parametrize(
    ("count", "done", "bounded", "times"),
    [
        ("self.steps += 1", "(action.won or self.steps >= 20)", True, "unknown"),
        ("self.steps += 1", "self.steps > 20", True, "unknown"),
        ("self.steps += 1", "(action.won and self.steps >= 20)", False, "unbounded"),
        ("pass", "(action.won or self.steps >= 20)", False, "unbounded"),
        ("self.steps += 1", "action.won", False, "unbounded"),
    ],
)
def test_a_callee_that_answers_done_when_its_steps_are_used_up(count, done, bounded, times):
    facts = loop(dedent(GAME.format(count=count, done=done)))
    assert (facts.bounded, value(facts.times)) == (bounded, times)


def test_the_part_of_the_answer_that_the_loop_asks_for():
    text = GAME.format(count="self.steps += 1", done="action.won").replace("won, 1", "won, self.steps >= 20")
    assert not loop(dedent(text)).bounded


def test_what_gives_the_flag_is_not_known():
    text = "def f(game):\n    done = False\n    while not done:\n        answer = model()\n        text, done = game.step(answer)\n"
    facts = loop(text)
    assert (value(facts.times), facts.ends_on, facts.bounded) == ("unknown", "capped", False)
    assert "step()" in (facts.times.why or "")
    own = "def f():\n    done = False\n    while not done:\n        answer = model()\n        done = answer.text.endswith('END')\n"
    assert value(loop(own).times) == "unbounded", "it is what the model said"


@pytest.mark.parametrize(
    ("start", "test", "times"),
    [
        ("0", "ok is None and left > 0", 0),
        ("3", "ok is None and left > 0", 3),
        ("-1", "left > 0", 0),
        ("0", "left != 0", 0),
        ("None", "left", "unknown"),
    ],
)
def test_a_counter_that_begins_at_its_end_allows_no_turn(start: str, test: str, times: object) -> None:
    found = loop(
        f"def f(client, left={start}):\n    ok = client.create()\n    while {test}:\n        left -= 1\n        ok = client.create()"
    )
    assert value(found.times) == times


@pytest.mark.parametrize(
    ("start", "test", "passed", "times"),
    [
        ("4", "left is None or left != 0", "left - 1 if left is not None else None", 4),
        ("4", "left is not None and left > 0", "None if left is None else left - 1", 4),
        ("None", "left is None or left != 0", "left - 1 if left is not None else None", "unbounded"),
        ("4", "left is None or other != 0", "left - 1 if left is not None else None", "unbounded"),
    ],
)
def test_a_depth_that_may_be_none_counts_down(start: str, test: str, passed: str, times: object) -> None:
    head = f"def f(client, other, left={start}):\n    answer = client.create()\n    if answer.cut and ({test}):\n"
    found = recursion(f"{head}        return f(client, other, {passed})\n    return answer")
    assert value(found.times) == times


FLAGGED = """
def f(config):
    done = False
    step = 0
    while not done:
        step += 1
        answer = model()
        try:
            if answer.stop:
                raise ValueError("stopped")
            elif step >= config.most:
                raise ValueError("too many steps")
            act(answer)
        except Exception as error:
            HANDLER
"""


@pytest.mark.parametrize(
    ("handler", "bounded"),
    [
        ("done = True", True),
        ("log(error)\n            done = True", True),
        ("if error.args:\n                done = True", False),
        ("log(error)", False),
        ("done = False", False),
    ],
)
def test_a_limit_that_is_raised_to_a_handler_which_ends_the_loop(handler, bounded):
    assert loop(dedent(FLAGGED.replace("HANDLER", handler))).bounded is bounded


SPARED = """
def enough(trail, most):
    steps = (len(trail) - 1) / 2
    if steps >= most:
        return True, "too many"
    return False, ""

def talk(trail, most):
    return bool(trail), ""

def f(most):
    trail = []
    while True:
        stop, why = TEST(trail, most)
        if stop:
            answer = make(why)
        else:
            ASK
        trail.append(answer)
        if answer.kind == "stop":
            break
"""


@pytest.mark.parametrize(
    ("test", "ask", "times"),
    [
        ("enough", "answer = model(trail)", "unknown"),
        (
            "enough",
            "try:\n                answer = model(trail)\n            except ValueError:\n                answer = make('')",
            "unknown",
        ),
        ("talk", "answer = model(trail)", "unbounded"),
    ],
)
def test_a_limit_that_keeps_a_turn_from_asking(test, ask, times):
    assert value(loop(dedent(SPARED.replace("TEST", test).replace("ASK", ask))).times) == times


def test_a_limit_beside_what_asks_says_nothing():
    text = (
        SPARED.replace("TEST", "enough")
        .replace("ASK", "answer = make('')")
        .replace("trail.append(answer)", "answer = model(trail)\n        trail.append(answer)")
    )
    assert value(loop(dedent(text)).times) == "unbounded"


@pytest.mark.parametrize(("made", "times"), [("{'text': r.text}", 3), ("[]", 3), ("r.text", "unbounded")])
def test_a_turn_that_ends_the_loop_by_the_other_half_of_its_test_need_not_count(made, times):
    head = "def f():\n    out, n = None, 3\n    while out is None and n > 0:\n        r = model()\n"
    assert value(loop(f"{head}        if r.ok:\n            out = {made}\n        else:\n            n -= 1\n").times) == times
