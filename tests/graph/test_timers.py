"""Functions that set a timer for themselves: jobs that come again, and no recursion."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build, nodes

CODE = """
import asyncio
import threading
from acme import Client

client = Client()

class Job:
    def tick(self):
        client.chat(messages="x")
        {again}

def main():
    Job().tick()
"""


@pytest.mark.parametrize(
    ("again", "loops"),
    [
        ("threading.Timer(5, self.tick).start()", 0),
        ("timer = threading.Timer(5, self.tick); timer.start()", 0),
        ("asyncio.get_event_loop().call_later(5, self.tick)", 0),
        ("threading.Thread(target=self.tick).start()", 1),
        ("self.tick()", 1),
    ],
)
def test_a_job_that_comes_again_is_no_recursion(again: str, loops: int) -> None:
    assert len(nodes(build(CODE.format(again=again)), "loop")) == loops
