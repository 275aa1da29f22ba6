"""Failures in what is only started: retries around the start do not try that again."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, nodes

TEXT = """
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from acme import Client
import settings

pool = ThreadPoolExecutor()

def work():
    for attempt in range(3):
        try:
            return Client().chat(messages=[])
        except Exception:
            continue
    raise RuntimeError

async def later():
    return work()

def start():
    {start}

def run():
    for attempt in range(5):
        try:
            return {call}
        except Exception:
            continue
    raise RuntimeError

run()
"""


@pytest.mark.parametrize(
    ("start", "layers"),
    [
        ("threading.Thread(target=work).start()", [3]),
        ("thread = threading.Thread(target=work)\n    thread.start()\n    thread.join()", [3]),
        ("threading.Timer(5, work).start()", [3]),
        ("pool.submit(work)", [3]),
        ("return pool.submit(work).result()", [3, 5]),
        ("asyncio.create_task(later())", [3]),
        ("return work()", [3, 5]),
    ],
)
def test_a_retry_around_a_start(start: str, layers: list[int]) -> None:
    (call,) = nodes(analyse(build(TEXT.format(start=start, call="start()"))), "model_call")
    assert [layer.attempts.number for layer in call.layers if layer.same_errors is not False] == layers


ANSWERS = """
import threading
from acme import Client

def work(found):
    found.append(Client().chat(messages=[]))

def start():
    found = []
    thread = threading.Thread(target=work, args=(found,))
    thread.start()
    {then}
    return found

def run():
    for attempt in range(5):
        answer = start()
        if answer:
            return answer

run()
"""


@pytest.mark.parametrize(("then", "total"), [("thread.join(9)", 5), ("print(thread)", 1)])
def test_a_loop_on_answers_goes_on_where_somebody_waits_for_them(then: str, total: int) -> None:
    (call,) = nodes(analyse(build(ANSWERS.format(then=then))), "model_call")
    assert (call.total_attempts.number or 1) == total


KEPT = """
from acme import Client

def ask():
    last = None
    for attempt in range(4):
        try:
            return Client().chat(messages=[])
        except Exception as e:
            if attempt == 0:
                last = e
    {end}

def run():
    for attempt in range(5):
        answer = ask()
        if answer:
            return answer

run()
"""


@pytest.mark.parametrize(
    ("end", "total"),
    [
        ("if last is not None:\n        raise last", 4),
        ("if last:\n        raise RuntimeError from last", 4),
        ("if last:\n        print(last)", 20),
        ("return None", 20),
    ],
)
def test_an_error_that_is_kept_and_raised_behind_the_loop(end: str, total: int) -> None:
    (call,) = nodes(analyse(build(KEPT.format(end=end))), "model_call")
    assert call.total_attempts.number == total


LEFT = """
from acme import Client

def ask():
    return Client().chat(messages=[])

def run():
    for attempt in range(5):
        try:
            answer = ask()
            if answer:
                return answer
        except Exception as e:
            print(e)
            {end}

def again():
    for attempt in range(3):
        answer = run()
        if answer:
            return answer

again()
"""


@pytest.mark.parametrize(("end", "total"), [("return None", 3), ("break", 3)])
def test_a_handler_that_leaves_the_loop_on_answers(end: str, total: int) -> None:
    """The loop goes round only where the answer is no good; for who calls it, nothing is an answer."""
    (call,) = nodes(analyse(build(LEFT.format(end=end))), "model_call")
    assert call.total_attempts.number == total


EACH = """
import time
from acme import Client

def retry(func, tries=3):
    count = 0
    while True:
        try:
            return func()
        except Exception:
            count += 1
            if count >= tries:
                raise
            time.sleep(1)

def ask():
    return Client().chat(messages=[])

def extract(rows):
    failed = 0
    {head}:
        try:
            text = retry(ask)
            {done}
        except Exception as error:
            {handler}
            failed += 1
    return failed

def all_rows():
    return extract(load())

retry(all_rows)
"""


@pytest.mark.parametrize(
    ("head", "done", "handler", "layers"),
    [
        ("for row in rows", "print(text)", "print(error)", [3]),
        ("for row in rows", "print(text)", "raise", [3, 3]),
        ("for attempt in range(4)", "return text", "print(error)", [3, 4, 3]),
    ],
)
def test_what_fails_for_one_of_many_is_not_tried_again_by_who_asked_for_all(head: str, done: str, handler: str, layers: list[int]) -> None:
    (call,) = nodes(analyse(build(EACH.format(head=head, done=done, handler=handler))), "model_call")
    assert [layer.attempts.number for layer in call.layers if layer.same_errors is not False] == layers
