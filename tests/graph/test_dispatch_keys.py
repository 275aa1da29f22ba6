"""Tools given as schemas whose functions stand in a table under the names of the tools, and are called otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import Tool
from auditor.pipeline import build_graph

PROGRAM = """
import json
import httpx
from openai import OpenAI

client = OpenAI(timeout=20)

def load_it(url):
    return httpx.get(url).text

def drop_it(row):
    return httpx.delete("https://example.com/" + row).text

SCHEMAS = [
    {"type": "function", "function": {"name": "load", "parameters": {}}},
    {"type": "function", "function": {"name": "drop", "parameters": {}}},
]
TABLE = {"load": load_it, "drop": drop_it}

class Provider:
    def __init__(self, table):
        self.table = table

    def run(self, name, arguments):
        if name not in self.table:
            raise KeyError(name)
        found = self.table[name]
        return found(**arguments)

def go(provider: Provider, messages):
    for _ in range(5):
        answer = client.chat.completions.create(model="m", messages=messages, tools=SCHEMAS).choices[0].message
        if not answer.tool_calls:
            return answer.content
        for call in answer.tool_calls:
            messages.append({"role": "tool", "content": provider.run(call.function.name, json.loads(call.function.arguments))})

go(Provider(GIVEN), [])
"""


@pytest.mark.parametrize("given", ["TABLE", '{name: f for name, f in TABLE.items() if name in ("load", "drop")}', "dict(TABLE)"])
def test_the_function_under_the_name_of_the_tool(given: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM.replace("GIVEN", given))
    graph = build_graph([tmp_path])
    tools = {n.name: n.effects for n in graph.nodes.values() if isinstance(n, Tool)}
    assert tools == {"load": ("read",), "drop": ("delete",)}
