"""One client of the program for several loops: each turn has what its own way hands over."""

from __future__ import annotations

from tests.graph.dispatch_help import build, has_tools, nodes

PROGRAM = """
import sys
from abc import ABC, abstractmethod
from acme import Client
from acme.types import Schema

class Skill(ABC):
    @property
    def name(self):
        return self.get_name()

    @abstractmethod
    def get_name(self): ...

    @abstractmethod
    def execute(self, arguments): ...

class Search(Skill):
    def get_name(self):
        return "search"

    def execute(self, arguments):
        return arguments

class Write(Skill):
    def get_name(self):
        return "write"

    def execute(self, arguments):
        return arguments

SKILLS = {"search": Search, "write": Write}

def again(func, times=3):
    def wrapper(*args, **kwargs):
        for _ in range(times):
            try:
                return func(*args, **kwargs)
            except Exception:
                pass
    return wrapper

class Asker:
    def __init__(self):
        self.client = Client()
        self.history = []

    def _ask(self, schemas):
        return self.client.chat(messages=self.history, tools=schemas)

    def ask(self, messages, skills: list[Skill] | None = None):
        self.history = self.history + messages
        schemas = None
        if skills:
            schemas = [Schema(name=skill.get_name(), type="function") for skill in skills]
        asking = again(func=self._ask)
        return asking(schemas)

class Base(ABC):
    def __init__(self, config):
        self.asker = Asker()
        self.skills = [SKILLS[name]() for name in config.names]
        self.by_name = {skill.name: skill for skill in self.skills}

    def run(self, task):
        messages = [task]
        while True:
            answer = self.asker.ask(messages, self.skills)
            if not answer.tool_calls:
                return answer
            for call in answer.tool_calls:
                messages.append(self.by_name[call.name].execute(call.arguments))

class Worker(Base):
    def title(self):
        return "worker"

class Labeller:
    def __init__(self):
        self.asker = Asker()

    def label(self, text):
        tries = 0
        while tries < 10:
            answer = self.asker.ask([text])
            if answer.text in ("a", "b"):
                return answer.text
            tries += 1

print(Worker(sys.argv).run("x"), Labeller().label("y"))
"""


def test_a_loop_that_hands_over_no_tools_has_none_of_another() -> None:
    graph = build(PROGRAM)
    assert [agent.name for agent in nodes(graph, "agent")] == ["Worker"]
    assert has_tools(graph) == {("Worker", "search"), ("Worker", "write")}


def test_tools_stand_at_the_classes_that_schemas_are_made_of() -> None:
    lines = {n.name: PROGRAM.splitlines()[n.at.line - 1] for n in nodes(build(PROGRAM), "tool")}
    assert lines == {"search": "class Search(Skill):", "write": "class Write(Skill):"}


REQUERY = """
from acme import Client

class Worker:
    def __init__(self, tools):
        self.client = Client()
        self._history = []
        self.tools = tools

    @property
    def history(self):
        return self._history

    @property
    def messages(self):
        kept = [m for m in self.history if m]
        return kept

    def ask(self, messages):
        return self.client.chat(messages=messages, tools=self.tools)

    def ask_well(self, messages):
        fails = 0
        while fails < 3:
            try:
                return self.ask(messages)
            except ValueError:
                fails += 1
        raise RuntimeError

    def step(self):
        answer = self.ask_well(self.messages)
        self._history.append(answer)
        return answer

    def run(self):
        answer = None
        while answer is None or not answer.done:
            answer = self.step()

Worker([]).run()
"""


def test_a_loop_whose_success_leaves_it_is_no_loop_of_turns_and_histories_may_be_properties() -> None:
    graph = build(REQUERY)
    [agent] = nodes(graph, "agent")
    [loop] = [s for s in graph.flow.sites if s.target == agent.id]
    assert (agent.name, REQUERY.splitlines()[loop.at.line - 1].strip()) == ("Worker", "while answer is None or not answer.done:")


FOUND = """
import sys, importlib, pkgutil, inspect
from dataclasses import dataclass
from acme import Client
client = Client()
@dataclass
class ToolSpec:
    name: str
    desc: str
    execute: object = None
def sh(a): return a
def ls(a): return a
shell = ToolSpec(name="shell", desc="x", execute=sh)
files = ToolSpec("files", "y", ls)
def discover():
    rows = []
    for m in pkgutil.iter_modules():
        mod = importlib.import_module(m.name)
        rows += [o for _, o in inspect.getmembers(mod, lambda c: isinstance(c, ToolSpec))]
    return rows
def to_dict(spec: ToolSpec):
    name = spec.name
    return {"name": name, "description": spec.desc}
def loop(q, tools: list[ToolSpec]):
    messages = [q]
    for _ in range(9):
        m = client.chat(messages=messages, tools=[to_dict(t) for t in tools])
        if not m.tool_calls: return m.content
        for c in m.tool_calls:
            tool = next(t for t in tools if t.name == c.function.name)
            messages.append(tool.execute(c))
print(loop(sys.argv[1], discover()))
"""


def test_tools_that_are_found_by_looking_into_modules_are_all_that_the_program_makes() -> None:
    graph = build(FOUND)
    assert has_tools(graph) == {("loop", "shell"), ("loop", "files")}
