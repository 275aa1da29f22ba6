"""What an agent is called, and how many turns its runs allow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import ACME, build, nodes

TURNS: dict[str, Any] = {"argument": ["turns", "config.turns"], "unit": "turns"}
KNOWN: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "agent": {**ACME["types"]["agent"], "settings": {"loop": {**TURNS, "default": [{"value": 25}]}}},
    },
    "calls": [
        *ACME["calls"][:-1],
        {"names": ["agent.run"], "noun": "model_call", "kind": "agent_run", "runs": "receiver", "settings": {"loop": TURNS}},
    ],
}
HEAD = "from acme.agents import Agent\n"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("helper = Agent(name='writer')", "writer"),
        ("def make(name='writer'):\n    return Agent(name=name)", "writer"),
        ("def make():\n    for name in ('reader', 'writer'):\n        yield Agent(name=name)", "make"),
        ("def make(model):\n    return Agent(name=getattr(model.load(), 'name') or 'fallback')", "make"),
    ],
)
def test_a_fallback_is_no_name(text: str, name: str) -> None:
    assert [a.name for a in nodes(build(HEAD + text, **KNOWN), "agent")] == [name]


@pytest.mark.parametrize(
    ("runs", "turns"),
    [("agent.run('x')", 25), ("agent.run('x', turns=7)", 7), ("agent.run('x', turns=7)\nagent.run('y')", 25)],
)
def test_an_agent_has_the_turns_that_its_runs_are_given(runs: str, turns: int) -> None:
    (agent,) = nodes(build(f"{HEAD}agent = Agent()\n{runs}\n", **KNOWN), "agent")
    assert agent.max_turns.number == turns


def test_turns_in_settings_that_are_not_read() -> None:
    (agent,) = nodes(build(f"{HEAD}from elsewhere import load\nagent = Agent()\nagent.run('x', config=load())\n", **KNOWN), "agent")
    assert agent.max_turns.number is None
