"""Objects that a container makes of the classes that it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import build, nodes

KNOWN: dict[str, Any] = {"injectors": [{"names": ["acme.Container"], "gives": {"get": 0, "make": [0, "cls"]}, "same": ["child"]}]}
CODE = """
from acme import Client, Container, Other

class Asker:
    def __init__(self, client: Client):
        self.client = client
    def ask(self, text):
        return self.client.chat(text)

class Sub(Asker):
    pass

class Session:
    def __init__(self, container: Container, other: Other):
        self.container = container.child()
        self.other = other
        self.asker = {made}

    def run(self):
        for n in range(3):
            self.asker.ask(n)

Container().make(Session).run()
"""


@pytest.mark.parametrize(
    ("made", "loops"),
    [
        ("self.container.get(Asker)", 1),
        ("self.container.make(cls=Asker)", 1),
        ("container.child().child().get(Sub)", 1),
        ("container.other().get(Asker)", 0),
        ("other.get(Asker)", 0),
        ("self.container.find(Asker)", 0),
        ("self.container.get('Asker')", 0),
        ("self.container.get(Other)", 0),
    ],
)
def test_an_object_out_of_a_container(made: str, loops: int) -> None:
    graph = build(CODE.format(made=made), **KNOWN)
    assert len(nodes(graph, "loop")) == loops


def test_schemas_that_speak_of_objects_that_have_schemas() -> None:
    code = """
from acme import Client

class Tool:
    def __init__(self, other: "Tool" = None):
        self.other = other
    def schema(self):
        return {"name": self.other.name, "description": "x"}

one = Tool(Tool(Tool()))

def run(tools: list[Tool]):
    Client().chat([], tools=[{"name": t.other.name} for t in tools] + [one.schema()])

run([one])
"""
    assert len(nodes(build(code), "model_call")) == 1
