"""Tools that a loop looks for, that a method runs later, and loops that stand outside of the retries around a request."""

from __future__ import annotations

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, has_tools, nodes

PROGRAM = """
import json
from acme import Client

client = Client()

class Search:
    name = "search"
    description = "searches"

    def run(self, query):
        return query

class Write:
    name = "write"
    description = "writes"

    def run(self, text):
        return text

class Worker:
    def __init__(self, tools):
        self.tools = tools
        self.table = {tool.name: tool for tool in tools}
        self.lines = []
        self.first = "search"
        self.step = None

    def ask(self):
        return json.loads(client.chat(messages=self.lines).text)

    def pick(self, name):
        return next((tool for tool in self.tools if tool.name == name), None)

    def find(self, name):
        for tool in self.tools:
            if tool.name.lower() == name:
                return tool

    def think(self):
        self.step = self.ask()

    def act(self):
        self.lines.append(self.table[self.step["tool"]].run(self.step["input"]))

    def again(self):
        self.lines.append(self.table[self.first].run("x"))

    def go(self, task):
        self.lines.append(task)
        for _ in range(9):
            BODY

Worker([Search(), Write()]).go("all")
"""


def program(body: str) -> AgentGraph:
    return build(PROGRAM.replace("BODY", body.strip().replace("\n", "\n            ")))


FOUND = {
    "in a loop": """
step = self.ask()
for tool in self.tools:
    if tool.name == step["tool"]:
        self.lines.append(tool.run(step["input"]))
""",
    "in a loop over a table": """
step = self.ask()
for name, tool in self.table.items():
    if name == step["tool"]:
        break
self.lines.append(tool.run(step["input"]))
""",
    "in a comprehension": """
step = self.ask()
tools = [tool for tool in self.tools if tool.name == step["tool"]]
self.lines.append(tools[0].run(step["input"]))
""",
    "with next": """
step = self.ask()
tool = next(tool for tool in self.tools if step["tool"] == tool.name)
self.lines.append(tool.run(step["input"]))
""",
    "in a function": """
step = self.ask()
self.lines.append(self.pick(step["tool"]).run(step["input"]))
""",
    "in a function with a loop": """
step = self.ask()
tool = self.find(step["tool"])
if tool:
    self.lines.append(tool.run(step["input"]))
""",
    "what an attribute keeps, in another method": """
self.think()
self.act()
""",
    "outside of a retry": """
for again in range(3):
    step = self.ask()
    if step:
        break
self.lines.append(self.pick(step["tool"]).run(step["input"]))
""",
    "where the turns wait for a person": """
self.lines.append(input())
step = self.ask()
self.lines.append(self.pick(step["tool"]).run(step["input"]))
""",
}


@pytest.mark.parametrize("body", FOUND)
def test_tools_that_the_answer_picks(body: str) -> None:
    graph = program(FOUND[body])
    assert [agent.name for agent in nodes(graph, "agent")] == ["Worker"]
    assert {(agent, tool.lower()) for agent, tool in has_tools(graph)} == {("Worker", "search"), ("Worker", "write")}


ENDLESS = """
def find(name):
    if name in renamed:
        return find(renamed[name])
    for tool in tools:
        if tool.name == name:
            return tool

tools = [Search(), Write()]
"""


def test_a_lookup_that_asks_itself_ends() -> None:
    body = 'step = self.ask()\n            self.lines.append(find(step["tool"]).run(step["input"]))'
    graph = build(PROGRAM.replace("BODY", body).replace("class Worker", ENDLESS + "\nclass Worker"))
    assert {tool for _, tool in has_tools(graph)} == {"search", "write"}


def test_another_loop_with_a_variable_of_the_same_name_looks_for_nothing() -> None:
    reset = "    def reset(self):\n        sleep(9)\n\n    def run(self, query):"
    body = """step = self.ask()
            for tool in self.tools:
                tool.reset()
            for tool in self.tools:
                if tool.name == step["tool"]:
                    self.lines.append(tool.run(step["input"]))
            [tool.reset() for tool in self.tools]"""
    graph = build("from time import sleep\n" + PROGRAM.replace("    def run(self, query):", reset).replace("BODY", body))
    (search,) = (tool for tool in nodes(graph, "tool") if tool.name == "search")
    assert [edge for edge in graph.edges if edge.source == search.id and edge.kind == "calls"] == []


