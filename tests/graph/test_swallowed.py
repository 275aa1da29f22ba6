"""Failures that end in a function, and are raised again by who gets what it gives in place of an answer."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, nodes

TEXT = """
import json
import time
from acme import Client
from again import retry

class Empty(Exception): pass
class Result:
    def __init__(self, text=None, error=None):
        self.text = text
        self.error = error

def ask(fallback=None):
    try:
        return Client().chat(messages=[])
    except Exception as e:
        print(e)
        {gives}

def forward():
    found = ask()
    return found

def check(text):
    if not text:
        raise ValueError("empty")
    return text

def parse(text):
    return json.loads(text)

def shorten(text):
    return text[:100] if text else "nothing"

def run():
    for attempt in range(5):
        try:
            {body}
        except {caught}:
            time.sleep(1)
    raise RuntimeError

run()
"""


def attempts(text: str) -> float:
    (call,) = nodes(analyse(build(text, parses=["json.loads"])), "model_call")
    return call.total_attempts.number or 1


def told(gives: str, body: str, caught: str = "Exception") -> float:
    return attempts(TEXT.format(gives=gives, body=body.replace("; ", "\n            "), caught=caught))


@pytest.mark.parametrize(
    ("gives", "body"),
    [
        ('return ""', "r = ask(); assert r; return r"),
        ("return None", "return ask().choices[0]"),
        ("return None", "r = ask(); return r['choices']"),
        ("return []", "return ask()[0]"),
        ("return {}", "return ask()['text']"),
        ("return None", "a, b = ask(); return a"),
        ("return None, 'failed'", "a, b = ask(); return a.text"),
        ('return ""', "return json.loads(ask())"),
        ('return f"Error: {e}"', "return json.loads(ask())"),
        ('return "none"', "return int(ask())"),
        ("return None", "return len(ask())"),
        ("return None", "return [c for c in ask()]"),
        ("return None", "return check(ask())"),
        ("return None", "return parse(ask())"),
        ("return None", "r = forward(); return r.text"),
        ("return fallback", "return ask().text"),
        ("return {'error': str(e)}", "r = ask(); return r['text']"),
        ("pass", "return ask().text"),
        ('return ""', "r = ask(); words = r.split(); return words[0]"),
    ],
)
def test_who_gets_it_fails(gives: str, body: str) -> None:
    assert told(gives, body) == 5


RAISES = """if {test}:
                raise ValueError("no")
            return r"""


@pytest.mark.parametrize(
    ("gives", "test", "times"),
    [
        ("return None", "r is None", 5),
        ("return None", "not r", 5),
        ('return ""', "not r.strip()", 5),
        ('return ""', "len(r) == 0", 5),
        ('return ""', "len(r) < 3", 5),
        ("return {'error': str(e)}", "'error' in r", 5),
        ("return {'ok': False}", "not r['ok']", 5),
        ("return {'ok': False}", "not r.get('ok')", 5),
        ("return {'error': str(e)}", "r.get('error')", 5),
        ("return Result(error='failed')", "r.error", 5),
        ('return f"Error: {e}"', "r.startswith('Error')", 5),
        ("return None", "not isinstance(r, str)", 5),
        # What it gives is none of this.
        ('return ""', "r is None", 1),
        ("return None", "r == 'stop'", 1),
        ("return {'ok': False}", "'error' in r", 1),
        ('return ""', "r.startswith('Error')", 1),
        ('return "sorry"', "not r", 1),
        # The test asks for something else.
        ("return None", "attempt == 4", 1),
    ],
)
def test_what_is_given_is_tested_before_a_raise(gives: str, test: str, times: int) -> None:
    assert told(gives, f"r = ask()\n            {RAISES.format(test=test)}") == times


@pytest.mark.parametrize(
    ("gives", "body"),
    [
        ("return None", "return ask()"),
        ("return None", "r = ask(); print(r); return r"),
        ("return None", "r = ask() or 'nothing'; return r.strip()"),
        ("return None", "r = ask(); return r.text if r else None"),
        ('return ""', "r = ask(); return r.strip()"),
        ('return ""', "r = ask(); return r[:5]"),
        ('return "{}"', "return json.loads(ask())"),
        ("return {'text': ''}", "return ask()['text']"),
        ("return []", "r = ask(); return [c.text for c in r]"),
        ("return {}", "return ask().get('text')"),
        ("return None", "return shorten(ask())"),
        ("return None", "print(ask()); raise_later = 1; return None"),
        ("return None", "r = ask(); r = 'x' if r is None else r; return r.strip()"),
    ],
)
def test_who_gets_it_goes_on(gives: str, body: str) -> None:
    assert told(gives, body) == 1


@pytest.mark.parametrize(
    ("body", "caught", "times"),
    [
        ("return json.loads(ask())", "json.JSONDecodeError", 5),
        ("return json.loads(ask())", "ValueError", 5),
        ("return json.loads(ask())", "KeyError", 1),
        ("r = ask()\n            if not r:\n                raise Empty()\n            return r", "Empty", 5),
        ("r = ask()\n            if not r:\n                raise Empty()\n            return r", "OSError", 1),
    ],
)
def test_only_who_catches_what_is_raised_tries_again(body: str, caught: str, times: int) -> None:
    assert told('return ""', body, caught) == times


@pytest.mark.parametrize(
    ("test", "times"),
    [
        ("if r is not None: print(r)", 1),
        ("if r is None: print('none')", 1),
        ("if r is not None: print(r)\n            else: print('none')", 1),
        ("if r is not None: return r", 5),
        ("if r is None: print('none')\n            else: return r", 5),
        ("if check(r): return r", 5),
    ],
)
def test_a_raise_behind_a_test(test: str, times: int) -> None:
    """It is raised for what it is told by the test only where the other branch leaves."""
    raises = f"r = ask()\n            {test}\n            if attempt > 2: raise ValueError()"
    assert told("return None", raises.replace("if attempt > 2: ", "") if times == 5 else raises) == times


@pytest.mark.parametrize(
    ("body", "times"),
    [
        # None stands for something that is not kept yet: what goes on is another call, which may fail for reasons of its own.
        ("if r is None:\n    if attempt > 2:\n        raise ValueError()\n    r = load()\nreturn r", 1),
        ("if r is None:\n    r = load()\n    if not r:\n        raise ValueError()\nreturn r", 1),
        ("if r is None:\n    r = load()\nif not r:\n    raise ValueError()\nreturn r", 1),
        ("if attempt > 2:\n    r = load()\nif not r:\n    raise ValueError()\nreturn r", 5),
        ("if r is None:\n    print(r)\n    raise ValueError()\nreturn r", 5),
    ],
)
def test_something_else_in_its_place(body: str, times: int) -> None:
    assert told("return None", f"r = ask()\n{body}".replace("\n", "\n            ")) == times


OUTER = """
def outer():
    for n in range(3):
        try:
            return run()
        except Exception:
            continue

