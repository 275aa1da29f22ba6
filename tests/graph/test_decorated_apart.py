"""Functions that a decorator hands to a thread: who calls them in a coroutine keeps the loop free, or not."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from auditor.graph.types import ExternalCall
from auditor.pipeline import graph_of, read

PROGRAM = """
import asyncio, contextvars, threading, functools
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
import anyio, requests
from elsewhere import strange
from fastapi import FastAPI

app = FastAPI()
pool = ThreadPoolExecutor()


async def to_thread(func, *args):
    return await asyncio.to_thread(func, *args)


async def here(func, *args):
    return func(*args)


def apart(func):
DECORATOR


@apart
def ask(url):
    return requests.get(url, timeout=5)


@app.get("/")
async def page(url: str):
    return CALL
"""
COROUTINE = """
@wraps(func)
async def run(*args, **kwargs):
    BODY
return run
"""
PLAIN = COROUTINE.replace("async def", "def")
APART = COROUTINE.replace("BODY", "return await asyncio.to_thread(func, *args)")


def blocks(folder: Path, decorator: str, call: str = "await ask(url)") -> object:
    (folder / "app.py").write_text(PROGRAM.replace("DECORATOR", indent(decorator.strip(), "    ")).replace("CALL", call))
    found = graph_of(read([folder]))
    return next(n for n in found.nodes.values() if isinstance(n, ExternalCall) and n.qualname == "ask").blocking_in_async


@pytest.mark.parametrize(
    "body",
    [
        "return await asyncio.to_thread(func, *args, **kwargs)",
        "return await asyncio.get_running_loop().run_in_executor(None, partial(func, *args, **kwargs))",
        "made = functools.partial(func, *args)\n    return await asyncio.get_running_loop().run_in_executor(pool, made)",
        "return await asyncio.get_running_loop().run_in_executor(None, lambda: func(*args))",
        "made = lambda: func(*args)\n    return await asyncio.to_thread(made)",
        "return await anyio.to_thread.run_sync(partial(func, *args))",
        "ctx = contextvars.copy_context()\n    return await asyncio.to_thread(partial(ctx.run, func, *args))",
        "def inner():\n        return func(*args)\n    return await asyncio.to_thread(inner)",
        "return await to_thread(func, *args)",
        "if asyncio.iscoroutinefunction(func):\n        return await func(*args)\n    return await asyncio.to_thread(func, *args)",
        "for _ in range(3):\n        try:\n            return await to_thread(func, *args)\n        except OSError:\n            pass",
    ],
)
def test_a_coroutine_that_hands_it_to_a_thread_keeps_the_loop_free(tmp_path: Path, body: str) -> None:
    assert blocks(tmp_path, COROUTINE.replace("BODY", body)) is False


@pytest.mark.parametrize(
    "body",
    [
        "return func(*args, **kwargs)",
        "return await asyncio.to_thread(func(*args))",
        "return await asyncio.to_thread(print, func(*args))",
        "return await here(func, *args)",
        "if kwargs:\n        return func(*args)\n    return await asyncio.to_thread(func, *args)",
        "def inner():\n        return func(*args)\n    return inner()",
        "return list(map(func, args))",
        "return await asyncio.to_thread(strange(func), *args)",
    ],
)
def test_one_that_runs_it_itself_or_may_stops_the_loop(tmp_path: Path, body: str) -> None:
    assert blocks(tmp_path, COROUTINE.replace("BODY", body)) is True


@pytest.mark.parametrize(
    ("body", "call", "stops"),
    [
        ("return asyncio.to_thread(func, *args)", "await ask(url)", False),
        ("return asyncio.to_thread(func, *args)", "await asyncio.gather(*[ask(url)])", False),
        ("return pool.submit(func, *args)", "await asyncio.wrap_future(ask(url))", False),
        ("return pool.submit(func, *args)", "ask(url).result()", True),
        ("return pool.submit(func, *args).result()", "ask(url)", True),
        ("with ThreadPoolExecutor() as own:\n        return own.submit(func, *args)", "ask(url)", True),
        ("made = threading.Thread(target=func, args=args)\n    made.start()", "ask(url)", False),
        ("made = threading.Thread(target=func, args=args)\n    made.start()\n    made.join()", "ask(url)", True),
    ],
)
def test_of_a_plain_wrapper_it_depends_on_who_waits(tmp_path: Path, body: str, call: str, stops: bool) -> None:
    assert blocks(tmp_path, PLAIN.replace("BODY", body), call) is stops


@pytest.mark.parametrize(
    ("decorator", "stops"),
    [
        ("return func", True),
        (f"if strange():\n    return func\n{APART}", True),
        (
            "if asyncio.iscoroutinefunction(func):\n    return func\n" + COROUTINE.replace("BODY", "return await to_thread(func, *args)"),
            False,
        ),
        ("from asgiref.sync import sync_to_async\nreturn sync_to_async(func)", False),
    ],
)
def test_what_the_decorator_gives_back(tmp_path: Path, decorator: str, stops: bool) -> None:
    assert blocks(tmp_path, decorator) is stops


def test_of_several_functions_each_is_its_own(tmp_path: Path) -> None:
    more = """
@functools.cache
def other(url):
    return requests.get(url, timeout=5)

@app.get('/b')
async def b(url: str):
    return other(url)
"""
    text = PROGRAM.replace("DECORATOR", indent(APART.strip(), "    "))
    (tmp_path / "app.py").write_text(text.replace("CALL", "await ask(url)") + more)
    found = graph_of(read([tmp_path]))
    calls = {n.qualname: n.blocking_in_async for n in found.nodes.values() if isinstance(n, ExternalCall)}
    assert calls == {"ask": False, "other": True}
