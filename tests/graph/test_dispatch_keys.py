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


PLUGINS = """
import json
import httpx
from openai import AsyncOpenAI

client = AsyncOpenAI(timeout=20)

class Weather:
    def specs(self):
        return [{"name": "weather", "parameters": {}}, {"name": "forecast", "parameters": {}}]

    def execute(self, name, **kwargs):
        return httpx.get("https://example.com").text

class Notes:
    def specs(self):
        return [{"name": "forget", "parameters": {}}]

    def execute(self, name, **kwargs):
        return httpx.delete("https://example.com").text

class Manager:
    def __init__(self, config):
        known = {"weather": Weather, "notes": Notes}
        self.plugins = [known[name]() for name in config["plugins"] if name in known]

    def specs(self):
        return [spec for specs in map(lambda plugin: plugin.specs(), self.plugins) for spec in specs]

    def call(self, name, arguments):
        plugin = next((p for p in self.plugins if name in map(lambda spec: spec.get("name"), p.specs())), None)
        return plugin.execute(name, **json.loads(arguments)) if plugin else ""

class Helper:
    def __init__(self, manager):
        self.manager = manager
        self.history = []

    async def handle(self, answer, times=0):
        asked = answer.choices[0].message.function_call
        if not asked or times > 5:
            return answer
        self.history.append({"role": "function", "name": asked.name, "content": self.manager.call(asked.name, asked.arguments)})
        answer = await client.chat.completions.create(model="m", messages=self.history, functions=self.manager.specs())
        return await self.handle(answer, times + 1)

async def main(config, text):
    await Helper(Manager(config)).handle(None)
"""


def test_plugins_that_say_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PLUGINS)
    graph = build_graph([tmp_path])
    assert {n.name for n in graph.nodes.values() if n.kind == "agent"} == {"Helper"}
    tools = {n.name: n.effects for n in graph.nodes.values() if isinstance(n, Tool)}
    assert tools == {"weather": ("read",), "forecast": ("read",), "forget": ("delete",)}
