"""Requests handed to a function that very many calls reach."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build

HELPER = """
from acme import Client

client = Client()

def offload(func, *args, **kwargs):
    {body}

def other(x):
    return x
"""
MANY = "\n".join(f"offload(other, {n})" for n in range(80))


@pytest.mark.parametrize("body", ["return func(*args, **kwargs)", "return run(lambda: func(*args, **kwargs))"])
def test_they_are_told_where_they_are_handed_over(body: str) -> None:
    asked = "\noffload(client.chat, messages=[])\noffload(func=client.chat)\noffload(client.close)\n"
    graph = build(HELPER.format(body=body) + MANY + asked)
    assert [(u.name, u.at.line) for u in graph.unknowns] == [("acme.Client.chat", 91), ("acme.Client.chat", 92)]
    assert graph.unknowns[0].why == "it is handed to offload(), which too many calls reach for it to be told what that runs"


def test_few_are_followed() -> None:
    graph = build(HELPER.format(body="return func(*args, **kwargs)") + "\noffload(client.chat, messages=[])\noffload(other, 1)\n")
    assert graph.unknowns == []
    assert [n.kind for n in graph.nodes.values() if n.kind == "model_call"] == ["model_call"]


def test_a_method_is_called_without_its_object() -> None:
    text = HELPER.format(body="pass") + "\nclass Pool:\n    def offload(self, func, *args):\n        return func(*args)\n\npool = Pool()\n"
    many = "\n".join(f"pool.offload(other, {n})" for n in range(80))
    graph = build(text + many + "\npool.offload(client.chat, [])\npool.offload(other, client.chat)\n")
    assert [u.name for u in graph.unknowns] == ["acme.Client.chat"]
