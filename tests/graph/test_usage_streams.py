"""Usage in the events of a stream that is read by hand: lines that are parsed, generators around them, parts taken by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor import pipeline
from auditor.graph.types import ModelCall

HEAD = """
import json, os
import openai, requests

BASE = os.environ["BASE"]

def ask(text):
    body = {"model": "m", "input": text}
    return requests.post(BASE + "/responses", json=body, stream=True, timeout=(5, 60))

def parsed(line):
    if not line.startswith(b"data:"):
        return None
    return json.loads(line[5:].strip())

def first_word(line):
    return WORDS[0]

def field(thing, key, default=None):
    if isinstance(thing, dict):
        return thing.get(key, default)
    return getattr(thing, key, default)

def other(thing, key):
    return getattr(os, key)
"""
NESTED = """
def run(text):
    def events():
        response = ask(text)
        for line in response.iter_lines():
            event = {parse}(line)
            if event:
                yield event
    held = []
    yield from words(events(), note=held.append)
    print(held)

def words(stream, note):
    for event in stream:
        if {take}(event, "type") == "done":
            note({read})
        yield {take}(event, "delta")

for word in run("x"):
    print(word)
"""
LAST = "def last(text):\n    for line in ask(text).iter_lines():\n        yield parsed(line)\n"


def recorded(tmp_path: Path, text: str, head: str = HEAD) -> Any:
    (tmp_path / "app.py").write_text(head + text)
    graph = pipeline.graph_of(pipeline.read([tmp_path]))
    (call,) = [n for n in graph.nodes.values() if isinstance(n, ModelCall)]
    return call.usage_recorded.value if call.usage_recorded.state != "unknown" else call.usage_recorded.why


CASES: dict[str, tuple[str, object]] = {
    "read by its name": (NESTED.format(parse="parsed", take="field", read='field(field(event, "response"), "usage")'), True),
    "read as a key": (NESTED.format(parse="parsed", take="field", read='event["response"]["usage"]'), True),
    "parsed in place": (NESTED.format(parse="json.loads", take="field", read='event["usage"]'), True),
    "a part is printed as it comes": ("for line in ask('x').iter_lines():\n    print(json.loads(line[6:]).get('text'))", False),
    "lost": (NESTED.format(parse="parsed", take="field", read='field(event, "text")'), False),
    "of something else": (NESTED.format(parse="parsed", take="field", read='other(event, "usage")'), False),
    "what is yielded is not of the answer": (NESTED.format(parse="first_word", take="field", read='event["usage"]'), False),
    "given back": (LAST + "for e in last('x'):\n    log(e['usage'])", True),
    "given back, lost": (LAST + "for e in last('x'):\n    print(e['id'])", False),
}


@pytest.mark.parametrize("case", CASES)
def test_usage_is_followed_through_generators(case: str, tmp_path: Path) -> None:
    text, expected = CASES[case]
    assert recorded(tmp_path, text) == expected


def test_a_text_that_a_model_wrote_is_no_answer_of_a_server(tmp_path: Path) -> None:
    made = 'import json, openai\nanswer = openai.OpenAI().responses.create(model="m", input="x")\n'
    assert recorded(tmp_path, made + 'print(json.loads(answer.output_text)["usage"])', "") is False
    assert recorded(tmp_path, made + "print(answer.usage)", "") is True
