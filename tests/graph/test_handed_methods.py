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


METER = """
from dataclasses import dataclass
from functools import partial
from acme import Client

TABLE = {"chat": Client().chat}

class Meter:
    SET

    def __call__(self, *args, **kwargs):
        return self.fn(*args, **kwargs)

ask = Meter(GIVEN)
print(ask(messages=[]))
"""
INIT = "def __init__(self, fn=None, more=None):\n        "


@pytest.mark.parametrize(
    ("how", "given"),
    [
        (INIT + "self.fn = fn", "Client().chat"),
        (INIT + "self.fn, self.total = fn, 0", "Client().chat"),
        (INIT + "self.fn = fn or print", "Client().chat"),
        (INIT + "self.fn = fn if fn else print", "fn=Client().chat"),
        (INIT + "self.fn = partial(fn, messages=[])", "Client().chat"),
        (INIT + "self.fn = Client().chat", ""),
        (INIT + "self.fn = TABLE['chat']", ""),
        (INIT + "self.client = Client()\n        self.fn = self.client.chat", ""),
        ("fn = Client().chat", ""),
    ],
)
def test_one_that_is_kept_in_an_object_is_called_by_the_attribute(how: str, given: str) -> None:
    (call,) = nodes(build(METER.replace("SET", how).replace("GIVEN", given)), "model_call")
    assert (call.qualname, call.callee) == ("Meter.__call__", "self.fn")


def test_one_that_a_field_keeps_is_called_by_it() -> None:
    text = METER.replace("class Meter", "@dataclass\nclass Meter").replace("SET", "fn: object").replace("GIVEN", "Client().chat")
    (call,) = nodes(build(text), "model_call")
    assert call.qualname == "Meter.__call__"


@pytest.mark.parametrize(
    ("how", "given"),
    [
        (INIT + "self.fn = fn", "print"),
        (INIT + "self.fn = fn", "Client().close"),
        (INIT + "self.fn, self.total = more, fn", "Client().chat, print"),
        (INIT + "self.total = fn\n    def fn(self, **more):\n        return 1", "Client().chat"),
    ],
)
def test_an_attribute_that_holds_another_one_asks_no_model(how: str, given: str) -> None:
    assert not nodes(build(METER.replace("SET", how).replace("GIVEN", given)), "model_call")
