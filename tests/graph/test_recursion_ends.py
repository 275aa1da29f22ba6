"""Recursions that no condition ends, or only what a model answered."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import recursion, value

RUN = """
class Agent:
    kept = None
    def __init__(self, done=False):
        self.done = False
        self.given = done
    def f(self, text, more=None):
        {guard}
        answer = model(text)
        {call}
"""


def ends(call: str, guard: str = "pass") -> tuple[object, str]:
    facts = recursion(RUN.format(call=call, guard=guard))
    return value(facts.times), facts.ends_on


@pytest.mark.parametrize(
    ("call", "guard"),
    [
        ("return self.f(text)", "pass"),
        ("return self.f(text)", "print(text)"),
        ("more = [self.f(text)]", "pass"),
        ("return self.f(text) or answer", "pass"),
        ("if self.f(text):\n            return answer", "pass"),
        ("return Agent().f(text)", "pass"),
        ("return Agent().f(text)", "if self.done: return None"),
        ("self.done = True; Agent().f(text)", "if self.done: return None"),
        ("other = Agent(); other.f(text)", "if self.done or self.done is None: return None"),
        # Only what a model said is asked for.
        ("return self.f(answer)", "if not text: return None"),
        ("return self.f(text, more=answer.more)", "if more == 'end': return None"),
        ("rest = answer.rest; self.f(rest)", "if len(text) < 3: return None"),
    ],
)
def test_nothing_but_a_model_ends_it(call: str, guard: str) -> None:
    assert ends(call, guard) == ("unbounded", "model")


@pytest.mark.parametrize(
    ("call", "guard"),
    [
        ("return self.f(text)", "if text.done: return None"),
        ("return self.f(text) if text else None", "pass"),
        ("return text and self.f(text)", "pass"),
        ("for t in text:\n            self.f(t)", "pass"),
        ("if text:\n            self.f(text)", "pass"),
        ("return self.f(text)", "if self.done: return None"),
        ("return Agent(True).f(text)", "if self.given: return None"),
        ("return Agent().f(text)", "if self.given: return None"),
        ("return Agent().f(text)", "if self.kept: return None"),
        ("return Agent().f(text)", "if self.done and text: return None"),
        ("return self.f(text.rest)", "if not text: return None"),
        ("yield self.f(text)", "pass"),
    ],
)
def test_data_may_end_it(call: str, guard: str) -> None:
    assert ends(call, guard)[1] != "model"
