"""Objects of classes of the program that derive from a framework's agents."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, has_tools, nodes

KNOWN: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "agent": {
            "new": ["acme.agents.Agent"],
            "noun": "agent",
            "steps": ["reply", "acme.agents.handler"],
            "keeps": ["config"],
            "agent": {"name": ["name", 0], "tools": "tools", "given": {"set_tasks": "perform", "tasks": "perform"}},
            "settings": {"max_turns": {"argument": ["turns", "config.turns"], "unit": "turns", "default": [{"value": 10}]}},
        },
    },
    "calls": [
        *ACME["calls"],
        {"names": ["agent.talk_to"], "noun": "model_call", "kind": "agent_run", "runs": 0},
    ],
}
HEAD = "from acme import Client, tool\nfrom acme.agents import Agent, handler\n"
OWN = """
class Own(Agent):
    def __init__(self, name, turns=4, **kwargs):
        super().__init__(name, turns=turns, **kwargs)
"""


def made(text: str | dict[str, str]) -> AgentGraph:
    return build(HEAD + text if isinstance(text, str) else {p: HEAD + t for p, t in text.items()}, **KNOWN)


def turns(text: str) -> list[tuple[str, int, float | None]]:
    return [(a.name, a.at.line, a.max_turns.number) for a in nodes(made(text), "agent")]


def runs(graph: AgentGraph) -> set[tuple[str, str]]:
    return {(graph.nodes[e.source].name, graph.nodes[e.target].name) for e in graph.edges if e.kind == "runs"}


def test_a_constructor_says_what_its_base_is_given() -> None:
    assert turns(OWN + "one = Own('first')\ntwo = Own('second', turns=7)\n") == [("first", 7, 4), ("second", 8, 7)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("class Own(Agent):\n    pass\nown = Own(name='a', turns=3)\n", [("a", 5, 3)]),
        ("class Own(Agent):\n    name = 'a'\nown = Own()\n", [("a", 5, 10)]),
        ("class Own(Agent):\n    pass\nclass More(Own):\n    pass\nmore = More('a')\n", [("a", 7, 10)]),
        ("class Own(Agent):\n    pass\nkinds = {'own': Own}\nown = kinds['own']('a')\n", [("a", 6, 10)]),
    ],
)
def test_an_object_of_such_a_class_is_an_agent(text: str, found: list[tuple[str, int, float | None]]) -> None:
    assert turns(text) == found


def test_a_class_whose_objects_others_make_stands_for_them() -> None:
    assert turns(OWN) == [("Own", 4, 4)]
    assert turns("class Own(Agent):\n    def __init__(self):\n        super().__init__('fixed')\n") == [("fixed", 3, 10)]
    assert turns("class Base(Agent):\n    pass\nclass Own(Base):\n    pass\nown = Own('a')\n") == [("a", 7, 10)]


def test_a_test_makes_no_object_of_the_program() -> None:
    graph = made({"own.py": OWN, "tests/test_own.py": "from own import Own\nown = Own('a')\n"})
    assert [(a.name, a.at.path) for a in nodes(graph, "agent")] == [("Own", "own.py"), ("a", "tests/test_own.py")]


def test_what_it_does_of_its_own() -> None:
    graph = made("""
class Task:
    def perform(self):
        return Client().chat("task")

class Own(Agent):
    def __init__(self):
        super().__init__("own")
        self.set_tasks([Task])

    def reply(self):
        return Client().chat("reply")

    @handler
    def told(self):
        return Client().chat("told")

    def other(self):
        return Client().chat("other")

def start():
    Own().run()
""")
    functions = graph.flow.functions
    (agent,) = nodes(graph, "agent")
    (step,) = nodes(graph, "step")
    reached = {functions[s.target].symbol for s in graph.flow.sites if s.caller in (agent.id, step.id) and s.target in functions}
    assert reached == {"Own.told", "Own.reply", "Task.perform"}


def test_what_its_class_gives_it_to_do() -> None:
    graph = made("""
class Task:
    def perform(self):
        return Client().chat("task")

class Own(Agent):
    tasks = [Task]

def start():
    Own("own").run()
""")
    (agent,) = nodes(graph, "agent")
    assert {graph.flow.functions[s.target].symbol for s in graph.flow.sites if s.caller == agent.id} == {"Task.perform"}


def test_agents_inside_of_an_agent() -> None:
    graph = made("""
