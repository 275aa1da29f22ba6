"""Agents of a class that the program brings itself, and loops that the model's answers steer."""

from __future__ import annotations

from textwrap import dedent

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, nodes

FRAMEWORK = """
from dataclasses import dataclass, field
from acme import Client

@dataclass
class Agent:
    name: str = "Agent"
    instructions: str = ""
    functions: list = field(default_factory=list)

@dataclass
class Result:
    value: str = ""
    agent: Agent = None

@dataclass
class Reply:
    messages: list
    agent: Agent = None

class Runner:
    def __init__(self):
        self.client = Client()

    def ask(self, agent: Agent, history):
        params = {"messages": [agent.instructions] + history, "tools": [schema_of(f) for f in agent.functions]}
        return self.client.chat(**params)

    def handle(self, calls, functions) -> Reply:
        table = {f.__name__: f for f in functions}
        reply = Reply(messages=[])
        for call in calls:
            result = table[call.name](**call.args)
            reply.messages.append({"role": "tool", "name": call.name, "content": result.value})
            reply.agent = result.agent
        return reply

    def run(self, agent: Agent, messages):
        active = agent
        history = list(messages)
        while True:
            answer = self.ask(agent=active, history=history)
            history.append(answer)
            if not answer.tool_calls:
                return history
            reply = self.handle(answer.tool_calls, active.functions)
            history.extend(reply.messages)
            if reply.agent:
                active = reply.agent

def schema_of(f):
    return {"type": "function", "function": {"name": f.__name__, "parameters": {}}}
"""
DESK = """
from framework import Agent, Result, Runner

def refund(order):
    return order

def look_up(order):
    return order

def to_refunds():
    return refunds

def to_triage():
    return Result(value="done", agent=triage)

triage = Agent(name="Triage", instructions="Sort it.", functions=[to_refunds, look_up])
refunds = Agent(name="Refunds", functions=[refund])
refunds.functions.append(to_triage)

def main():
    Runner().run(triage, [])
"""


def edges(graph: AgentGraph, kind: str) -> set[tuple[str, str]]:
    return {(graph.nodes[e.source].name, graph.nodes[e.target].name) for e in graph.edges if e.kind == kind}


def test_objects_that_carry_tools_to_a_loop_are_agents() -> None:
    graph = build({"framework.py": dedent(FRAMEWORK), "desk.py": dedent(DESK)})
    assert sorted(a.name for a in nodes(graph, "agent")) == ["Refunds", "Runner", "Triage"]
    assert edges(graph, "has_tool") == {
        ("Triage", "to_refunds"),
        ("Triage", "look_up"),
        ("Refunds", "refund"),
        ("Refunds", "to_triage"),
    }


def test_a_tool_that_gives_back_an_agent_hands_over() -> None:
    graph = build({"framework.py": dedent(FRAMEWORK), "desk.py": dedent(DESK)})
    assert edges(graph, "hands_off") == {("Triage", "Refunds"), ("Refunds", "Triage")}
    assert ("Runner", "Triage") in edges(graph, "runs")


BASE = """
from acme import Client

class Tools:
    def __init__(self, *tools):
        self.tools = tools

    def schemas(self):
        return [t.schema() for t in self.tools]

    def run(self, name, args):
        return {t.name: t for t in self.tools}[name].execute(**args)

class Shell:
    name = "shell"

    def schema(self):
        return {"name": self.name}

    def execute(self, command):
        return command

class Search(Shell):
    name = "search"

class Base:
    tools = Tools()

    def __init__(self):
        self.client = Client()
        self.messages = []

    def run(self, prompt):
        self.messages.append(prompt)
        while True:
            answer = self.client.chat(messages=self.messages, tools=self.tools.schemas())
            self.messages.append(answer)
            if not answer.tool_calls:
                return answer
            for call in answer.tool_calls:
                self.messages.append(self.tools.run(call.name, call.args))
"""


def test_subclasses_with_tools_of_their_own_are_agents() -> None:
    graph = build(
        {
            "base.py": dedent(BASE)
            + dedent(
                """
                class Coder(Base):
                    tools = Tools(Shell())

                class Reader(Base):
                    tools = Tools(Search())

                def main(prompt):
                    Coder().run(prompt)
                    Reader().run(prompt)
                """
            )
        }
    )
    assert {a.name for a in nodes(graph, "agent")} == {"Base", "Coder", "Reader"}
    assert {("Coder", "shell"), ("Reader", "search")} <= edges(graph, "has_tool")


def test_one_class_made_in_several_places_is_one_agent() -> None:
    graph = build(
        {
            "base.py": dedent(BASE)
            + dedent(
                """
                def one(prompt):
                    Base().run(prompt)

                def other(prompt):
                    Base().run(prompt)
                """
            )
        }
    )
    assert [a.name for a in nodes(graph, "agent")] == ["Base"]


def test_a_package_that_imports_its_modules_by_name_gives_what_they_define() -> None:
    package = """
    import importlib
    import os

    for file in os.listdir(os.path.dirname(__file__)):
        if file.endswith(".py"):
            module = importlib.import_module(f"tools.{file[:-3]}")
            globals().update(vars(module))
    """
    graph = build(
        {
            "framework.py": dedent(FRAMEWORK),
            "tools/__init__.py": dedent(package),
            "tools/mail.py": "def send(to):\n    return to\n",
            "desk.py": dedent(
                """
                from framework import Agent, Runner
                from tools import send

                def main():
                    Runner().run(Agent(name="Writer", functions=[send]), [])
                """
            ),
        }
    )
    assert edges(graph, "has_tool") == {("Writer", "send")}


