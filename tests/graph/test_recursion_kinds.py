"""Recursions that ask what kind of thing they are given, and call themselves with another one."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, nodes
from tests.graph.loop_help import recursion, value

KINDS = """
from enum import Enum

class Kind(Enum):
    TEXT = 1
    VOICE = 2
    DRAW = 3

class Item:
    def __init__(self, kind, body):
        self.kind = kind
        self.body = body

def spoken(body):
    said = model(body)
    return Item(Kind.VOICE, said) if said else Item(Kind.DRAW, body)

def opened(item):
    return [each for each in outside(item)][0]

def loaded(item):
    return opened(item) if item.body else Item(Kind.VOICE, item.body)

def kept(item):
    return Item(Kind.TEXT if model(item.body) else Kind.VOICE, item.body)
"""


IS_TEXT = "if item.kind == Kind.TEXT:"


@pytest.mark.parametrize(
    ("guard", "again", "times"),
    [
        # The next call is given another kind, by what it is handed, or because it is set there.
        (IS_TEXT, "item = spoken(item.body); return f(item)", 1),
        ("if item.kind in (Kind.TEXT, Kind.DRAW):", "return f(Item(Kind.VOICE, item.body))", 1),
        ("if not (item.kind != Kind.TEXT):", "return f(spoken(item.body))", 1),
        (IS_TEXT, "item.kind = Kind.VOICE; return f(item)", 1),
        # Not all that it may be is known, but nothing of it goes on.
        (IS_TEXT, "return f(loaded(item))", "unknown"),
        (f"item = loaded(item)\n    {IS_TEXT}", "return f(spoken(1))", "unknown"),
        (f"while item.body: \n     {IS_TEXT}", "item = spoken(1); return f(item)", "unknown"),
        # It may be the same kind again, or nothing is known of it, or nothing asks for what is changed.
        (IS_TEXT, "return f(kept(item))", "unbounded"),
        (IS_TEXT, "return f(opened(item))", "unbounded"),
        (IS_TEXT, "return f(item)", "unbounded"),
        ("if item.body:", "return f(spoken(item.body))", "unbounded"),
        ("if item.kind == 'text':", "return f(spoken(item.body))", "unbounded"),
    ],
)
def test_a_recursion_that_asks_for_a_kind_ends_with_another_one(guard: str, again: str, times: object) -> None:
    text = f"{KINDS}\ndef f(item):\n    {guard}\n        if model(item.body).more:\n            {again}\n    return item\n"
    assert value(recursion(text).times) == times


ACROSS = """
from acme import Client

def ask(messages, tried=0):
    try:
        return Client().chat(messages=messages)
    except ValueError as error:
        return failed(error, messages, tried)
    except Exception as error:
        return failed(error, messages, tried)

def failed(error, messages, tried):
    again = {first}
    if isinstance(error, TypeError):
        again = False
    if again:
        return ask(messages, tried + 1)
    return None

ask([])
"""


@pytest.mark.parametrize(("first", "times"), [("tried < 2", "unknown"), ("bool(messages)", "unbounded")])
def test_a_count_that_is_compared_into_a_flag_may_end_a_recursion_through_several(first: str, times: object) -> None:
    assert [value(n.times) for n in nodes(build(ACROSS.format(first=first)), "loop")] == [times]


VOICES = """
from acme import Client

def handle(item):
    if item.kind == "text":
        return written(item)
    elif item.kind == "voice":
        heard = spoken(item)
        {again}
    return None

def written(item):
    return Client().chat(messages=item.body)

def spoken(item):
    return Client().chat(messages=item.sound)

def start(item):
    handle(item)
"""


@pytest.mark.parametrize(
    ("again", "told"),
    [
        ("return handle(heard)", {"written": 0, "spoken": 1}),
        ("for each in heard: handle(each)", {"written": 1, "spoken": 1}),
        ("pass", {"written": 0, "spoken": 0}),
    ],
)
def test_a_way_by_a_branch_that_does_not_come_back_tells_of_no_recursion(again: str, told: dict[str, int]) -> None:
    graph = analyse(build(VOICES.format(again=again), scripts={"start": "app:start"}))
    assert {c.qualname: sum("recursion" in s.what for s in c.trace) for c in nodes(graph, "model_call")} == told
