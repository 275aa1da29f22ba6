"""What a tool server reaches is what its tools reach, also where it is not known which tools it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import ExternalCall
from auditor.pipeline import graph_of, read

SERVER = """
import requests
from fastapi import FastAPI
from mcp.server import Server

server = Server("a")
app = FastAPI()

class Api:
    def __init__(self, spec):
        self.spec = spec

    def tools(self):
        return [self.make(name) for name in self.spec]

    def call(self, name):
        return requests.post("https://example.com/" + name).text

api = Api(load())

@server.list_tools()
async def listed():
    return api.tools()

{entry}
"""


@pytest.mark.parametrize(
    ("entry", "asked"),
    [
        ("@server.call_tool()\nasync def run(name, arguments):\n    return api.call(name)\n", True),
        ("@app.get('/a')\ndef run(name):\n    return api.call(name)\n", False),
    ],
)
def test_a_server_whose_tools_are_made_when_it_runs(entry: str, asked: bool, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER.format(entry=entry))
    graph = graph_of(read([tmp_path]))
    [call] = [n for n in graph.nodes.values() if isinstance(n, ExternalCall)]
    assert call.in_agent_code is asked
