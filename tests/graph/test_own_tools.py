"""Frameworks that a program brings itself: tools that a manager holds, requests that other threads make, answers in plain text."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build, has_tools, nodes, runs

TOOLS = """
import asyncio, json
from functools import partial
from acme import Client

class Tool:
    def run(self, given):
        raise NotImplementedError

class Search(Tool):
    name = "search"
    def run(self, given):
        return given

class Write(Tool):
    name = "write"
    def run(self, given):
        return given

class Done(Tool):
    name = "done"

class HandOver(Tool):
    name = "hand_over"

class Llm:
    def __init__(self):
        self.client = Client()

    def generate(self, messages, tools=[]):
        return self.client.chat(messages=messages, tools=[{"name": t.name} for t in tools])
"""
LOOP = """
    async def run(self, messages):
        while True:
            answer = await %s
            messages.append(answer)
            if not answer.tool_calls:
                return
            for call in answer.tool_calls:
                tool = next(t for t in self.all() if t.name == call.name)
                messages.append(tool.run(call.args))

    def all(self):
        return self.tools
"""
HANDED = [
    "asyncio.to_thread(self.llm.generate, messages, self.tools)",
    "asyncio.to_thread(self.llm.generate, messages, tools=self.tools)",
    "asyncio.get_running_loop().run_in_executor(None, partial(self.llm.generate, messages, tools=self.tools))",
]


def agent(name: str, tools: str, request: str) -> str:
    return f"""
class {name}:
    def __init__(self, llm: Llm):
        self.llm = llm
        self.tools = {tools}
{LOOP % request}
{name}(Llm())
"""


@pytest.mark.parametrize("request_", HANDED)
def test_each_agent_has_the_tools_that_it_hands_over(request_: str) -> None:
    graph = build(TOOLS + agent("Finder", "[Search()]", request_) + agent("Writer", "[Write()]", request_))
    assert has_tools(graph) == {("Finder", "search"), ("Writer", "write")}


MANAGED = """
class Manager:
    def __init__(self, tools, alone=False):
        self.tools = tools
        if alone:
            self.last = HandOver()
        else:
            self.last = Done()

    def all(self):
        return self.tools + [self.last]

class Agent:
    def __init__(self, llm: Llm, name, tools, alone=False):
        self.llm = llm
        self.name = name
        self.manager = Manager(tools, alone)

    def run(self, messages):
        while True:
            answer = self.llm.generate(messages, [t for t in self.manager.all()])
            messages.append(answer)
            for call in answer.tool_calls:
                tool = next(t for t in self.manager.all() if t.name == call.name)
                messages.append(tool.run(call.args))

Agent(Llm(), "finder", [Search()])
Agent(Llm(), "writer", [Write()], alone=True)
"""
SPECIAL = """messages.append(tool.run(call.args))
                if call.name == "search":
                    note(messages)"""


def test_a_manager_holds_tools_in_several_attributes_by_its_mode() -> None:
    wanted = {("finder", "search"), ("finder", "done"), ("writer", "write"), ("writer", "hand_over")}
    assert {row for row in has_tools(build(TOOLS + MANAGED)) if row[0] != "Agent"} == wanted


def test_a_branch_on_the_name_of_an_object_that_runs_itself_is_a_special_case() -> None:
    text = MANAGED.replace("messages.append(tool.run(call.args))", SPECIAL)
    assert runs(build(TOOLS + "def note(messages): ...\n" + text), "search") == {"Search.run"}


def test_one_object_has_what_its_request_does_not_tell() -> None:
    request = "asyncio.to_thread(self.llm.generate, messages, json.loads(json.dumps([t.name for t in self.tools])))"
    assert has_tools(build(TOOLS + agent("Finder", "[Search(), Write()]", request))) == {("Finder", "search"), ("Finder", "write")}


@pytest.mark.parametrize(
    "given",
    ["[{'name': t.name} for t in tools]", "[Declared(functions=[{'name': t.name} for t in tools])]", "made"],
)
def test_a_request_that_is_given_an_empty_list_has_no_tools(given: str) -> None:
    text = f"""
from acme import Client
from acme.types import Declared

class Llm:
    def __init__(self):
        self.client = Client()

    def generate(self, messages, tools=[]):
        made = []
        for t in tools:
            made.append({{"name": t.name}})
        return self.client.chat(messages=messages, tools={given})

def chat(llm: Llm):
    table = {{"help": print, "shorten": llm.generate}}
    messages = []
    while True:
        said = input()
        messages.append(said)
        table[said](messages)
        messages.append(llm.generate(messages))

chat(Llm())
"""
    assert nodes(build(text), "agent") == []


SPOKEN = """
from acme import Client

def show(text):
    print(text)

def search_all(index, said):
    for line in said.splitlines():
        if "SEARCH:" in line:
            return look_up(line)

def look_up(line):
    return line

def read_file(index, said):
    return link(said)

def link(said):
    return said

class Service:
    def __init__(self):
        self.client = Client()
        self.search_tool = search_all
        self.read_tool = read_file

    def run(self, messages, turns=5):
        for _ in range(turns):
            said = self.client.chat(messages=messages)
            if "READ:" in said:
                show(link(said))
                messages.append(self.read_tool(self, said))
            if "SEARCH:" in said:
                show("searching")
                messages.append(self.search_tool(self, said))
            if "[DONE]" in said:
                return said

Service()
"""


def test_words_in_the_answer_pick_the_tools_of_an_object() -> None:
    """A branch may call helpers, too; what a tool tests in the answer picks no further tool."""
    assert has_tools(build(SPOKEN)) == {("Service", "search_all"), ("Service", "read_file")}
