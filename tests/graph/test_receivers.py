"""Whose method a call runs: a field of the own base class is another object, `self` and what the code makes are not."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Loop, ModelCall, Retry
from tests.graph.dispatch_help import build

MEMORY = """
from acme import Client

class Memory:
    def add(self, text):
        raise NotImplementedError

class Stored(Memory):
    def add(self, text):
        return Client().chat(messages=[text])

class Fallback(Memory):
    def __init__(self, primary: Memory, secondary: Memory):
        self.primary = primary
        self.secondary = secondary

    def add(self, text):
        me = self
        try:
            return self.primary.add(text)
        except Exception:
            return {again}
"""


def graph_of(again: str, more: str = "") -> AgentGraph:
    return analyse(build({"a.py": MEMORY.format(again=again) + more}))


def recursions(graph: AgentGraph) -> list[str]:
    rows = [n.kind for n in graph.nodes.values() if isinstance(n, Loop) and n.shape == "recursion"]
    return rows + [n.kind for n in graph.nodes.values() if isinstance(n, Retry) and n.mechanism == "recursion"]


def test_a_fallback_to_a_field_of_the_own_base_class_is_no_recursion() -> None:
    graph = graph_of("self.secondary.add(text)")
    assert recursions(graph) == []
    call = next(n for n in graph.nodes.values() if isinstance(n, ModelCall))
    assert call.loop_kind == "" and not [s for s in call.trace if "loop" in s.what or "recursion" in s.what]


@pytest.mark.parametrize("again", ["self.add(text)", "me.add(text)", "Fallback(self.secondary, self.primary).add(text)"])
def test_a_method_that_calls_itself_is_one(again: str) -> None:
    assert sorted(recursions(graph_of(again))) == ["loop", "retry"]


def test_what_a_construction_puts_into_the_field_is_proof() -> None:
    made = "\nFallback(Stored(), Fallback(Stored(), Stored())).add('x')\n"
    assert "retry" in recursions(graph_of("self.secondary.add(text)", made))
    assert recursions(graph_of("self.secondary.add(text)", "\nFallback(Stored(), Stored()).add('x')\n")) == []
