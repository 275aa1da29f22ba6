"""What becomes an agent's otherwise than by a list: subclasses, links, builders, names of other agents, tools that are methods."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, nodes

KNOWN: dict[str, Any] = {
    "types": {
        "agent": {
            "new": ["acme.Agent"],
            "noun": "agent",
            "agent": {
                "name": ["name", 0],
                "tools": ["tools", "kernel"],
                "handoffs": "handoffs",
                "handoff_target": "target",
                "sub_agents": ["members", "boss", "graph"],
            },
            "steps": ["acme.handler"],
        },
        "graph": {"new": ["acme.Graph"], "gathers": {"add": [0]}, "methods": {"*": {}}},
        "kernel": {"new": ["acme.Kernel"], "gathers": {"plug": ["plugin", 0]}},
        "kit": {"new": ["acme.Kit"], "noun": "tool", "methods": {"tools": {}}, "attributes": {"[]": "self"}},
    },
    "calls": [{"names": ["agent.run"], "noun": "model_call", "kind": "agent_run", "runs": "receiver"}],
    "registrations": [{"names": ["acme.tool", "agent.tool"], "makes": "tool", "attach": True}],
    "links": [
        {"names": ["acme.give"], "source": ["to", "also"], "tools": [0]},
        {"names": ["agent.functions"], "tools": [0]},
        {"names": ["agent.chats"], "targets": ["0.*.to"]},
    ],
}
HEAD = "from acme import Agent, Graph, Handoff, Kernel, Kit, give, handler, tool\ndef f(): pass\ndef g(): pass\n"


def graph(text: str) -> AgentGraph:
    return build(HEAD + text, **KNOWN)


def edges(text: str, kind: str) -> set[tuple[str, str]]:
    made = graph(text)
    return {(made.nodes[e.source].name, made.nodes[e.target].name) for e in made.edges if e.kind == kind}


OWN = """
class Own(Agent):
    def __init__(self, name, members):
        super().__init__(name=name, members=members)

    @handler
    def handle(self):
        Agent('inner').run()

"""


def test_an_object_of_a_local_subclass_is_an_agent_at_its_call() -> None:
    text = OWN + "one = Own('one', [Agent('two')])\nAgent('team', members=[one])\n"
    assert [(a.name, a.at.line) for a in nodes(graph(text), "agent")] == [("inner", 11), ("one", 13), ("two", 13), ("team", 14)]
    assert edges(text, "hands_off") == {("one", "two"), ("team", "one")}


def test_a_subclass_runs_its_handlers() -> None:
    made = graph(OWN + "one = Own('one', [])\n")
    (agent,) = [a for a in nodes(made, "agent") if a.name == "one"]
    (step,) = nodes(made, "step")
    (handle,) = [fn for fn in made.flow.functions if fn.startswith("fn:") and fn.endswith("Own.handle")]
    hops = {(s.caller, s.target) for s in made.flow.sites}
    assert {(agent.id, step.id), (step.id, handle)} <= hops


@pytest.mark.parametrize(
    "text",
    [
        "give([f, g], to=a)",
        "give(f, to=a)\ngive(g, to=a)",
        "a.functions({'f': f, 'g': g})",
        "a.tool()(f)\na.tool()(g)",
    ],
)
def test_tools_that_are_given_later(text: str) -> None:
    assert edges(f"a = Agent('a')\n{text}\n", "has_tool") == {("a", "f"), ("a", "g")}


def test_tools_for_several_agents() -> None:
    assert edges("a, b = Agent('a'), Agent('b')\ngive(f, to=a, also=b)\n", "has_tool") == {("a", "f"), ("b", "f")}


@pytest.mark.parametrize(
    "text",
    [
        "Agent('t', graph=Graph().add(a).add(b))",
        "graph = Graph()\ngraph.add(a)\ngraph.add(b)\nAgent('t', graph=graph)",
        "Agent('t', members=[a], boss=b)",
    ],
)
def test_members_of_a_team(text: str) -> None:
    assert edges(f"a, b = Agent('a'), Agent('b')\n{text}\n", "hands_off") == {("t", "a"), ("t", "b")}


def test_agents_in_a_list_of_mappings() -> None:
    assert edges("a, b = Agent('a'), Agent('b')\na.chats([{'to': b}])\n", "hands_off") == {("a", "b")}


def test_handoffs_to_names_lead_to_members_of_the_same_team() -> None:
    text = "a = Agent('a', handoffs=['b', Handoff(target='c')])\nb, c = Agent('b'), Agent('c')\nAgent('t', members=[a, b, c])\n"
    assert {("a", "b"), ("a", "c")} <= edges(text, "hands_off")


def test_two_agents_of_one_name_are_told_apart_by_the_team() -> None:
    text = "a = Agent('a', handoffs=['b'])\nb, other = Agent('b'), Agent('b')\nAgent('t', members=[a, b])\n"
    made = graph(text)
    (target,) = [made.nodes[e.target] for e in made.edges if e.kind == "hands_off" and made.nodes[e.source].name == "a"]
    assert target.at.line == 5 and target.id == min(n.id for n in nodes(made, "agent") if n.name == "b")


def test_a_name_without_a_team_must_be_the_only_one() -> None:
    assert edges("Agent('a', handoffs=['b'])\nb = Agent('b')\n", "hands_off") == {("a", "b")}
    assert edges("Agent('a', handoffs=['b'])\nAgent('b')\nAgent('b')\n", "hands_off") == set()


PLUGIN = """
class Plugin:
    @tool
    def one(self): pass

    @tool
    def two(self): pass

    def three(self): pass

