"""Calls on what a method of a known object gave, and with an object that they are given: how they are named, and whose limits hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import build, nodes

LIMIT = {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]}
STORE: dict[str, Any] = {
    "package": "store",
    "types": {
        "client": {
            "new": ["store.Client", "store.connect"],
            "methods": {"table": {"returns": "self"}, "rows": {"returns": "self"}, "options": {"sets": True}, "query": {"sets": True}},
            "attributes": {"home": "self"},
        }
    },
    "calls": [
        {"names": ["client.query"], "kind": "db", "returns": "self"},
        {"names": ["client.load"], "kind": "db", "settings": {"deadline": LIMIT}},
    ],
}
MADE_WITH: dict[str, Any] = {
    "package": "store",
    "types": {
        "engine": {"new": ["store.Engine"], "settings": {"deadline": {"argument": "limit", "default": [{"value": "absent"}]}}},
    },
    "calls": [
        {"names": ["engine.load"], "kind": "db"},
        {"names": ["store.create"], "kind": "db", "client": 0, "settings": {"deadline": {"unit": "seconds"}}},
        {"names": ["store.connect"], "kind": "db", "client": 0, "settings": {"deadline": {"argument": "timeout", "unit": "seconds"}}},
    ],
}
HEAD = "from store import Client, connect\nclient = Client()\n"


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("client.load()", "store.Client.load", "timeout= of Client.load()"),
        ("client.home.load()", "store.Client.load", "timeout= of Client.load()"),
        ("client.options(limit=3).load()", "store.Client.load", "timeout= of Client.load()"),
        ("client.table('a').load()", "store.Client.table().load", "timeout= of table().load()"),
        ("table = client.table('a')\nrows = table.rows()\nrows.load()", "store.Client.table().rows().load", "timeout= of rows().load()"),
        ("client.query('a').load()", "store.Client.query().load", "timeout= of query().load()"),
        ("client.table('a').rows().rows().rows().load()", "load of store.Client(...)", "timeout= of rows().load()"),
        ("connect().table('a').load()", "load of store.connect(...)", "timeout= of load()"),
    ],
)
def test_it_is_named_after_what_gave_it(text: str, name: str, argument: str) -> None:
    (call,) = (n for n in nodes(build(HEAD + text, extra=STORE), "external_call") if n.name == "load")
    assert (call.called, call.deadline.argument) == (name, argument)


def test_a_call_that_is_given_its_client_is_mended_there_unless_it_has_a_deadline_of_its_own() -> None:
    text = "from store import Engine, connect, create\nengine = Engine()\nengine.load()\ncreate(engine)\nconnect(engine)"
    load, create, connect = nodes(build(text, extra=MADE_WITH), "external_call")
    assert load.client.value == create.client.value
    assert connect.client.value != load.client.value
