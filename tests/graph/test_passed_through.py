"""Functions that are handed through several others of the program to where they run: the spans there hold for them."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, nodes

SPANS = {"package": "otel", "regions": [{"names": ["otel.start"], "makes": "span", "body": "with"}]}
TEXT = """
import otel
from acme import Client

class Telemetry:
    def traced(self):
        def decorator(func):
            def wrapper(*args):
                {span}
                    return func(*args)
            return wrapper
        return decorator

telemetry = Telemetry()

class Executor:
    def inner(self, task, *args):
        {kept}

    @telemetry.traced()
    def execute(self, task, *args):
        return self.inner(task, *args)

class Tasks:
    @staticmethod
    def ask(text):
        return Client().chat(messages=[text])

def run(text, executor):
    return {made}.execute(Tasks.ask, text)

{begins}
"""


@pytest.mark.parametrize(
    ("span", "kept", "made", "expected"),
    [
        ("with otel.start('a'):", "return task(*args)", "Executor()", True),
        ("if func:", "return task(*args)", "Executor()", False),
        ("with otel.start('a'):", "self.waiting.append(task)", "Executor()", False),
        ("with otel.start('a'):", "return task(*args)", "executor", "Executor.execute may run it, in a span"),
        ("if func:", "return task(*args)", "executor", False),
    ],
    ids=["span", "no span", "kept for later", "perhaps", "perhaps no span"],
)
def test_a_span_around_what_is_handed_on(span: str, kept: str, made: str, expected: object) -> None:
    text = TEXT.format(span=span, kept=kept, made=made, begins='run("a", 1)' if made == "Executor()" else "")
    graph = analyse(build(text, extra=SPANS))
    (call,) = nodes(graph, "model_call")
    assert (call.traced.why if call.traced.state == "unknown" else call.traced.value) == expected
