"""What is to be given a number where a loop asks for a limit that is none, or infinite, by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.core.values import UNBOUNDED, alternatives
from auditor.graph.types import Loop, ModelCall
from tests.graph.dispatch_help import build, nodes

HEAD = "from dataclasses import dataclass\nfrom acme import Client\nclient = Client()\nLIMIT = None\nMOST = float('inf')\n"
BODY = """
def turns({params}):
    count = 0
    history = []
    while {test}:
        count += 1
        answer = client.chat(history)
        history.append(answer)
        if {leave}:
            break
        if not answer.choices[0].message.tool_calls:
            break
{call}
"""
DONE = "{0} is not None and count >= {0}".format


def body(params: str = "", test: str = "True", leave: str = "False", call: str = "turns()") -> str:
    return BODY.format(params=params, test=test, leave=leave, call=call)


def method(test: str) -> str:
    return body("self", test).replace("\nturns()\n", "\n").replace("\n", "\n    ")


OF_OBJECT = f"""class Agent:
    def __init__(self, name, most=None,
            limit=None):
        self.limit = limit
{method("self.limit is None or count < self.limit")}
"""
OF_FIELD = f"@dataclass\nclass Agent:\n    name: str\n    limit: float = float('inf')\n{method('count < self.limit')}\n"

NAMED = [
    (body("most: float = float('inf')", "count < most"), "most= of turns() (app.py:7)"),
    (body("most=float('inf')", "len(history) < most and client"), "most= of turns() (app.py:7)"),
    (body("a=None, most=None,\n        b=None", leave=DONE("most")), "most= of turns() (app.py:7)"),
    (body("a=None,\n        most=None", leave=DONE("most")), "most= of turns() (app.py:8)"),
    (body("most=float('inf')", "count < int(most)"), "most= of turns() (app.py:7)"),
    (body("most", "count < most", call="def run(limit=float('inf')):\n    turns(limit)\nrun()"), "limit= of run() (app.py:18)"),
    (body("most=3", "count < most", call="def run(limit=float('inf')):\n    turns(most=limit)\nrun()"), "limit= of run() (app.py:18)"),
    (body(leave=DONE("LIMIT")), "LIMIT (app.py:4)"),
    (body(test="count < MOST"), "MOST (app.py:5)"),
    (body("most=MOST", "count < most"), "MOST (app.py:5)"),
    (f"{OF_OBJECT}Agent('a').turns()", "limit= of Agent.__init__() (app.py:8)"),
    (f"{OF_FIELD}Agent('a').turns()", "limit of Agent (app.py:9)"),
]
UNNAMED = [
    # There is no limit at all, or the one that there is was switched off by a call.
    body(),
    body("most=None"),
    body("most=7", leave=DONE("most"), call="turns(None)"),
    f"{OF_OBJECT}Agent('a', limit=None).turns()",
    # Which of two names switches it off is not known where both stand in one place.
    body("most=None, other=None", leave=DONE("limit")).replace("    count = 0\n", "    count = 0\n    limit = most\n    limit = other\n"),
]


def endless(text: str) -> list[str | None]:
    [loop] = [n for n in nodes(build(HEAD + text), "loop") if isinstance(n, Loop)]
    rows = alternatives(loop.times)
    assert any(row.value is UNBOUNDED for row in rows)
    return [row.argument for row in rows if row.value is UNBOUNDED]


@pytest.mark.parametrize(("text", "argument"), NAMED)
def test_the_name_whose_default_switches_the_limit_off(text: str, argument: str) -> None:
    assert endless(text) == [argument]


@pytest.mark.parametrize("text", UNNAMED)
def test_nothing_is_named_that_does_not_switch_it_off_alone(text: str) -> None:
    assert endless(text) == [None]


def test_of_several_callers_the_default_of_those_that_give_nothing() -> None:
    text = body("most=float('inf')", "count < most", call="turns(5)\nturns()")
    assert endless(text) == ["most= of turns() (app.py:7)"]


RUNS = """from agents import Agent, Runner, function_tool

@function_tool
def look(text: str) -> str:
    return text

agent = Agent(name="a", model="m", tools=[look])

class Service:
    def __init__(self, name, limit: float = float("inf")):
        self.limit = limit

    def go(self, text):
        return Runner.run_sync(agent, text, max_turns=self.limit)

def serve(text, most=None,
          turns=None):
    return Runner.run_sync(agent, text, max_turns=turns)

def counted(text, turns=7):
    return Runner.run_sync(agent, text, max_turns=turns)

serve("hi")
Service("a").go("hi")
counted("hi")
Runner.run_sync(agent, "hi", max_turns=None)
"""


def test_a_run_whose_bound_is_a_default_of_the_code_around_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(RUNS, "utf-8")
    (tmp_path / "requirements.txt").write_text("openai-agents==0.18.3\n", "utf-8")
    judged = pipeline.scan([tmp_path])
    graph = pipeline.graph_of(pipeline.read([tmp_path]))
    calls = sorted((n for n in graph.nodes.values() if isinstance(n, ModelCall) and n.call == "agent_run"), key=lambda n: n.at)
    own = "max_turns= of Runner.run_sync()"
    assert [call.loop.argument for call in calls] == ["limit= of Service.__init__() (app.py:10)", "turns= of serve() (app.py:17)", own, own]
    [finding] = [f for f in judged.findings if f.rule == "framework-loop-unbounded"]
    assert finding.remedy == (
        f"Set limit= of Service.__init__() (app.py:10), turns= of serve() (app.py:17) and {own} where the run starts, "
        "and handle what it raises or returns at the bound."
    )
