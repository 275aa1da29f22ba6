"""A function that is handed on from caller to caller runs where the parameter is called, if it is all that the parameter can be."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build, has_tools, nodes

MODEL = """
import acme
client = acme.Client()

async def complete(messages, tools):
    return client.chat(messages=messages, tools=tools)

async def summary(messages, tools):
    return client.chat(messages=messages)
"""
LOOP = """
from kit import SCHEMAS, TOOLS

async def step(history, *, ask):
    return await ask(history, SCHEMAS)

async def run(state, *, ask):
    while state.output is None:
        message = await {called}
        state.history.append(message)
        for call in message.tool_calls:
            state.history.append(TOOLS[call.name](state, call.text))
"""
KIT = """
def finish(state, text):
    state.output = text

def look(state, text):
    return text

TOOLS = {"finish": finish, "look": look}
SCHEMAS = [{"type": "function", "function": {"name": "finish"}}, {"type": "function", "function": {"name": "look"}}]
"""
MAIN = """
import asyncio
from loop import run
from model import complete, summary

asyncio.run(run(State(), ask=complete))
{more}
"""


@pytest.mark.parametrize("called", ["step(state.history, ask=ask)", "ask(state.history, SCHEMAS)"])
def test_the_loop_around_it_is_an_agent(called: str) -> None:
    graph = build({"model.py": MODEL, "loop.py": LOOP.format(called=called), "kit.py": KIT, "main.py": MAIN.format(more="")})
    assert [n.name for n in nodes(graph, "agent")] == ["run"]
    assert has_tools(graph) == {("run", "finish"), ("run", "look")}


def test_what_a_test_hands_over_is_another_matter() -> None:
    test = "from loop import run\nclass Fake:\n    async def __call__(self, messages, tools): ...\nrun(None, ask=Fake())"
    loop = LOOP.format(called="step(state.history, ask=ask)")
    graph = build({"model.py": MODEL, "loop.py": loop, "kit.py": KIT, "main.py": MAIN.format(more=""), "tests/test_loop.py": test})
    assert [n.name for n in nodes(graph, "agent")] == ["run"]


def test_where_several_come_in_none_is_taken_for_all() -> None:
    more = "asyncio.run(run(State(), ask=summary))"
    loop = LOOP.format(called="step(state.history, ask=ask)")
    graph = build({"model.py": MODEL, "loop.py": loop, "kit.py": KIT, "main.py": MAIN.format(more=more)})
    assert not [s for s in graph.flow.sites if s.caller.endswith(":step") and s.target.endswith((":complete", ":summary"))]
