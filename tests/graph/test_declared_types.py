"""Objects of which only a declaration says what they are: what they come from is a library, or a registry, that is not followed."""

from __future__ import annotations

import pytest

from auditor.core.values import Unknown
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ModelCall
from tests.graph.dispatch_help import ACME, build, nodes

REGISTRY = """
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from typing import Any
from acme import Client

class Builder(ABC):
    @abstractmethod
    async def model(self, name) -> Any: ...

class Info:
    def __init__(self, build):
        self.build = build

class Registry:
    def __init__(self):
        self.known = {}
    def add(self, name, build):
        self.known[name] = Info(asynccontextmanager(build))
    def find(self, name) -> Info:
        return self.known[name]

class Own(Builder):
    def __init__(self, stack):
        self.stack, self.registry = stack, Registry()
    async def model(self, name):
        return await self.stack.enter_async_context(self.registry.find(name).build(name))

class Plain:
    def chat(self, text): ...
"""


def calls(code: str) -> list[ModelCall]:
    timed = {**ACME["types"], "client": {**ACME["types"]["client"], "settings": {"deadline": {"argument": "timeout", "unit": "seconds"}}}}
    graph: AgentGraph = build(REGISTRY + code, types=timed)
    return nodes(graph, "model_call")


@pytest.mark.parametrize(
    "code",
    [
        "import elsewhere\ndef ask(llm: Client):\n    llm.chat(1)\nask(elsewhere.make('x'))",
        "import elsewhere\nasync def ask():\n    llm: Client = await elsewhere.make('x')\n    llm.chat(1)",
        "import elsewhere\ndef ask(llm: 'Client | None' = None):\n    llm.chat(1)\nask(elsewhere.hub.make('x').open())",
        """
class Node:
    def __init__(self, llm: Client):
        llm = llm.bind(tools=[])
        self.llm = llm
    async def run(self):
        self.llm.chat(1)

async def work(builder: Builder):
    await Node(await builder.model("x")).run()

async def main(stack):
    await work(Own(stack))
""",
        "async def work(builder: Builder):\n    llm: Client = await builder.model('x')\n    llm.chat(1)",
    ],
)
def test_the_declaration_says_what_it_is(code: str) -> None:
    (call,) = calls(code)
    assert isinstance(call.deadline.value, Unknown)
    assert call.deadline.value.why.startswith("only its type is known")


@pytest.mark.parametrize(
    "code",
    [
        "def ask(llm: Client):\n    llm.chat(1)\nask(Plain())",
        "def ask(llm: 'str | Client'):\n    llm.chat(1)\nask('a')",
        "def ask(llm: Client):\n    llm.chat(1)\nask({'a': 1}.items())",
        "from acme.agents import Agent\ndef ask(llm: Client):\n    llm.chat(1)\nask(Agent('a'))",
        "import elsewhere\ndef ask(llm: Plain):\n    llm.chat(1)\nask(elsewhere.make('x'))",
        "import elsewhere\ndef ask(llms: list[Client]):\n    llms.chat(1)\nask(elsewhere.make('x'))",
        "llm: Client = Plain()\nllm.chat(1)",
        "import elsewhere\nllm: dict = elsewhere.make('x')\nllm.chat(1)",
    ],
)
def test_what_is_told_otherwise_is_not_what_it_is_declared_as(code: str) -> None:
    assert not calls(code)


def test_what_is_known_goes_before_the_declaration() -> None:
    (call,) = calls("import elsewhere\ndef ask(llm: Client):\n    llm.chat(1)\nask(Client(timeout=5))\nask(elsewhere.make('x'))")
    assert call.deadline.number == 5
