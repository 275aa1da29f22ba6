"""Loops around calls of models that draw, hear or embed: what these give does not say what is to be done next."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import ACME, build, nodes

CALLS = [*ACME["calls"], {"names": ["client.listen"], "noun": "model_call", "kind": "audio"}]
HEARD = """
from acme import Client

client = Client()

def said(sound):
    return client.listen(file=sound)

def asked(sound):
    return client.chat(messages=sound)

def run(sound):
    {body}

run([])
"""


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n        text = said(sound)\n        if text.strip():\n            break",
        "while True:\n        try:\n            print(said(sound))\n        except ValueError:\n            break",
        "text = said(sound)\n    if not text.strip():\n        run(sound)",
    ],
)
def test_only_a_call_that_answers_drives_a_loop(body: str) -> None:
    for text, drives in ((body, False), (body.replace("said(", "asked("), True)):
        (loop,) = nodes(analyse(build(HEARD.replace("{body}", text), calls=CALLS)), "loop")
        assert (loop.calls_model, loop.drives_model) == (True, drives)


def test_a_call_that_answers_drives_a_loop_with_another_one_in_it() -> None:
    body = "while True:\n        text = asked(said(sound))\n        if text.final:\n            break"
    (loop,) = nodes(analyse(build(HEARD.replace("{body}", body), calls=CALLS)), "loop")
    assert (loop.ends_on, loop.drives_model) == ("model", True)
    body = "while True:\n        asked(sound)\n        if said(sound) == 'stop':\n            break"
    (loop,) = nodes(analyse(build(HEARD.replace("{body}", body), calls=CALLS)), "loop")
    assert (loop.ends_on, loop.drives_model) == ("data", False)
