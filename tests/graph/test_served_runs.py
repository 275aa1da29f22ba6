"""Runs of ready-made agents that only a server makes: their requests are judged like those of a run in the code."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.analyses.analyse import analyse
from auditor.core.values import ABSENT
from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, nodes
from tests.graph.test_servers import KNOWN

TIMED = {"deadline": {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]}}
MORE: dict[str, Any] = {
    **KNOWN,
    "types": {
        **ACME["types"],
        "client": {**ACME["types"]["client"], "settings": TIMED},
        "agent": {"new": ["acme.agents.Agent"], "noun": "agent", "agent": {"name": "name", "tools": "tools", "model": "model"}},
        "flow": {"new": ["acme.flows.Flow"], "methods": {"compile": {"returns": "app"}}},
        "app": {},
    },
    "builders": [
        {"type": "flow", "nodes": [{"method": "add_node", "name": 0, "runs": [1, 0]}], "compile": {"method": "compile", "returns": "app"}},
    ],
}
HEAD = "from acme import Client\nfrom acme.agents import Agent\nfrom acme.flows import Flow\n\n"
GRAPH = "flow = Flow()\nflow.add_node('a', {node})\napp = flow.compile()\n"


def served(code: str, target: str = "app.py:app") -> AgentGraph:
    return analyse(build({"app.py": HEAD + code}, documents={"acme.json": {"agents": {"main": target}}}, known=MORE))


@pytest.mark.parametrize(
    ("code", "deadline"),
    [
        ("app = Agent(name='a', model=Client())\n", ABSENT),
        ("app = Agent(name='a', model=Client(timeout=5))\n", 5),
        (GRAPH.format(node="Agent(name='a', model=Client(timeout=5))"), 5),
        ("def app():\n    return Agent(name='a', model=Client(timeout=7))\n", 7),
    ],
)
def test_the_server_runs_it(code: str, deadline: object) -> None:
    graph = served(code)
    (run,) = nodes(graph, "model_call")
    assert (run.call, run.deadline.value, run.made_of_calls) == ("agent_run", deadline, False)
    assert run.reached and "begins" in run.trace[0].what
    assert run.usage_recorded.state == "unknown"


@pytest.mark.parametrize(
    "code",
    [
        "def step(state):\n    return Client().chat(messages=state)\n\n" + GRAPH.format(node="step"),
        "import elsewhere\n\n" + GRAPH.format(node="elsewhere.step"),
        "app = Agent(name='a')\n",
    ],
)
def test_requests_in_the_code_and_those_of_which_nothing_is_known_are_no_runs(code: str) -> None:
    assert not [n for n in nodes(served(code), "model_call") if n.call == "agent_run"]


def test_what_no_server_runs_has_no_such_run() -> None:
    assert not nodes(served("app = Agent(name='a', model=Client())\nother = 1\n", "app.py:other"), "model_call")
