"""Loops on a state that the functions which they call change: a model ends them only where its answer decides that."""

from __future__ import annotations

from textwrap import indent

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, nodes

AGENT = """
from enum import Enum
from acme import Client

class Stage(Enum):
    PLAN = 1
    WRITE = 2
    DONE = 3

class Writer:
    def __init__(self):
        self.stage, self.text, self.done = Stage.PLAN, "", False

    def ask(self):
        return Client().chat(messages=self.text)

    def plan(self):
        self.text = self.ask()
        self.stage = Stage.WRITE

    def write(self):
        self.text = self.ask()
        self.leave()

    def leave(self):
        self.stage = Stage.DONE

    def step(self):
        if self.stage == Stage.PLAN:
            self.text = self.ask()
            self.stage = Stage.WRITE
        else:
            self.stage = Stage.DONE

    def finish(self):
        self.note("done")
        self.done = True

    def note(self, text):
        if text == "never":
            self.done = True

    def if_final(self):
        if self.ask().final:
            self.stage = Stage.DONE

    def unless_more(self):
        if self.ask().more:
            return
        self.stage = Stage.DONE

    def chosen(self):
        self.stage = Stage.DONE if self.ask().final else Stage.PLAN

    def given(self, stage):
        self.ask()
        self.stage = stage

    def read(self):
        self.text = self.ask()
        if self.is_final():
            self.stage = Stage.DONE

    def is_final(self):
        return "final" in self.text

    def failed(self):
        try:
            self.ask()
        except ValueError:
            self.stage = Stage.DONE

    def decide(self):
        self.ask()
        if self.text == "final":
            self.stage = Stage.DONE

    def run(self, stage=None):
{body}

Writer().run()
"""
UNTIL_DONE = "while self.stage != Stage.DONE:\n    "


@pytest.mark.parametrize(
    ("body", "ends_on"),
    [
        # What is set next is written out, and no answer decides if it is.
        (f"{UNTIL_DONE}if self.stage == Stage.PLAN:\n        self.plan()\n    else:\n        self.write()", "data"),
        (f"{UNTIL_DONE}self.step()", "data"),
        ("while True:\n    self.plan()\n    if self.stage != Stage.PLAN:\n        break", "data"),
        # An answer decides it, in the function that sets it or before it is called.
        (f"{UNTIL_DONE}self.if_final()", "model"),
        (f"{UNTIL_DONE}self.unless_more()", "model"),
        (f"{UNTIL_DONE}self.chosen()", "model"),
        (f"{UNTIL_DONE}self.given(self.ask().stage)", "model"),
        (f"{UNTIL_DONE}self.read()", "model"),
        (f"{UNTIL_DONE}self.text = self.ask()\n    self.decide()", "model"),
        (f"{UNTIL_DONE}self.decide()", "data"),
        (f"{UNTIL_DONE}self.failed()", "model"),
        (f"{UNTIL_DONE}if self.ask().final:\n        self.leave()", "model"),
        ("while not self.done:\n    if self.ask().final:\n        self.finish()", "model"),
        # It may set that, if at all, on something else than the answer.
        ("while not self.done:\n    if self.ask().final:\n        self.note('more')", "data"),
        # Each turn sets it.
        ("while not self.done:\n    self.ask()\n    self.finish()", "fixed"),
    ],
)
def test_a_model_ends_a_loop_on_a_state_where_its_answer_decides_what_that_is(body: str, ends_on: str) -> None:
    graph = analyse(build(AGENT.replace("{body}", indent(body, " " * 8))))
    (loop,) = nodes(graph, "loop")
    assert (loop.ends_on, loop.drives_model) == (ends_on, ends_on == "model")
