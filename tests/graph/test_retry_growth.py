"""Retries and loops that end when a delay has grown beyond a bound."""

from __future__ import annotations

from textwrap import indent

import pytest

from tests.graph.loop_help import recursion, retry, shape, value

HEAD = """
MOST = 60
STEP = 5
def f(c, factor, cap):
    n, delay = 0, 0.125
    while True:
        try:
            return c.create()
        except E as e:
"""
FLAGGED = "again = e.again\nif again:\n    delay *= 2\n    if delay > MOST:\n        again = False\n{after}if not again:\n    return None"
GAVE_UP = "gave_up = not e.again\nif not gave_up:\n    delay *= 2\n    gave_up = delay > MOST\nif gave_up:\n    return None"
ENDS = "if delay > {bound}:\n    raise"


def attempts(handler: str) -> object:
    return value(retry(HEAD + indent(f"{handler}\nsleep(delay)", " " * 12) + "\n").attempts)


@pytest.mark.parametrize(
    ("grows", "times"),
    [
        ("delay *= 2", 9),
        ("delay = delay * 2", 9),
        ("delay = 2 * delay", 9),
        ("delay = int(delay * 2)", 9),
        ("delay += 5", 12),
        ("delay += STEP", 12),
        ("delay = delay * 2 + jitter()", "unknown"),
        ("delay *= factor", "unknown"),
        ("n += 1\ndelay = 2 ** n", "unknown"),
        ("n += 1\ndelay = min(0.5 * 2 ** n, 90)", "unknown"),
        ("delay *= 1", "unbounded"),
        ("delay = min(delay * 2, MOST)", "unbounded"),
        ("delay = min(delay * 2, 30)", "unbounded"),
        ("delay = min(delay * 2, 90)", 9),
        ("delay = 2 ** e.code", "unbounded"),
        ("if e.slow:\n    delay *= 2", "unknown"),
        ("delay *= 2\nif e.first:\n    delay = 1", "unbounded"),
    ],
)
def test_a_delay_that_grows_ends_a_retry_that_asks_for_its_bound(grows: str, times: object) -> None:
    assert attempts(f"{grows}\n{ENDS.format(bound='MOST')}") == times


def test_at_a_ceiling_it_reaches_the_bound_but_does_not_pass_it() -> None:
    assert attempts("delay = min(delay * 2, MOST)\nif delay >= MOST:\n    raise") == 9


def test_a_bound_that_is_not_known_is_one_all_the_same() -> None:
    assert attempts(f"delay *= 2\n{ENDS.format(bound='cap')}") == "unknown"


@pytest.mark.parametrize(
    ("handler", "times"),
    [(FLAGGED.format(after=""), 9), (GAVE_UP, 9), (FLAGGED.format(after="again = True\n"), "unknown")],
)
def test_a_flag_says_that_it_has_grown_too_far(handler: str, times: object) -> None:
    assert attempts(handler) == times


def test_the_test_of_the_loop_itself_may_ask() -> None:
    text = (
        "def f(c):\n    delay = 1\n    while delay < 60:\n        answer = c.create()\n        if answer.done: break\n        delay *= 2\n"
    )
    assert shape(text) == (6, "capped", False)


@pytest.mark.parametrize(("passed", "times"), [("delay * 2", 6), ("min(delay * 2, 30)", "unbounded"), ("delay * factor", "unknown")])
def test_a_function_that_calls_itself_with_a_longer_delay(passed: str, times: object) -> None:
    text = f"def f(c, factor, delay=1):\n    if delay > 60:\n        raise E\n    c.create()\n    return f(c, factor, {passed})\n"
    assert value(recursion(text).times) == times
