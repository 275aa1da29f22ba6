"""Tools that a helper registers of what its callers hand on to it: for each of these calls its own, wrappers and classes seen through."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, nodes

KNOWN: dict[str, Any] = {
    "types": {"agent": {"new": ["acme.Agent"], "noun": "agent", "agent": {"name": ["name", 0], "tools": "tools"}}},
    "calls": [{"names": ["agent.run"], "noun": "model_call", "kind": "agent_run", "runs": "receiver"}],
    "registrations": [
        {"names": ["acme.register"], "as": ["call"], "makes": "tool", "function": ["f", 0], "name": "name"},
        {"names": ["agent.tool"], "as": ["call"], "makes": "tool", "function": 0, "attach": True},
        {"names": ["agent.named"], "makes": "tool", "attach": True},
    ],
    "links": [{"names": ["acme.register"], "source": ["to"], "tools": [0]}],
}
HEAD = """
from functools import wraps
from acme import Agent, register

def f(): pass
def g(): pass
def h(): pass

class Kit:
    LIMIT = 3
    def one(): pass
    def two(): pass
    def _hidden(): pass

def text(func):
    @wraps(func)
    def inner(*args, **kwargs):
        return str(func(*args, **kwargs))
    return inner

def plain(func):
    def inner(*args, **kwargs):
        return func(*args, **kwargs)
    return inner

a, b = Agent('a'), Agent('b')
"""
HELPER = """
def give(config, to):
    for tool in config:
        if isinstance(tool, type):
            give_class(tool, to)
            continue
        entry = {'function': tool} if callable(tool) else tool
        register(text(entry['function']), to=to, name=entry.get('name'))

def give_class(cls, to):
    names = [n for n in dir(cls) if callable(getattr(cls, n)) and not n.startswith('_')]
    give([getattr(cls, n) for n in names], to)

def give_two(to):
    give([{'function': f, 'name': 'first'}, {'function': g}], to)
"""


def graph(text: str) -> AgentGraph:
    return build(HEAD + text, **KNOWN)


def tools(text: str) -> set[tuple[str, str]]:
    made = graph(text)
    return {(made.nodes[e.source].name, made.nodes[e.target].symbol) for e in made.edges if e.kind == "has_tool"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("give([f], a)\ngive([g, h], b)", {("a", "f"), ("b", "g"), ("b", "h")}),
        ("give([{'function': f, 'name': 'x'}, g], a)\ngive([h], to=b)", {("a", "f"), ("a", "g"), ("b", "h")}),
        ("give_two(a)\ngive([h], b)", {("a", "f"), ("a", "g"), ("b", "h")}),
        ("give([Kit, f], a)\ngive([g], b)", {("a", "Kit.one"), ("a", "Kit.two"), ("a", "f"), ("b", "g")}),
        ("kits = [f]\nkits.append(g)\ngive(kits, a)", {("a", "f"), ("a", "g")}),
    ],
)
def test_each_caller_hands_on_its_own(text: str, expected: set[tuple[str, str]]) -> None:
    assert tools(HELPER + text + "\n") == expected


def test_tools_stand_where_their_functions_do() -> None:
    made = graph(HELPER + "give([f, {'function': g}], a)\n")
    assert [(t.name, t.at.line) for t in nodes(made, "tool")] == [("f", 5), ("g", 6)]


def test_a_function_of_one_caller_has_the_name_it_is_registered_by() -> None:
    made = graph("def one(func, name, to):\n    register(func, to=to, name=name)\none(f, 'first', a)\none(g, 'second', b)\n")
    assert [t.name for t in nodes(made, "tool")] == ["first", "second"]


@pytest.mark.parametrize("wrap", ["text", "plain"])
def test_a_wrapper_stands_for_what_it_wraps(wrap: str) -> None:
    made = graph(f"def one(func, to):\n    register({wrap}(func), to=to)\none(f, a)\none(g, b)\n")
    assert {t.symbol for t in nodes(made, "tool")} == {"f", "g"}


def test_what_uses_a_function_is_no_wrapper_of_it() -> None:
    text = "def search_with(client):\n    def search(query):\n        return client(query).text\n    return search\n"
    made = graph(text + "def one(func, to):\n    register(func, to=to)\none(search_with(f), a)\n")
    assert [t.name for t in nodes(made, "tool")] == ["search"]


def test_a_function_that_is_written_there_is_registered_at_the_call() -> None:
    made = graph("def setup(to):\n    register(f, to=to)\nsetup(a)\n")
    assert [(t.name, t.at.line) for t in nodes(made, "tool")] == [("f", 28)]


def test_a_call_that_cannot_run_hands_nothing_on() -> None:
    text = "def one(func, to=None):\n    if to is not None:\n        register(func, to=to)\n"
    assert tools(text + "one(f, a)\none(g)\n") == {("a", "f")}


def test_a_list_goes_through_a_constructor() -> None:
    text = """
