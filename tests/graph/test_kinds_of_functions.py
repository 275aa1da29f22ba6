"""What stands where only bound methods come is not run for plain functions, and the other way round."""

from __future__ import annotations

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build

KNOWN = {
    "types": {"client": {"new": ["acme.Client"], "noun": "model_client"}},
    "calls": [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}],
}
TASKS = """
import inspect
from types import FunctionType, MethodType
from acme import Client

class Tasks:
    def bound(self, text):
        Client().chat(text)

    @staticmethod
    def plain(text):
        Client().chat(text)

def register(registry, known):
    for target in known:
        func = target
        if {test}:
            def first(text):
                return func(text)
            registry.add(first)
        else:
            {other}

def start(registry):
    register(registry, [{given}])
"""
OTHER = "def second(text):\n                return func(text)\n            registry.add(second)"


def sites(test: str, given: str, other: str = OTHER) -> set[tuple[str, str]]:
    """(function, how) of what leads to the tasks."""
    graph: AgentGraph = build(TASKS.format(test=test, given=given, other=other), **KNOWN)
    names = {f.id: f.symbol for f in graph.flow.functions.values()}
    return {(names[s.caller], s.hop) for s in graph.flow.sites if names.get(s.target, "").startswith("Tasks.")}


FIRST, SECOND = ("register.first", "call"), ("register.second", "call")


@pytest.mark.parametrize(
    ("test", "given", "runs"),
    [
        ("isinstance(target, MethodType)", "Tasks.plain", {SECOND}),
        ("isinstance(target, MethodType)", "Tasks().bound", {FIRST}),
        ("not isinstance(target, MethodType)", "Tasks.plain", {FIRST}),
        ("isinstance(target, FunctionType)", "Tasks().bound", {SECOND}),
        ("isinstance(target, FunctionType)", "Tasks.plain", {FIRST, SECOND}),
        ("inspect.ismethod(target)", "Tasks.plain", {SECOND}),
        ("inspect.ismethod(target) and len(known)", "Tasks.plain", {SECOND}),
        ("inspect.ismethod(target) or len(known)", "Tasks.plain", {FIRST, SECOND}),
        ("isinstance(target, str)", "Tasks.plain", {FIRST, SECOND}),
        ("isinstance(target, MethodType)", "Tasks.plain, Tasks().bound", {FIRST, SECOND}),
    ],
)
def test_a_branch_for_functions_of_the_other_kind(test: str, given: str, runs: set[tuple[str, str]]) -> None:
    assert sites(test, given) == runs


def test_what_only_such_a_branch_calls_may_run_where_it_is_handed_over() -> None:
    assert sites("isinstance(target, MethodType)", "Tasks.plain", "pass") == {("start", "handed")}
