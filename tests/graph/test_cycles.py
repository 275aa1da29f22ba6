"""How often a cycle of a workflow graph goes round within a limit in steps: a round takes as many as it has."""

from __future__ import annotations

from typing import Any

from auditor.analyses.analyse import analyse
from tests.analyses.flows import shown
from tests.graph.dispatch_help import ACME, build, nodes

LIMIT = {"argument": "most", "unit": "supersteps", "default": [{"value": 100}]}
FLOW: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "flow": {"new": ["acme.flows.Flow"], "methods": {"compile": {"returns": "app"}}},
        "app": {"settings": {"loop": LIMIT}},
    },
    "calls": [
        *ACME["calls"],
        {"names": ["app.start"], "noun": "model_call", "kind": "agent_run", "runs": "receiver", "settings": {"loop": LIMIT}},
    ],
    "builders": [
        {
            "type": "flow",
            "nodes": [{"method": "add_node", "name": 0, "runs": 1}],
            "edges": [{"method": "add_edge", "from": 0, "to": 1}],
            "compile": {"method": "compile", "returns": "app"},
        }
    ],
}
TEXT = """
import sys
from acme import Client
from acme.flows import Flow

def look(state):
    return state

def wait(state):
    return state

def draft(state):
    return Client().chat(messages=[])

flow = Flow()
flow.add_node("look", look)
flow.add_node("wait", wait)
flow.add_node("draft", draft)
flow.add_edge("look", "draft")
flow.add_edge("draft", "wait")
flow.add_edge("wait", "look")
{more}
app = flow.compile()

def main():
    app.start({limit})

if __name__ == "__main__":
    main()
"""


def found(more: str = "", limit: str = "") -> tuple[object, str, object]:
    """Turns of the loop, what the trace of the call inside says, and the loop that is nearest to it."""
    graph = analyse(build(TEXT.format(more=more, limit=limit), **FLOW))
    (loop,) = nodes(graph, "loop")
    call = next(c for c in nodes(graph, "model_call") if c.qualname == "draft")
    return shown(loop.times), next(s.what for s in call.trace if s.what.startswith("cycle")), shown(call.loop)


def test_a_round_takes_as_many_steps_as_it_has() -> None:
    assert found() == (33, "cycle of 33 turns", 33)


def test_a_step_goes_round_by_the_shortest_way_through_it() -> None:
    assert found(more='flow.add_edge("look", "wait")') == (50, "cycle of 33 turns", 33)


def test_the_limit_is_that_of_the_run() -> None:
    assert found(limit="most=60") == (33, "cycle of 20 turns", 20)
    assert found(limit="most=int(sys.argv[1])")[1] == "cycle"
