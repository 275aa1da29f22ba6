"""Which functions of an application are called unused, and who may use the others."""

from __future__ import annotations

from auditor.facts.config import read_config
from tests.graph.dispatch_help import build

OLD = "from acme import Client\ndef old():\n    return Client().chat(messages=[])\n\ndef used():\n    return Client().chat(messages=[])\n"
MAIN = "from pkg.llm import used\nif __name__ == '__main__':\n    used()\n"


def unused(files: dict[str, str], **more: object) -> set[str]:
    graph = build({"main.py": MAIN, "pkg/llm.py": OLD, **files}, **more)
    return {graph.flow.functions[f].symbol for f in graph.flow.unused}


def test_what_the_application_does_not_use() -> None:
    assert unused({}) == {"old"}
    assert unused({}, words={"old"}) == set()


def test_whoever_installs_a_distribution_may_use_it() -> None:
    assert unused({}, distributions={""}) == set(), "no command: it is there to be imported"
    assert unused({}, distributions={""}, scripts={"run": "main:main"}) == {"old"}
    giving = {"pkg/__init__.py": "from pkg.llm import used\n"}
    assert unused(giving, distributions={""}, scripts={"run": "main:main"}) == set()
    assert unused(giving) == {"old"}, "nobody installs it"


def test_what_configuration_says_of_it() -> None:
    facts = read_config("langgraph.json", '{"graphs": {"agent": "./app/graph.py:make_graph"}}')
    assert "make_graph" in facts.words
    assert facts.packaged is None
    assert read_config("pyproject.toml", '[build-system]\nrequires = ["hatchling"]\n').packaged is True
    assert read_config("pyproject.toml", '[project]\nname = "x"\n').packaged is False
    assert read_config("setup.py", "from setuptools import setup\nsetup(name='x')\n").packaged is True
    assert read_config("uv.lock", "[[package]]\nname = 'old'\n").words == frozenset()
