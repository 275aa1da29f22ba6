"""A decorator that is called with the function, in place of standing above it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import Tool
from auditor.pipeline import graph_of, read

PLAN = """class Plan:
    def add(self, agent: Agent):
        agent.tool_plain(self.two)

    def two(self):
        return 2

Plan().add(agent)
"""
TEXT = """
from fastmcp import FastMCP
from pydantic_ai import Agent

agent = Agent("openai:gpt-4o")
server = FastMCP("x")

def one():
    return 1

{call}
"""


@pytest.mark.parametrize(
    ("call", "tools", "attached"),
    [
        ("agent.tool_plain(one)", ["one"], 1),
        (PLAN, ["two"], 1),
        ("agent.tool_plain(retries=2)(one)", ["one"], 1),
        ("server.tool()(one)", ["one"], 0),
        ("agent.tool_plain(agent)", [], 0),
    ],
)
def test_the_function_is_a_tool(tmp_path: Path, call: str, tools: list[str], attached: int) -> None:
    (tmp_path / "app.py").write_text(TEXT.format(call=call))
    graph = graph_of(read([tmp_path]))
    assert [n.name for n in graph.nodes.values() if isinstance(n, Tool) and n.symbol in ("one", "Plan.two")] == tools
    assert sum(e.kind == "has_tool" for e in graph.edges) == attached
