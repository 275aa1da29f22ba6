"""Steps of a way that are one of several: a method of one of the classes, or what one of several functions has put under a name."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.types import ModelCall
from tests.graph.dispatch_help import build

CLASSES = """
from acme import Client

class One:
    def run(self):
        return Client().chat(messages=[])

class Two:
    def run(self):
        return Client().chat(messages=[])

def main(job):
    job.run()

if __name__ == "__main__":
    for job in ({}):
        main(job)
"""
HANDED = """
from acme import Client

class Store:
    def near(self):
        def ask_it():
            return Client().chat(messages=[])
        self.ask = ask_it
    def far(self):
        def ask_it():
            return Client().chat(messages=[])
        self.ask = ask_it
    def run(self):
        self.ask()

if __name__ == "__main__":
    store = Store()
    {}
    store.run()
"""


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (CLASSES.format("One(), Two()"), "calls One.run, one of several"),
        (CLASSES.format("One(),"), "calls One.run"),
        (HANDED.format("store.near()"), "calls Store.near.ask_it, one of several"),
        (HANDED.replace("def far(self):", "def far(self):\n        return 3").format("store.near()"), "calls Store.near.ask_it"),
    ],
)
def test_how_many_a_call_may_mean(text: str, step: str) -> None:
    call = next(n for n in analyse(build(text)).nodes.values() if isinstance(n, ModelCall))
    assert step in [s.what for s in call.trace]
    assert any(s.chosen for s in call.trace) is ("one of" in step)
