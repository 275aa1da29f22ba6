"""Loops that wait for their turn and ask a model once."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import loop, retries, shape

TURN = """
import asyncio
async def f(client, slots, messages):
    while True:
        slot = await slots.take()
        if slot is None:
            await sleep(1)
            continue
        slot.task = asyncio.create_task(client.create(messages))
        try:
            {work}
        except {error}:
            {after}
"""
WAITS = ("unbounded", "event", True)


@pytest.mark.parametrize(
    ("work", "error", "after", "found"),
    [
        ("await slot.task\n            return", "asyncio.CancelledError", "await sleep(0)", WAITS),
        ("return await slot.task", "(asyncio.CancelledError,)", "continue", WAITS),
        ("await slot.task\n            break", "asyncio.CancelledError", "pass", WAITS),
        ("await slot.task\n            return", "ValueError", "raise", WAITS),
        ("await slot.task\n            return", "Exception", "await sleep(0)", None),
        ("await slot.task\n            return", "(asyncio.CancelledError, ValueError)", "continue", None),
        ("messages.append(await slot.task)", "asyncio.CancelledError", "return", None),
        ("if (await slot.task).done:\n                return", "asyncio.CancelledError", "return", None),
    ],
)
def test_a_loop_that_delivers_once(work, error, after, found):
    facts = shape(TURN.format(work=work, error=error, after=after))
    assert facts == found if found is not None else facts[1] != "event"


def test_a_request_that_is_tried_again_is_no_such_loop():
    text = """
    def f(client, messages):
        while True:
            try:
                answer = client.create(messages)
            except ValueError:
                continue
            if answer.good:
                return answer
    """
    assert shape(text)[1] != "event"


def test_each_way_behind_the_request_leaves():
    text = """
    def f(client, slots, messages):
        while True:
            if not slots.free():
                continue
            {}
            return answer
    """
    asked = "answer = client.create(messages)\n            "
    assert shape(text.format(f"{asked}log(answer)"))[1] == "event"
    assert shape(text.format(f"{asked}if answer.again: continue"))[1] == "model"
    assert shape(text.format("if client.create(messages).again: continue"))[1] == "model"
    assert shape(text.format("for one in messages:\n                if client.create(one): break\n            continue"))[1] == "model"


CRITICAL = """
def critical(error):
    if isinstance(error, ValueError):
        raise error
    raise RuntimeError(error)

def told(error):
    if isinstance(error, ValueError):
        raise error
    log(error)

def f():
    while True:
        try:
            return model()
        except Exception as error:
            {handler}(error)
"""


@pytest.mark.parametrize(("handler", "tries", "gated"), [("critical", 0, True), ("told", 1, False), ("unknown", 1, False)])
def test_a_handler_that_hands_the_failure_to_what_only_raises_goes_round_no_more(handler, tries, gated):
    text = CRITICAL.format(handler=handler)
    assert len(retries(text)) == tries
    assert loop(text).gated is gated


@pytest.mark.parametrize(
    ("head", "last", "times"),
    [
        ("for i in range(100)", "raise ValueError", 1),
        ("for i in range(100)", "pass", 100),
        ("while True", "break", 1),
        ("for i in load()", "return 2", 1),
    ],
)
def test_a_turn_that_each_way_leaves_is_the_only_one(head: str, last: str, times: int) -> None:
    text = f"""
def f():
    {head}:
        answer = model()
        if answer:
            return answer
        {last}
"""
    assert shape(text)[0] == times
