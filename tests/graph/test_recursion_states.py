"""Recursions that ask for the state of an object, which they or the functions that they call change."""

from __future__ import annotations

from textwrap import indent

import pytest

from auditor.graph.build.loops import LoopFacts
from auditor.graph.build.recursions import classify_recursion
from tests.graph.loop_help import model, numbers_of, program, recursion, retry, value, waits

STATES = """
from enum import Enum

class Kind(Enum):
    TEXT = 1
    VOICE = 2

class Item:
    def __init__(self):
        self.kind, self.body, self.told = Kind.TEXT, "", False

    def turned(self):
        self.kind = Kind.VOICE

    def through(self):
        self.turned()
        return self.body

    async def later(self):
        self.kind = Kind.VOICE

    def perhaps(self):
        if self.body:
            self.kind = Kind.VOICE

    def emptied(self):
        if self.body:
            self.kind = None
            return True
        return False

    def other(self):
        if self.body:
            return True
        self.kind = None
        return False

    def asked(self, answer=None):
        self.kind = Kind.TEXT if self.body else Kind.VOICE

    def opened(self):
        if not self.told and self.body:
            self.kind = Kind.TEXT

    def again(self, kind):
        if self.body:
            self.kind = kind

    def told_anew(self):
        self.told = False
"""
IS_TEXT = "if self.kind == Kind.TEXT:"


def facts(first: str, guard: str, again: str) -> LoopFacts:
    lines = [first, guard, f"    answer = model(self.body)\n    if answer.more:\n{indent(again, ' ' * 8)}"]
    return recursion(f"{STATES}\n    def f(self, item=None):\n{indent(chr(10).join(lines), ' ' * 8)}\n")


@pytest.mark.parametrize(
    ("first", "guard", "again", "times"),
    [
        # What it calls sets the state on every way, or on every way on which it gives the answer that is asked for.
        ("pass", IS_TEXT, "self.turned()\nself.f()", 1),
        ("pass", IS_TEXT, "self.through()\nself.f()", 1),
        ("pass", IS_TEXT, "if self.emptied():\n    self.f()", 1),
        ("pass", IS_TEXT, "done = self.emptied()\nif done and answer:\n    self.f()", 1),
        ("pass", "if not self.told:", "self.told = True\nself.f()", 1),
        ("self.perhaps()", IS_TEXT, "self.turned()\nself.f()", 1),
        ("pass", IS_TEXT, "for each in answer:\n    self.turned()\n    self.f()", 1),
        # It may be set again on the way to the guard, which no model decides.
        ("self.opened()", IS_TEXT, "if self.emptied():\n    self.f()", "unknown"),
        ("self.again(Kind.TEXT)", IS_TEXT, "self.turned()\nself.f()", "unknown"),
        ("self.again(Kind.VOICE)", IS_TEXT, "self.turned()\nself.f()", 1),
        # It may not be set, or not yet, or on the other way, or to the same, or of another object.
        ("pass", IS_TEXT, "self.perhaps()\nself.f()", "unbounded"),
        ("pass", IS_TEXT, "self.later()\nself.f()", "unbounded"),
        ("pass", IS_TEXT, "self.emptied()\nself.f()", "unbounded"),
        ("pass", IS_TEXT, "if self.other():\n    self.f()", "unbounded"),
        ("pass", IS_TEXT, "self.asked()\nself.f()", "unbounded"),
        ("pass", IS_TEXT, "self.turned()\nself.asked()\nself.f()", "unbounded"),
        ("pass", IS_TEXT, "item.turned()\nself.f()", "unbounded"),
        ("pass", IS_TEXT, "self.turned()\nitem.f()", "unbounded"),
        ("pass", IS_TEXT, "for each in answer:\n    self.f()\n    self.turned()", "unbounded"),
        # The next turn sets it anew, in any case or as a model says.
        ("self.asked()", IS_TEXT, "self.turned()\nself.f()", "unbounded"),
        ("self.kind = Kind.TEXT", IS_TEXT, "self.kind = Kind.VOICE\nself.f()", "unbounded"),
        ("self.told_anew()", "if not self.told:", "self.told = True\nself.f()", "unbounded"),
        ("if model(1).more:\n    self.kind = Kind.TEXT", IS_TEXT, "self.turned()\nself.f()", "unbounded"),
        ("if model(1).more:\n    self.again(Kind.TEXT)", IS_TEXT, "self.turned()\nself.f()", "unbounded"),
        ("self.again(model(1).kind)", IS_TEXT, "self.turned()\nself.f()", "unbounded"),
    ],
)
def test_a_recursion_on_a_state_ends_where_that_is_another_one(first: str, guard: str, again: str, times: object) -> None:
    assert value(facts(first, guard, again).times) == times