def test_of_a_record_the_entry_that_is_called_is_the_tool() -> None:
    rows = """
def look(text):
    return text

def find(text):
    return text

def start():
    return 1

ROWS = [{"name": "look", "run": look, "first": start}, {"name": "find", "run": find, "first": start}]

class Worker"""
    body = """self.step = self.ask()
            self.act()

    def act(self):
        row = next(row for row in ROWS if row["name"] == self.step["tool"])
        self.lines.append(row["run"](self.step["input"]))"""
    graph = build(
        PROGRAM.replace("BODY", body)
        .replace("    def act(self):\n        self.lines.append(self.table", "    def old(self):\n        self.lines.append(self.table")
        .replace("\nclass Worker", rows)
    )
    assert {tool for _, tool in has_tools(graph)} == {"look", "find"}


OTHERS = {
    "what the data names": """
step = self.ask()
for tool in self.tools:
    if tool.name == self.first:
        self.lines.append(tool.run(step["input"]))
""",
    "each, whatever the answer is": """
step = self.ask()
for tool in self.tools:
    self.lines.append(tool.run(step["input"]))
""",
    "an attribute that holds something else": """
self.think()
self.again()
""",
    "of which no later turn hears": """
message = input()
print(self.pick(json.loads(client.chat(messages=[message]).text)["tool"]).run(message))
""",
    "calls that the answer lists": """
step = self.ask()
for call in step.calls:
    if call.name == step["tool"]:
        self.lines.append(call.run(step["input"]))
""",
}


@pytest.mark.parametrize("body", OTHERS)
def test_what_picks_no_tool(body: str) -> None:
    assert nodes(program(OTHERS[body]), "tool") == []


INNER = """
import json
from acme import Client

client = Client()

def search(text):
    return text

def write(text):
    return text

def ask(lines):
    for attempt in range(3):
        try:
            return json.loads(client.chat(messages=lines).text)
        except ValueError:
            continue

def solve(lines):
    while True:
        step = ask(lines)
        if step["do"] == "search":
            lines.append(search(step["text"]))
        elif step["do"] == "write":
            lines.append(write(step["text"]))
        else:
            return step["text"]

def main(lines):
    OUTER
"""


@pytest.mark.parametrize(
    "outer", ["while not solve(lines):\n        lines.append('again')", "while input():\n        solve(lines)", "solve(lines)"]
)
def test_an_agent_is_its_innermost_loop_that_is_one(outer: str) -> None:
    graph = build(INNER.replace("OUTER", outer))
    assert [agent.name for agent in nodes(graph, "agent")] == ["solve"]
    assert has_tools(graph) == {("solve", "search"), ("solve", "write")}


SCHEMAS = {
    "specs.py": """
def look(text):
    return text

def note(text):
    return text

FUNCTIONS = [look, note]
SPECS = [{"name": "look", "description": "looks", "parameters": {}}, {"name": "note", "description": "notes", "parameters": {}}]

def find(name):
    for function in FUNCTIONS:
        if function.__name__ == name:
            return function
    raise ValueError(name)
""",
    "app.py": """
from acme import Client
from specs import SPECS, find

client = Client()

def converted(specs):
    return [{"type": "function", "function": {"name": each["name"], "parameters": each["parameters"]}} for each in specs]

def go(lines):
    for _ in range(9):
        answer = client.chat(messages=lines, tools=converted(SPECS))
        for call in answer.tool_calls:
            lines.append(find(call.function.name)(call.function.arguments))
        if not answer.tool_calls:
            return answer.text

go([])
""",
}


def test_schemas_that_are_made_anew_run_the_functions_that_the_answer_looks_up() -> None:
    graph = build(SCHEMAS)
    assert [(tool.name, tool.also[0].path) for tool in nodes(graph, "tool")] == [("look", "specs.py"), ("note", "specs.py")]
    assert has_tools(graph) == {("go", "look"), ("go", "note")}


def test_one_branch_here_and_one_there_dispatch_nothing() -> None:
    apart = """
def see(step):
    if step["do"] == "search":
        return search(step["text"])

def keep(step):
    if step["do"] == "write":
        return write(step["text"])

def main(lines):
    while len(lines) < 9:
        step = ask(lines)
        lines.append(see(step))
        lines.append(keep(step))
        if step["do"] == "stop":
            break
"""
    assert nodes(build(INNER[: INNER.index("def solve")] + apart), "tool") == []
