"""Tools that code runs itself: steps of a graph that look the tool up by its name, and loops that are agents."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, nodes

KNOWN: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "flow": {"new": ["acme.flows.Flow"], "methods": {"compile": {"returns": "app"}}},
        "app": {},
        "tool": {"decorates": ["acme.tool"], "noun": "tool", "harmless": ["name"]},
        "hub": {"new": ["acme.Hub"]},
        "distant": {"follows": "maker", "attributes": {"[]": "self"}, "harmless": ["*"]},
    },
    "calls": [
        *ACME["calls"],
        {"names": ["app.go"], "noun": "model_call", "kind": "agent_run", "runs": "receiver"},
        {"names": ["tool.use"], "noun": "none", "runs": "receiver"},
        {"names": ["hub.tools"], "kind": "mcp", "returns": "distant"},
        {"names": ["distant.use"], "kind": "mcp"},
        {"names": ["acme.fetch"], "noun": "external_call"},
    ],
    "builders": [
        {"type": "flow", "nodes": [{"method": "add_node", "name": 0, "runs": 1}], "compile": {"method": "compile", "returns": "app"}},
    ],
}
TOOLS = """
from acme import Client, Hub, fetch, tool
from acme.flows import Flow

@tool
def look(name):
    return fetch(name)

@tool
def note(text):
    return text

def plain(text):
    return text

"""
FLOW = """
flow = Flow()
flow.add_node("ask", ask)
flow.add_node("act", act)
app = flow.compile()

def main():
    app.go({})

main()
"""
ASK = "def ask(state):\n    return {'answer': Client().bind(tools=[look, note]).chat(state)}\n"


def way_to(graph: AgentGraph, kind: str) -> list[list[str]]:
    """How the calls of a kind are reached, as words and lines."""
    return [[f"{step.what}" for step in n.trace] for n in nodes(analyse(graph), kind)]


@pytest.mark.parametrize(
    "act",
    [
        "BY_NAME = {'look': look, 'note': note}\ndef act(state):\n    BY_NAME[state['name']].use(state['arguments'])\n",
        """
def known():
    return {each.name: each for each in [look, note]}

def act(state):
    for call in state["calls"]:
        found = known().get(call["name"], None)
        if found:
            found.use(call["arguments"])
""",
        """
class Act:
    def __init__(self, tools):
        self.tools = {each.name: each for each in tools}
    def __call__(self, state):
        self.tools[state["name"]].use(state["arguments"])

act = Act([look, note])
""",
    ],
)
def test_a_step_that_looks_a_tool_up_leads_to_it(act: str) -> None:
    graph = build(TOOLS + ASK + act + FLOW, **KNOWN)
    (way,) = way_to(graph, "external_call")
    assert "tool look" in way
    assert any(step in way for step in ("act act", "step act", "calls act", "calls Act.__call__")), way
    agent = next(n.id for n in nodes(graph, "agent"))
    assert not [s for s in graph.flow.sites if s.caller == agent and s.target.startswith("tool:")]
    assert len([e for e in graph.edges if e.kind == "has_tool" and e.source == agent]) == 2


def test_a_tool_that_no_step_runs_is_led_to_by_the_agent() -> None:
    graph = build(TOOLS + ASK + "def act(state):\n    return {}\n" + FLOW, **KNOWN)
    agent = next(n.id for n in nodes(graph, "agent"))
    assert len([s for s in graph.flow.sites if s.caller == agent and s.target.startswith("tool:")]) == 2


def test_what_is_no_tool_is_not_run_by_that_name() -> None:
    graph = build(TOOLS + ASK + "def act(state):\n    {'plain': plain}[state['name']].use(1)\n" + FLOW, **KNOWN)
    assert not [s for s in graph.flow.sites if s.caller.endswith(":act") and s.target.startswith(("tool:", "fn:"))]


def test_the_tools_of_a_loop_are_led_to_by_its_agent_alone() -> None:
    loop = """
BY_NAME = {each.name: each for each in [look, note]}

def main(messages):
    llm = Client().bind(tools=[look, note])
    for _ in range(5):
        answer = llm.chat(messages)
        messages.append(answer)
        if not answer.calls:
            return
        for call in answer.calls:
            messages.append(BY_NAME[call["name"]].use(call["arguments"]))

main([])
"""
    graph = build(TOOLS + loop, **KNOWN)
    assert [n.name for n in nodes(graph, "agent")] == ["main"]
    callers = {s.caller.partition(":")[0] for s in graph.flow.sites if s.target.startswith("tool:")}
    assert callers == {"agent"}


def test_tools_of_a_server_are_asked_there() -> None:
    act = """
async def act(state):
    known = {each.name: each for each in [look, *await Hub().tools()]}
    return await known[state["name"]].use(state["arguments"])
"""
    graph = build(TOOLS + ASK + act + FLOW, **KNOWN)
    kinds = sorted((n.call, n.name) for n in nodes(graph, "external_call"))
    assert kinds == [("http", "fetch"), ("mcp", "tools"), ("mcp", "use")]
    assert [s for s in graph.flow.sites if s.caller.endswith(":act") and s.target.startswith("tool:")]
