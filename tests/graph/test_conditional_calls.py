"""Calls that do something only with some arguments: a form with a condition, beside one without."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import build, nodes

KNOWN: dict[str, Any] = {
    "calls": [
        {"names": ["acme.Store"], "kind": "db", "when": {"argument": "connection", "given": False}},
        {"names": ["client.chat"], "noun": "model_call", "kind": "llm"},
        {
            "names": ["client.chat"],
            "noun": "model_call",
            "kind": "agent_run",
            "when": {"argument": "more.helper", "given": True, "sure": True},
        },
    ]
}
HEAD = "from acme import Client, Store\nfrom elsewhere import given\n"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("Store(url='x')", 1),
        ("Store(connection=given)", 0),
        ("options = {'url': 'x'}\nStore(**options)", 1),
        ("options = {'connection': given}\nStore(**options)", 0),
        ("Store(**given)", 1),
    ],
)
def test_a_constructor_connects_where_it_is_given_no_connection(call: str, expected: int) -> None:
    assert len(nodes(build(HEAD + call, **KNOWN), "external_call")) == expected


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ("'x'", "llm"),
        ("'x', more={'helper': {'name': 'a'}}", "agent_run"),
        ("'x', more={'other': 1}", "llm"),
        ("'x', **given", "llm"),
        ("'x', more=given", "llm"),
    ],
)
def test_a_form_whose_condition_holds_beats_the_one_without(arguments: str, kind: str) -> None:
    (found,) = nodes(build(f"{HEAD}Client().chat({arguments})", **KNOWN), "model_call")
    assert found.call == kind


@pytest.mark.parametrize(("called", "expected"), [("self.inner(text)", 1), ("self.other(text)", 0), ("self.inner.close(text)", 0)])
def test_an_attribute_of_a_library_class_is_called_itself(called: str, expected: int) -> None:
    agent: dict[str, Any] = {"new": ["acme.Agent"], "noun": "agent", "agent": {"name": "name"}}
    types = {"agent": {**agent, "attributes": {"inner": "asker", "other": "quiet"}}, "asker": {"harmless": ["close"]}, "quiet": {}}
    calls = [{"names": ["asker.__call__"], "noun": "model_call", "kind": "agent_run"}]
    text = f"from acme import Agent\nclass Own(Agent):\n    def forward(self, text):\n        return {called}\n"
    assert len(nodes(build(text, types=types, calls=calls), "model_call")) == expected
