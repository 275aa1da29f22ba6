"""Who calls a function, in the graph: all calls, however many; none that only the lack of others suggests."""

from __future__ import annotations

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build

STORE = """
from abc import ABC, abstractmethod
from acme import Client

class Store(ABC):
    @abstractmethod
    def ask(self, text): ...

class Remote(Store):
    def ask(self, text):
        return Client().chat(messages=[text])

class Local(Store):
    def ask(self, text):
        return text

    def look(self, text):
        return text

def pick(name) -> Store:
    return Remote() if name == "remote" else Local()
"""


def callers_of(graph: AgentGraph, function: str) -> set[int]:
    """Lines of the calls of a function."""
    return {s.at.line for s in graph.flow.sites if s.target.endswith(f":{function}")}


def test_a_function_that_is_called_very_often_has_all_its_calls() -> None:
    calls = "".join(f"\ndef use{n}(name):\n    return pick(name).ask('{n}')\n" for n in range(80))
    first = STORE.count("\n") + 3
    assert callers_of(build({"a.py": STORE + calls}), "Remote.ask") == set(range(first, first + 240, 3))


def test_a_method_that_another_class_has_does_not_run_what_the_first_has_instead() -> None:
    use = "\nstore = Remote()\nother = Local()\nstore = store if input() else other\nstore.look('x')\n"
    look = (STORE + use).count("\n")
    assert look not in callers_of(build({"a.py": STORE + use}), "Remote.ask")
