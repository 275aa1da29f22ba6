"""Methods of known objects that are handed to something external, which runs them: a thread, a pool, a tool."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build, nodes

REGISTERED = [
    {"names": ["acme.tool"], "makes": "tool"},
    {"names": ["acme.Tool"], "as": ["call"], "makes": "tool", "function": ["func", 1], "name": ["name", 0]},
]
HEAD = """
import asyncio
from functools import partial
from concurrent.futures import ThreadPoolExecutor
from acme import Client
client = Client()
"""


@pytest.mark.parametrize(
    "text",
    [
        "async def ask():\n    return await asyncio.to_thread(client.chat, messages=[])",
        "async def ask():\n    return await asyncio.get_running_loop().run_in_executor(None, partial(client.chat, messages=[]))",
        "async def ask():\n    return await asyncio.gather(*[asyncio.to_thread(client.chat, m) for m in range(3)])",
        "def ask():\n    with ThreadPoolExecutor() as pool:\n        return pool.submit(client.chat, messages=[]).result()",
    ],
)
def test_what_runs_it_makes_the_call(text: str) -> None:
    (call,) = nodes(build(HEAD + text), "model_call")
    assert (call.name, call.client.value is not None, call.blocking_in_async) == ("chat", True, False)


def test_its_arguments_are_those_after_it() -> None:
    (call,) = nodes(
        build(HEAD + "def price(): ...\nasync def ask():\n    await asyncio.to_thread(client.chat, tools=[price])"), "model_call"
    )
    assert nodes(build(HEAD + "asyncio.to_thread(client.close, 1)"), "model_call") == []
    assert call.at.line == 9


def test_a_deadline_around_it() -> None:
    graph = build(HEAD + "async def ask():\n    await asyncio.wait_for(asyncio.to_thread(client.chat), 5)")
    (site,) = (s for s in graph.flow.sites if s.target.startswith("model_call"))
    assert {graph.flow.regions[r].kind for r in site.regions} == {"deadline", "thread"}


@pytest.mark.parametrize(
    ("text", "func"),
    [
        ("", "client.chat"),
        ("", "lambda q: client.chat(q)"),
        ("def ask(q):\n    return client.chat(q)\n", "lambda q: ask(q)"),
    ],
)
def test_a_tool_whose_function_it_is(text: str, func: str) -> None:
    graph = build(f"{HEAD}from acme import Tool\n{text}TOOL = Tool('ask', {func})", registrations=REGISTERED)
    (call,), (tool,) = nodes(graph, "model_call"), nodes(graph, "tool")
    onward = {s.target for s in graph.flow.sites if s.caller == tool.id}
    assert call.id in onward or any(s.target == call.id and s.caller in onward for s in graph.flow.sites)
    assert not any(s.target == call.id and s.caller.endswith("<module>") for s in graph.flow.sites)
