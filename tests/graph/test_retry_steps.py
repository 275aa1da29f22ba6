"""Loops that ask an object for its next step, and end when it gives something: no retries of a result."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import retries

KEEPER = """
class Agent:
    def __init__(self):
        self.history = []
        self.tokens = 0

    def note(self, answer):
        self.history.append(answer)

    def step(self, goal):
        answer = create(goal)
        {kept}
        return answer.text

def f(goal):
    agent = Agent()
    for _ in range(9):
        result = agent.step(goal)
        if result is not None:
            break
"""


@pytest.mark.parametrize(
    ("kept", "retried"),
    [
        ("self.history.append(answer)", False),
        ("self.note(answer)", False),
        ("self.tokens += answer.tokens", True),
        ("seen = []\n        seen.append(answer)", True),
    ],
)
def test_an_object_that_keeps_a_history_takes_steps(kept, retried):
    assert bool(retries(KEEPER.format(kept=kept))) is retried
