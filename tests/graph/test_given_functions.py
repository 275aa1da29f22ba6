"""Calls that run a function which they are given: they ask a model, run a tool, or it cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import ACME, build, nodes

KNOWN: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "hub": {"new": ["acme.Hub"], "methods": {"look": {"returns": "function"}, "add": {"returns": "function"}}},
        "function": {"new": ["acme.Function"], "harmless": ["*"]},
        "asking": {"is": ["function"], "new": ["acme.Prompt"], "harmless": ["*"]},
        "own": {"is": ["function"], "new": ["acme.Own"], "harmless": ["*"]},
    },
    "calls": [
        *ACME["calls"],
        {
            "names": ["hub.go"],
            "noun": "model_call",
            "kind": "pipeline_run",
            "given": {
                "argument": ["function", 0],
                "name": "name",
                "asks": ["asking"],
                "asks_with": ["prompt"],
                "native": ["own"],
                "native_with": "function",
                "found_by": {"look": 0},
                "registered": {"acme.tool": "name"},
            },
        },
    ],
    "registrations": [{"names": ["acme.tool"], "as": ["decorator"], "makes": "tool", "name": "name"}],
}
HEAD = """from acme import Client, Function, Hub, Own, Prompt, tool
@tool(name="find")
def search(): return Client().chat(messages=[])
@tool
def both(): pass
hub = Hub()
hub.add(name="both", prompt="p")
hub.add(name="say", prompt="p")
def main(x):
    hub.go({})
"""
ASKS, TOOL, UNKNOWN = ["hub.go"], ["search"], "it runs a function of which it cannot be told whether it asks a model"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("Prompt('p')", ASKS),
        ("hub.add(prompt='p')", ASKS),
        ("name='say'", ASKS),
        ("search", TOOL),
        ("function=hub.add(function=search)", TOOL),
        ("name='find'", TOOL),
        ("hub.look('find')", TOOL),
        ("hub.add(function=Own(search))", []),
        ("name='search'", UNKNOWN),
        ("name='both'", UNKNOWN),
        ("name=x", UNKNOWN),
        ("x", UNKNOWN),
        ("Function()", UNKNOWN),
        ("Prompt('p') if x else search", UNKNOWN),
    ],
)
def test_what_a_call_runs_decides_what_it_is(given: str, told: list[str] | str) -> None:
    graph = build(HEAD.format(given), **KNOWN)
    calls = [n for n in nodes(graph, "model_call") if n.name == "go"]
    unknown = [u.why for u in graph.unknowns if u.at.line == 10]
    runs = [s.target for s in graph.flow.sites if s.at.line == 10 and s.target in {t.id for t in nodes(graph, "tool")}]
    assert ([f"hub.{n.name}" for n in calls], unknown) == (told if told == ASKS else [], [told] if told == UNKNOWN else [])
    assert [graph.nodes[r].qualname for r in runs] == (told if told == TOOL else [])
