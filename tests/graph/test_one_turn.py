"""Agents of which a run asks the model once, so that the framework's limit bounds nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import ACME, build, nodes

AGENT: dict[str, Any] = {
    "name": "name",
    "tools": ["tools", 1],
    "tool_attributes": ["tools"],
    "handoffs": "helpers",
    "loops_with": ["tools", "1", "helpers", "output", "registry"],
}
TYPES = {
    **ACME["types"],
    "agent": {"new": ["acme.agents.Agent"], "noun": "agent", "agent": AGENT},
    "team": {"new": ["acme.agents.Team"], "noun": "agent", "agent": {"sub_agents": "members", "each_once": True}},
}
CALLS = [
    {
        "names": ["agent.run", "team.run"],
        "noun": "model_call",
        "kind": "agent_run",
        "runs": "receiver",
        "settings": {"loop": {"argument": "most", "unit": "turns", "default": [{"value": 900}]}},
    }
]
HEAD = """
from acme.agents import Agent, Team
import settings

def look(q):
    return q

def none():
    return []

"""


def kinds(text: str) -> list[str]:
    return [call.loop_kind for call in nodes(build(HEAD + text, types=TYPES, calls=CALLS), "model_call")]


@pytest.mark.parametrize(
    "made",
    [
        'Agent(name="a")',
        'Agent(name="a", tools=[], helpers=None)',
        'Agent("a", [])',
        'Agent(name="a", tools=none())',
        'Team(members=[Agent(name="a"), Agent(name="b", tools=[])])',
        'Team(members=[Team(members=[Agent(name="a")]), Agent(name="b")])',
    ],
)
def test_nothing_is_given_that_makes_it_ask_again(made: str) -> None:
    assert kinds(f"a = {made}\na.run()\n") == ["straight"]


@pytest.mark.parametrize(
    "text",
    [
        'a = Agent(name="a", tools=[look])\na.run()\n',
        'a = Agent("a", [look])\na.run()\n',
        'a = Agent(name="a", tools=settings.TOOLS)\na.run()\n',
        'a = Agent(name="a", **settings.ALL)\na.run()\n',
        'a = Agent(name="a", output=dict)\na.run()\n',
        'a = Agent(name="a")\na.tools = settings.TOOLS\na.run()\n',
        'a = Agent(name="a")\na.helpers.append(Agent(name="b"))\na.run()\n',
        'a = Agent(name="a")\na.registry.load(settings.PATH)\na.run()\n',
        'a = Agent(name="a")\na.run(output=dict)\n',
        'tools = []\nif settings.SEARCH:\n    tools.append(look)\na = Agent(name="a", tools=tools)\na.run()\n',
        'def make(tools):\n    return Agent(name="a", tools=tools)\nmake(settings.TOOLS).run()\n',
        'class Own(Agent):\n    tools = [look]\nOwn(name="a").run()\n',
        'Team(members=[Agent(name="a"), Agent(name="b", tools=[look])]).run()\n',
        'Team(members=[Agent(name="a"), settings.OTHER]).run()\n',
        "Team(members=settings.MEMBERS).run()\n",
    ],
)
def test_something_is_given_or_may_be(text: str) -> None:
    assert kinds(text) == ["framework"]
