"""Retries around calls that are not read: told as such, with why it is not known what they try again."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from auditor import pipeline
from auditor.core.values import ABSENT, Unknown
from auditor.graph.export import unknown_text
from auditor.graph.types import Retry
from tests.graph.loop_help import value

HEAD = "import json, time\nfrom clarifai.api import completion\nfrom openai import OpenAI\nclient = OpenAI(timeout=9)\n"
LIMITED = "for attempt in range(5):\n    try:\n        return {call}\n    except {error}:\n        time.sleep(attempt)\n"
ENDLESS = "while True:\n    try:\n        {call}\n        break\n    except Exception:\n        time.sleep(1)\n"


def retries(folder: Path, loop: str, head: str = "def f(fn, arg, text, **more):\n") -> list[Retry]:
    (folder / "app.py").write_text(HEAD + head + indent(loop, "    "), "utf-8")
    graph = pipeline.graph_of(pipeline.read([folder]))
    found = [n for n in graph.nodes.values() if isinstance(n, Retry)]
    assert ("retry.repeats" in unknown_text(graph)) is any(isinstance(n.repeats.value, Unknown) for n in found)
    return found


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("fn(arg)", "what fn() in line 8 calls cannot be told"),
        ("more['task'].execute(arg)", "what more[].execute() in line 8 calls cannot be told"),
        ("completion(model='m', messages=[arg])", "completion() in line 8 calls what nothing is known about"),
    ],
)
def test_a_retry_around_what_cannot_be_told(tmp_path: Path, call: str, why: str) -> None:
    for loop, attempts in ((LIMITED, 5), (ENDLESS, "unbounded")):
        [retry] = retries(tmp_path, loop.format(call=call, error="Exception"))
        assert (value(retry.attempts), retry.repeats.value) == (attempts, Unknown(why))
        assert not retry.repeats_paid_work, "nothing says that it repeats a request"


def test_what_is_kept_goes_before_what_is_dropped(tmp_path: Path) -> None:
    body = "        more['on'].begin(arg)\n        return fn(arg)\n"
    loop = f"for attempt in range(3):\n    try:\n{body}    except Exception:\n        continue\n"
    [retry] = retries(tmp_path, loop)
    assert retry.repeats.value == Unknown("what fn() in line 9 calls cannot be told")


def test_a_function_of_the_program_that_calls_such_a_library(tmp_path: Path) -> None:
    head = "def ask(arg):\n    return completion(model='m', messages=[arg])\n\ndef f(arg):\n"
    [retry] = retries(tmp_path, LIMITED.format(call="ask(arg)", error="Exception"), head)
    assert retry.repeats.value == Unknown("ask() in line 11 calls what nothing is known about")


@pytest.mark.parametrize("call", ["json.loads(text)", "sorted(arg)", "open('a').read()"])
def test_what_is_known_to_be_no_request_is_no_retry(tmp_path: Path, call: str) -> None:
    assert retries(tmp_path, LIMITED.format(call=call, error="Exception")) == []


@pytest.mark.parametrize("error", ["SyntaxError", "(KeyError, ValueError)", "json.JSONDecodeError"])
def test_what_only_catches_what_no_request_fails_with_is_no_retry(tmp_path: Path, error: str) -> None:
    assert retries(tmp_path, LIMITED.format(call="fn(arg)", error=error)) == []


def test_a_loop_over_data_is_no_retry(tmp_path: Path) -> None:
    assert retries(tmp_path, "for one in arg:\n    try:\n        fn(one)\n    except Exception:\n        time.sleep(1)\n") == []


def test_a_retry_of_what_is_read_is_told_as_before(tmp_path: Path) -> None:
    call = "client.chat.completions.create(model='m', messages=[fn(arg)])"
    [retry] = retries(tmp_path, LIMITED.format(call=call, error="Exception"))
    assert (retry.repeats_paid_work, retry.repeats.value) == (True, ABSENT)
