"""A loop that runs, of a table of functions, the one that the last of them named: a graph written by hand. Its functions are steps."""

from __future__ import annotations

from tests.graph.dispatch_help import build, has_tools, nodes

GRAPH = """
from acme import Client

client = Client()

async def plan(state):
    answer = await client.chat(messages=state["messages"])
    state["messages"].append(answer.text)
    return {"goto": "work" if answer.text else "end"}

async def work(state):
    answer = await client.chat(messages=state["messages"])
    state["messages"].append(answer.text)
    return {"goto": "plan"}

NODES = {"plan": plan, "work": work}

async def run(state):
    current = "plan"
    while current != "end":
        node = NODES[current]
        said = await node(state)
        current = said["goto"]
    return state
"""


def test_functions_that_name_the_next_are_steps() -> None:
    graph = build(GRAPH)
    assert has_tools(graph) == set()
    assert [n.name for n in nodes(graph, "step")] == ["plan", "work"]
    assert {(graph.nodes[e.source].name, graph.nodes[e.target].name) for e in graph.edges if e.kind == "contains"} == {
        ("run", "plan"),
        ("run", "work"),
    }
    assert not any(s.caller.endswith("run") and s.target.endswith((".plan", ".work")) for s in graph.flow.sites)


TOOLS = """
from acme import Client

client = Client()

def expert(messages):
    return client.chat(messages=messages).text

def add(messages):
    return 3

TOOLS = {"expert": expert, "add": add}

def run(messages):
    while True:
        answer = client.chat(messages=messages)
        if answer.text == "end":
            return answer
        messages.append(TOOLS[answer.text](messages))
"""


def test_a_tool_that_asks_a_model_is_still_a_tool() -> None:
    graph = build(TOOLS)
    assert nodes(graph, "step") == []
    assert has_tools(graph) == {("run", "expert"), ("run", "add")}
