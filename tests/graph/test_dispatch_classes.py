"""Tools that are classes, collected by the program: the answer names one, an object of it is made and run."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, has_tools, nodes, runs

TOOLS = """
class Tool:
    \"\"\"What the model may do.\"\"\"

    def __init__(self, args):
        self.args = args

    def before(self):
        return print("begins")

    def run(self, text):
        raise NotImplementedError

class Search(Tool):
    name = "search"

    def run(self, text):
        return open(text).read()

class Write(Tool):
    \"\"\"Writes a file.\"\"\"

    def run(self, text):
        return text

class Append(Write):
    def run(self, text):
        return text * 2

def every(base=Tool):
    rows = set()
    for sub in base.__subclasses__():
        rows.add(sub)
        rows.update(every(sub))
    return rows
"""
LOOP = """
import importlib
import inspect
import json
from acme import Client
from tools import Tool, every

client = Client()

def made(kind, args):
    return kind(args)

class Helper:
    def __init__(self):
        self.messages = []
        self.tools = {tool.__name__: tool for tool in every()}

    def work(self, prompt):
        self.messages.append(prompt)
        while True:
            answer = client.chat(messages=self.messages)
            done = self.act(answer.text)
            if done:
                return done
"""
ACTS = {
    "a table of subclasses": """
    def act(self, text):
        asked = json.loads(text)
        tool = self.tools[asked["tool"]](asked["args"])
        tool.before()
        result = tool.run(asked["text"])
        self.messages.append(result)
        return result.final
""",
    "an object made in another function": """
    def pick(self, name):
        return self.tools[name], name

    def act(self, text):
        asked = json.loads(text)
        kind, name = self.pick(asked["tool"])
        tool = made(kind, asked["args"])
        result = tool.run(asked["text"])
        self.messages.append(result)
        return result.final
""",
    "classes of a file that the answer names": """
    def load(self, name, args):
        found = []
        for pair in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if pair[1] is not Tool and issubclass(pair[1], Tool):
                found.append(pair[1])
        return found[0](args)

    def act(self, text):
        asked = json.loads(text)
        tool = self.load(asked["tool"], asked["args"])
        begun = tool.before()
        result = tool.run(asked["text"])
        self.messages.append(result)
        return result.final
""",
}


def program(act: str) -> AgentGraph:
    return build({"tools.py": dedent(TOOLS), "app.py": dedent(LOOP) + act})


@pytest.mark.parametrize("act", ACTS)
def test_each_class_is_a_tool(act: str) -> None:
    graph = program(ACTS[act])
    (agent,) = nodes(graph, "agent")
    assert agent.name == "Helper"
    assert has_tools(graph) == {("Helper", "search"), ("Helper", "Write"), ("Helper", "Append")}
    assert [(t.at.path, t.symbol) for t in nodes(graph, "tool")] == [("tools.py", "Search"), ("tools.py", "Write"), ("tools.py", "Append")]
    assert runs(graph, "search") == {"Search.run"}
    assert runs(graph, "Append") == {"Append.run"}


OTHERS = {
    "the class is chosen by the settings": """
    def act(self, text):
        kind = self.tools[self.messages[0]]
        tool = kind(text)
        result = tool.run(text)
        return len(result) > 3
""",
    "the result is not kept": """
    def act(self, text):
        asked = json.loads(text)
        tool = made(self.tools[asked["tool"]], asked["args"])
        tool.run(asked["text"])
        return asked["done"]
""",
    "a method that is the same for all": """
    def act(self, text):
        asked = json.loads(text)
        tool = made(self.tools[asked["tool"]], asked["args"])
        result = tool.before(asked["text"])
        return result
""",
}


@pytest.mark.parametrize("act", OTHERS)
def test_what_is_no_tool(act: str) -> None:
    assert nodes(program(OTHERS[act]), "tool") == []


NOTES = """
from acme import Client
client = Client()

class Notes:
    def __init__(self):
        self.parts = []
        self.open = ""

    def shorten(self):
        while True:
            shorter = False
            if len(self.open) > 9:
                shorter = self.merge()
            if not shorter:
                return self.parts

    def merge(self):
        if len(self.parts) == 0:
            return False
        answer = client.chat(messages=self.parts)
        self.parts = [answer.text]
        {then}
        return True
"""


@pytest.mark.parametrize("then, found", [("print(answer)", []), ("if answer.text == 'end':\n            return False", ["Notes"])])
def test_a_loop_is_steered_by_what_it_is_told_of_the_answer(then: str, found: list[str]) -> None:
    assert [n.name for n in nodes(build(NOTES.format(then=then)), "agent")] == found


ROUNDS = """
from acme import Client
client = Client()

class Look(Tool):
    def run(self, text):
        while True:
            answer = client.chat(messages=[text])
            text = answer.text
            if "done" in text:
                return text
"""


def test_the_rounds_of_a_tool_are_no_agent() -> None:
    tools = dedent(TOOLS).replace("def every", ROUNDS.replace("class Look", "\n\nclass Look") + "\n\ndef every")
    graph = build({"tools.py": tools, "app.py": dedent(LOOP) + ACTS["a table of subclasses"]})
    assert [n.name for n in nodes(graph, "agent")] == ["Helper"]
    assert ("Helper", "Look") in has_tools(graph)
