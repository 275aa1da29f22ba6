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


KEPT = """
import acme.state as kept
from acme import Client
import threading

class Holder:
    def __init__(self, client):
        self.client = client

def run(client, text):
    client.chat(messages=[text])
"""


@pytest.mark.parametrize(
    "text",
    [
        "threading.Thread(target=run, args=(Client(), 'a')).start()",
        "threading.Thread(target=run, kwargs={'client': Client(), 'text': 'a'}).start()",
        "given = {'client': Client()}\ngiven.update(text='a')\nthreading.Thread(target=run, kwargs=given).start()",
        "kept.holders = [Holder(Client())]\nfound = next((h for h in kept.holders if h.ok), None)\nrun(found.client, 'a')",
    ],
)
def test_arguments_of_a_thread_and_what_is_kept_in_an_external_object(text: str) -> None:
    (call,) = nodes(build(KEPT + text), "model_call")
    assert call.at.line == 11
    assert call.client.value


def test_a_thread_gives_other_functions_nothing() -> None:
    text = (
        KEPT
        + "def other(a, b): ...\nthreading.Thread(target=other, args=(Client(), 'a')).start()\nthreading.Thread(None, args=(Client(), run))"
    )
    assert not nodes(build(text), "model_call")
