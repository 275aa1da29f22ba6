"""Counters that only the turns come to in which a model is asked."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import loop, shape, value

WAITING = """
import time
from contextlib import suppress
class Reports:
 def __init__(self, client):
  self.left = 5
 def f(self, client, texts):
  while True:
   {body}
   time.sleep(1)
"""
ASK = "client.create(texts)"
COUNT = "self.left -= 1\n    if self.left < 0: raise RuntimeError"
READY = "if texts.ready():\n    "
CAUGHT = "except ValueError:\n     pass"


@pytest.mark.parametrize(
    ("body", "limited"),
    [
        (f"{READY}answer = {ASK}\n    if answer: return answer\n    {COUNT}", True),
        (f"{READY}{COUNT}\n    answer = {ASK}\n    if answer: return answer", True),
        (f"{READY}if {ASK}: return\n    {COUNT}\n    continue", True),
        (f"{READY}with suppress(ValueError): {ASK}\n    {COUNT}", True),
        (f"{READY}{COUNT}\n    try:\n     {ASK}\n    {CAUGHT}", True),
        # another way round behind the question
        (f"if not texts.ready():\n    time.sleep(1)\n    continue\n   {ASK}\n   if texts:\n    {COUNT}", False),
        (f"{READY}if {ASK}: continue\n    {COUNT}", False),
        (f"{READY}{COUNT}\n   {ASK}", False),
        (f"{READY}with suppress(ValueError):\n     {ASK}\n     self.left -= 1\n     if self.left < 0: return", False),
        (f"{READY}try:\n     {ASK}\n     self.left -= 1\n     if self.left < 0: return\n    {CAUGHT}", False),
        (f"for text in texts:\n    if {ASK}: break\n    {COUNT}", False),
        (f"while {ASK}:\n    {COUNT}", False),
    ],
)
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


EVENTS = """
import time
class Session:
    def f(self, client):
        at = 0
        while not (at == len(self.events)):
            if self.paused:
                time.sleep(2)
                continue
            {body}
            at += 1
"""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("self.events.append('began')\n            self.events.extend(client.create(self.events[at]))", "to which line 11 adds"),
        ("if client.create(self.events[at]): continue", "skips the counter"),
    ],
)
def test_why_a_list_that_the_loop_fills_is_no_limit(body, why):
    facts = loop(EVENTS.format(body=body))
    assert why in str(facts.times.why)


def test_a_list_that_nothing_fills_is_a_limit():
    assert loop(EVENTS.format(body="client.create(self.events[at])")).ends_on == "data"
