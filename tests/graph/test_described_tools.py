"""Tools of a class that the program brings itself, which no agent is seen to be given."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.graph import AgentGraph
from auditor.graph.types import Tool
from auditor.pipeline import graph_of, read

BASE = """
import requests

class Tool:
    name: str
    description: str
    inputs: dict

    def {describe}:
        return {schema}

class Fetch(Tool):
    name = "fetch"
    description = "Fetches a page."

    def __call__(self, url):
        return requests.get(url).text

class Say(Tool):
    name: str = "say"
    description = "Says something."

    def __call__(self, text):
        return text
"""
OF_SELF = """{"type": "function", "function": {"name": self.name, "description": self.description, "parameters": self.inputs}}"""
EACH = """
import requests

class Fetch:
    @property
    def json_schema(self):
        return {"name": "fetch", "description": "Fetches a page.", "input_schema": {"type": "object"}}

    def execute(self, url):
        return requests.get(url).text
"""


def graph(tmp_path: Path, text: str) -> AgentGraph:
    (tmp_path / "app.py").write_text(text)
    return graph_of(read([tmp_path]))


def tools(graph: AgentGraph) -> dict[str, str]:
    """Name -> class."""
    return {n.name: n.symbol for n in graph.nodes.values() if isinstance(n, Tool)}


@pytest.mark.parametrize(
    ("describe", "schema", "found"),
    [
        ("schema(self)", OF_SELF, {"fetch": "Fetch", "say": "Say"}),
        ("schema(self)", '{"name": self.name, "input_schema": self.inputs}', {"fetch": "Fetch", "say": "Say"}),
        ("schema(self)", '{"name": self.name, "description": self.description}', {}),
        ("schema(self, url)", OF_SELF, {}),
        ("to_json(self)", '{"name": self.name, "parameters": {"lr": self.inputs}}', {}),
        ("to_json(self)", '{"name": self.name, "parameters": {"type": "object"}}', {"fetch": "Fetch", "say": "Say"}),
    ],
)
def test_each_class_below_one_that_describes_its_objects_as_tools_is_one(tmp_path: Path, describe: str, schema: str, found: dict) -> None:
    assert tools(graph(tmp_path, BASE.format(describe=describe, schema=schema))) == found


def test_a_class_that_describes_itself_is_a_tool_which_runs_its_method(tmp_path: Path) -> None:
    made = graph(tmp_path, EACH)
    tool = next(n for n in made.nodes.values() if isinstance(n, Tool))
    assert (tool.name, tool.at.line) == ("fetch", 4)
    assert [made.flow.functions[s.target].symbol for s in made.flow.sites if s.caller == tool.id] == ["Fetch.execute"]


def test_what_nothing_runs_is_no_tool(tmp_path: Path) -> None:
    assert tools(graph(tmp_path, EACH.replace("execute", "other"))) == {}


def test_the_tool_that_an_agent_has_is_not_told_twice(tmp_path: Path) -> None:
    loop = """
from openai import OpenAI
client = OpenAI()
TOOLS = {"fetch": Fetch()}

def run(messages):
    while True:
        answer = client.chat.completions.create(model="m", messages=messages, tools=[t.json_schema for t in TOOLS.values()])
        calls = answer.choices[0].message.tool_calls
        if not calls:
            return answer
        for call in calls:
            messages.append(TOOLS[call.function.name].execute(call.function.arguments))

run([])
"""
    made = graph(tmp_path, EACH + loop)
    assert tools(made) == {"Fetch": "Fetch.execute"}
    assert any(e.kind == "has_tool" for e in made.edges)


def test_a_name_that_is_not_written_is_not_that_of_another_class_and_costs_no_more(tmp_path: Path) -> None:
    body = "\n    @property\n    def name(self):\n        return os.environ['X']\n    def run(self):\n        return 1\n"
    classes = "".join(f"\nclass Tool{number}(Tool):{body}" for number in range(12))
    base = f"import os\n\nclass Tool:\n    def to_dict(self):\n        return {OF_SELF}\n"
    assert tools(graph(tmp_path, f"{base}{classes}\nclass Named(Tool):\n    name = 'named'\n    def run(self):\n        return 1\n")) == {
        "named": "Named"
    }
