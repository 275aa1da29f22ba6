"""Retries of what is no request, and failures that are caught below a retry."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.types import Loop, ModelCall, Retry
from tests.graph.dispatch_help import build, nodes

HEAD = """
from acme import Client, AcmeError
from other.errors import SyntaxFault
import json

class BadFormat(Exception): ...
class Blocked(BadFormat): ...
class Lost(Exception): ...

def parse(text):
    if "{" not in text:
        raise BadFormat(text)
    try:
        json.loads(text)
    except (json.JSONDecodeError, KeyError) as e:
        raise BadFormat from e
    if "rm" in text:
        raise Blocked(text)
    return text

def ask():
    return Client().chat(messages=[])

def checked():
    try:
        return Client().chat(messages=[])
    except AcmeError as e:
        raise Lost from e

def quiet():
    try:
        return Client().chat(messages=[])
    except Exception as e:
        print(e)
        {end}

"""


def analysed(body: str, end: str = "return None") -> tuple[ModelCall, list[Retry]]:
    graph = analyse(build(HEAD.replace("{end}", end) + dedent(body)))
    asked = [c for c in nodes(graph, "model_call") if c.total_attempts.number != 1 or len(c.layers) > 0]
    return (asked or nodes(graph, "model_call"))[0], nodes(graph, "retry")


def loop(work: str, caught: str, last: str = "") -> str:
    body = f"try:\n    return {work}\nexcept {caught}:\n    continue\n{last}"
    return f"def run():\n    for attempt in range(4):\n{indent(body, ' ' * 8)}\nrun()\n"


@pytest.mark.parametrize("caught", ["BadFormat", "Blocked", "(BadFormat, SyntaxFault)", "(BadFormat, ValueError)", "SyntaxFault"])
@pytest.mark.parametrize("last", ["", "except Exception:\n    return None\n"])
def test_errors_that_no_request_raises(caught: str, last: str) -> None:
    call, (retry,) = analysed(loop("parse(ask())", caught, last))
    assert not retry.of_requests and not retry.repeats_paid_work
    assert call.total_attempts.number in (None, 1) and not call.layers


@pytest.mark.parametrize(
    ("work", "caught"),
    [
        ("checked()", "Lost"),
        ("ask()", "AcmeError"),
        ("ask()", "Exception"),
        ("parse(ask())", "(BadFormat, AcmeError)"),
        ("parse(ask())", "(BadFormat, OSError)"),
        ("parse(ask())", "json.JSONDecodeError"),
        ("parse(ask())", "Unknown"),
    ],
)
def test_errors_that_a_request_may_raise(work: str, caught: str) -> None:
    _, (retry,) = analysed(loop(work, caught))
    assert retry.of_requests and retry.repeats_paid_work


def test_a_failure_that_is_caught_below() -> None:
    call, (retry,) = analysed(loop("quiet()", "Exception"))
    assert not retry.repeats_paid_work and not call.layers


@pytest.mark.parametrize("end", ["raise", "raise Lost from e", "if e.args:\n            raise\n        return None"])
def test_a_failure_that_is_passed_on(end: str) -> None:
    call, (retry,) = analysed(loop("quiet()", "Exception"), end)
    assert retry.repeats_paid_work and [layer.attempts.number for layer in call.layers] == [4]


def test_a_handler_that_calls_what_raises() -> None:
    call, (retry,) = analysed("def fail(e):\n    raise Lost from e\n" + loop("quiet()", "Exception"), "return fail(e)")
    assert retry.repeats_paid_work and call.layers


def test_a_retry_on_a_result_goes_on_over_it() -> None:
    body = "def run():\n    for attempt in range(4):\n        answer = quiet()\n        if answer:\n            break\nrun()\n"
    call, (retry,) = analysed(body)
    assert retry.repeats_paid_work and [layer.attempts.number for layer in call.layers] == [4]


def test_without_a_bound_it_is_a_loop_too() -> None:
    body = loop("parse(ask())", "BadFormat").replace("for attempt in range(4)", "while True")
    graph = build(HEAD.replace("{end}", "raise") + body)
    (found,) = nodes(graph, "loop")
    assert (found.times.state, found.ends_on) == ("unbounded", "error")


def test_a_counter_that_a_handler_sets_back() -> None:
    body = """
    def run():
        failed = 0
        while failed < 3:
            try:
                return ask()
            except AcmeError:
                failed += 1
            except OSError:
                failed = 0
    run()
    """
    _, (retry,) = analysed(body)
    assert retry.attempts.state == "unbounded" and retry.attempts.why == "line 46 sets the counter failed back"


PACED = """
def run(rows, again):
    while True:
        try:
            for row in again(rows):
                rows.add(quiet())
            {done}
        except SyntaxFault as e:
            {failed}
        except Exception:
            return None
run(given(), given())
"""


@pytest.mark.parametrize(
    ("done", "failed", "drives"),
    [
        ("return rows", "sleep(e.seconds)", False),
        ("return rows", "wait = int(e.seconds)\n            if wait > 9:\n                return None\n            sleep(wait)", False),
        ("return rows", "sleep(1)", True),
        ("return rows", "if e.seconds < 9:\n                sleep(e.seconds)", True),
        ("if rows.good:\n                return rows", "sleep(e.seconds)", True),
    ],
)
def test_a_loop_that_only_waits_as_long_as_a_failure_says_is_driven_by_no_model(done: str, failed: str, drives: bool) -> None:
    graph = analyse(build(HEAD.replace("{end}", "return None") + PACED.format(done=done, failed=failed)))
    loops = [n for n in nodes(graph, "loop") if isinstance(n, Loop) and n.name == "while"]
    assert [n.drives_model for n in loops] == ([True] if drives else [])
    [retry] = [n for n in nodes(graph, "retry") if isinstance(n, Retry)]
    assert (retry.repeats_paid_work, retry.attempts.state) == (False, "unbounded" if drives else "unknown")


OF_OTHERS = """
import other
from acme import Client, AcmeError

class Own(other.OtherError): ...

def check(answer):
    {check}

def run():
    for attempt in range(4):
        try:
            answer = Client().chat(messages=[])
            check(answer)
            return answer
        except {caught}:
            continue

run()
"""
OTHER: dict[str, object] = {"package": "other", "raises": []}


@pytest.mark.parametrize(
    ("caught", "check", "repeats"),
    [
        ("(other.OtherError, other.errors.RateLimit)", "pass", False),
        ("AcmeError", "pass", True),
        ("(other.OtherError, Exception)", "pass", True),
        ("other.OtherError", "raise other.OtherError('bad')", True),
        ("other.OtherError", "raise Own('bad')", True),
        ("other.OtherError", "raise ValueError('bad')", False),
    ],
)
def test_errors_of_a_library_that_is_not_asked(caught: str, check: str, repeats: bool) -> None:
    code = OF_OTHERS.format(caught=caught, check=check)
    graph = analyse(build(code, known={"raises": [{"packages": ["httpx"]}]}, extra=OTHER))
    (retry,), (call,) = nodes(graph, "retry"), nodes(graph, "model_call")
    assert retry.repeats_paid_work is repeats and call.total_attempts.number == (4 if repeats else 1)
