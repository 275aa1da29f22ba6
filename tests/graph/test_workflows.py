"""Runs of workflow graphs: what they lead to, and what their state hands to the steps."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, nodes

FLOW: dict[str, Any] = {
    "types": {**ACME["types"], "flow": {"new": ["acme.flows.Flow"], "methods": {"compile": {"returns": "app"}}}, "app": {}},
    "calls": [
        *ACME["calls"],
        {"names": ["app.go"], "noun": "model_call", "kind": "agent_run", "runs": "receiver"},
        {"names": ["acme.fetch"], "noun": "external_call"},
    ],
    "builders": [
        {
            "type": "flow",
            "nodes": [{"method": "add_node", "name": 0, "runs": 1}],
            "compile": {"method": "compile", "returns": "app"},
            "goto": ["acme.flows.Go"],
            "state": {"runs": ["go", "chat"], "input": [0, "input"], "update": "update"},
        }
    ],
}
HEAD = "from acme import Client, fetch\nfrom acme.flows import Flow, Go\n\n"
RUN = """

class Service:
    def __init__(self, client):
        self.client = client
        self.graph = self.compiled()

    def compiled(self):
        flow = Flow()
        flow.add_node("first", first)
        flow.add_node("ask", ask)
        return flow.compile()

    def run(self):
        return self.graph.go({input})

Service(Client()).run()
"""


def made(steps: str, given: str = "{}") -> AgentGraph:
    return build(HEAD + steps + RUN.replace("{input}", given), **FLOW)


def test_a_run_without_a_model_leads_to_its_steps() -> None:
    graph = made("def first(state):\n    return {}\ndef ask(state):\n    return {'text': fetch(1)}")
    assert not nodes(graph, "model_call")
    onward: dict[str, set[str]] = {}
    for site in graph.flow.sites:
        onward.setdefault(site.caller, set()).add(site.target)
    (run,) = [f.id for f in graph.flow.functions.values() if f.symbol == "Service.run"]
    seen, todo = {run}, [run]
    while todo:
        found = onward.get(todo.pop(), set()) - seen
        seen |= found
        todo.extend(found)
    assert nodes(graph, "external_call")[0].id in seen


@pytest.mark.parametrize(
    ("first", "ask", "given"),
    [
        ("return {}", "state['llm'].chat(1)", "{'llm': self.client, 'n': 3}"),
        ("return {}", "llm = state.get('llm')\n    return {'text': llm.chat(1)}", "{'llm': self.client}"),
        ("return {}", "return {'llm': state['llm'], 'text': state['llm'].bind(tools=[]).chat(1)}", "{'llm': self.client}"),
        ("return {'llm': Client()}", "state['llm'].chat(1)", "{}"),
        ("return Go(update={'llm': Client()})", "state['llm'].chat(1)", "{}"),
        ("return {}", "for one in state['all']:\n        one.chat(1)", "{'all': [self.client]}"),
    ],
)
def test_an_object_out_of_the_state(first: str, ask: str, given: str) -> None:
    graph = made(f"def first(state):\n    {first}\ndef ask(state):\n    {ask}", given)
    assert [c.call for c in nodes(graph, "model_call")] == ["llm", "agent_run"]
    assert not graph.unknowns


def test_a_step_that_is_called_besides_has_what_the_state_holds_too() -> None:
    steps = "def first(state):\n    return {}\ndef ask(state):\n    llm = state.get('llm')\n    return {'text': llm.chat(1)}"
    graph = build(HEAD + steps + RUN.replace("{input}", "{'llm': self.client}") + "\nask(dict(llm=None))\n", **FLOW)
    assert [c.call for c in nodes(graph, "model_call")] == ["llm", "agent_run"]


@pytest.mark.parametrize("ask", ["state['llm'].chat(1)", "llm = state['llm'].bind()\n    return {'text': llm.chat(1)}"])
def test_what_is_called_out_of_the_state_and_not_known(ask: str) -> None:
    graph = made(f"def first(state):\n    return {{}}\ndef ask(state):\n    {ask}", "make_state()")
    assert [(u.package, u.name) for u in graph.unknowns] == [("acme", "state['llm'].chat")]


LAMBDA = """
def first(state):
    return {}
def reply(state, client):
    return client.chat([])
CLIENT = Client()
flow = Flow()
for _ in range(3):
    flow.add_node("ask", {given})
app = flow.compile()
app.go({})
"""


@pytest.mark.parametrize(
    "given", ["lambda state: CLIENT.chat([])", "lambda state: reply(state, CLIENT)", "lambda state: [CLIENT.chat([]) for _ in [1]]"]
)
def test_a_step_that_is_a_lambda_runs_what_stands_in_it(given: str) -> None:
    graph = build(HEAD + LAMBDA.replace("{given}", given), **FLOW)
    (call,) = [n for n in nodes(graph, "model_call") if n.call == "llm"]
    (step,) = nodes(graph, "step")
    assert any(e.source == step.id and e.target == call.id for e in graph.edges)
    assert [n.call for n in nodes(graph, "model_call") if n is not call] == ["agent_run"]


def test_what_is_around_a_lambda_that_a_step_runs_is_not_around_the_step() -> None:
    graph = build(HEAD + LAMBDA.replace("{given}", "lambda state: CLIENT.chat([])"), **FLOW)
    (step,) = nodes(graph, "step")
    (site,) = [s for s in graph.flow.sites if s.caller == step.id and s.target.startswith("model_call")]
    assert site.regions == ()


def test_a_router_that_is_a_lambda_runs_in_its_step() -> None:
    branches = [{"method": "add_branch", "from": 0, "router": 1, "map": 2}]
    graph = build(
        HEAD
        + """
CLIENT = Client()
flow = Flow()
flow.add_node("ask", lambda state: state)
flow.add_branch("ask", lambda state: CLIENT.chat([]), {"yes": "ask"})
flow.compile().go({})
""",
        **{**FLOW, "builders": [{**FLOW["builders"][0], "branches": branches}]},
    )
    (step,) = nodes(graph, "step")
    (call,) = [n for n in nodes(graph, "model_call") if n.call == "llm"]
    assert any(e.source == step.id and e.target == call.id for e in graph.edges)
