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


FORGETS = """
from collections import deque
import uuid
def forget(rows, all=True):
    if all:
        pass
    rows.clear()
def maybe(rows):
    if rows.full:
        rows.clear()
class Run:
    def reset(self):
        self.seen = set()
    def drop(self):
        mine = self.seen
        mine.clear()
    def begin(self):
        if self.seen is None:
            self.seen = set()
    def f(self, client):
        {made}
        key = None
        while True:
            {first}
            answer = client.create(key)
            key = answer.key
            if key in {seen}:
                break
            {between}
            {added}
            {last}
            self.count(answer)
"""


def forgets(**changed: str) -> object:
    given = {"made": "seen = set()", "first": "pass", "between": "pass", "seen": "seen", "last": "pass"}
    given = {**given, **changed}
    given.setdefault("added", f"{given['seen']}.add(key)")
    return shape(FORGETS.format(**given))[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"last": "forget(seen)"},
        {"last": "s = seen; s.clear()"},
        {"made": "seen = []; s = seen", "added": "seen.append(key)", "last": "s.pop()"},
        {"made": "seen = self.rows", "added": "seen.append(key)", "last": "self.rows.clear()"},
        {"made": "seen = []", "added": "seen.append(key)", "last": "del seen[:]"},
        {"made": "seen = []", "added": "seen.append(key)", "last": "del seen[0]"},
        {"made": "seen = []", "added": "seen.append(key)", "last": "seen[:] = seen[-1:]"},
        {"made": "seen = deque(maxlen=2)", "added": "seen.append(key)"},
        {"made": "seen = deque([], 2)", "added": "seen.append(key)"},
        {"seen": "self.seen", "first": "self.reset()"},
        {"seen": "self.seen", "last": "self.reset()"},
        {"seen": "self.seen", "last": "self.drop()"},
        {"made": "state = {}", "seen": "state['seen']", "first": "state = {'seen': set()}"},
        # Not what was asked for is added, not each time, or what is always new.
        {"between": "key = key + answer.more"},
        {"between": "if answer.more:\n                key = str(key)"},
        {"between": "if answer.more:\n                self.count(1)", "added": "if answer.good:\n                seen.add(key)"},
        {"between": "for key in answer.keys:\n                pass"},
    ],
)
def test_what_is_forgotten_or_not_kept_ends_nothing(changed: dict[str, str]) -> None:
    assert forgets(**changed) == "unbounded"


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"last": "s = seen; s.add(1)"},
        {"last": "print(seen); log(seen)"},
        {"last": "maybe(seen)"},
        {"last": "other = set(); forget(other)"},
        {"last": "if answer.done:\n                seen.clear()\n                break"},
        {"made": "seen = deque()", "added": "seen.append(key)"},
        {"made": "seen = deque(maxlen=None)", "added": "seen.append(key)"},
        {"seen": "self.seen", "first": "self.begin()"},
        {"seen": "self.seen", "first": "self.seen = self.seen or set()"},
        {"first": "key = 1"},
        {"last": "key = answer.more"},
        {"last": "del self.rows[0]; self.rows[:] = []"},
        {"between": "if not answer.good:\n                return", "added": "seen.add(key)"},
    ],
)
def test_what_is_kept_may_end_it(changed: dict[str, str]) -> None:
    assert forgets(**changed) == "unknown"


VISIT = """
class Agents:
    def f(self, name, seen{default}):
        {first}
        answer = model(name)
        for more in answer.rows:
            if more in {kept}:
                return
            {kept}.add(more)
            {call}
"""


@pytest.mark.parametrize(
    ("call", "kept", "default", "first", "times"),
    [
        ("self.f(more, seen)", "seen", "", "pass", "unknown"),
        ("self.f(more, seen=seen)", "seen", "", "pass", "unknown"),
        ("self.f(more)", "seen", "=SEEN", "pass", "unknown"),
        ("self.f(more, seen)", "seen", "=None", "seen = seen or set()", "unknown"),
        ("self.f(more, 1)", "self.seen", "", "pass", "unknown"),
        ("self.f(more, set())", "seen", "", "pass", "unbounded"),
        ("self.f(more, seen=[])", "seen", "", "pass", "unbounded"),
        ("self.f(more)", "seen", "=None", "seen = seen or set()", "unbounded"),
        ("self.f(more, seen)", "seen", "", "seen = set()", "unbounded"),
        ("Agents().f(more, 1)", "self.seen", "", "pass", "unbounded"),
    ],
)
def test_a_recursion_has_to_go_on_with_what_it_has_seen(call: str, kept: str, default: str, first: str, times: str) -> None:
    assert value(recursion(VISIT.format(call=call, kept=kept, default=default, first=first)).times) == times
