"""Deadlines that a program sets by a signal: which of them hold around a call, and how long they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.core.values import ABSENT, Setting, Unknown
from auditor.graph.types import ExternalCall
from auditor.pipeline import graph_of, read

HEAD = """
import asyncio
import contextlib
import signal
import subprocess
import sys
from contextlib import ContextDecorator, contextmanager
from functools import wraps


def late(number, frame):
    raise TimeoutError("too late")

"""
MANAGER = """
@contextlib.contextmanager
def limit(seconds):
    BEFORE
    try:
        yield
    finally:
        signal.alarm(0)


def work(command):
    with limit(7):
        subprocess.run(command)
"""
CLASS = """
class Limit(BASE):
    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        signal.signal(signal.SIGALRM, late)
        signal.alarm(self.seconds)
        return self

    def __exit__(self, *error):
        signal.alarm(0)

"""
DECORATOR = """
def limit(seconds):
    def decorator(function):
        @wraps(function)
        def wrapper(*args):
            signal.signal(signal.SIGALRM, late)
            BEFORE
            try:
                return function(*args)
            finally:
                signal.alarm(0)
        return wrapper
    return decorator


@limit(8)
def work(command):
    subprocess.run(command)
"""
PLAIN = """
def work(command, some):
    BEFORE
    subprocess.run(command)
"""
METHOD = """
class Box:
    most = 11

    @contextmanager
    def limit(self):
        signal.alarm(self.most)
        yield
        signal.alarm(0)

    def run(self, command):
        with self.limit():
            subprocess.run(command)


def work(command):
    Box().run(command)
