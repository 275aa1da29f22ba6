"""Main guards that only try their own module out are no entry points of the program."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from auditor.graph.types import EntryPoint, ModelCall
from auditor.pipeline import graph_of, read, scan

HELPER = """
from openai import OpenAI

client = OpenAI()

class Config:
    def __init__(self, name):
        self.name = name

def ask(text):
    return client.chat.completions.create(model="a", messages=[])

def main():
    return ask("x")

def only_here(text):
    return client.chat.completions.create(model="b", messages=[])
"""
MAIN = "from helper import ask\n\ndef start(text):\n    return ask(text)\n\nif __name__ == '__main__':\n    start(input())\n"


def written(folder: Path, guard: str, main: str = MAIN) -> Path:
    body = "".join(f"    {line}\n" for line in guard.splitlines())
    (folder / "helper.py").write_text(dedent(HELPER) + f"\nif __name__ == '__main__':\n    import sys\n{body}")
    (folder / "main.py").write_text(main)
    return folder


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("print(ask('hello'))", True),
        ("text = 'hello'\nask(text)", True),
        ("ask(Config(name='a'))", True),
        ("ask(f'{1}')", True),
        ("main()", False),
        ("sys.exit(main())", False),
        ("ask(sys.argv[1])", False),
        ("name = 'x'\nask(input(name))", False),
    ],
)
def test_a_guard_that_calls_with_made_up_values_is_a_self_test(tmp_path: Path, guard: str, expected: bool) -> None:
    found = graph_of(read([written(tmp_path, guard)]))
    assert {n.self_test for n in found.nodes.values() if isinstance(n, EntryPoint) and n.name == "helper"} == {expected}


def test_it_is_a_program_where_nothing_imports_it_or_there_is_no_other(tmp_path: Path) -> None:
    for main in ("print('x')\n", "from helper import ask\n\ndef later():\n    return ask('x')\n"):
        found = graph_of(read([written(tmp_path, "ask('hello')", main)]))
        assert not any(n.self_test for n in found.nodes.values() if isinstance(n, EntryPoint))


def test_the_program_is_told_and_what_only_the_self_test_runs_is_minor(tmp_path: Path) -> None:
    written(tmp_path, "ask('hello')\nonly_here('hello')")
    calls = {n.qualname: n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ModelCall)}
    assert calls["ask"].way[0].what == "main begins"
    assert (calls["ask"].tried, calls["only_here"].tried, calls["only_here"].role) == (False, True, "library")
    report = scan([tmp_path])
    assert {f.severity for f in report.findings if f.qualname == "only_here"} == {"low"}
    trace = next(f.trace for f in report.findings if f.qualname == "only_here")
    assert trace[0].what == "only_here, which only the self-test of its module is seen to call"


def test_what_an_agent_has_as_its_tool_is_not_minor(tmp_path: Path) -> None:
    written(tmp_path, "only_here('hello')", MAIN)
    (tmp_path / "agent.py").write_text(
        "from agents import Agent, function_tool\nfrom helper import only_here\n\nAgent(name='a', tools=[function_tool(only_here)])\n"
    )
    calls = {n.qualname: n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ModelCall)}
    assert not calls["only_here"].tried


TRIED = """
from openai import OpenAI

def ask(text, client):
    return client.chat.completions.create(model="a", messages=[])

def try_out(text):
    print(ask(text, OpenAI(timeout=None)))

if __name__ == "__main__":
    try_out(GIVEN)
"""
EXAMPLE = "from library import ask\nfrom openai import OpenAI\n\nask(input(), OpenAI(timeout=9))\n"


@pytest.mark.parametrize(("given", "severity"), [("'hello'", "low"), ("input()", "medium")])
def test_a_client_that_only_the_self_test_makes_is_minor_though_only_examples_use_the_module(
    tmp_path: Path, given: str, severity: str
) -> None:
    (tmp_path / "helper.py").write_text(TRIED.replace("GIVEN", given))
    (tmp_path / "library.py").write_text("from helper import ask\n")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "demo.py").write_text(EXAMPLE)
    found = [f for f in scan([tmp_path]).findings if f.rule == "model-call-no-deadline"]
    assert [(f.at.path, f.at.line, f.severity) for f in found] == [("helper.py", 8, severity)]
