"""Failures that come out of a `try` as other errors: only retries that catch these try again."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from auditor.graph.types import ExternalCall, ModelCall
from auditor.pipeline import graph_of, read

CODE = """
import requests

class Failed(Exception): pass
class Refused(Failed): pass
class Other(Exception): pass

def once(url):
{inner}

def again(url):
    for attempt in range(3):
        try:
            return once(url)
        except {caught}:
            continue
    raise Other()

if __name__ == "__main__":
    again("http://a")
"""
CONVERTS = """
try:
    return requests.get(url, timeout=5)
except Exception as error:
    raise Refused(str(error)) from error
"""
RAISES_ON = CONVERTS.replace("raise Refused(str(error)) from error", "raise")
PARTLY = CONVERTS.replace("except Exception", "except requests.ConnectionError")
OWN_LOOP = """
for attempt in range(4):
    try:
        return requests.get(url, timeout=5)
    except Failed as error:
        raise error
    except Exception as error:
        if attempt == 3:
            raise Refused(str(error)) from error
"""


def total(folder: Path, inner: str, caught: str) -> float | None:
    (folder / "app.py").write_text(CODE.format(inner=indent(dedent(inner), "    "), caught=caught))
    graph = graph_of(read([folder]))
    return next(n for n in graph.nodes.values() if isinstance(n, ExternalCall)).total_attempts.number


@pytest.mark.parametrize(
    ("inner", "caught", "attempts"),
    [
        (CONVERTS, "requests.RequestException", 1),
        (CONVERTS, "Other", 1),
        (CONVERTS, "Refused", 3),
        (CONVERTS, "Failed", 3),
        (CONVERTS, "(Other, Exception)", 3),
        (RAISES_ON, "requests.RequestException", 3),
        (PARTLY, "requests.RequestException", 3),
        # Its own loop tries what failed, the one around it what that becomes.
        (OWN_LOOP, "requests.RequestException", 4),
        (OWN_LOOP, "Failed", 12),
    ],
)
def test_what_a_failure_becomes(tmp_path: Path, inner: str, caught: str, attempts: int) -> None:
    assert total(tmp_path, inner, caught) == attempts


def attempts_of(folder: Path, code: str) -> float | None:
    (folder / "app.py").write_text(dedent(code))
    graph = graph_of(read([folder]))
    return next(n for n in graph.nodes.values() if isinstance(n, (ExternalCall, ModelCall))).total_attempts.number


RAISED = """
import json
import socket
import httpx
import requests
from openai import OpenAI

client = OpenAI(timeout=20)

class AskError(requests.exceptions.ConnectionError): pass
class Broken(IOError): pass
class Refused(Exception): pass

def ask():
    try:
        return client.chat.completions.create(model="gpt-4o", messages=[], max_tokens=100)
    except Exception as e:
        raise {raised} from e

def main():
    for attempt in range(5):
        try:
            return ask()
        except {caught}:
            continue

main()
"""


@pytest.mark.parametrize(
    ("raised", "caught", "attempts"),
    [
        ('TimeoutError("none")', "OSError", 15),
        ("TimeoutError", "IOError", 15),
        ("EnvironmentError()", "OSError", 15),
        ("Broken()", "EnvironmentError", 15),
        ("socket.timeout()", "OSError", 15),
        ("NotImplementedError()", "RuntimeError", 15),
        ('json.JSONDecodeError("bad", "", 0)', "ValueError", 15),
        ('httpx.ReadTimeout("none")', "httpx.HTTPError", 15),
        ('httpx.ReadTimeout("none")', "httpx.TransportError", 15),
        ("requests.exceptions.ConnectionError()", "requests.RequestException", 15),
        ("AskError()", "requests.RequestException", 15),
        # What a library's error derives from is not decided.
        ("requests.exceptions.Timeout()", "OSError", 15),
        ("AskError()", "httpx.HTTPError", 15),
        ("ValueError()", "OSError", 3),
        ('json.JSONDecodeError("bad", "", 0)', "KeyError", 3),
        ('json.JSONDecodeError("bad", "", 0)', "requests.RequestException", 3),
        ("Refused()", "OSError", 3),
        ("Refused()", "httpx.HTTPError", 3),
        ('httpx.ReadTimeout("none")', "Refused", 3),
    ],
)
def test_an_error_of_a_library_is_caught_by_its_bases(tmp_path: Path, raised: str, caught: str, attempts: int) -> None:
    assert attempts_of(tmp_path, RAISED.format(raised=raised, caught=caught)) == attempts


@pytest.mark.parametrize(
    ("caught", "raised", "again", "attempts"),
    [
        ("openai.OpenAIError", "ValueError()", "ValueError", 15),
        ("openai.OpenAIError", "Refused()", "ValueError", 3),
        ("openai.OpenAIError", "Refused()", "openai.APIError", 3),
        ("openai.APITimeoutError", "Refused()", "openai.APIError", 15),
        # Such a failure says nothing of a request.
        ("KeyError", "ValueError()", "ValueError", 3),
    ],
)
def test_some_failures_become_others(tmp_path: Path, caught: str, raised: str, again: str, attempts: int) -> None:
    code = RAISED.replace("import socket", "import openai").replace("except Exception as e", f"except {caught} as e")
    assert attempts_of(tmp_path, code.format(raised=raised, caught=again)) == attempts


TWICE = """
import requests

