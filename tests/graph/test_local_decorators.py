"""Decorators of the program that retry with a library: around the wrapper, inside it, or where they call what they are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import ModelCall
from auditor.pipeline import graph_of, read

PROGRAM = """
from functools import wraps
from openai import OpenAI
from tenacity import Retrying, retry, stop_after_attempt

client = OpenAI(timeout=5, max_retries=0)
most = retry(stop=stop_after_attempt(4))


DECORATOR


@again
def ask(question):
    return client.responses.create(model="gpt-4o", input=question)


ask("why")
"""
PLAIN = """
def again(func):
    @wraps(func)
    def wrapper(*args, **kwargs):
        {}
    return wrapper
"""
INNER = """
def again(func):
    @wraps(func)
    def wrapper(*args, **kwargs):
        {}
        def inner():
            return func(*args, **kwargs)
        {}
    return wrapper
"""

TWICE = """for turn in range(2):
            try:
                return inner()
            except Exception:
                pass
"""


@pytest.mark.parametrize(
    ("decorator", "attempts"),
    [
        (INNER.format("@retry(stop=stop_after_attempt(4))", "return inner()"), 4),
        (INNER.format("@most", "return inner()"), 4),
        (INNER.format("@most", TWICE), 8),
        (INNER.format("", "return inner()"), 1),
        (INNER.format("", "return most(inner)()"), 4),
        (PLAIN.format("return most(func)(*args, **kwargs)"), 4),
        (PLAIN.format("return Retrying(stop=stop_after_attempt(4))(func, *args, **kwargs)"), 4),
        (PLAIN.format("print(func)\n        return func(*args, **kwargs)"), 1),
        (PLAIN.replace("@wraps(func)", "@wraps(func)\n    @most").format("return func(*args, **kwargs)"), 4),
        (PLAIN.replace("@wraps(func)", "@most\n    @wraps(func)").format("return func(*args, **kwargs)"), 4),
        ("def again(func):\n    return func\n", 1),
    ],
)
def test_attempts_of_a_decorated_function(tmp_path: Path, decorator: str, attempts: int) -> None:
    (tmp_path / "app.py").write_text(PROGRAM.replace("DECORATOR", decorator))
    graph = graph_of(read([tmp_path]))
    (call,) = (n for n in graph.nodes.values() if isinstance(n, ModelCall))
    assert call.total_attempts.number == attempts


BOTH = """
def again(func):
    def wrapper(*args):
        SYNC
        def inner():
            return func(*args)
        return inner()
    async def waiting(*args):
        ASYNC
        async def inner():
            return await func(*args)
        return await inner()
    return waiting if iscoroutinefunction(func) else wrapper
"""


@pytest.mark.parametrize(("sync", "waiting", "attempts"), [("@most", "", 1), ("", "@most", 4)])
def test_each_kind_of_function_runs_in_its_own_wrapper(tmp_path: Path, sync: str, waiting: str, attempts: int) -> None:
    decorator = BOTH.replace("ASYNC", waiting).replace("SYNC", sync)
    text = PROGRAM.replace("DECORATOR", decorator)
    other = text.replace("OpenAI", "AsyncOpenAI").replace("def ask", "async def ask").replace("return client", "return await client")
    for program, expected in ((text, 5 - attempts), (other.replace('ask("why")', 'asyncio.run(ask("why"))'), attempts)):
        (tmp_path / "app.py").write_text(f"import asyncio\nfrom asyncio import iscoroutinefunction\n{program}")
        (call,) = (n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ModelCall))
        assert call.total_attempts.number == expected


def test_a_decorator_that_decorates_its_own_wrapper_ends(tmp_path: Path) -> None:
    itself = "def again(func):\n    @again\n    def wrapper(*args):\n        return func(*args)\n    return wrapper\n"
    (tmp_path / "app.py").write_text(PROGRAM.replace("DECORATOR", itself))
    (call,) = (n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ModelCall))
    assert call.total_attempts.number == 1


@pytest.mark.parametrize(
    "inner", ["@retry(stop=stop_after_attempt(times))\n        def w(*a):\n            return func(*a)", "def w(*a):\n            RUN"]
)
def test_each_function_has_the_attempts_that_its_decorator_is_given(tmp_path: Path, inner: str) -> None:
    text = PROGRAM.replace("DECORATOR", f"def times(times):\n    def again(func):\n        {inner}\n        return w\n    return again\n")
    text = text.replace("RUN", "return Retrying(stop=stop_after_attempt(times))(func, *a)")
    other = text[text.index("@again") : text.index('ask("why")')].replace("ask", "tell").replace("@again", "@times(2)")
    (tmp_path / "app.py").write_text(text.replace("@again", "@times(4)") + other + 'tell("why")\n')
    calls = sorted((n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ModelCall)), key=lambda n: n.at.line)
    assert [call.total_attempts.number for call in calls] == [4, 2]


ROUTES = """
import functools
from flask import Blueprint, request
from openai import OpenAI

blueprint = Blueprint("app", __name__)
client = OpenAI()

def json_api(url):
    {inject}
    def decorator(implementation):
        {inject}
        def wrapper():
            return implementation(request.get_json())
        functools.update_wrapper(wrapper, implementation)
        {kept}
        return {gives}
    return decorator

def inject(function):
    @functools.wraps(function)
    def injected(*args, **kwargs):
        return function(*args, **kwargs)
    return injected

@json_api("/ask")
def ask(data):
    return client.responses.create(model="gpt-4o", input=data)

@json_api("/tell")
def tell(data):
    return client.responses.create(model="gpt-4o", input=data)
"""
ROUTE = "blueprint.add_url_rule(url, view_func=wrapper, methods=['POST'])"


@pytest.mark.parametrize("inject", ["", "@inject"])
@pytest.mark.parametrize("gives", ["implementation", "wrapper"])
def test_a_wrapper_that_is_registered_runs_what_it_is_made_around(tmp_path: Path, inject: str, gives: str) -> None:
    calls = asking(tmp_path, ROUTES.format(inject=inject, kept=ROUTE, gives=gives))
    assert [[step.what for step in call.trace] for call in calls] == [
        ["/ask begins", "calls ask", "model call create", "sdk retry"],
        ["/ask begins", "calls tell", "model call create", "sdk retry"],
    ]


def test_one_that_is_only_returned_runs_for_who_calls_it(tmp_path: Path) -> None:
    calls = asking(tmp_path, ROUTES.format(inject="", kept="", gives="wrapper") + "\nif __name__ == '__main__':\n    ask('x')\n")
    assert [bool(call.reached) for call in calls] == [True, False]


def asking(folder: Path, text: str) -> list[ModelCall]:
    (folder / "app.py").write_text(text)
    return [n for n in graph_of(read([folder])).nodes.values() if isinstance(n, ModelCall)]