class Own(Agent):
    def __init__(self, name, **kwargs):
        super().__init__(name, **kwargs)
        self.helper = Agent("helper", config=self.config)

    def reply(self):
        return self.talk_to(self.helper)

def start():
    Agent("user").talk_to(Own("own", config={"turns": 6}))
""")
    assert {a.name: a.max_turns.number for a in nodes(graph, "agent")} == {"own": 6, "helper": 6, "user": 10}
    assert runs(graph) == {("talk_to", "own"), ("talk_to", "helper"), ("own", "helper"), ("user", "own")}


def test_tools_that_a_class_gives_to_its_objects() -> None:
    graph = made("""
@tool
def look(name):
    "Looks."

@tool
def find(name):
    "Finds."

class First(Agent):
    tools = [look]

class Second(Agent):
    def __init__(self):
        super().__init__("second", tools=[look, find])

First("first")
Second()
""")
    assert has_tools(graph) == {("first", "look"), ("second", "look"), ("second", "find")}


def test_what_a_base_is_given_for_a_field() -> None:
    graph = made("""
class Own(Agent):
    helper: Agent

    def __init__(self, name, helper):
        super().__init__(name=name, helper=helper)

    def reply(self):
        return self.helper.run()

Own("own", Agent("helper")).run()
""")
    assert runs(graph) == {("run", "own"), ("run", "helper")}


WORKFLOW: dict[str, Any] = {
    "types": {
        **KNOWN["types"],
        "client": {**ACME["types"]["client"], "settings": {"deadline": {"argument": "timeout", "unit": "seconds"}}},
        "context": {"new": ["acme.Context"], "holds": {"set": ["set", "store.set"], "get": ["get", "store.get"], "default": "default"}},
        "start": {"new": ["acme.Start"], "holds": {"get": ["get"], "default": "default", "runs": ["run"]}},
    },
    "calls": KNOWN["calls"],
}
IMPORTS = "from acme import Client, Context, Start\nfrom acme.agents import Agent, handler\n"


@pytest.mark.parametrize(
    ("put", "got", "deadline"),
    [
        ("ctx.set('model', Client(timeout=3))", "ctx.get('model')", 3),
        ("ctx.store.set('model', Client(timeout=3))", "ctx.store.get('model')", 3),
        ("ctx.set('model', ev.get('model', default=Client(timeout=4)))", "ctx.get('model')", 4),
        ("ctx.set('model', ev.given)", "ctx.get('model')", 5),
        ("ctx.set('model', ev.get('given'))", "ctx.get('model')", 5),
        ("ctx.set('other', Client(timeout=3))", "ctx.get('model', default=Client(timeout=6))", 6),
        ("ctx.set('other', Client(timeout=3))", "ctx.get('model')", None),
    ],
)
def test_what_the_context_of_a_workflow_holds(put: str, got: str, deadline: float | None) -> None:
    graph = build(
        f"""
{IMPORTS}
class Flow(Agent):
    @handler
    def start(self, ctx: Context, ev: Start):
        {put}

    @handler
    def answer(self, ctx: Context):
        return {got}.chat("x")

class Other(Agent):
    @handler
    def start(self, ctx: Context):
        ctx.set("model", Client(timeout=9))

Flow("flow").run(given=Client(timeout=5))
Other("other").run()
""",
        **WORKFLOW,
    )
    assert [c.deadline.number for c in nodes(graph, "model_call") if c.name == "chat"] == ([deadline] if deadline else [])


def test_the_steps_of_a_workflow() -> None:
    graph = made("""
class Flow(Agent):
    @handler
    def first(self):
        return Client().chat("first")

    def reply(self):
        return Client().chat("reply")

Flow("one").run()
Flow("two").run()
""")
    contains = {(graph.nodes[e.source].name, graph.nodes[e.target].name) for e in graph.edges if e.kind == "contains"}
    assert [s.name for s in nodes(graph, "step")] == ["first"]
    assert contains == {("one", "first"), ("two", "first")}


@pytest.mark.parametrize(
    ("own", "calls"),
    [
        ("    def other(self):\n        return 1\n", ["run"]),
        ("    def run(self):\n        return Client().chat('x')\n", ["chat"]),
    ],
)
def test_a_method_that_the_class_of_a_parameter_replaces(own: str, calls: list[str]) -> None:
    graph = made(f"class Own(Agent):\n{own}def go(own: Own):\n    return own.run()\n")
    assert [c.name for c in nodes(graph, "model_call")] == calls
