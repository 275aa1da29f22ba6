"""Functions that a library's decorator makes a request of."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, nodes

SETTINGS: dict[str, Any] = {
    "deadline": {"argument": "timeout", "unit": "seconds", "default": [{"value": 60}]},
    "attempts": {"argument": "tries", "unit": "attempts", "default": [{"value": 2}]},
}
KNOWN: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "client": {**ACME["types"]["client"], "settings": SETTINGS},
        "function": {"decorates": ["acme.ask", "acme.calls.ask"], "follows": "client", "settings": SETTINGS, "harmless": ["text"]},
    },
    "calls": [
        *ACME["calls"],
        {
            "names": ["function.__call__", "function.stream"],
            "noun": "model_call",
            "kind": "llm",
            "model": ["model", 0],
            "streams": "stream",
        },
    ],
    "applies": [
        {"names": ["acme.retry"], "as": ["decorator"], "makes": "retry", "settings": {"attempts": {"argument": 0, "unit": "attempts"}}}
    ],
}
HEAD = "from acme import Client, ask, calls, retry\nimport acme\n"


def made(text: str | dict[str, str]) -> AgentGraph:
    return build(HEAD + text if isinstance(text, str) else {p: HEAD + t for p, t in text.items()}, **KNOWN)


def deadlines(graph: AgentGraph) -> list[tuple[str, float | None]]:
    return [(n.name, n.deadline.number) for n in nodes(graph, "model_call")]


@pytest.mark.parametrize(
    ("decorators", "deadline"),
    [
        ("@ask", 60),
        ("@ask()", 60),
        ("@ask(timeout=5)", 5),
        ("@acme.ask(timeout=5)", 5),
        ("@calls.ask(timeout=5)", 5),
        ("@ask(client=Client(timeout=7))", 7),
        ("client = Client(timeout=7)\n@ask(client=client, timeout=3)", 3),
        ("own = ask(timeout=5)\n@own", 5),
        ("@staticmethod\n@ask(timeout=5)", 5),
    ],
)
def test_a_call_of_the_function_has_the_settings_of_the_decorator(decorators: str, deadline: float) -> None:
    assert deadlines(made(f"{decorators}\ndef answer(text):\n    return text\nanswer('x')\n")) == [("answer", deadline)]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("@ask\ndef answer(text):\n    return text\n", []),
        ("def answer(text):\n    return text\nasked = ask(answer)\nasked('x')\nanswer('x')\n", [("asked", 60)]),
        ("def answer(text):\n    return text\nasked = ask(timeout=5)(answer)\nasked('x')\n", [("asked", 5)]),
        ("@ask(timeout=5)\ndef answer(text):\n    return text\nanswer.stream('x')\nanswer.text()\n", [("stream", 5)]),
        ("@ask(timeout=5)\ndef answer(text):\n    return text\nother = answer\nother('x')\n", [("other", 5)]),
        ("class Box:\n    @ask(timeout=5)\n    def answer(self):\n        return 'x'\nBox().answer()\n", [("answer", 5)]),
        ("def ask_not(f):\n    return f\n@ask_not\ndef answer(text):\n    return text\nanswer('x')\n", []),
    ],
)
def test_only_its_calls_are_requests(text: str, calls: list[tuple[str, float]]) -> None:
    assert deadlines(made(text)) == calls


def test_across_files() -> None:
    graph = made(
        {"own.py": "@ask('tiny', stream=True)\ndef answer(text):\n    return text\n", "app.py": "from own import answer\nanswer('x')\n"}
    )
    (call,) = nodes(graph, "model_call")
    assert (call.at.path, call.model.value, call.streams, call.callee, call.called) == ("app.py", "tiny", True, "answer", "acme.ask")


def test_what_decorates_the_request_too() -> None:
    graph = made("@retry(4)\n@ask\ndef answer(text):\n    return text\nanswer('x')\n")
    (site,) = [s for s in graph.flow.sites if s.target.startswith("model_call")]
    assert [graph.flow.regions[r].kind for r in site.regions] == ["retry"]


def test_it_is_understood() -> None:
    assert [u.name for u in made("@ask(timeout=3)\ndef answer(text):\n    return text\nanswer('x')\nanswer.new('x')\n").unknowns] == [
        "acme.ask.new"
    ]


@pytest.mark.parametrize(
    ("function", "blocks"),
    [
        ("@ask\ndef answer(text):\n    return text\n", True),
        ("@ask\nasync def answer(text):\n    return text\n", False),
        ("async def plain(text):\n    return text\nanswer = ask(plain)\n", False),
        ("def plain(text):\n    return text\nanswer = ask(plain)\n", True),
    ],
)
def test_a_coroutine_blocks_nothing(function: str, blocks: bool) -> None:
    graph = made(f"import asyncio\n{function}async def go():\n    asked = [answer('x')]\n    return await asyncio.gather(*asked)\n")
    assert [c.blocking_in_async for c in nodes(graph, "model_call")] == [blocks]
