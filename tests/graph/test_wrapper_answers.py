"""Answers of requests in lambdas and nested functions that are handed to what runs them and gives back what they give."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import build, nodes

HEAD = """from acme import Client
import acme, asyncio
from elsewhere import again
client = Client()
def attempts(name, ask, tries=3):
    for number in range(tries):
        try:
            answer = ask()
        except OSError:
            continue
        return answer
    raise TimeoutError(name)
def outer(ask):
    return attempts("x", ask)
def inner(ask):
    def once():
        return ask()
    return once()
def counted(ask):
    answer = ask()
    log(answer.usage)
    return answer
def dropped(ask):
    ask()
    return None
def total(answer):
    return answer.usage
def other(ask):
    return attempts("x", ask).usage
other(lambda: 1)
"""
LAMBDA = "lambda: client.chat(messages=[])"


def recorded(text: str) -> Any:
    (call,) = nodes(build(HEAD + text), "model_call")
    return call.usage_recorded.value if call.usage_recorded.state != "unknown" else call.usage_recorded.why


CASES: dict[str, tuple[str, object]] = {
    "read": (f"answer = attempts('x', {LAMBDA})\nlog(answer.usage)", True),
    "by keyword": (f"answer = attempts(name='x', ask={LAMBDA})\nlog(answer.usage)", True),
    "by a helper": (f"answer = attempts('x', {LAMBDA})\nlog(total(answer))", True),
    "handed on": (f"answer = outer({LAMBDA})\nlog(answer.usage)", True),
    "by a function inside": (f"answer = inner({LAMBDA})\nlog(answer.usage)", True),
    "in the wrapper": (f"print(counted({LAMBDA}).text)", True),
    "in a variable": (f"ask = {LAMBDA}\nanswer = attempts('x', ask)\nlog(answer.usage)", True),
    "called here": (f"ask = {LAMBDA}\nlog(ask().usage)", True),
    "two lambdas": (f"answer = attempts('x', lambda: outer({LAMBDA}))\nlog(answer.usage)", True),
    "in a thread": (f"async def run():\n    answer = await asyncio.to_thread({LAMBDA})\n    log(answer.usage)", True),
    "not read": (f"print(attempts('x', {LAMBDA}).text)", False),
    "not given back": (f"print(dropped({LAMBDA}))", False),
    "only its text comes out": ("print(attempts('x', lambda: client.chat(messages=[]).text))", False),
    "nested, read": ("def run():\n    def ask():\n        return client.chat(messages=[])\n    log(attempts('x', ask).usage)", True),
    "nested, handed on": ("def run():\n    def ask():\n        return client.chat(messages=[])\n    log(outer(ask).usage)", True),
    "nested, not read": ("def run():\n    def ask():\n        return client.chat(messages=[])\n    print(attempts('x', ask).text)", False),
    "what is not read runs it": (
        f"answer = again({LAMBDA})\nlog(answer.usage)",
        "line 31 of app.py is handed what asks, and line 32 of app.py reads its usage",
    ),
    "what is not read runs it, and no usage is read": (f"print(again({LAMBDA}).text)", False),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_is_followed_through_what_gives_it_back(case: str) -> None:
    text, expected = CASES[case]
    assert recorded(text) == expected
