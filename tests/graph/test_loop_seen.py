"""Loops and recursions that end at what has been seen before."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import recursion, shape, value

HOPS = """
def f(self, client):
    seen = set()
    while self.kind(self.here):
        {asked}
        answer = client.create(self.here)
        if answer.done:
            break
        self.here = answer.next
        {last}
"""
LEAVES = "if self.here in seen:\n            break\n        seen.add(self.here)"


@pytest.mark.parametrize(
    ("asked", "last", "times"),
    [
        (LEAVES, "pass", "unknown"),
        ("if self.here not in seen:\n            seen.add(self.here)\n        else:\n            return", "pass", "unknown"),
        # Something else is kept or asked, nothing is kept, it may be forgotten, or it goes on.
        (LEAVES.replace("add(self.here)", "add(self.other)"), "pass", "unbounded"),
        (LEAVES.replace("seen.add(self.here)", "pass"), "pass", "unbounded"),
        (LEAVES, "seen.clear()", "unbounded"),
        (LEAVES, "seen = set()", "unbounded"),
        (LEAVES.replace("break", "continue"), "pass", "unbounded"),
        (LEAVES.replace("in seen", "not in seen"), "pass", "unbounded"),
    ],
)
def test_a_loop_that_leaves_at_what_it_has_seen_is_not_known_to_be_endless(asked: str, last: str, times: str) -> None:
    assert shape(HOPS.format(asked=asked, last=last))[0] == times


WALK = """
class Agents:
    def f(self, name):
        if name in self.seen:
            return
        {kept}
        answer = model(name)
        if answer.more:
            self.f(answer.more)
"""


@pytest.mark.parametrize(("kept", "times"), [("self.seen.append(name)", "unknown"), ("self.seen.append(1)", "unbounded")])
def test_a_recursion_that_leaves_at_what_it_has_seen_is_not_known_to_be_endless(kept: str, times: str) -> None:
    assert value(recursion(WALK.format(kept=kept)).times) == times
