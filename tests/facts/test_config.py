"""What configuration files say of a deployment."""

from __future__ import annotations

import pytest

from auditor.facts.config import read_config

COMPOSE = """
services:
  app:
    environment:
      - PLAIN=1
      - PASSED
      - OTHER=${OTHER}
"""
MANIFEST = """
env:
  - {name: PLAIN, value: "1"}
  - {name: PASSED, valueFrom: {secretKeyRef: {name: s, key: k}}}
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("compose.yml", COMPOSE, {"PLAIN": "1", "PASSED": "${PASSED}", "OTHER": "${OTHER}"}),
        ("deploy/app.yaml", MANIFEST, {"PLAIN": "1", "PASSED": "${PASSED}"}),
        (".env", "A=1 # why\n# B=2\n", {"A": "1"}),
        ("Dockerfile", "ENV A=1 B='two'\n", {"A": "1", "B": "two"}),
    ],
)
def test_variables(path: str, text: str, expected: dict[str, str]) -> None:
    facts = read_config(path, text)
    assert (facts.environment, facts.mentioned) == (expected, set())


@pytest.mark.parametrize(
    ("path", "text"), [(".env.example", "A=1\n"), (".github/workflows/test.yml", "env: {A: '1'}\n"), (".gitlab-ci.yml", "env: {A: '1'}\n")]
)
def test_examples_and_checks_only_mention(path: str, text: str) -> None:
    facts = read_config(path, text)
    assert (facts.environment, facts.mentioned) == ({}, {"A"})


def test_lines_of_variables() -> None:
    assert read_config("compose.yml", COMPOSE).lines == {"PLAIN": 5, "PASSED": 6, "OTHER": 7}


def test_json_as_it_is() -> None:
    assert read_config("a.json", '{"a": [1, null]}').document == {"a": [1, None]}
    assert read_config("a.json", "{").document is None
    assert read_config("a.json", "[" * 100_000).document is None


SETUP = """
from setuptools import setup
setup(name="a", entry_points={"console_scripts": ["talk=app.cli:main", "other = app.b:run [extra]"], "x": ["no=a:b"]})
"""
CFG = """
[metadata]
name = a
[options.entry_points]
console_scripts =
    talk = app.cli:main
    other = app.b:run
"""


def test_console_scripts_of_older_projects() -> None:
    wanted = {"talk": "app.cli:main", "other": "app.b:run"}
    assert read_config("setup.py", SETUP).scripts == wanted
    assert read_config("setup.cfg", CFG).scripts == wanted
    assert read_config("setup.py", "setup(").scripts == read_config("setup.cfg", "[a\n=").scripts == {}
