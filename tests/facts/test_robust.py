"""The reader never raises: what it cannot read is a problem."""

# ruff: noqa: E501

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auditor
from auditor.facts.config import read_config
from auditor.facts.python import read_python

ROOT = Path(auditor.__file__).parent
WORDS = (
    "def class if else : \n ( ) [ ] { } = := , . * ** @ lambda x y 1 'a' f'{ }' match case _ try except finally with as async await \\ # return yield import from "
    "type global \t \r \x0c \0 \ufeff 😀 é"
)
TOKENS = st.sampled_from(WORDS.split(" "))


def answers(text: str) -> None:
    facts, problem = read_python("a.py", text)
    assert (facts is None) != (problem is None)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + ")" * 10_000,
        "[" * 5_000 + "]" * 5_000,
        "x = " + "+".join(["1"] * 100_000),
        "x = " + "-" * 100_000 + "1",
        "x" + ".a" * 100_000,
        "f" + "()" * 50_000,
        "x = " + "not " * 50_000 + "x",
        "lambda: " * 5_000 + "1",
        "if x:\n" + "".join(" " * i + "if x:\n" for i in range(1, 200)) + " " * 200 + "pass",
        "if a: pass\n" + "elif a: pass\n" * 5_000,
        "f'{" * 200 + "}'" * 200,
        "x = 1\0",
        "\0",
        "",
        "\n",
        "\x0c",
        "\ufeff",
        "\ufeff\ufeffx = 1",
        "x = '\ud800'",
        "\udcff",
        "# -*- coding: nonsense -*-\nx = 1",
        "1" * 10_000,
        "x = 0x" + "f" * 10_000,
        "return 1",
        "yield 1",
        "await x",
        "nonlocal x",
        "break",
        "def f():\n    nonlocal x\n    x = 1",
        "from __future__ import braces",
        "*a, *b = c",
        "del (a, b), c[0]",
        "x: int.y[0] = 1",
    ],
    ids=lambda t: repr(t[:24]),
)
def test_absurd(text):
    answers(text)


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text(text):
    answers(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=40))
def test_any_tokens(parts):
    answers(" ".join(parts))
    answers("".join(parts))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_mutated_files(seed):
    random = Random(seed)
    text = random.choice([p.read_text(encoding="utf-8") for p in sorted(ROOT.glob("program/**/*.py"))])
    for _ in range(random.randrange(1, 6)):
        start = random.randrange(len(text))
        end = start + random.randrange(0, 40)
        other = random.randrange(len(text))
        text = text[:start] + random.choice(["", "(", "'", "\0", "\n", "\t", text[other : other + 30]]) + text[end:] or "\n"
    answers(text)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["pyproject.toml", ".env", "Dockerfile", "compose.yml", "server.json"]),
    st.text() | st.lists(TOKENS, max_size=30).map("".join),
)
def test_any_configuration(name, text):
    read_config(name, text)
    read_config(name, "env:\n  " + text)


def test_twice_the_same():
    text = (ROOT / "facts" / "python" / "reader.py").read_text(encoding="utf-8")
    assert read_python("a.py", text) == read_python("a.py", text)
