"""Of several clients that can reach a call those count that can be called like this, and a deadline is mended where it is said."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import alternatives
from auditor.graph.graph import AgentGraph
from auditor.graph.types import SILENT, ModelCall
from tests.graph.dispatch_help import build, nodes

DEADLINE = {"argument": "timeout", "unit": "seconds", "unset": "absent", "default": [{"value": 600}]}
KNOWN: dict[str, Any] = {
    "types": {
        "client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": DEADLINE}},
        "later": {"new": ["acme.AsyncClient"], "is": ["client"], "noun": "model_client", "awaited": True},
    },
    "calls": [
        {
            "names": ["client.chat"],
            "noun": "model_call",
            "kind": "llm",
            "settings": {"deadline": {"argument": "timeout", "unit": "seconds", "unset": "absent"}},
        },
        {"names": ["client.draw"], "noun": "model_call", "kind": "image", "held_by": "a picture that is never done"},
    ],
}
PROGRAM = """
from acme import AsyncClient, Client

def make(later):
    if later:
        return AsyncClient(timeout=7)
    return Client(timeout=5)

client = make(flag())
"""


def graph_of(text: str) -> AgentGraph:
    return build(PROGRAM + text, known=KNOWN)


def call_of(graph: AgentGraph) -> ModelCall:
    (call,) = nodes(graph, "model_call")
    assert isinstance(call, ModelCall)
    return call


@pytest.mark.parametrize(
    ("text", "deadlines"),
    [
        ("async def ask():\n    return await client.chat('x')\n", {7}),
        ("async def ask():\n    async with client.chat('x') as said:\n        return said.text\n", {7}),
        ("def ask():\n    said = client.chat('x')\n    return said.text\n", {5}),
        ("def ask():\n    return client.chat('x').text\n", {5}),
        ("def ask():\n    with client.chat('x') as said:\n        print(said)\n", {5}),
        # what is handed on may be awaited elsewhere
        ("def ask():\n    return client.chat('x')\n", {5, 7}),
        ("async def ask():\n    waiting = client.chat('x')\n    return await waiting\n", {5, 7}),
        ("def ask(run):\n    run(client.chat('x'))\n", {5, 7}),
    ],
)
def test_clients_that_fit_the_call(text: str, deadlines: set[int]) -> None:
    assert {row.number for row in alternatives(call_of(graph_of(text)).deadline)} == deadlines


def test_what_is_made_of_something_awaited_fits_where_it_is_awaited() -> None:
    types = {**KNOWN["types"], "pool": {"new": ["acme.Pool"], "is": ["client"], "follows": 0}}
    text = """
    from acme import AsyncClient, Client, Pool

    def make(kind):
        if kind == "pool":
            return Pool(AsyncClient(timeout=9))
        return AsyncClient(timeout=7) if kind else Client(timeout=5)

    client = make(flag())

    async def ask():
        return await client.chat('x')
    """
    found = call_of(build(text, known={**KNOWN, "types": types}))
    assert {row.number for row in alternatives(found.deadline)} == {7, 9}


def test_a_client_that_alone_reaches_a_call_is_kept() -> None:
    text = "from acme import Client\nclient = Client(timeout=5)\nasync def ask():\n    return await client.chat('x')\n"
    assert call_of(build(text, known=KNOWN)).deadline.number == 5


@pytest.mark.parametrize(
    ("given", "at_client"), [("", True), (", timeout=None", False), (", timeout=limit", False), (", timeout=elsewhere()", False)]
)
def test_a_deadline_is_mended_where_it_is_said(given: str, at_client: bool) -> None:
    text = f"from acme import Client\nclient = Client()\ndef ask(limit=None):\n    return client.chat('x'{given})\nask()\n"
    call = call_of(build(text, known=KNOWN))
    assert (call.deadline_client.value == call.client.value) is at_client


def test_what_holds_a_call() -> None:
    graph = build("from acme import Client\nclient = Client()\nclient.chat('x')\nclient.draw('y')\n", known=KNOWN)
    assert [n.held_by for n in nodes(graph, "model_call")] == [SILENT, "a picture that is never done"]
