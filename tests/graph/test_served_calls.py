"""What a server runs that is given to it: each request is a call of its method, which stands nowhere in the code."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.analyses.analyse import analyse
from auditor.core.values import ABSENT, alternatives
from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, nodes

SERVER = {"as": ["call"], "makes": "entry_point", "kind": "http", "server": True}
TIMED = {"deadline": {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]}}
MORE: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "client": {**ACME["types"]["client"], "settings": TIMED},
        "agent": {"new": ["acme.agents.Agent"], "noun": "agent", "agent": {"name": "name", "tools": "tools", "model": "model"}},
        "chain": {"new": ["acme.Chain"], "parts": "*", "methods": {"typed": {}}},
        "link": {"is": ["chain"], "new": ["acme.link"], "wraps": 0},
        "flow": {"new": ["acme.flows.Flow"], "methods": {"compile": {"returns": "app"}}},
        "app": {},
    },
    "calls": [
        *ACME["calls"],
        {"names": ["chain.run"], "noun": "model_call", "kind": "llm", "needs": "client", "awaited": True},
        {"names": ["app.run"], "noun": "model_call", "kind": "agent_run", "runs": "receiver"},
    ],
    "builders": [
        {"type": "flow", "nodes": [{"method": "add_node", "name": 0, "runs": [1, 0]}], "compile": {"method": "compile", "returns": "app"}},
    ],
    "registrations": [
        {"names": ["acme.web.serve"], **SERVER, "function": ["agents", 1], "runs": "run", "name": "path"},
        {"names": ["agent.publish"], **SERVER, "attach": True, "runs": "run"},
        {"names": ["acme.web.mount"], **SERVER, "function": [1]},
    ],
}
HEAD = """
from acme import Chain, Client, link
from acme.agents import Agent
from acme.flows import Flow
from acme.web import mount, serve
import elsewhere

"""
UNREAD = [("acme", "what it serves cannot be told")]


def served(code: str) -> AgentGraph:
    return analyse(build({"app.py": HEAD + code}, known=MORE))


def told(graph: AgentGraph) -> list[tuple[str, str]]:
    return [(row.package, row.says) for row in graph.unknowns if row.name.startswith(("acme.web.", "acme.agents."))]


@pytest.mark.parametrize(
    ("code", "kind", "deadlines"),
    [
        ("serve(app, Chain(elsewhere.prompt, Client(timeout=5), elsewhere.parser), path='/ask')", "llm", [5]),
        ("serve(app, Chain(elsewhere.prompt, Chain(Client())).typed(), path='/ask')", "llm", [ABSENT]),
        ("serve(app, Agent(name='a', model=Client(timeout=5)), path='/ask')", "agent_run", [5]),
        (
            "serve(app, agents=[Agent(name='a', model=Client(timeout=5)), Agent(name='b', model=Client())], path='/ask')",
            "agent_run",
            [5, ABSENT],
        ),
        ("serve(app, agents=[Agent(name='a', model=Client(timeout=5)), elsewhere.agent], path='/ask')", "agent_run", [5]),
    ],
)
def test_each_request_runs_what_is_given(code: str, kind: str, deadlines: list[object]) -> None:
    graph = served(code)
    (entry,), (call,) = nodes(graph, "entry_point"), nodes(graph, "model_call")
    assert (entry.name, entry.entry, entry.server, entry.callee) == ("/ask", "http", True, "serve")
    assert (call.call, call.at, call.callee, call.reached) == (kind, entry.at, "serve", (entry.id,))
    assert [s.value for s in alternatives(call.deadline)] == deadlines
    assert (call.usage_recorded.state, call.blocking_in_async) == ("unknown", False)
    assert [e.target for e in graph.edges if e.kind == "runs"] == [n.id for n in nodes(graph, "agent")]
    assert told(graph) == []


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("def start(app, given):\n    serve(app, given)\n\nstart(None, Chain(Client(timeout=5)))", 9),
        ("for path, given in {'/a': Chain(Client(timeout=5))}.items():\n    serve(app, given, path=path)", 9),
    ],
)
def test_what_is_handed_on_to_be_served(code: str, line: int) -> None:
    graph = served(code)
    (call,) = nodes(graph, "model_call")
    (entry,) = [n for n in nodes(graph, "entry_point") if n.server]
    assert (call.at.line, call.deadline.value, call.reached) == (line, 5, (entry.id,))


def test_a_receiver_that_is_served() -> None:
    graph = served("agent = Agent(name='a', model=Client(timeout=5))\nagent.publish()")
    (entry,), (call,) = nodes(graph, "entry_point"), nodes(graph, "model_call")
    assert (call.call, call.at, call.reached, call.deadline.value) == ("agent_run", entry.at, (entry.id,), 5)


ASK = "def ask(text):\n    return Client(timeout=5).chat(messages=[text])\n\n"


@pytest.mark.parametrize(
    "given",
    ["Chain(elsewhere.prompt, ask)", "ask", "Chain(ask).typed()", "made.typed()"],
)
def test_functions_that_run_in_what_is_served_belong_to_its_entry_point(given: str) -> None:
    graph = served(f"{ASK}@link\ndef made(text):\n    return ask(text)\n\ndef main():\n    serve(app, {given}, path='/ask')\n")
    (call,) = nodes(graph, "model_call")
    (entry,) = [n for n in nodes(graph, "entry_point") if n.server]
    assert (entry.name, entry.at.line, call.at.line) == ("/ask", 16, 9)
    assert call.reached == (entry.id,)
    assert told(graph) == []


GRAPH = "flow = Flow()\nflow.add_node('a', step)\nserve(app, flow.compile())\n"


def test_a_graph_of_the_program_is_run() -> None:
    graph = served(f"def step(state):\n    return Client(timeout=5).chat(messages=state)\n\n{GRAPH}")
    run, call = sorted(nodes(graph, "model_call"), key=lambda n: n.call)
    (entry,) = nodes(graph, "entry_point")
    assert (run.call, run.made_of_calls, run.reached, call.reached) == ("agent_run", True, (entry.id,), (entry.id,))


@pytest.mark.parametrize(
    "code",
    [
        "serve(app, elsewhere.make())",
        "serve(app, Chain(elsewhere.prompt, elsewhere.model))",
        "serve(app, agents=elsewhere.agents())",
        "def start(given):\n    serve(app, given)",
        "serve(app, Chain(len))",
        "def shout(text):\n    return text.upper()\n\nserve(app, Chain(shout))",
    ],
)
def test_what_no_model_is_seen_in_is_told(code: str) -> None:
    graph = served(code)
    assert not nodes(graph, "model_call")
    assert told(graph) == UNREAD


def test_a_graph_that_asks_no_model_is_no_run() -> None:
    graph = served(f"def step(state):\n    return state\n\n{GRAPH}")
    assert not nodes(graph, "model_call")
    assert [n.entry for n in nodes(graph, "entry_point")] == ["http"]


def test_where_nothing_says_how_a_server_runs_it_there_is_no_request() -> None:
    graph = served("mount(app, Agent(name='a', model=Client()))\nmount(app, elsewhere.make())")
    assert [n.at.line for n in nodes(graph, "entry_point")] == [8]
    assert not nodes(graph, "model_call")
    assert told(graph) == []
