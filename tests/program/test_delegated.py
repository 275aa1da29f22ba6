"""A function that hands on to a method of its own name, on an object that it is given."""

from __future__ import annotations

import pytest

from tests.program.ask import check

SERVICE = """
from fastapi import Depends
from typing import Annotated, Any

class Service:
    def ask(self, q):
        return "answer"

def make():
    return Service()
"""


@pytest.mark.parametrize(
    "route",
    [
        "def ask(q, s: Service = Service()):\n    probe(s.ask(q))  #= 'answer'\n    probe(s)  #= Service()\n",
        "def ask(q, s=Service()):\n    probe(s.ask(q))  #= 'answer'\n",
        "def one(q, s: Service = Service()):\n    probe(s.ask(q))  #= 'answer'\n\n"
        "def ask(q, s: Service = Service()):\n    return s.ask(q)\n",
        "def ask(q, s: 'Service | None' = Service()):\n    probe([s.ask(x) for x in q][0])  #= 'answer'\n",
        "class Api:\n    def ask(self, q, s: Service = Service()):\n        probe(s.ask(q))  #= 'answer'\n",
        # What is passed counts as before.
        "def ask(q, s: Service):\n    probe(s.ask(q))  #= 'answer'\n\nask('x', Service())\n",
        "class Node:\n    def ask(self, q):\n        return 'node'\n\n"
        "def ask(q, s=Service()):\n    probe(s.ask(q))  #= 'node'\n\nask('x', Node())\n",
    ],
)
def test_the_object_is_what_is_given(route: str) -> None:
    found, wanted = check(SERVICE + route)
    assert found == wanted


@pytest.mark.parametrize("declared", ["s", "s: Any", "s: 'Any'", "s: Any = space"])
def test_an_object_of_any_kind_may_hold_the_function_itself(declared: str) -> None:
    text = "class Space:\n    pass\n\nspace = Space()\n\ndef say(q):\n    probe(q)  #= 'a'\n\nspace.say = say\n\n"
    found, wanted = check(SERVICE + text + f"def go({declared}):\n    s.say('a')\n\ngo(space)\n")
    assert found == wanted
