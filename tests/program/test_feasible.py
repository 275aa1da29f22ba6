"""Calls that cannot run what they name: their arguments do not fit, or nobody waits for the coroutine."""

from __future__ import annotations

import pytest

from auditor.program.origins.callers import all_callers
from auditor.program.origins.engine import Engine
from tests.program.ask import check, program

SAY = "class {}:\n    {}\n    def say(self, {}): pass\n"


def called(engine: Engine) -> list[str]:
    """Names of the classes whose method `say` a call leads to."""
    keys = [(m, s) for m, module in enumerate(engine.modules) for s, scope in enumerate(module.scopes) if scope.name == "say"]
    return [engine.scope((m, engine.scope((m, s)).parent)).name for m, s in keys if all_callers(engine, (m, s))]


@pytest.mark.parametrize(
    ("first", "second", "call", "expected"),
    [
        ("text", "text, end=None", "'a', end=1", ["B"]),
        ("text", "text, end=None", "'a'", ["A", "B"]),
        ("text, **more", "text, end=None", "'a', end=1", ["A", "B"]),
        ("text", "text, end=None", "'a', 1", ["B"]),
        ("*text", "text, end=None", "'a', 1", ["A", "B"]),
        ("text, end", "text", "'a'", ["B"]),
        ("text, *, end", "text", "'a'", ["B"]),
        ("text, end", "text", "*x", ["A", "B"]),
        ("text, end", "text", "'a', **x", ["A", "B"]),
        ("text, end", "text", "text='a', end='b'", ["A"]),
        ("text", "text", "'a', 1, 2", ["A", "B"]),
    ],
)
def test_arguments_choose_among_methods(first: str, second: str, call: str, expected: list[str]) -> None:
    text = SAY.format("A", "name = ''", first) + SAY.format("B", "name = ''", second)
    text += "class Run:\n    def __init__(self, fast):\n        self.it = A() if fast else B()\n"
    text += f"    def go(self, x):\n        self.it.say({call})\n"
    assert called(program({"main.py": text})) == expected


def test_a_decorator_may_change_what_fits() -> None:
    text = SAY.format("A", "@fills", "text") + SAY.format("B", "@abstractmethod", "text, end=None")
    text += "def go(fast):\n    it = A() if fast else B()\n    it.say('a', end=1)\n    it.say()\n"
    assert called(program({"main.py": "from acme import fills\n" + text})) == ["A", "B"]


def test_only_what_fits_gives_a_result() -> None:
    text = (
        "class A:\n    def say(self): return 1\nclass B:\n    def say(self, end): return 2\ndef go(fast):\n    it = A() if fast else B()\n"
    )
    found, wanted = check(text + "    probe(it.say(end=1))  #= 2\n    probe(it.say())  #= 1\n")
    assert found == wanted


ASYNC = "import asyncio\nclass A:\n    {}async def say(self): pass\ndef keep(x): pass\nasync def go():\n    {}\n"


@pytest.mark.parametrize(
    ("call", "runs"),
    [
        ("A().say()", False),
        ("await A().say()", True),
        ("x = A().say()", True),
        ("return A().say()", True),
        ("keep(A().say())", True),
        ("asyncio.create_task(A().say())", True),
        ("[A().say()]", True),
        ("(await A().say())", True),
    ],
)
def test_a_coroutine_that_nobody_waits_for_never_runs(call: str, runs: bool) -> None:
    assert called(program({"main.py": ASYNC.format("", call)})) == (["A"] if runs else [])


def test_a_decorator_may_run_the_coroutine() -> None:
    assert called(program({"main.py": "from acme import job\n" + ASYNC.format("@job\n    ", "A().say()")})) == ["A"]


@pytest.mark.parametrize(("decorator", "runs"), [("@dataclass", False), ("@dataclass(frozen=True)", False), ("@without_await", True)])
def test_so_may_one_of_its_class(decorator: str, runs: bool) -> None:
    text = ASYNC.format("", "A().say()").replace("class A", f"{decorator}\nclass A")
    assert called(program({"main.py": "from acme import without_await\nfrom dataclasses import dataclass\n" + text})) == (
        ["A"] if runs else []
    )


def test_a_function_that_is_kept_in_a_class_gets_the_object() -> None:
    text = "def talk(it, text): return 1\nclass A:\n    say = talk\nclass B:\n    def say(self, text): return 2\n"
    found, wanted = check(text + "def go(fast):\n    it = A() if fast else B()\n    probe(it.say('a'))  #= 1 | 2\n")
    assert found == wanted
