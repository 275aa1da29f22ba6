"""Modules of libraries that a call imports by a text."""

from __future__ import annotations

import pytest

from auditor.facts.python import read_python
from tests.program.ask import check

TEXT = """
import importlib
from importlib import import_module

class Model:
    def __init__(self, other):
        name = "acme"
        WAY
        self.client = self.made(key="k")

    def ask(self):
        probe(self.client)  #= GIVEN
"""


@pytest.mark.parametrize(
    ("way", "given"),
    [
        ("self.made = importlib.import_module('acme').Client", "acme.Client()"),
        ("self.made = import_module(name).Client", "acme.Client()"),
        ("self.made = __import__(name).Client", "acme.Client()"),
        ("self.made = import_module('acme.sync').Client", "acme.sync.Client()"),
        ("if importlib.util.find_spec(name):\n            self.made = import_module(name).Client", "acme.Client()"),
    ],
)
def test_what_they_give(way: str, given: str) -> None:
    found, wanted = check(TEXT.replace("WAY", way).replace("GIVEN", given))
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "imports"),
    [
        ("import importlib\nimportlib.import_module('acme.sync')\n", {"importlib", "acme.sync"}),
        ("def f():\n    name = 'acme'\n    return __import__(name)\n", {"acme"}),
        ("NAME = 'acme'\ndef f():\n    return import_module(NAME)\n", {"acme"}),
        ("def f(a):\n    name = 'acme'\n    if a:\n        name = 'other'\n    return import_module(name)\n", set()),
        ("def f(name):\n    return import_module(name)\n", set()),
        ("import_module('.part', __package__)\n", set()),
    ],
)
def test_they_count_as_imports(text: str, imports: set[str]) -> None:
    facts, _ = read_python("a.py", text)
    assert facts is not None and facts.imports == imports