def test_a_state_that_may_be_the_same_again_is_no_number_that_limits_a_recursion() -> None:
    assert not facts("self.opened()", IS_TEXT, "self.turned()\nself.f()").bounded


THROUGH = """
    def f(self):
        {first}
        return self.g()

    def g(self):
        if not self.told:
            self.told = True
            return self.f()
        return model(self.body)
"""


@pytest.mark.parametrize(("first", "times"), [("pass", 1), ("self.told = False", "unbounded")])
def test_what_a_function_on_the_way_round_sets_anew_does_not_end_it(first: str, times: object) -> None:
    engine = program(STATES + THROUGH.format(first=first))
    scopes, calls = engine.modules[0].scopes, engine.modules[0].calls
    f, g = ((0, next(i for i, s in enumerate(scopes) if s.name == name)) for name in ("f", "g"))
    onward, back = ((0, next(c.index for c in calls if c.last == name)) for name in ("g", "f"))
    found = classify_recursion(
        engine, f, back, numbers=numbers_of(engine), waits=waits, reaches_model=model, round_=([f, g], [back, onward])
    )
    assert value(found.times) == times


SPAWNED = """
class Session:
    def f(self):
        answer = model(self.body)
        self.g()
        return answer

    def g(self):
        if self.begun:
            return
        {begins}
        Agent(self).run()

class Agent:
    def __init__(self, session):
        self.session = session

    def run(self):
        {first}
        self.session.f()
"""


@pytest.mark.parametrize(
    ("begins", "first", "times"),
    [
        ("self.begun = True", "pass", "unknown"),
        ("self.begun = False", "pass", "unbounded"),
        ("pass", "pass", "unbounded"),
        ("self.begun = True", "self.begun = False", "unbounded"),
    ],
)
def test_a_flag_on_the_way_round_may_be_that_of_another_object(begins: str, first: str, times: object) -> None:
    engine = program(SPAWNED.format(begins=begins, first=first))
    scopes, calls = engine.modules[0].scopes, engine.modules[0].calls
    f, g, run = ((0, next(i for i, s in enumerate(scopes) if s.name == name)) for name in ("f", "g", "run"))
    to_g, to_run, back = ((0, next(c.index for c in calls if c.last == name)) for name in ("g", "run", "f"))
    found = classify_recursion(
        engine, f, back, numbers=numbers_of(engine), waits=waits, reaches_model=model, round_=([f, g, run], [back, to_g, to_run])
    )
    assert value(found.times) == times


FAILED = """
class Client:
    def f(self):
        try:
            {first}
            answer = model(self.last)
            self.last = answer.id
            return answer
        except Exception as e:
            if self.last:
                {again}
                return self.f()
            raise
"""


@pytest.mark.parametrize(
    ("first", "again", "times"),
    [
        # What is set behind the call that failed is not set then.
        ("pass", "self.last = None", "unknown"),
        ("self.last = 'first'", "self.last = None", "unbounded"),
        ("pass", "self.other = None", "unbounded"),
    ],
)
def test_what_a_call_that_failed_would_have_set_is_not_set(first: str, again: str, times: object) -> None:
    assert value(retry(FAILED.format(first=first, again=again)).attempts) == times
