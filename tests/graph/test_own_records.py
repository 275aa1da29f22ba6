"""What a program itself writes down of its models' answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import ACME, build, nodes

KNOWN: dict[str, Any] = {
    "saves": [{"names": ["json.dump"]}, {"names": ["json.dumps"], "written": ["write", "write_text"]}],
    "parses": ["json.loads"],
    "records": ["logs.info", "log.info"],
    "types": {**ACME["types"], "log": {"new": ["logs.get"]}, "rows": {"new": ["store.connect"], "harmless": ["close"]}},
    "calls": [
        *ACME["calls"],
        {"names": ["rows.insert"], "noun": "external_call", "kind": "db", "effect": "write"},
        {"names": ["rows.find"], "noun": "external_call", "kind": "db", "effect": "read"},
    ],
}
HEAD = """
import json
import logs
import store
from acme import Client

client = Client()
log = logs.get("app")
rows = store.connect()
"""
ASK = """
def ask(path, question):
    answer = client.chat(messages=[question])
    {}
    return answer
"""


def recorded(text: str) -> list[int]:
    """The lines where answers are written down, counted after the head."""
    found = nodes(build(HEAD + text, known=KNOWN), "model_call")
    return [n.logged.at.line - HEAD.count("\n") for n in found if n.logged.value is True]


@pytest.mark.parametrize(
    "statement",
    [
        "json.dump(answer, open(path, 'w'))",
        "json.dump({'question': question, 'answer': answer.text}, open(path, 'a'))",
        "open(path, 'a').write(json.dumps({'answer': answer.text}) + 'end')",
        "log.info('%s answered %s', question, answer.text)",
        "log.info(f'answered {answer.choices[0]}')",
        "logs.info(str(answer))",
        "rows.insert({'answer': ', '.join(c.text for c in answer.choices)})",
        "rows.insert({'answer': json.loads(answer.read().decode())['text']})",
    ],
)
def test_an_answer_that_is_written_down(statement: str) -> None:
    assert recorded(ASK.format(statement)) == [4]


@pytest.mark.parametrize(
    "statement",
    [
        "print(answer)",
        "open(path, 'w').write(answer.text)",
        "print(json.dumps(answer))",
        "log.info('asked %s', question)",
        "log.info('tokens: %s', answer.usage)",
        "log.info(f'tokens: {answer.usage.total}')",
        "log.info('length %s', len(answer.text))",
        "log.debug(answer)",
        "rows.find(answer.text)",
        "rows.insert({'answer': json.loads(question)['text']})",
        "rows.insert({'answer': json.measure(answer)})",
        "question.info(answer)",
        "json.dumps(answer)",
    ],
)
def test_what_is_no_record(statement: str) -> None:
    assert recorded(ASK.format(statement)) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("if answer:", True),
        ("if log is not None:", True),
        ("if path:", False),
        ("if question.verbose:", False),
        ("with open(path) as f:", True),
    ],
)
def test_a_condition_that_does_not_ask_for_what_is_there(condition: str, expected: bool) -> None:
    assert bool(recorded(ASK.format(f"{condition}\n        log.info(answer)"))) is expected


def test_a_condition_around_both_is_none() -> None:
    text = """
def ask(path, question):
    if question:
        answer = client.chat(messages=[question])
        log.info(answer)
"""
    assert recorded(text) == [5]


def test_in_case_of_an_error_is_no_record() -> None:
    assert recorded(ASK.format("try:\n        use(answer)\n    except ValueError:\n        log.info(answer)")) == []


RECORDER = """
from dataclasses import dataclass

@dataclass
class Answer:
    text: str

class Recorder:
    def __init__(self, path):
        self.path = path
        self.data = {"steps": []}

    def record(self, answer, model):
        step = {"model": model, "answer": {"text": answer.text}}
        self.data["steps"].append(step)
        self.save()

    def save(self):
        with open(self.path, "w") as file:
            json.dump(self.data, file)

class Bot:
    def __init__(self, recorder: Recorder | None):
        self.recorder = recorder

    def _request(self, messages):
        return client.chat(messages=messages)

    def chat(self, messages):
        response = self._request(messages)
        parts = [p.text for p in response.parts]
        answer = Answer(text="".join(parts))
        if self.recorder:
            self.recorder.record(answer=answer, model="m")
        return answer
"""


def test_a_recorder_of_its_own() -> None:
    assert recorded(RECORDER) == [20]


def test_the_answer_is_followed_to_the_callers() -> None:
    text = """
class Model:
    def ask(self, question):
        answer = client.chat(messages=[question])
        return [{"answer": answer.text, "usage": answer.usage}]

def locate(question):
    trace = Model().ask(question)[0]
    trace["prompt"] = question
    return trace["answer"], trace

def run(path, question):
    found, trace = locate(question)
    with open(path, "a") as file:
        file.write(json.dumps({"found": found, "trace": trace}) + "end")
"""
    assert recorded(text) == [15]


def test_all_callers_have_to_write_it_down() -> None:
    text = """
def ask(question):
    return client.chat(messages=[question])

def first(question):
    log.info(ask(question))

def second(question):
    {}
"""
    assert recorded(text.format("log.info('%s', ask(question))")) == [6]
    assert recorded(text.format("return ask(question)")) == []


def test_many_functions_in_a_circle_take_no_time() -> None:
    text = "\n".join(f"def f{i}(x):\n    return f{(i + 1) % 300}(x) or f{(i + 7) % 300}(x)" for i in range(300))
    assert recorded(f"{text}\ndef ask(q):\n    return f0(client.chat(messages=[q]))\n") == []
