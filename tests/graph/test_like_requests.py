"""Calls that are given what a request to a model takes, where nothing says what is called."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build

PROGRAM = """
    from unittest import mock
    import acme
    import strange_llm
    from strange_llm.client import get_client

    class Own:
        def chat(self, messages, model):
            return messages

    def ask(given):
        messages = [{{"role": "user", "content": "hi"}}]
        {call}
    """


def told(call: str) -> list[tuple[str, str]]:
    return [(u.package, u.name) for u in build(PROGRAM.format(call=call)).unknowns if u.asks]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("get_client().create(messages=messages, tools=[])", "strange_llm"),
        ("strange_llm.chat(messages=messages, model='m')", "strange_llm"),
        ("(get_client() or mock.Mock()).create(messages=messages, stream=True)", "strange_llm"),
        ("given.create(messages=messages, temperature=0)", "unknown"),
        ("given(messages=messages, max_tokens=5)", "unknown"),
        # what is known, what the program itself does, and what is no request
        ("Own().chat(messages=messages, model='m')", None),
        ("(given or Own()).chat(messages=messages, model='m')", None),
        ("acme.Client().chat(messages=messages, model='m')", None),
        ("strange_llm.ChatRequest(messages=messages, model='m')", None),
        ("dict(messages=messages, model='m')", None),
        ("given.create(messages=messages)", None),
        ("given.create(model='m', temperature=0)", None),
    ],
)
def test_what_is_called_is_not_known(call: str, expected: str | None) -> None:
    assert [package for package, _ in told(call)] == ([expected] if expected else [])