class Own(Agent):
    def __init__(self, config, extra=(), other=None):
        super().__init__(config['name'])
        self.kits = config.get('kits', [])
        if other is not None:
            self.share(other)

    def share(self, other):
        give(self.kits, self)

one = Own({'name': 'one', 'kits': [f, g]}, other=a)
two = Own({'name': 'two', 'kits': [h]}, other=a)
three = Own({'name': 'three', 'kits': [Kit]})
"""
    assert tools(HELPER + text) == {("one", "f"), ("one", "g"), ("two", "h")}


@pytest.mark.parametrize("call", ["to.tool(func)", "to.named('x')(func)"])
def test_tools_of_a_receiver_are_those_of_each_caller(call: str) -> None:
    text = f"def one(to, funcs):\n    for func in funcs:\n        {call}\n"
    assert tools(text + "one(a, [f, g])\none(b, [h])\n") == {("a", "f"), ("a", "g"), ("b", "h")}


def test_who_only_runs_a_tool_does_not_have_it_but_leads_to_it() -> None:
    known = {
        **KNOWN,
        "registrations": [*KNOWN["registrations"], {"names": ["agent.runs"], "makes": "tool", "attach": True, "executes": True}],
        "links": [*KNOWN["links"], {"names": ["acme.register"], "source": "by", "tools": [0], "executes": True}],
    }
    made = build(HEAD + "register(f, to=a, by=b)\n@b.runs()\n@a.named()\ndef k(): pass\n", **known)
    agents = {n.id: n.name for n in nodes(made, "agent")}
    names = {n.id: n.name for n in nodes(made, "tool")}
    assert {(agents[e.source], names[e.target]) for e in made.edges if e.kind == "has_tool"} == {("a", "f"), ("a", "k")}
    led = {(agents[s.caller], names[s.target]) for s in made.flow.sites if s.caller in agents and s.target in names}
    assert led == {("a", "f"), ("b", "f"), ("a", "k"), ("b", "k")}


def test_wrappers_in_a_list_of_tools() -> None:
    assert tools("Agent('c', tools=[text(f), plain(g), h])\n") == {("c", "f"), ("c", "g"), ("c", "h")}


def test_a_wrapper_stands_around_what_it_wraps_and_does_what_it_does_besides() -> None:
    text = """
def note(): pass

def again(func):
    @wraps(func)
    def inner(*args):
        note()
        for attempt in range(3):
            try:
                return func(*args)
            except ValueError:
                pass
    return inner

def ask():
    a.run('x')

Agent('c', tools=[again(ask), again(g)])
"""
    made = graph(text)
    flow = made.flow
    (tool,) = [t for t in nodes(made, "tool") if t.name == "ask"]
    inside = {flow.functions[s.target].symbol: s.regions for s in flow.sites if s.caller == tool.id and s.target in flow.functions}
    assert list(inside) == ["note", "ask"]
    assert [made.nodes[flow.regions[r].noun].kind for r in inside["ask"]] == ["retry"]
