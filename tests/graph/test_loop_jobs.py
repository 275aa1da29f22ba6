"""Loops that only ask how work of a service stands, and hand in what it waits for."""

from __future__ import annotations

from textwrap import indent

import pytest

from auditor.graph.types import Loop
from tests.graph.dispatch_help import build, nodes

RUN = """
import time
from acme import Client

client = Client()

def answer(job):
    return bool(client.chat(job.asked))

def look(job):
    return client.jobs.get(job.id)

def run(job, other, turns):
    while True:
        time.sleep(1)
{body}

run(start(), start(), [])
"""
LEAVES = """
if job.status == "done":
    return
if job.status == "asks" and not answer(job):
    return
"""


def ends_on(body: str) -> str:
    graph = build(RUN.format(body=indent(body, " " * 8)), states=["client.jobs.get"])
    (loop,) = (n for n in nodes(graph, "loop") if isinstance(n, Loop) and n.shape == "while")
    return loop.ends_on


@pytest.mark.parametrize("asks", ["job = client.jobs.get(job.id)", "job = look(job)"])
def test_the_service_ends_what_is_polled(asks: str) -> None:
    assert ends_on(asks + LEAVES) == "data"


@pytest.mark.parametrize(
    "asks",
    [
        # each turn begins other work
        "job = client.chat('begin')\njob = client.jobs.get(job.id)",
        "job = client.chat('how does it stand?')",
        # what is asked decides nothing
        "other = client.jobs.get(other.id)\njob = client.chat(other)",
    ],
)
def test_the_model_ends_what_is_no_poll(asks: str) -> None:
    assert ends_on(asks + LEAVES) == "model"


def test_that_not_each_turn_asks_does_not_make_the_service_end_it() -> None:
    assert ends_on("if turns:\n    continue\njob = client.jobs.get(job.id)" + LEAVES) == "capped"
