"""Methods of known objects that are handed to a function of the program, which calls them."""

from __future__ import annotations

import pytest

from auditor.core.values import alternatives
from tests.graph.dispatch_help import build, nodes

HEAD = """
from acme import Client

def handled(func, *args, **kwargs):
    return func(*args, **kwargs)

"""


@pytest.mark.parametrize(
    "text",
    [
        "handled(Client().chat, messages=[])",
        "handled(func=Client().chat, messages=[])",
        "class A:\n    def __init__(self):\n        self.client = Client()\n"
        "    def ask(self):\n        return handled(self.client.chat)\nA().ask()",
        "def ask(chat):\n    return handled(chat)\nask(Client().chat)",
    ],
)
def test_the_call_inside_is_the_model_call(text: str) -> None:
    (call,) = nodes(build(HEAD + text), "model_call")
    assert (call.at.line, call.qualname) == (5, "handled")


def test_each_caller_brings_its_client() -> None:
    types = {
        "client": {
            "new": ["acme.Client"],
            "noun": "model_client",
            "settings": {"deadline": {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]}},
        }
    }
    text = HEAD + "handled(Client(timeout=5).chat)\nhandled(Client().chat)\nhandled(print)"
    (call,) = nodes(build(text, types=types, registrations=[], tracing=[]), "model_call")
    assert [s.number for s in alternatives(call.deadline)] == [5, None]


def test_a_function_that_gets_nothing_known_is_no_model_call() -> None:
    assert not nodes(build(HEAD + "handled(print)\nhandled(Client().close)"), "model_call")
