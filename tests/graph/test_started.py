"""Arguments of functions that a thread, a pool or an event loop starts."""

from __future__ import annotations

import pytest

from auditor.graph.types import ModelCall
from tests.graph.dispatch_help import build, nodes

DEADLINE = {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]}
KNOWN = {
    "types": {
        "client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": DEADLINE}},
        "loop": {"new": ["acme.running_loop"]},
        "pool": {"new": ["acme.Pool"], "noun": "fan_out"},
        "threads": {"is": ["pool"], "new": ["acme.Threads"]},
    },
    "calls": [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}],
    "regions": [
        {"names": ["acme.in_thread"], "makes": "thread", "body": ["func", 0], "callable": True, "hands": "rest"},
        {"names": ["loop.in_executor"], "makes": "thread", "body": ["func", 1], "callable": True, "hands": "rest"},
        {"names": ["pool.submit"], "makes": "fan_out", "body": ["fn", 0], "callable": True, "hands": "rest"},
        {"names": ["pool.map"], "makes": "fan_out", "body": ["fn", 0], "callable": True, "hands": "each"},
    ],
}
HEAD = "import acme\nfrom acme import Client, Pool, Threads\n"
HEAD += "def ask(client, n=1):\n    return client.chat()\ndef make():\n    return Client(timeout=3)\n"
CASES = {
    "acme.in_thread(ask, Client(timeout=3))": [3],
    "acme.in_thread(ask, client=Client(timeout=3))": [3],
    "acme.in_thread(func=ask, client=Client(timeout=3))": [3],
    "acme.in_thread(ask, *load(Client(timeout=3)))": [],
    "acme.running_loop().in_executor(None, ask, Client(timeout=3))": [3],
    "Pool().submit(ask, Client(timeout=3), 4)": [3],
    "Threads().submit(ask, Client(timeout=3))": [3],
    "Pool().map(ask, [Client(timeout=3)], [1])": [3],
    "Pool().submit(make).result().chat()": [3],
    "Pool().submit(make).done().chat()": [],
    "acme.other(ask, Client(timeout=3))": [],
}


@pytest.mark.parametrize(("text", "deadlines"), CASES.items(), ids=CASES)
def test_what_is_handed_on_reaches_the_function(text: str, deadlines: list[float]) -> None:
    calls: list[ModelCall] = nodes(build(f"{HEAD}{text}\n", **KNOWN), "model_call")
    assert [c.deadline.number for c in calls] == deadlines


def test_what_is_awaited_is_what_the_function_gives() -> None:
    text = "async def main(pool: Pool, loop=acme.running_loop()):\n    pool.submit(ask, Client(timeout=5))\n"
    text += "    client = await loop.in_executor(None, make)\n    client.chat()\n"
    calls: list[ModelCall] = nodes(build(HEAD + text, **KNOWN), "model_call")
    assert [(c.at.line, c.deadline.number) for c in calls] == [(4, 5), (10, 3)]
