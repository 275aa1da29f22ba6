"""Servers that tell of their tools by one function and run them by another."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import ExternalCall, Tool
from auditor.pipeline import graph_of, read

SERVER = """
import subprocess
from mcp import types
from mcp.server import Server

server = Server("files")
other = Server("other")


def first(arguments):
    return subprocess.run(["first"], timeout=1)


def second(arguments):
    return subprocess.run(["second"], timeout=2)


@server.list_tools()
async def told():
    return [types.Tool(name="first", inputSchema={}), types.Tool(name="second", inputSchema={})]


@other.list_tools()
async def told_by_other():
    return [types.Tool(name="alone", inputSchema={})]


@other.call_tool()
async def chosen_by_other(name, arguments):
    return subprocess.run(["alone"], timeout=3)


"""
BRANCHES = """
@server.call_tool()
async def chosen(name, arguments):
    if name == "first":
        return first(arguments)
    elif name == "second":
        return second(arguments)
    raise ValueError(name)
"""
TABLE = """
TOOLS = {"first": first, "second": second}


@server.call_tool()
async def chosen(name, arguments):
    return TOOLS[name](arguments)
"""
WHOLE = """
@server.call_tool()
async def chosen(name, arguments):
    return first({"name": name, **arguments})
"""
ARGUMENT = """
async def chosen(ctx, params):
    return first(params.arguments) if params else second({})


async def listed(ctx, params):
    return types.ListToolsResult(tools=[types.Tool(name="third", inputSchema={})])


third = Server("third", on_list_tools=listed, on_call_tool=chosen)
"""


def reached(tmp_path: Path, text: str) -> dict[str, set[float | None]]:
    """Tool -> the deadlines of the calls that it reaches."""
    (tmp_path / "app.py").write_text(text)
    graph = graph_of(read([tmp_path]))
    rows: dict[str, set[float | None]] = {}
    for tool in (n for n in graph.nodes.values() if isinstance(n, Tool)):
        found, pending = {tool.id}, [tool.id]
        while pending:
            here = pending.pop()
            ahead = [s.target for s in graph.flow.sites if s.caller == here and s.target not in found]
            found.update(ahead)
            pending.extend(ahead)
        calls = [graph.nodes[n] for n in found if n in graph.nodes]
        rows[tool.name] = {c.deadline.number for c in calls if isinstance(c, ExternalCall)}
        assert tool.framework == "mcp"
    return rows


@pytest.mark.parametrize("dispatch", [BRANCHES, TABLE])
def test_a_tool_runs_what_its_name_leads_to(tmp_path: Path, dispatch: str) -> None:
    assert reached(tmp_path, SERVER + dispatch) == {"first": {1}, "second": {2}, "alone": {3}}


def test_a_server_that_does_not_branch_runs_all_by_its_one_function(tmp_path: Path) -> None:
    assert reached(tmp_path, SERVER + WHOLE) == {"first": {1}, "second": {1}, "alone": {3}}


def test_handlers_that_a_server_is_given(tmp_path: Path) -> None:
    found = reached(tmp_path, SERVER + ARGUMENT)
    assert found["third"] == {1, 2}
    assert found["first"] == set()  # nothing runs it
