"""Workflow graphs that a function makes of the agents it is handed: each caller has a graph of its own."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, nodes

KNOWN: dict[str, Any] = {
    "types": {**ACME["types"], "flow": {"new": ["acme.flows.Flow"], "methods": {"compile": {"returns": "app"}}}, "app": {}},
    "calls": [*ACME["calls"], {"names": ["app.go"], "noun": "model_call", "kind": "agent_run", "runs": "receiver"}],
    "builders": [
        {
            "type": "flow",
            "nodes": [{"method": "add_node", "name": 0, "runs": [1, 0]}],
            "edges": [{"method": "add_edge", "from": 0, "to": 1}],
            "compile": {"method": "compile", "returns": "app"},
        }
    ],
}
CREW = """
from acme.flows import Flow

def crew(agents):
    flow = Flow()
    for agent in agents:
        {add}
    return flow
"""
TWO = """
from acme.agents import Agent
from crew import crew

writer, reader = Agent(name="writer"), Agent(name="reader")
app = crew([writer, reader]).compile()
app.go({})
"""
ONE = """
from acme.agents import Agent
from crew import crew

lone = Agent(name="lone")
flow = crew([lone])
app = flow.compile()
app.go({})
"""


def contained(graph: AgentGraph, path: str) -> dict[str, set[str]]:
    """Step -> names of the agents that it runs, of the graph that is compiled in a file."""
    (app,) = [n.id for n in nodes(graph, "agent") if n.at.path == path and n.name in ("app", "compile")]
    steps = [e.target for e in graph.edges if e.kind == "contains" and e.source == app]
    runs = {s: {graph.nodes[e.target].name for e in graph.edges if e.kind == "runs" and e.source == s} for s in steps}
    return {graph.nodes[s].name: names for s, names in runs.items()}


@pytest.mark.parametrize("add", ["flow.add_node(agent.name, agent)", "flow.add_node(agent)"])
def test_each_caller_has_a_graph_of_its_own(add: str) -> None:
    graph = build({"crew.py": CREW.format(add=add), "two.py": TWO, "one.py": ONE}, **KNOWN)
    assert contained(graph, "two.py") == {"writer": {"writer"}, "reader": {"reader"}}
    assert contained(graph, "one.py") == {"lone": {"lone"}}
    led = {(graph.nodes[s.caller].at.path, graph.nodes[s.target].name) for s in graph.flow.sites if s.caller.startswith("agent:")}
    assert {t for p, t in led if p == "one.py"} == {"lone"}


def test_steps_of_the_same_name_run_what_their_own_graph_was_handed() -> None:
    add = 'flow.add_node("work", agent)'
    graph = build({"crew.py": CREW.format(add=add), "two.py": TWO.replace("[writer, reader]", "[writer]"), "one.py": ONE}, **KNOWN)
    assert contained(graph, "two.py") == {"work": {"writer"}}
    assert contained(graph, "one.py") == {"work": {"lone"}}


def test_what_does_not_depend_on_the_caller_is_one_graph() -> None:
    made = """
from acme.flows import Flow

def work(state):
    return state

def made(size):
    flow = Flow()
    flow.add_node("work", work)
    flow.add_node("rest", lambda state: state)
    flow.add_edge("work", "rest")
    flow.add_edge("rest", "work")
    return flow
"""
    graph = build(
        {"made.py": made, "a.py": "from made import made\na = made(1).compile()", "b.py": "from made import made\nb = made(2).compile()"},
        **KNOWN,
    )
    assert sorted(n.name for n in nodes(graph, "step")) == ["rest", "work"]
    assert len(nodes(graph, "loop")) == 1
    assert len([e for e in graph.edges if e.kind == "contains"]) == 4


def test_what_is_not_known_to_be_an_agent_is_no_step() -> None:
    other = "from crew import crew\nimport elsewhere\napp = crew(elsewhere.all()).compile()\n"
    graph = build({"crew.py": CREW.format(add="flow.add_node(agent.name, agent)"), "one.py": other}, **KNOWN)
    assert not nodes(graph, "step")
    assert [row.name for row in graph.unknowns] == ["acme.flows.Flow.add_node"]
