"""Loops that end when what an object tells of itself passes a bound."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import loop, value

TREE = """
class Node:
    def __init__(self, text, above=None):
        self.text, self.above, self.score = text, above, 0
    def depth(self):
        if self.above is None:
            return 0
        return self.above.depth() + 1
    @property
    def level(self):
        return 0 if self.above is None else 1 + self.above.level
    def size(self):
        return len(self.text)
    def worth(self):
        return self.score
def f(client, most, start, meter, texts):
    node = Node("")
    while {test}:
        answer = client.create(node.text)
        {body}
        if answer.done:
            break
"""
CHILD = "node = Node(answer.text)\n        node.above = start"


@pytest.mark.parametrize(
    ("test", "body", "name"),
    [
        ("node.depth() < most", CHILD, "node.depth()"),
        ("most > node.depth()", CHILD, "node.depth()"),
        ("node.level < most", CHILD, "node.level"),
        ("node.size() < 9", CHILD, "node.size()"),
        ("start and node.depth() < most", CHILD, "node.depth()"),
        ("True", f"{CHILD}\n        if node.depth() >= most: return", "node.depth()"),
        ("start.depth() < most", "start = texts.below(answer)", "start.depth()"),
        ("meter.spent() < most", "texts.append(answer)", "meter.spent()"),
        ("meter.spent < most", "meter.add(1)", "meter.spent"),
        ("meter.left() > 0", "texts.append(answer)", "meter.left()"),
        # what the model says, what does not count, what is no bound, or switched off
        ("node.worth() < most", CHILD, None),
        ("answer.score < most", "texts.append(answer)", None),
        ("answer.score() < most", "texts.append(answer)", None),
        ("start.score < most", "start = texts.read(answer)", None),
        ("start.get('score', 0) < most", "start = texts.read(answer)", None),
        ("start.left() > 0", "start = texts.read(answer)", None),
        ("node.depth() < float('inf')", CHILD, None),
        ("node.depth() < answer.most", CHILD, None),
        ("node.depth() != most", CHILD, None),
        ("start or node.depth() < most", CHILD, None),
        ("meter.spent < most", "texts.append(answer)", None),
    ],
)
def test_what_an_object_tells(test, body, name):
    facts = loop(TREE.format(test=test, body=body))
    assert (value(facts.times), facts.ends_on) == (("unknown", "capped") if name else ("unbounded", "model"))
    assert name is None or (
        f"what {name} gives changes is not known" in str(facts.times.value) and "compared with" in str(facts.times.value)
    )


RECORD = """
class Record:
    def __init__(self):
        self.steps = {{}}
    @property
    def done(self):
        return sum(1 for s in self.steps.values() if s) - 1
class Agent:
    def __init__(self, config, client, record=None):
        self.config, self.client = config, client
        self.record = {record}
    def step(self, answer):
        {step}
        return answer
    def run(self, client):
        while self.record.done < self.config.most:
            answer = self.client.create(self.last)
            self.last = answer
            self.keep(answer)
            self.step(answer)
            if answer.final:
                break
    def keep(self, answer):
        self.seen = answer
        answer.agent = self
"""
MADE = """
def main(config, client, record):
    Agent(config, client, record).run(client)
"""


@pytest.mark.parametrize(
    ("record", "step", "expected"),
    [
        ("Record()", "self.record.steps[answer] = 1", "unknown"),
        ("record", "self.record.add(answer)", "unknown"),
        ("record", "keep(self.record)", "unknown"),
        ("record", "self.other.add(answer)", "unbounded"),
    ],
)
def test_what_a_method_that_the_loop_calls_does_to_an_object(record, step, expected):
    text = (
        RECORD.format(record=record, step=step) + "\n\ndef main(config, client, record):\n    Agent(config, client, record).run(client)\n"
    )
    facts = loop(text, 1)
    assert value(facts.times) == expected
