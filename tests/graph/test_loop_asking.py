"""Counters that only the turns come to in which a model is asked."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import loop, shape, value

WAITING = """
import time
from contextlib import suppress
class Reports:
    def __init__(self, client):
        self.client = client
        self.left = 5
    def f(self, texts):
        while True:
            {body}
            time.sleep(1)
"""
COUNT = "self.left -= 1\n                if self.left < 0: raise RuntimeError"


@pytest.mark.parametrize(
    ("body", "limited"),
    [
        (f"if texts.ready():\n                answer = self.client.create(texts)\n                if answer: return answer\n                {COUNT}", True),
        (f"if texts.ready():\n                {COUNT}\n                answer = self.client.create(texts)\n                if answer: return answer", True),
        (f"if texts.ready():\n                if self.client.create(texts): return\n                {COUNT}\n                continue", True),
        (f"if not texts.ready():\n                time.sleep(1)\n                continue\n            self.client.create(texts)\n            if texts:\n                {COUNT}", False),
        (f"if texts.ready():\n                if self.client.create(texts): continue\n                {COUNT}", False),
        (f"if texts.ready():\n                {COUNT}\n            self.client.create(texts)", False),
        (f"if texts.ready():\n                with suppress(ValueError): self.client.create(texts)\n                {COUNT}", True),
        ("if texts.ready():\n                with suppress(ValueError):\n                    self.client.create(texts)\n                    self.left -= 1\n                    if self.left < 0: return", False),
        (f"if texts.ready():\n              try:\n                self.client.create(texts)\n                {COUNT}\n              except ValueError:\n                pass", False),
        (f"if texts.ready():\n              try:\n                {COUNT}\n                self.client.create(texts)\n              except ValueError:\n                pass", True),
        (f"for text in texts:\n                if self.client.create(text): break\n                {COUNT}", False),
        (f"while self.client.create(texts):\n                {COUNT}", False),
    ],
)  # fmt: skip
def test_a_turn_that_asks_nobody_need_not_count(body, limited):
    assert (value(loop(WAITING.format(body=body)).times) != "unbounded") is limited


def test_how_many_turns_ask():
    text = """
    def f(client, jobs):
        n = 0
        while True:
            if not jobs.any():
                sleep(1)
                continue
            client.create(jobs)
            n += 1
            if n >= 7:
                break
    """
    assert shape(text)[0] == 7
    assert shape(text.replace("sleep(1)", "client.create()"))[0] == "unbounded"
    assert shape(text.replace("while True", "while client.create()"))[0] == "unbounded"
