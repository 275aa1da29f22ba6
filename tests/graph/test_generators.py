"""Retries of the program around generator functions: what only makes the generator does not see it fail."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build

RETRIED = """
from acme import Client
client = Client()

def retried(f):
    def wrapper(*args):
        for attempt in range(4):
            try:
                {gives}
            except Exception:
                continue
    return wrapper

@retried
def answers(texts):
    {body}
"""
ONE_BY_ONE = "for text in texts:\n        yield client.chat(text)"


@pytest.mark.parametrize(
    ("gives", "body", "layers"),
    [
        ("return f(*args)", "return client.chat(texts)", ["retry"]),
        ("return f(*args)", ONE_BY_ONE, []),
        ("return list(f(*args))", ONE_BY_ONE, ["retry"]),
        ("yield from f(*args)\n                return", ONE_BY_ONE, ["retry"]),
    ],
)
def test_a_wrapper_that_gives_a_generator_back_retries_nothing(gives: str, body: str, layers: list[str]) -> None:
    graph = build(RETRIED.format(gives=gives, body=body))
    (function,) = [f for f in graph.flow.functions.values() if f.symbol == "answers"]
    assert [graph.flow.regions[r].kind for r in function.wrappers if graph.flow.regions[r].kind == "retry"] == layers
