"""Loops that go round with the answers that a run has stopped for, and recursions that are none."""

from __future__ import annotations

from textwrap import indent

import pytest

from auditor.core.values import UNBOUNDED, Unknown
from auditor.graph.build.loop_resumed import ASKED
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Loop
from tests.graph.dispatch_help import build, nodes

RUN = """
from functools import partial
from acme import Client, Resume

class Approve:
    def __init__(self, kind):
        self.kind = kind

def run(given, ui):
    while True:
        result = Client().chat(given)
        if not result.requests:
            return result
{answers}

run("hello", make_ui())
"""


def times(answers: str) -> object:
    graph = build(RUN.format(answers=indent(answers, " " * 8)), resumes={"acme.Resume": "resume"})
    (loop,) = (n for n in nodes(graph, "loop") if isinstance(n, Loop) and n.shape == "while")
    value = loop.times.value
    return value.why if isinstance(value, Unknown) else value


@pytest.mark.parametrize(
    "answers",
    [
        "given = Resume(resume=ui.decide(result))",
        "said = {}\nfor one in result.requests:\n    said[one.id] = ui.decide(one)\ngiven = Resume(resume=said)",
        "said = []\nfor one in result.requests:\n    said.append(ui.decide(one))\nif not said:\n    return\ngiven = Resume(resume=said)",
    ],
)
def test_somebody_answers_in_each_turn(answers: str) -> None:
    assert times(answers) == ASKED


@pytest.mark.parametrize(
    "answers",
    [
        "given = Resume(resume='yes')",
        "given = Resume(resume=[{'kind': 'approve'} for _ in result.requests])",
        "said = [Approve('yes') for _ in list(result.requests)]\ngiven = Resume(resume=said)",
        "if result.more:\n    continue\ngiven = Resume(resume=ui.decide(result))",
        "given = Resume(goto=ui.decide(result))",
        "given = result",
    ],
)
def test_nobody_is_asked_or_not_in_each_turn(answers: str) -> None:
    assert times(answers) is UNBOUNDED


STORED = """
from functools import partial
from acme import Client

class Later:
    def __init__(self, execute):
        self.execute = execute

class App:
    def __init__(self):
        self.waiting = []

    def switch(self, name, ready):
        if not ready:
            {again}
            return None
        return Client().chat(name)

App().switch("a", True)
"""


def recursions(again: str) -> list[Loop]:
    graph: AgentGraph = build(STORED.format(again=again))
    return [n for n in nodes(graph, "loop") if isinstance(n, Loop) and n.shape == "recursion"]


@pytest.mark.parametrize("stored", ["partial(self.switch, name)", "Later(execute=partial(self.switch, name))", "self.switch"])
def test_what_is_stored_for_later_is_no_recursion(stored: str) -> None:
    assert recursions(f"self.waiting.append({stored})") == []


def test_what_is_called_is() -> None:
    assert len(recursions("self.switch(name, ready)")) == 1
