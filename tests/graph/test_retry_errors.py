"""Which failures a retry of a library tries again after, and what it ends in."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.graph.types import ExternalCall, Retry

HEAD = """import httpx
from tenacity import RetryError, retry, retry_if_exception, retry_if_exception_type, retry_if_not_exception_type, stop_after_attempt

class Busy(Exception):
    pass

"""


def graph(folder: Path, text: str) -> list[object]:
    (folder / "app.py").write_text(HEAD + text, "utf-8")
    return list(pipeline.graph_of(pipeline.read([folder])).nodes.values())


def predicate(said: str) -> str:
    return f"def busy(e):\n    {said}\n"


MADE = "def made(host):\n    def busy(e):\n        return isinstance(e, httpx.ConnectError) and e.request.url == host\n    return busy\n"
PREDICATES = [
    (predicate("return isinstance(e, httpx.ConnectError)"), "busy", ("httpx.ConnectError",)),
    (predicate("return bool(e.args) and isinstance(e, (httpx.ConnectError, Busy))"), "busy", ("httpx.ConnectError", "Busy")),
    (predicate("return isinstance(e, httpx.ConnectError | httpx.ReadError)"), "busy", ("httpx.ConnectError", "httpx.ReadError")),
    (predicate("return isinstance(e, Busy) or isinstance(e, httpx.ReadError)"), "busy", ("Busy", "httpx.ReadError")),
    (MADE, "made('a')", ("httpx.ConnectError",)),
    ("", "lambda e: isinstance(e, Busy)", ("Busy",)),
    # They may say yes to others, too.
    (predicate("return isinstance(e, Busy) or e.args"), "busy", ("*",)),
    (predicate("return not isinstance(e, Busy)"), "busy", ("*",)),
    (predicate("return isinstance(e.args[0], Busy)"), "busy", ("*",)),
    (predicate("if isinstance(e, Busy):\n        return True\n    return False"), "busy", ("*",)),
    ("from other import busy\n", "busy", ("*",)),
]


@pytest.mark.parametrize(("head", "given", "on"), PREDICATES)
def test_a_predicate_that_asks_for_classes(head: str, given: str, on: tuple[str, ...], tmp_path: Path) -> None:
    text = f"{head}@retry(retry=retry_if_exception({given}), stop=stop_after_attempt(3))\ndef ask():\n    return httpx.get('u')\n"
    [found] = [n for n in graph(tmp_path, text) if isinstance(n, Retry)]
    assert found.on == on


def test_a_predicate_of_what_is_not_retried_is_none_of_what_is(tmp_path: Path) -> None:
    text = "@retry(retry=retry_if_not_exception_type(Busy), stop=stop_after_attempt(3))\ndef ask():\n    return httpx.get('u')\n"
    [found] = [n for n in graph(tmp_path, text) if isinstance(n, Retry)]
    assert found.on == ("*",)


NESTED = """
@retry(stop=stop_after_attempt(5){inner})
def ask():
    return httpx.get("https://example.com", timeout=5)

@retry(stop=stop_after_attempt(3){outer})
def run():
    return ask()
{more}
run()
"""
TYPED = ", retry=retry_if_exception_type(httpx.ConnectError)"


@pytest.mark.parametrize(
    ("inner", "outer", "more", "total"),
    [
        ("", TYPED, "", 5),
        ("", "", "", 15),
        (", reraise=True", TYPED, "", 15),
        (", reraise=False", TYPED, "", 5),
        (", reraise=KNOWN", TYPED, "", 15),
        (", retry_error_callback=print", TYPED, "", 15),
        # The code gets at what the error stands for, and may raise that.
        ("", TYPED, "def opened(error: RetryError):\n    raise error.last_attempt.exception()\n", 15),
        ("", TYPED, "def opened(error: RetryError):\n    error.reraise()\n", 15),
    ],
)
def test_layers_multiply_where_the_outer_one_tries_again_after_what_the_inner_one_ends_in(
    inner: str, outer: str, more: str, total: int, tmp_path: Path
) -> None:
    found = graph(tmp_path, "from other import KNOWN\n" + NESTED.format(inner=inner, outer=outer, more=more))
    [call] = [n for n in found if isinstance(n, ExternalCall)]
    assert call.total_attempts.value == total


OWN = """
import subprocess
import time

import httpx

def ask():
    for _ in range(3):
        try:
            {call}
        except {inner}:
            time.sleep(1)
    raise {ends}("no answer")

def run():
    for _ in range(4):
        try:
            return ask()
        except {outer}:
            time.sleep(1)

run()
"""


@pytest.mark.parametrize(
    ("inner", "ends", "outer", "total"),
    [
        ("RuntimeError", "RuntimeError", "httpx.HTTPError", 3),
        ("RuntimeError", "RuntimeError", "(httpx.HTTPError, RuntimeError)", 12),
        ("RuntimeError", "RuntimeError", "Exception", 12),
        ("OSError", "TimeoutError", "httpx.TransportError", 3),
        ("OSError", "TimeoutError", "OSError", 12),
    ],
)
def test_no_class_of_a_library_is_a_base_of_an_error_of_python(inner: str, ends: str, outer: str, total: int, tmp_path: Path) -> None:
    call = 'return subprocess.run(["a"], timeout=5, check=True)'
    found = graph(tmp_path, OWN.format(call=call, inner=inner, ends=ends, outer=outer))
    [made] = [n for n in found if isinstance(n, ExternalCall) and n.call == "process"]
    assert made.total_attempts.value == total
