"""Tools whose description is an object of its own, which the tool makes."""

from __future__ import annotations

from tests.graph.dispatch_help import build, has_tools, nodes, runs

CODE = """
from acme import Client
from dataclasses import dataclass

client = Client()

@dataclass
class Spec:
    name: str
    description: str

    def to_schema(self):
        return {"type": "function", "function": {"name": self.name, "description": self.description}}

class Tool:
    def spec(self):
        raise NotImplementedError

    def execute(self, **args):
        raise NotImplementedError

class Search(Tool):
    def spec(self):
        return Spec(name="search", description="Searches.")

    def execute(self, **args):
        return look(args["query"])

class Fetch(Tool):
    def spec(self):
        return Spec(name="fetch", description="Fetches.")

    def execute(self, **args):
        return look(args["url"])

class Registry:
    def __init__(self):
        self.tools = {}
        for tool in (Search(), Fetch()):
            self.register(tool)

    def register(self, tool):
        self.tools[tool.spec().name] = tool

    def schemas(self):
        return [tool.spec().to_schema() for tool in self.tools.values()]

    def execute(self, name, **args):
        return self.tools[name].execute(**args)

def chat(text):
    registry = Registry()
    messages = [text]
    while True:
        answer = client.chat(messages=messages, tools=registry.schemas())
        if not answer.calls:
            return answer
        for call in answer.calls:
            messages.append(registry.execute(call.name, **call.args))
"""


def test_the_tool_runs_the_method_of_the_class_that_describes_it() -> None:
    graph = build(CODE)
    assert has_tools(graph) == {("chat", "search"), ("chat", "fetch")}
    assert len(nodes(graph, "tool")) == 2
    assert runs(graph, "search") == {"Search.execute"}
    assert runs(graph, "fetch") == {"Fetch.execute"}