outer()
"""


def test_a_raise_outside_of_what_is_tried_again() -> None:
    text = TEXT.format(gives='return ""', body="r = ask()", caught="Exception")
    behind = text.replace("    raise RuntimeError\n", "    if not r:\n        raise RuntimeError\n")
    assert attempts(behind) == 1
    assert attempts(behind.replace("\nrun()\n", OUTER)) == 3


OWN_ERROR = """
from acme import Client

class Empty(Exception): pass

def ask():
    try:
        return Client().chat(messages=[])
    except Exception:
        return {gives}

def once():
    text = ask()
    if not text:
        raise Empty()
    return text

def run():
    for attempt in range(5):
        try:
            return once()
        except Empty:
            continue

run()
"""


@pytest.mark.parametrize(("gives", "times"), [('""', 5), ('"sorry"', 1)])
def test_an_error_of_the_program_for_no_answer(gives: str, times: int) -> None:
    assert attempts(OWN_ERROR.format(gives=gives)) == times


HANDLED = """
from acme import Client

def ask():
    try:
        return Client().chat(messages=[])
    except Exception:
        return None

def inner():
    r = ask()
    try:
        return r.text
    except AttributeError:
        {then}

def run():
    for attempt in range(5):
        try:
            return inner()
        except Exception:
            continue

run()
"""


@pytest.mark.parametrize(("then", "times"), [("return None", 1), ("raise", 5), ("raise ValueError()", 5), ("print(r)", 1)])
def test_an_error_that_is_caught_on_its_way(then: str, times: int) -> None:
    assert attempts(HANDLED.format(then=then)) == times


SAME = """
from acme import Client

def ask():
    {before}
    try:
        c = Client()
        r = c.chat(messages=[])
    except Exception as e:
        {handler}
    {after}

def run():
    for attempt in range(5):
        try:
            return ask()
        except Exception:
            continue

run()
"""


@pytest.mark.parametrize(
    ("before", "handler", "after", "times"),
    [
        ("r = None", "print(e)", "if r is None: raise RuntimeError()", 5),
        ("pass", "r = None", "return r.text", 5),
        ("pass", "r = None", "return r", 1),
        ("r = ''", "print(e)", "return r.strip()", 1),
        ("r = {}", "print(e)", "r['a'] = 1; return r['a']", 1),
        ("r = []", "print(e)", "r.append(1); return r[0]", 1),
        ("r = []", "print(e)", "print(r); return r[0]", 5),
        # What the body has set before it failed is there.
        ("c = None", "print(e)", "return c.text", 1),
    ],
)
def test_a_function_that_raises_behind_its_own_handler(before: str, handler: str, after: str, times: int) -> None:
    assert attempts(SAME.format(before=before, handler=handler, after=after)) == times


SEVERAL = """
from acme import Client

def ask():
    try:
        return Client().chat(messages=[])
    except Exception:
        return None

def checks():
    for attempt in range(5):
        try:
            return ask().text
        except Exception:
            continue

def goes_on():
    for attempt in range(7):
        try:
            return ask()
        except Exception:
            continue

{calls}
"""


@pytest.mark.parametrize(("calls", "times"), [("checks()\ngoes_on()", 5), ("goes_on()\nchecks()", 5), ("goes_on()", 1)])
def test_of_several_callers_those_that_raise_count(calls: str, times: int) -> None:
    text = SEVERAL.format(calls=calls)
    assert attempts(text if "checks()\n" in calls or "\nchecks()" in calls else text.replace("return ask().text", "return 1")) == times
