"""A limit that the step of a loop reaches, compared in another file than the loop's."""

from __future__ import annotations

from pathlib import Path

from auditor.graph.types import Loop
from auditor.pipeline import graph_of, read

LIMITS = """
import os

FIRST = [{}]
MOST = int(os.environ["MOST"])


class State:
    def __init__(self):
        self.count = 0

    def spent(self):
        return int(self.count) >= int(MOST)
"""
PROGRAM = """
from openai import OpenAI
from limits import State

client = OpenAI()


def step(messages, state):
    answer = client.responses.create(model="gpt-4o", input=messages)
    state.count += 1
    if state.spent():
        return None
    return answer.output_text


def run(messages, state):
    while True:
        answer = step(messages, state)
        if answer is None:
            break
        messages.append(answer)


run([], State())
"""


def test_the_expressions_of_the_other_file_are_read_there(tmp_path: Path) -> None:
    (tmp_path / "limits.py").write_text(LIMITS.format(", ".join(f"len('{n}')" for n in range(20))))
    (tmp_path / "main.py").write_text(PROGRAM)
    loops = [n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, Loop)]
    assert [getattr(n.times.value, "why", "") for n in loops] == ["it ends when step() reaches a limit of its own"]
