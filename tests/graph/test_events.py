"""A function that is named, or passed on, is not called there: steps that wait for others, and what is given to a library."""

from __future__ import annotations

from typing import Any

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import ACME, build, nodes

FLOW: dict[str, Any] = {
    "types": {**ACME["types"], "flow": {"new": ["acme.flow.Flow"]}},
    "calls": [
        *ACME["calls"],
        {
            "names": ["flow.start"],
            "noun": "model_call",
            "kind": "flow_run",
            "runs": "receiver",
            "steps": ["acme.flow.first", "acme.flow.after"],
        },
    ],
}
BOOK = """
from acme import Client
from acme.flow import Flow, after, first

class Book(Flow):
    @first()
    def outline(self):
        return Client().chat(messages=[])

    @after(outline)
    def write(self, outline):
        return Client().chat(messages=outline)

    @after(write)
    def save(self, text):
        open("book", "w").write(text)

def main():
    Book().start()

def plot():
    Book().plot()

if __name__ == "__main__":
    main()
"""


def traces(text: str, **known: Any) -> dict[str, list[tuple[str, int]]]:
    graph = analyse(build(text, known=known))
    return {c.qualname: [(s.what, s.at.line) for s in c.trace] for c in nodes(graph, "model_call")}


def test_a_step_runs_where_it_waits_and_not_where_others_wait_for_it() -> None:
    found = traces(BOOK, **FLOW)
    assert found["Book.outline"][1:] == [
        ("calls main", 25),
        ("flow run start", 19),
        ("runs Book.outline", 6),
        ("model call chat", 8),
    ]
    assert found["Book.write"][-2:] == [("runs Book.write", 10), ("model call chat", 12)]


GATE = """
import argparse
import acme

def gate(args):
    return acme.Client().chat(messages=[args.text])

def main():
    parser = argparse.ArgumentParser()
    parser.set_defaults(func=gate)
    args = parser.parse_args()
    return args.func(args)

if __name__ == "__main__":
    main()
"""


def test_what_a_library_gets_is_passed_on() -> None:
    assert traces(GATE)["gate"][1:] == [("calls main", 15), ("passes on gate, to be called", 10), ("model call chat", 6)]