STEERED = """
from acme import Client
client = Client()

def improve(task, rounds):
    draft = task
    for _ in range(rounds):
        answer = client.chat(messages=[draft])
        {body}
    return draft
"""


def agents_of(body: str) -> list[str]:
    text = dedent(STEERED).replace("{body}", dedent(body).strip().replace("\n", "\n        "))
    return [a.name for a in nodes(build({"main.py": text}), "agent")]


def test_a_loop_that_the_answer_feeds_and_ends_is_an_agent() -> None:
    body = """
    draft = answer.text
    if "I am done" in answer.text:
        break
    """
    assert agents_of(body) == ["improve"]


def test_a_loop_that_works_a_fixed_number_of_times_is_none() -> None:
    assert agents_of("draft = answer.text") == []


def test_a_loop_that_asks_the_same_again_is_none() -> None:
    body = """
    if answer.text.startswith("{"):
        return answer.text
    """
    assert agents_of(body) == []


PLUGIN = """
from tools.base import Tool

class {cls}(Tool):
    name = "{name}"

    def execute(self, what):
        return what
"""


def test_tools_loaded_from_a_folder_are_those_of_the_class_that_is_asked_for() -> None:
    graph = build(
        {
            "tools/base.py": "class Tool:\n    name = ''\n    schema = {}\n",
            "tools/mail.py": PLUGIN.format(cls="Mail", name="mail"),
            "tools/files.py": PLUGIN.format(cls="Files", name="files"),
            "main.py": dedent(
                """
                import importlib
                import inspect
                import pkgutil
                from acme import Client
                from tools.base import Tool

                class Assistant:
                    def __init__(self):
                        self.client = Client()
                        self.tools = self.load()

                    def load(self):
                        rows = []
                        for info in pkgutil.iter_modules(["tools"]):
                            module = importlib.import_module("tools." + info.name)
                            self.extract(module, rows)
                        return rows

                    def extract(self, module, rows):
                        for name, obj in inspect.getmembers(module):
                            if inspect.isclass(obj) and issubclass(obj, Tool) and obj != Tool:
                                made = obj()
                                rows.append({"name": made.name, "schema": made.schema})

                    def run(self, messages):
                        while True:
                            answer = self.client.chat(messages=messages, tools=self.tools)
                            messages.append(answer)
                            if not answer.calls:
                                return answer
                            for call in answer.calls:
                                messages.append(self.execute(call))

                    def execute(self, call):
                        module = importlib.import_module("tools." + call.name)
                        for name, obj in inspect.getmembers(module):
                            if issubclass(obj, Tool):
                                return obj().execute(**call.args)
                """
            ),
        }
    )
    assert edges(graph, "has_tool") == {("Assistant", "mail"), ("Assistant", "files")}


def test_branches_on_how_the_answer_starts_are_tools() -> None:
    graph = build(
        """
        from acme import Client
        client = Client()

        def search(text):
            return text

        def click(text):
            return text

        def log(text):
            print(text)

        def main(prompt):
            messages = [prompt]
            while True:
                answer = client.chat(messages=messages).text
                messages.append(answer)
                if answer.startswith("SEARCH"):
                    log("searching")
                    messages.append(search(answer))
                elif answer.startswith("CLICK"):
                    log("clicking")
                    messages.append(click(answer))
                else:
                    log("done")
                    return answer
        """
    )
    assert edges(graph, "has_tool") == {("main", "search"), ("main", "click")}


def test_a_ready_made_tool_given_by_its_name() -> None:
    graph = build("from acme.agents import Agent\nfrom acme.tools import web_search\nAgent(name='finder', tools=[web_search])\n")
    assert edges(graph, "has_tool") == {("finder", "web_search")}


def test_a_tool_that_is_registered_on_an_agent_is_the_agents() -> None:
    registered = [{"names": ["agent.tool"], "makes": "tool", "attach": True}]
    text = """
from acme.agents import Agent
finder = Agent(name="finder")
other = Agent(name="other")

@finder.tool
def look(q):
    return q
"""
    assert edges(build(text, registrations=registered), "has_tool") == {("finder", "look")}


def test_the_calls_of_a_chain_are_nodes_of_their_own() -> None:
    calls = [
        {"names": ["acme.fetch"], "kind": "http", "returns": "page"},
        {"names": ["page.follow"], "kind": "http"},
    ]
    graph = build("import acme\n\nacme.fetch('a').follow()\n", types={"page": {}}, calls=calls)
    assert [c.name for c in nodes(graph, "external_call")] == ["fetch", "follow"]


def test_a_request_that_a_loop_only_keeps_is_none_of_its_turns() -> None:
    kept = FRAMEWORK.replace("history.append(answer)", "history.append(answer)\n            self.keep()")
    kept = kept.replace("    def run(", "    def keep(self):\n        self.hook = request\n\n    def run(")
    other = "from acme import Client\n" + "x = 1\n" * 200 + "def request(tools):\n    return Client().chat(SPEC.items, tools=tools)\n"
    found = build({"app.py": "from b import request\n" + kept, "b.py": other})
    assert {n.at.path for n in nodes(found, "agent")} == {"app.py"}
