"""A call that cannot run a function is on no path to what the function does."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, nodes
from tests.graph.test_contexts import ASKS, KNOWN


def roles(text: str) -> dict[str, str]:
    found = analyse(build(ASKS + dedent(text), **KNOWN))
    return {n.qualname: n.role for n in nodes(found, "model_call")}


AWAITED = """
import asyncio
{decorator}
{kind} ask():
    {body}
async def main():
    {call}
if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("kind", "body", "call", "role"),
    [
        ("async def", "Client().chat()", "ask()", "library"),
        ("async def", "Client().chat()", "await ask()", "production"),
        ("async def", "Client().chat()", "task = ask()", "production"),
        ("async def", "Client().chat()", "return ask()", "production"),
        ("async def", "Client().chat()", "asyncio.create_task(ask())", "production"),
        ("async def", "Client().chat()", "await asyncio.gather(ask(), ask())", "production"),
        ("def", "Client().chat()", "ask()", "production"),
        ("def", "yield Client().chat()", "ask()", "library"),
        ("def", "yield Client().chat()", "list(ask())", "production"),
    ],
)
def test_a_coroutine_that_nothing_awaits_does_not_run(kind: str, body: str, call: str, role: str) -> None:
    assert roles(AWAITED.format(decorator="", kind=kind, body=body, call=call)) == {"ask": role}


def test_what_a_decorator_makes_of_it_may_run_at_once() -> None:
    text = AWAITED.format(decorator="@load()", kind="async def", body="Client().chat()", call="ask()")
    assert roles(text) == {"ask": "production"}


VOICES = """
class First:
    def speak(self, text{first}):
        Client().chat()
class Second:
    def speak(self, text, *, ending):
        Client().chat()
def make(name):
    if name == "first":
        return First()
    return Second()
def main():
    make(input()).speak({given})
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("first", "given", "role"),
    [
        ("", "'a', ending='b'", "library"),
        (", **more", "'a', ending='b'", "production"),
        (", ending=None", "'a', ending='b'", "production"),
        ("", "'a', ending='b', more=1", "production"),
        ("", "'a', **load()", "production"),
        ("", "*load(), ending='b'", "library"),
    ],
)
def test_of_several_methods_one_that_does_not_take_the_arguments_is_not_meant(first: str, given: str, role: str) -> None:
    assert roles(VOICES.format(first=first, given=given)) == {"First.speak": role, "Second.speak": "production"}


def test_a_function_that_is_the_only_one_is_meant_whatever_it_is_given() -> None:
    assert roles("def ask(x):\n    Client().chat()\nif __name__ == '__main__':\n    ask(1, 2, y=3)\n") == {"ask": "production"}