"""


@pytest.mark.parametrize("text", ["Agent('a', tools=[Plugin()])", "k = Kernel()\nk.plug(Plugin())\nAgent('a', kernel=k)"])
def test_an_object_brings_the_tools_that_its_methods_are(text: str) -> None:
    assert edges(PLUGIN + text, "has_tool") == {("a", "one"), ("a", "two")}


def test_lists_that_are_added() -> None:
    assert edges("Agent('a', tools=Kit().tools() + [f])", "has_tool") == {("a", "Kit"), ("a", "f")}


@pytest.mark.parametrize("text", ["Kit().tools()", "[*Kit().tools()]", "[Kit().search]"])
def test_tools_of_a_toolkit(text: str) -> None:
    assert edges(f"Agent('a', tools={text})", "has_tool") == {("a", "Kit")}


@pytest.mark.parametrize(("text", "calls"), [("cast(Agent, store.get('a')).run()", 1), ("cast(str, store.get('a')).run()", 0)])
def test_a_cast_says_what_an_unread_value_is(text: str, calls: int) -> None:
    assert len(nodes(graph(f"from typing import cast\nfrom elsewhere import store\n{text}\n"), "model_call")) == calls


def test_of_a_list_of_chats_each_one_has_its_two_sides() -> None:
    text = "a, b, c = Agent('a'), Agent('b'), Agent('c')\npair([{'by': a, 'to': b}, {'by': b, 'to': c}, {'to': a}])\n"
    known = {**KNOWN, "links": [{"names": ["acme.pair"], "each": [0], "source": "by", "targets": "to"}]}
    made = build(HEAD.replace("give,", "give, pair,") + text, **known)
    assert {(made.nodes[e.source].name, made.nodes[e.target].name) for e in made.edges} == {("a", "b"), ("b", "c")}


HANDS_OVER = """
class Billing(Agent):
    pass

class Front(Agent):
    @tool
    def look_up(self): pass

    @tool
    def transfer(self):
        return Billing('billing'), 'One moment.'

    def other(self): pass

Front('front')
"""


@pytest.mark.parametrize("own", [True, False])
def test_agents_that_collect_the_tools_of_their_class(own: bool) -> None:
    form = {"name": ["name", 0], "tools": "tools", "own_tools": own, "tools_give_agents": True}
    known = {**KNOWN, "types": {"agent": {"new": ["acme.Agent"], "noun": "agent", "agent": form}}}
    made = build(HEAD + HANDS_OVER, **known)
    found = {(e.kind, made.nodes[e.source].name, made.nodes[e.target].name) for e in made.edges}
    tools = {("has_tool", "front", "look_up"), ("has_tool", "front", "transfer"), ("hands_off", "front", "billing")}
    assert found & tools == (tools if own else set())


@pytest.mark.parametrize("text", ["(Own if later else Agent)('a', [])", "(Agent if later else Own)('a', [])"])
def test_an_agent_of_one_of_two_classes(text: str) -> None:
    (agent,) = nodes(graph(f"from elsewhere import later\n{OWN}\n{text}\n"), "agent")[-1:]
    assert (agent.name, agent.at.line) == ("a", len(f"{HEAD}from elsewhere import later\n{OWN}\n".splitlines()) + 1)
