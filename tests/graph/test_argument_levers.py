"""What is to be given a number where a call gives the argument already, and that is none by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.core.values import alternatives
from auditor.graph.types import ExternalCall, ModelCall

HEAD = """import requests
from openai import OpenAI
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    name: str = "a"
    most_tokens: int | None = None
    wait: float | None = None
SETTINGS = Settings()
MOST = None
client = OpenAI(timeout=9)
"""
ASK = "client.chat.completions.create(model='m', messages=[], {})".format
OWN = "max_tokens= of completions.create()"

CAPS = [
    (ASK("max_tokens=SETTINGS.most_tokens"), "most_tokens of Settings (app.py:6)"),
    (ASK("max_tokens=MOST"), "MOST (app.py:9)"),
    ("most = SETTINGS.most_tokens\nmore = dict(max_tokens=most)\n" + ASK("**more"), "most_tokens of Settings (app.py:6)"),
    ("more = {'seed': None, 'max_tokens': MOST}\n" + ASK("**more"), "MOST (app.py:9)"),
    ("more = {}\nmore['max_tokens'] = MOST\n" + ASK("**more"), "MOST (app.py:9)"),
    ("def ask(seed=None, most=None):\n    return " + ASK("max_tokens=most") + "\nask()", "most= of ask() (app.py:11)"),
    # It is written as none where it is given, or which default makes it none is not known.
    (ASK("max_tokens=None"), OWN),
    ("def ask(most=None):\n    return " + ASK("max_tokens=most") + "\nask(most=None)", OWN),
    ("def ask(most=None):\n    return " + ASK("max_tokens=most or MOST") + "\nask()", OWN),
]


def caps(folder: Path, text: str) -> list[str | None]:
    (folder / "app.py").write_text(HEAD + text, "utf-8")
    [call] = [n for n in pipeline.graph_of(pipeline.read([folder])).nodes.values() if isinstance(n, ModelCall)]
    return [row.argument for row in alternatives(call.max_output_tokens)]


@pytest.mark.parametrize(("text", "argument"), CAPS)
def test_the_cap_of_a_call(text: str, argument: str, tmp_path: Path) -> None:
    assert caps(tmp_path, text) == [argument]


def test_nothing_else_is_named_where_the_call_does_not_give_it(tmp_path: Path) -> None:
    assert caps(tmp_path, ASK("seed=MOST")) == [OWN]


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("def load(url, wait=None):\n    return requests.get(url, timeout=wait)\nload('u')", "wait= of load() (app.py:11)"),
        ("requests.get('u', timeout=SETTINGS.wait)", "wait of Settings (app.py:7)"),
        ("requests.get('u', timeout=None)", "timeout= of requests.get()"),
        ("requests.get('u', None)", "timeout= of requests.get()"),
        ("requests.get('u', MOST)", "timeout= of requests.get()"),
    ],
)
def test_the_deadline_of_a_call(text: str, argument: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HEAD + text, "utf-8")
    [call] = [n for n in pipeline.graph_of(pipeline.read([tmp_path])).nodes.values() if isinstance(n, ExternalCall)]
    assert call.deadline.argument == argument


CLIENT = """
class Service:
    def __init__(self, name,
                 wait=None):
        self.client = OpenAI(timeout=wait)

    def ask(self):
        return self.client.chat.completions.create(model="m", messages=[], max_tokens=SETTINGS.most_tokens)


if __name__ == "__main__":
    print(Service("a").ask())
"""


def test_the_remedies_name_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HEAD + CLIENT, "utf-8")
    said = {f.rule: f.remedy for f in pipeline.scan([tmp_path]).findings}
    assert said["model-call-no-deadline"].startswith("Set wait= of Service.__init__() (app.py:14) ")
    assert said["output-cap-missing"].startswith("Set most_tokens of Settings (app.py:6) to a maximum ")
