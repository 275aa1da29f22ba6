"""Classes that a decorator registers: what gets them by their names leads to their methods, however many there are."""

from __future__ import annotations

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, nodes
from tests.graph.test_workflows import FLOW

REGISTRY = """
from acme import Client
from acme.flows import Flow

class Workers:
    _known = {}

    @classmethod
    def register(cls, name):
        def keep(worker):
            cls._known[name] = worker
            return worker
        return keep

    @classmethod
    def find(cls, name):
        return cls._known.get(name)
"""
WORKER = """
@Workers.register("w{n}")
class Worker{n}:
    def __init__(self):
        self.client = Client()

    def work(self, state):
        return self.client.chat(messages=[state])
"""
SERVICE = """
class Service:
    def __init__(self):
        first = Workers.find("w0")
        if not first:
            raise RuntimeError()
        self.first = first()
        self.named = {{"one": "w1", "two": "w2"}}
        self.workers = {{}}
        for short, name in self.named.items():
            found = Workers.find(name)
            if found:
                self.workers[short] = found()
        self.graph = self.compiled()

    def compiled(self):
        flow = Flow()
        flow.add_node("first", {first})
        for short, worker in self.workers.items():
            flow.add_node(short, worker.work)
        return flow.compile()

    def run(self):
        return self.graph.go({{}})

def serve(name):
    worker = Workers.find(name)()
    return worker.work("x")

def other(name):
    return Workers.find(name)().idle("x")

Service().run()
"""


def program(count: int, first: str = "self.first.work") -> AgentGraph:
    return build(REGISTRY + "".join(WORKER.format(n=n) for n in range(count)) + SERVICE.format(first=first), **FLOW)


def run_by(graph: AgentGraph, symbol: str) -> set[str]:
    """The functions that a function or step calls."""
    called = {s.target for s in graph.flow.sites if graph.flow.functions[s.caller].symbol == symbol}
    return {graph.flow.functions[t].symbol for t in called if t in graph.flow.functions}


@pytest.mark.parametrize("count", [3, 60, 150])
def test_steps_run_what_is_registered_under_their_names(count: int) -> None:
    graph = program(count)
    assert run_by(graph, "first") == {"Worker0.work"}
    assert run_by(graph, "one") | run_by(graph, "two") == {"Worker1.work", "Worker2.work"}
    assert not graph.unknowns


@pytest.mark.parametrize("count", [3, 60, 150])
def test_a_name_that_is_not_known_may_be_any(count: int) -> None:
    graph = program(count)
    assert {f"Worker{n}.work" for n in range(count)} <= run_by(graph, "serve")
    assert not any(name.endswith(".work") for name in run_by(graph, "other"))


def test_a_step_that_is_not_read_is_told() -> None:
    graph = program(3, first="missing.work")
    assert [(u.package, u.name) for u in graph.unknowns] == [("acme", "acme.flows.Flow.add_node")]
    assert not run_by(graph, "first")


def test_more_classes_than_can_be_held_are_not_guessed() -> None:
    assert not run_by(program(520), "serve") & {f"Worker{n}.work" for n in range(520)}


def test_a_name_of_which_a_part_is_not_known() -> None:
    text = "from acme import tool\nfrom acme.agents import Agent\n{}\n"
    named = "def make(to):\n    @tool(f'to_{to}')\n    def hand_over(): pass\n    return Agent(name=f'for_{to}', tools=[hand_over])"
    form = {"registrations": [{"names": ["acme.tool"], "as": ["decorator"], "makes": "tool", "name": 0}]}
    found = build(text.format(named), **form)
    assert [n.name for kind in ("tool", "agent") for n in nodes(found, kind)] == ["hand_over", "for_…"]
    found = build(text.format(f"{named}\nmake('a')"), **form)
    assert [n.name for kind in ("tool", "agent") for n in nodes(found, kind)] == ["to_a", "for_a"]
