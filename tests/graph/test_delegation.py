"""Members of a team that may hand work to the others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import build

KNOWN: dict[str, Any] = {
    "types": {
        "agent": {"new": ["acme.Agent"], "noun": "agent", "agent": {"name": [0], "delegates": {"argument": "free", "equals": [True]}}},
        "team": {"new": ["acme.Team"], "noun": "agent", "agent": {"team": True, "name": "name", "sub_agents": "agents"}},
    }
}


def edges(text: str) -> set[tuple[str, str]]:
    made = build("from acme import Agent, Team\n" + text, **KNOWN)
    found = [(made.nodes[e.source], made.nodes[e.target]) for e in made.edges if e.kind == "hands_off"]
    return {(a.name, b.name) for a, b in found if a.kind == "agent"}


@pytest.mark.parametrize(("said", "expected"), [("True", {("a", "b"), ("a", "c")}), ("False", set()), ("maybe", set())])
def test_it_hands_work_to_each_other_member_where_its_constructor_says_so(said: str, expected: set[tuple[str, str]]) -> None:
    assert edges(f"a = Agent('a', free={said})\nb, c = Agent('b'), Agent('c')\nTeam(agents=[a, b, c])\n") == expected


def test_both_may_hand_work_to_each_other() -> None:
    assert edges("a, b = Agent('a', free=True), Agent('b', free=True)\nTeam(agents=[a, b])\n") == {("a", "b"), ("b", "a")}


def test_one_outside_of_the_team_gets_none() -> None:
    assert edges("a, b, c = Agent('a', free=True), Agent('b'), Agent('c')\nTeam(agents=[a, b])\n") == {("a", "b")}


def test_without_a_team_there_is_nobody_to_hand_it_to() -> None:
    assert edges("Agent('a', free=True)\nAgent('b')\n") == set()