"""
SET = "signal.signal(signal.SIGALRM, late)\n    signal.alarm(seconds)"
TIMER = "signal.setitimer(signal.{}, seconds)"


def deadline(tmp_path: Path, program: str) -> Setting:
    (tmp_path / "app.py").write_text(HEAD + program + "\n\nwork(sys.argv[1:])\n")
    (call,) = (n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ExternalCall))
    return call.run_deadline


@pytest.mark.parametrize(
    ("program", "seconds"),
    [
        (MANAGER.replace("BEFORE", SET), 7),
        (MANAGER.replace("BEFORE", "signal.alarm(seconds)"), 7),
        (MANAGER.replace("BEFORE", "signal.alarm(3)"), 3),
        (MANAGER.replace("BEFORE", "signal.alarm(0)\n    signal.alarm(3)"), 3),
        (MANAGER.replace("BEFORE", TIMER.format("ITIMER_REAL")), 7),
        (MANAGER.replace("BEFORE", "from signal import alarm as ring\n    ring(seconds)"), 7),
        (MANAGER.replace("BEFORE", "if seconds > 5:\n        signal.alarm(seconds)"), 7),
        (MANAGER.replace("BEFORE", SET.replace("late", "signal.SIG_DFL")), 7),
        (MANAGER.replace("BEFORE", SET.replace("late", "lambda *_: sys.exit(1)")), 7),
        (MANAGER.replace("BEFORE", SET) + "\n\ndef other():\n    with limit(90):\n        pass\n", 7),
        (
            MANAGER.replace("BEFORE", SET).replace("limit(7)", "outer(7)")
            + "\n\n@contextmanager\ndef outer(n):\n    with limit(n):\n        yield\n",
            7,
        ),
        (MANAGER.replace("BEFORE", SET).replace("    with limit(7):\n    ", "").replace("def work", "@limit(6)\ndef work"), 6),
        (CLASS.replace("BASE", "object") + "def work(command):\n    with Limit(9):\n        subprocess.run(command)\n", 9),
        (CLASS.replace("BASE", "object") + "def work(command):\n    kept = Limit(9)\n    with kept:\n        subprocess.run(command)\n", 9),
        (CLASS.replace("BASE", "ContextDecorator") + "@Limit(9)\ndef work(command):\n    subprocess.run(command)\n", 9),
        (DECORATOR.replace("BEFORE", "signal.alarm(seconds)"), 8),
        (DECORATOR.replace("BEFORE", "signal.alarm(seconds)") + "\n\n@limit(2)\ndef other():\n    pass\n", 8),
        (METHOD, 11),
        (
            CLASS.replace("BASE", "object") + "def made():\n    return Limit(9)\n\n"
            "def work(command):\n    with made():\n        subprocess.run(command)\n",
            9,
        ),
        (PLAIN.replace("BEFORE", "signal.alarm(5)"), 5),
        (PLAIN.replace("BEFORE", "if some:\n        signal.alarm(5)\n    else:\n        signal.alarm(5)"), 5),
        ("def work(rows):\n    for row in rows:\n        signal.alarm(4)\n        subprocess.run(row)\n        signal.alarm(0)\n", 4),
        ("def work(rows):\n    signal.alarm(4)\n    [subprocess.run(row) for row in rows]\n", 4),
    ],
)
def test_seconds_of_an_alarm(tmp_path: Path, program: str, seconds: int) -> None:
    assert deadline(tmp_path, program).number == seconds


@pytest.mark.parametrize(
    "program",
    [
        MANAGER.replace("BEFORE", "print(seconds)"),
        MANAGER.replace("BEFORE", "signal.alarm(0)"),
        MANAGER.replace("BEFORE", "signal.alarm(seconds)\n    signal.alarm(0)"),
        MANAGER.replace("BEFORE", "signal.signal(signal.SIGALRM, late)"),
        MANAGER.replace("BEFORE", TIMER.format("ITIMER_VIRTUAL")),
        MANAGER.replace("BEFORE", SET.replace("late", "signal.SIG_IGN")),
        MANAGER.replace("BEFORE", SET.replace("late", "lambda *_: None")),
        MANAGER.replace("BEFORE", "print(1)").replace("alarm(0)", "alarm(5)"),
        MANAGER.replace("BEFORE", "if seconds > 10:\n        signal.alarm(seconds)"),
        MANAGER.replace("BEFORE", SET).replace("limit(7)", "limit(0)"),
        MANAGER.replace("BEFORE", SET).replace("with limit(7)", "if limit(7)"),
        "class signal:\n    alarm = print\n\n" + MANAGER.replace("BEFORE", "signal.alarm(seconds)"),
        "def work(command):\n    subprocess.run(command)\n    signal.alarm(5)\n",
        CLASS.replace("BASE", "object").replace("__enter__", "start")
        + "def work(command):\n    with Limit(9):\n        subprocess.run(command)\n",
        DECORATOR.replace("BEFORE", "pass"),
        DECORATOR.replace("BEFORE", "signal.alarm(seconds)").replace("limit(8)", "limit(0)") + "\n\n@limit(2)\ndef other():\n    pass\n",
        PLAIN.replace("BEFORE", "signal.alarm(5)\n    signal.alarm(0)"),
        PLAIN.replace("BEFORE", "if some:\n        signal.alarm(5)\n        return"),
        PLAIN.replace("BEFORE", "def other():\n        signal.alarm(5)"),
    ],
)
def test_what_is_no_alarm_around_a_call(tmp_path: Path, program: str) -> None:
    assert deadline(tmp_path, program).value is ABSENT


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (MANAGER.replace("BEFORE", "if sys.argv:\n        signal.alarm(seconds)"), "an alarm is set on some of the ways here only"),
        (
            MANAGER.replace("BEFORE", f"if sys.platform == 'x':\n        yield\n        return\n    {SET}"),
            "an alarm is set on some of the ways here only",
        ),
        (MANAGER.replace("BEFORE", SET.replace("late", "lambda *_: print('late')")), "what handles the alarm may let the work go on"),
        (PLAIN.replace("BEFORE", "if some:\n        signal.alarm(5)"), "an alarm is set on some of the ways here only"),
        (
            MANAGER.replace("BEFORE", SET).replace("with limit(7)", "with (limit if command else contextlib.nullcontext)(7)"),
            "an alarm is set on some of the ways here only",
        ),
        (
            CLASS.replace("BASE", "object") + "def work(command):\n    kept = Limit(9) if command else contextlib.nullcontext()\n"
            "    with kept:\n        subprocess.run(command)\n",
            "an alarm is set on some of the ways here only",
        ),
        (
            "def work(rows):\n    signal.alarm(4)\n    for row in rows:\n        subprocess.run(row)\n        signal.alarm(0)\n",
            "an alarm is set on some of the ways here only",
        ),
    ],
)
def test_an_alarm_that_may_not_come_is_not_known(tmp_path: Path, program: str, why: str) -> None:
    found = deadline(tmp_path, program).value
    assert isinstance(found, Unknown)
    assert why in found.why


def test_seconds_from_the_caller_and_around_a_coroutine(tmp_path: Path) -> None:
    given = MANAGER.replace("BEFORE", SET).replace("work(command)", "work(command, most=12)").replace("limit(7)", "limit(most)")
    assert deadline(tmp_path, given).number == 12
    coroutine = MANAGER.replace("BEFORE", SET).split("def work")[0] + "@limit(6)\nasync def work(command):\n    subprocess.run(command)\n"
    assert deadline(tmp_path, coroutine).value is ABSENT
