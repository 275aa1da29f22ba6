"""What stands before the end of a loop alone, and who answers what ends one."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import loop, value

COUNTED = """
def f(self, client, text):
    while True:
        text = client.create(text)
        self.n += 1
        {reset}
        if self.n >= 10:
            raise RuntimeError("too many")
"""


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("if text == 'done':\n            self.n = 0\n            break", 10),
        ("if text == 'done':\n            self.n = 0\n            return text", 10),
        ("if text:\n            if text == 'done':\n                self.n = 0\n            return text", 10),
        ("if text == 'again':\n            self.n = 0", "unbounded"),
        ("if text == 'again':\n            self.n = 0\n            continue", "unbounded"),
        ("for part in text:\n            self.n = 0\n            break", "unbounded"),
        ("try:\n            self.n = 0\n            return parse(text)\n        except ValueError:\n            pass", "unbounded"),
    ],
)
def test_a_counter_that_is_set_back_as_the_loop_is_left(reset: str, expected: object) -> None:
    assert value(loop(COUNTED.format(reset=reset)).times) == expected


ANSWERED = """
class Team:
    def __init__(self, workers):
        self.workers = workers
    def complete(self, to, text):
        if to == "me":
            return client.create(text)
        reply = {reply}
        return reply

def f(team, text):
    team = Team(team)
    while True:
        text = team.complete("x", text)
        if text.to == "done":
            break
"""


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("self.workers[to].reply(text)", "unknown"),
        ("client.create(text)", "unbounded"),
        ("{'to': to}", "unbounded"),
    ],
)
def test_who_is_not_known_and_answers_too_may_have_a_limit(reply: str, expected: object) -> None:
    assert value(loop(ANSWERED.format(reply=reply)).times) == expected


AGAIN = """
def f(client, text, plan):
    n = 0
    while True:
        text = client.create(text)
        {body}
        break
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if n < 3:\n            n += 1\n            continue", 3),
        ("if plan:\n            if text and n < 3:\n                n += 1\n                continue", 3),
        ("if plan:\n            if n < 3:\n                n += 1\n                continue\n            text = ''", 3),
        ("if plan:\n            if n < 3:\n                n += 1\n                continue\n            continue", "unbounded"),
        (
            "if plan:\n            if n < 3:\n                n += 1\n                continue\n        if text:\n            continue",
            "unbounded",
        ),
        ("for one in plan:\n            if n < 3:\n                n += 1\n                continue", 1),
    ],
)
def test_a_turn_that_only_a_counter_lets_go_round_again(body: str, expected: object) -> None:
    assert value(loop(AGAIN.format(body=body)).times) == expected