class Inner(Exception): pass
class Outer(Exception): pass

def ask():
    try:
        return requests.get("http://a", timeout=5)
    except Exception as e:
        raise Inner() from e

def wrapped():
    try:
        return ask()
    except Exception as e:
        raise Outer() from e

def main():
    for attempt in range(5):
        try:
            return wrapped()
        except {caught}:
            continue

main()
"""


@pytest.mark.parametrize(("caught", "attempts"), [("Outer", 5), ("Inner", 1), ("requests.RequestException", 1), ("Exception", 5)])
def test_the_outermost_of_several_errors_counts(tmp_path: Path, caught: str, attempts: int) -> None:
    assert attempts_of(tmp_path, TWICE.format(caught=caught)) == attempts


INSIDE = """
import requests

def main():
    for attempt in range(5):
        try:
            try:
                return requests.get("http://a", timeout=5)
            except {first} as e:
                raise {raised} from e
        except {caught}:
            continue

main()
"""


@pytest.mark.parametrize(
    ("first", "raised", "caught", "attempts"),
    [
        ("Exception", "ValueError()", "ValueError", 5),
        ("Exception", "ValueError()", "KeyError", 1),
        ("Exception", "ValueError()", "requests.RequestException", 1),
        ("requests.RequestException", "ValueError()", "ValueError", 5),
    ],
)
def test_a_try_inside_the_try_of_the_loop(tmp_path: Path, first: str, raised: str, caught: str, attempts: int) -> None:
    assert attempts_of(tmp_path, INSIDE.format(first=first, raised=raised, caught=caught)) == attempts


DECORATED = """
import backoff
import requests

class Failed(requests.exceptions.Timeout): pass

{decorator}
def fetch(url):
    try:
        answer = requests.get(url, timeout=5)
        return answer
    except {caught} as e:
        raise {raised} from e

fetch("http://a")
"""
ON_REQUESTS = "@backoff.on_exception(backoff.expo, requests.exceptions.RequestException, max_tries=5)"


@pytest.mark.parametrize(
    ("decorator", "caught", "raised", "attempts"),
    [
        (ON_REQUESTS, "requests.exceptions.RequestException", "Exception(str(e))", 1),
        (ON_REQUESTS, "requests.RequestException", "ValueError(str(e))", 1),
        (ON_REQUESTS.replace("RequestException", "Timeout"), "requests.exceptions.RequestException", "ValueError(str(e))", 1),
        (ON_REQUESTS, "requests.exceptions.Timeout", "ValueError(str(e))", 5),
        (ON_REQUESTS, "requests.exceptions.RequestException", "Failed(str(e))", 5),
        (ON_REQUESTS.replace("requests.exceptions.RequestException", "Exception"), "requests.RequestException", "ValueError(str(e))", 5),
    ],
)
def test_a_decorator_around_a_function_that_raises_other_errors(
    tmp_path: Path, decorator: str, caught: str, raised: str, attempts: int
) -> None:
    assert (attempts_of(tmp_path, DECORATED.format(decorator=decorator, caught=caught, raised=raised)) or 1) == attempts
