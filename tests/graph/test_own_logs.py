"""Conversations that the program writes down itself."""

import pytest

from tests.graph.dispatch_help import build, nodes

KNOWN = {"saves": [{"names": ["json.dump"]}, {"names": ["json.dumps"], "written": ["write", "write_text"]}]}
HEAD = """
import json
from pathlib import Path
from acme import Client

client = Client()
"""


def logged(text: str) -> list[int]:
    """The lines where a log is written."""
    return [n.logged.at.line for n in nodes(build(HEAD + text, known=KNOWN), "model_call") if n.logged.value is True]


@pytest.mark.parametrize(
    "saving",
    [
        "json.dump(messages, open(path, 'w'))",
        "json.dump({'run': 1, 'messages': messages}, open(path, 'w'))",
        "Path(path).write_text(json.dumps(messages, indent=2))",
        "open(path, 'a').write(json.dumps(messages) + 'end')",
        "json.dump([dict(m) for m in messages], open(path, 'w'))",
    ],
)
def test_the_list_that_gets_the_answers_is_saved(saving: str) -> None:
    text = f"""
def run(path, messages):
    while True:
        answer = client.chat(messages=messages)
        messages.append(answer)
        {saving}
"""
    assert logged(text) == [12]


@pytest.mark.parametrize(
    "saving",
    [
        "print(json.dumps(messages))",
        "client.chat(messages=json.dumps(messages))",
        "json.dump(len(messages), open(path, 'w'))",
        "save(messages)",
    ],
)
def test_what_is_no_log_of_the_conversation(saving: str) -> None:
    text = f"""
def run(path, messages):
    while True:
        answer = client.chat(messages=messages)
        messages.append(answer)
        {saving}
"""
    assert logged(text) == []


def test_a_list_that_does_not_get_the_answers_is_no_log() -> None:
    assert logged("def run(path, messages):\n    json.dump(messages, open(path, 'w'))\n    return client.chat(messages=messages)\n") == []


def test_an_attribute_is_followed_into_the_other_methods() -> None:
    text = """
class Bot:
    def __init__(self):
        self.history = []

    def step(self):
        answer = client.chat(messages=self.history)
        self.history.append(answer)
        self.save()

    def save(self):
        with open("log.json", "w") as file:
            json.dump(self.history, file)
"""
    assert logged(text) == [19]


def test_the_way_leads_through_functions() -> None:
    text = """
def ask(messages):
    return client.chat(messages=messages)

def save(path, steps):
    Path(path).write_text(json.dumps(steps))

def run(path):
    messages = []
    for _ in range(9):
        answer = ask(messages)
        messages.append(answer)
        save(path, steps=messages)
"""
    assert logged(text) == [12]
