"""Answers of requests in lambdas and nested functions that are handed to what runs them and gives back what they give."""

from __future__ import annotations

from textwrap import indent
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


DECORATED = (
    HEAD
    + """
def tracked(fn):
    DECORATOR
@tracked
def ask(messages):
    ASK
ANSWER
"""
)
PLAIN = """def inner(*args):
        r = fn(*args)
        WRAPPER
    return inner"""
READ = "log(r.usage)\n        return r"
KEPT = PLAIN.replace("WRAPPER", READ)
THREAD = KEPT.replace("def", "async def")
BOTH = """async def other(*args):
        r = await fn(*args)
        OTHER
        return r
    def inner(*args):
        r = fn(*args)
        INNER
        return r
    return other if asyncio.iscoroutinefunction(fn) else inner"""
NESTED = """def inner(*args):
        def once():
            return fn(*args)
        r = once()
        log(r.usage)
        return r
    return inner"""
DECORATORS: dict[str, tuple[str, object]] = {
    "read": (KEPT, True),
    "read, and only the text given back": (PLAIN.replace("WRAPPER", "log(r.usage)\n        return r.text"), True),
    "read by a helper": (PLAIN.replace("WRAPPER", "total(r)\n        return r"), True),
    "positional and more": (KEPT.replace("*args", "messages, **more", 1).replace("*args", "messages, **more"), True),
    "in a thread": (THREAD.replace("fn(*args)", "await asyncio.to_thread(fn, *args)"), True),
    "a lambda in a thread": (THREAD.replace("fn(*args)", "await asyncio.to_thread(lambda: fn(*args))"), True),
    "through a nested function": (NESTED, True),
    "both kinds, this one read": (BOTH.replace("OTHER", "pass").replace("INNER", "log(r.usage)"), True),
    "both kinds, the other one read": (BOTH.replace("INNER", "pass").replace("OTHER", "log(r.usage)"), False),
    "not read": (PLAIN.replace("WRAPPER", "return r"), False),
    "of another answer": (PLAIN.replace("WRAPPER", "log(fn.last.usage)\n        return r"), False),
    "of the function": ("log(fn.usage)\n    return fn", False),
}


@pytest.mark.parametrize("case", DECORATORS)
@pytest.mark.parametrize("ask", ["return client.chat(messages=messages)", "answer = client.chat(messages=messages)\n    return answer"])
def test_an_answer_is_followed_into_the_wrapper_of_a_decorator(case: str, ask: str) -> None:
    decorator, expected = DECORATORS[case]
    text = DECORATED.replace("DECORATOR", decorator).replace("ASK", ask).replace("ANSWER", "print(ask([]).text)")
    assert recorded(text.removeprefix(HEAD)) is expected


def test_one_that_nothing_calls_but_a_framework_is_followed_there_too() -> None:
    text = DECORATED.replace("DECORATOR", PLAIN.replace("WRAPPER", READ)).replace("ASK", "return client.chat(messages=messages)")
    assert recorded(text.removeprefix(HEAD).replace("ANSWER", "")) is True


def test_a_factory_of_decorators_reads_it_too() -> None:
    factory = f"def deco(fn):\n{indent(KEPT, '    ')}\n    return deco".replace("deco(fn):\n    def", "deco(fn):\n        def")
    text = (
        DECORATED.replace("DECORATOR", factory).replace("ASK", "return client.chat(messages=messages)").replace("@tracked", "@tracked('x')")
    )
    assert recorded(text.removeprefix(HEAD).replace("ANSWER", "print(ask([]).text)")) is True
