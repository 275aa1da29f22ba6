"""Threads of the program's own classes: what starts one runs it, what stops or asks it does not."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build

TEXT = """
import threading
from acme import Client

class Killable(threading.Thread):
    def kill(self):
        self.join()

class Worker(Killable):
    def run(self):
        Client().chat(messages=[])

WORKERS = {}

def begin(name):
    worker = Worker()
    WORKERS[name] = worker
    worker.start()

def other(name):
    worker = Worker() if name else WORKERS[name]
    worker.USE

begin("a")
other("b")
"""


@pytest.mark.parametrize("use", ["is_alive()", "kill()", "join(5)", "getName()"])
def test_only_a_start_runs_it(use: str) -> None:
    graph = build(TEXT.replace("USE", use), started_by={"threading.Thread": ["start"]})
    callers = {graph.flow.functions[s.caller].symbol for s in graph.flow.sites if s.target.endswith("Worker.run")}
    assert callers == {"begin"}
