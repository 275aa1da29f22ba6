"""What may end a cycle of a workflow graph besides the framework's bound."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import ACME, build, nodes

GRAPH = """
from acme import Client
from acme.flows import Flow, Go, Left, END

class State:
    more: bool
    steps_left: Left

def ask(state):
    return Client().chat(messages=[])

{router}

flow = Flow()
flow.add_node("ask", ask)
flow.add_branch("ask", router)
app = flow.compile()
"""
FLOW: dict[str, Any] = {
    "types": {**ACME["types"], "flow": {"new": ["acme.flows.Flow"]}, "app": {}},
    "builders": [
        {
            "type": "flow",
            "nodes": [{"method": "add_node", "name": 0, "runs": 1}],
            "branches": [{"method": "add_branch", "from": 0, "router": 1}],
            "compile": {"method": "compile", "returns": "app"},
            "end": ["acme.flows.END"],
            "goto": ["acme.flows.Go"],
            "left": ["acme.flows.Left"],
        }
    ],
}


@pytest.mark.parametrize(
    ("router", "expected"),
    [
        ("def router(state):\n    return 'ask' if state['more'] else END", False),
        ("def router(state):\n    return 'ask' if len(state['calls']) > 0 else END", False),
        ("def router(state):\n    return 'ask' if len(state['calls']) < 5 else END", True),
        ("def router(state):\n    return 'ask' if state['score'] < 0.8 else END", False),
        ("def router(state):\n    return END if state['steps_left'] < 2 else 'ask'", False),
        ("def router(state):\n    if state['turn'] >= state['most']:\n        return END\n    return 'ask'", True),
    ],
)
def test_a_router_that_compares_numbers_may_end_a_cycle(router: str, expected: bool) -> None:
    (loop,) = nodes(build(GRAPH.format(router=router), **FLOW), "loop")
    assert bool(loop.compares) is expected


STEPS = """
from acme import Client
from acme.flows import Flow, Go, END

def ask(state):
    {first}
    return Go(goto="check")

def check(state):
    if {second}:
        return Go(goto=END)
    return Go(goto="ask")

flow = Flow()
flow.add_node("ask", ask)
flow.add_node("check", check)
app = flow.compile()
"""


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("long = state['size'] > 5", "state['done']", False), ("pass", "state['turn'] >= state['most']", True)],
    ids=["one that has no choice", "the one that chooses"],
)
def test_a_step_that_says_where_it_leads(first: str, second: str, expected: bool) -> None:
    (loop,) = nodes(build(STEPS.format(first=first, second=second), **FLOW), "loop")
    assert bool(loop.compares) is expected
