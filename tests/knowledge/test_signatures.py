"""Signatures are read from the text of a distribution."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.arguments import of_interpreter, of_sources
from tests.signatures import Sources

FILES = {
    "acme/__init__.py": "from acme.client import *\nfrom .client import Client as Old\nfrom . import *\n",
    "acme/client.py": (
        "from functools import cached_property\n"
        "from pydantic import BaseModel, Field\n"
        "from elsewhere import Unknown\n"
        "class Chat:\n"
        "    def ask(self, text, *, timeout=None): ...\n"
        "    @wrapped\n"
        "    def tell(self, text): ...\n"
        "    def say(self, text, **rest): ...\n"
        "class Client:\n"
        "    def __init__(self, key, timeout=3): self.other = Chat()\n"
        "    @cached_property\n"
        "    def chat(self) -> 'Chat': ...\n"
        "class Child(Client): ...\n"
        "class Model(BaseModel):\n"
        "    limit: int = Field(3, alias='max_limit')\n"
        "class Open(Unknown): ...\n"
        "def make(retries=2) -> Client: ...\n"
    ),
}


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    path = tmp_path / "acme-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        for name, text in FILES.items():
            file.writestr(name, text)
    return Sources(path)


@pytest.mark.parametrize(
    ("name", "argument", "taken"),
    [
        ("acme.Client", "timeout", True),
        ("acme.Old", "timeout", True),
        ("acme.Child", "retries", False),
        ("acme.Model", "max_limit", True),
        ("acme.Model", "timeout", False),
        ("acme.Open", "timeout", None),
        ("acme.make", "retries", True),
        ("acme.make", "timeout", False),
        ("acme.Client.chat.ask", "timeout", True),
        ("acme.Child.other.ask", "retries", False),
        ("acme.Client.chat.tell", "timeout", True),
        ("acme.Client.chat.say", "timeout", True),
    ],
)
def test_what_takes_an_argument(sources: Sources, name: str, argument: str, taken: bool | None) -> None:
    assert [sources.takes(found, argument) for found in sources.find(name)] == [taken]


def test_what_is_not_there(sources: Sources) -> None:
    assert sources.find("acme.Nothing") == sources.find("other.Client") == []
    (made,) = sources.find("acme.make")
    assert [f.node.name for f in sources.given(made)] == ["Client"]


@pytest.mark.parametrize(
    ("name", "positional"),
    [("acme.Client.chat.ask", ["text"]), ("acme.Old", ["key", "timeout"]), ("acme.make", ["retries"]), ("acme.missing", None)],
)
def test_what_can_be_given_by_position(name: str, positional: list[str] | None, sources: Sources) -> None:
    assert of_sources(sources, name) == positional


def test_the_interpreter_says_what_its_functions_take() -> None:
    assert of_interpreter("json.dumps") == ["obj"]
    assert of_interpreter("builtins.print") == []
    assert of_interpreter("pathlib.Path.write_text") == ["data", "encoding", "errors", "newline"]
