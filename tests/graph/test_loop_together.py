"""Counters of which each turn counts one."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import loop, value

FAILED = """
def f(limit):
    errors = steps = 0
    while True:
        try:
            answer = call()
        except TimeoutError:
            errors += 1
            {check}
            continue
        {counts}
        if steps >= 10:
            break
"""
PHASES = """
def f(budget):
    early = late = 0
    while True:
        settling = early >= {budget}
        if settling:
            if late >= 3:
                return
            prepare()
        call()
        {between}
        if settling:
            late += 1
        else:
            early += 1
"""


@pytest.mark.parametrize(
    ("check", "counts", "times"),
    [
        ("if errors >= 3: raise", "steps += 1", 13),
        ("if errors >= limit: raise", "steps += 1", "unknown"),
        ("if errors >= 3: print(errors)", "steps += 1", "unbounded"),
        ("if late(): continue\n            if errors >= 3: raise", "steps += 1", "unbounded"),
        ("if errors >= 3: raise", "steps += 1; errors = 0", 30),
        ("if errors >= 3: raise", "if answer: steps += 1", "unbounded"),
    ],
)
def test_errors_and_steps(check: str, counts: str, times: object) -> None:
    found = loop(dedent(FAILED).format(check=check, counts=counts))
    assert value(found.times) == times
    assert found.bounded is (times == "unknown")


@pytest.mark.parametrize(
    ("budget", "between", "times"),
    [
        ("8", "pass", 11),
        ("budget", "pass", "unknown"),
        ("8", "if call(): settling = False", "unbounded"),
        ("8", "late = 0", "unbounded"),
    ],
)
def test_phases(budget: str, between: str, times: object) -> None:
    assert value(loop(dedent(PHASES).format(budget=budget, between=between)).times) == times
