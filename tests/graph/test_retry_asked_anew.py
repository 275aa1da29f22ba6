"""Loops that ask again where the answer cannot be taken: the request stands before the `try`."""

from __future__ import annotations

import pytest

from auditor.graph.types import Retry
from tests.graph.dispatch_help import build, nodes

CODE = """
from acme import Client

client = Client()

def ask(text):
    for attempt in range(4):
        answer = client.chat(messages=text)
        {between}
        try:
            return parse(answer)
        except ValueError as error:
            last = error
            {behind}
    raise last
"""


@pytest.mark.parametrize(
    ("between", "behind", "kinds"),
    [
        ("pass", "pass", [(4, (), True)]),
        ("pass", "break", []),
        ("print(answer)", "continue", [(4, (), True)]),
    ],
)
def test_the_model_is_asked_again(between: str, behind: str, kinds: list[object]) -> None:
    graph = build(CODE.format(between=between, behind=behind))
    found = [n for n in nodes(graph, "retry") if isinstance(n, Retry)]
    assert [(n.attempts.number, n.on, n.answers) for n in found] == kinds
    assert len(nodes(graph, "loop")) == (0 if kinds else 1)


@pytest.mark.parametrize("left", ["text += answer", "text.append(answer)", "text = shorter(text, answer)"])
def test_a_turn_that_goes_on_with_what_the_last_one_left_is_no_retry(left: str) -> None:
    graph = build(CODE.format(between=left, behind="pass"))
    assert nodes(graph, "retry") == []
    assert len(nodes(graph, "loop")) == 1


def test_what_is_tried_and_what_stands_before_it() -> None:
    code = CODE.replace("parse(answer)", "client.chat(messages=answer)").format(between="pass", behind="pass")
    found = [n for n in nodes(build(code), "retry") if isinstance(n, Retry)]
    assert sorted((n.attempts.number, n.on, n.answers) for n in found) == [(4, (), True), (4, ("builtins.ValueError",), False)]


def test_what_stands_behind_is_not_asked_again() -> None:
    code = CODE.replace("answer = client.chat(messages=text)", "answer = text").replace("raise last", "return client.chat(messages=text)")
    assert nodes(build(code.format(between="pass", behind="pass")), "retry") == []
