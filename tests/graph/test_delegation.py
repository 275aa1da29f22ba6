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


BASE = """
from acme import Team
class Base:
    def __init__(self):
        self.agents = []
    def add(self, agent):
        self.agents.append(agent)
    def team(self):
        return Team(agents=self.agents)
"""


def own(name: str, *agents: str) -> str:
    lines = "".join(f"        self.add(Agent({agent}))\n" for agent in agents)
    head = f"from acme import Agent\nfrom base import Base\nclass {name}(Base):\n    def fill(self):\n"
    return f"{head}{lines}{name}().fill()\n{name}().team()\n"


def test_of_a_team_made_in_a_base_class_it_gets_those_that_are_made_beside_it() -> None:
    made = build({"base.py": BASE, "one.py": own("One", "'a', free=True", "'b'"), "two.py": own("Two", "'c'")}, **KNOWN)
    found = [(made.nodes[e.source].name, made.nodes[e.target].name) for e in made.edges if e.kind == "hands_off"]
    assert {name for agent, name in found if agent == "a"} == {"b"}


def test_of_a_team_whose_members_are_imported_it_gets_all() -> None:
    files = {
        "one.py": "from acme import Agent\na, b = Agent('a', free=True), Agent('b')\n",
        "two.py": "from acme import Agent\nc = Agent('c')\n",
        "team.py": "from acme import Team\nfrom one import a, b\nfrom two import c\nTeam(agents=[a, b, c])\n",
    }
    made = build(files, **KNOWN)
    found = [(made.nodes[e.source].name, made.nodes[e.target].name) for e in made.edges if e.kind == "hands_off"]
    assert {name for agent, name in found if agent == "a"} == {"b", "c"}
