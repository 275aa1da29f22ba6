"""Tools of the program's own tool servers, which agents of the program may ask for through a client that records it."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.analyses.analyse import analyse
from auditor.core.values import ABSENT
from tests.graph.dispatch_help import ACME, build, nodes

KNOWN: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "remote": {"new": ["acme.mcp.Remote"], "noun": "tool"},
        "table": {"new": ["acme.Table"], "noun": "tool"},
    },
    "calls": [*ACME["calls"], {"names": ["remote.call_tool"], "kind": "mcp"}],
    "registrations": [{"names": ["acme.serve"], "makes": "tool", "server": True}],
    "traces": [{"versions": ">=2", "by_default": True, "needs_provider": True}],
}
SERVER = "import acme\n@acme.serve\ndef price(key):\n    return 1\n"
AGENT = """
from acme.agents import Agent
import acme.mcp
import spans
{before}
def answer(text):
    return Agent(tools=[{tool}]).run(text)
answer("a")
"""


@pytest.mark.parametrize(
    ("tool", "before", "expected"),
    [
        ("acme.mcp.Remote(url='a')", "spans.set_provider(1)", "acme.mcp.Remote at agent.py:7 may record it where an agent asks for it"),
        ("acme.mcp.Remote(url='a')", "if input():\n    spans.set_provider(1)", "acme.mcp.Remote at agent.py:8 may record it"),
        ("acme.mcp.Remote(url='a')", "", False),
        ("acme.Table()", "spans.set_provider(1)", False),
    ],
    ids=["recorded", "perhaps", "no end", "no client"],
)
def test_a_client_records_what_a_server_does_not(tool: str, before: str, expected: object) -> None:
    files = {"server/main.py": SERVER, "agent.py": AGENT.format(tool=tool, before=before)}
    graph = build(files, version="2.1", known=KNOWN)
    (price,) = [t for t in nodes(graph, "tool") if t.name == "price"]
    assert str(price.traced.why).startswith(str(expected)) if expected else price.traced.value is False
    (run,) = nodes(graph, "model_call")
    doubted = "only under a condition (line 5)" if "input" in before else ""
    assert (run.traced.why if doubted else run.traced.value) == (doubted or bool(before))


REMOTE = {
    "types": {"remote": {"new": ["acme.Remote"]}},
    "calls": [{"names": ["remote.run"], "noun": "model_call", "kind": "agent_run", "elsewhere": True}],
}


@pytest.mark.parametrize(
    ("before", "after", "traced", "usage"),
    [
        ("", "", ABSENT, ABSENT),
        ("", "print(found.usage)", ABSENT, True),
        ("acme.trace.instrument()", "", True, True),
    ],
)
def test_what_runs_on_a_server_leaves_its_spans_there(before: str, after: str, traced: object, usage: object) -> None:
    text = f"import acme\n{before}\ndef main():\n    found = acme.Remote().run('x')\n    {after or 'pass'}\nmain()\n"
    graph = analyse(build(text, types={**ACME["types"], **REMOTE["types"]}, calls=REMOTE["calls"]))
    (call,) = nodes(graph, "model_call")
    assert (call.traced.value, call.usage_recorded.value) == (traced, usage)
    assert [p.traced.value for p in nodes(graph, "decision_point")] == ([] if traced is ABSENT else [True])
