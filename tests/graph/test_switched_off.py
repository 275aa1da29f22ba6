"""Code behind a switch of the environment that is off unless somebody sets it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from auditor.core.values import ABSENT
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ModelCall
from auditor.pipeline import graph_of, read, scan

APP = """
import os
from openai import OpenAI

client = OpenAI()

def new(text):
    return client.chat.completions.create(model="a", messages=[])

def old(text):
    return client.chat.completions.create(model="a", messages=[])

"""


def graph(folder: Path, body: str, **files: str) -> AgentGraph:
    (folder / "app.py").write_text(APP + dedent(body) + "\nif __name__ == '__main__':\n    main('x')\n")
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return graph_of(read([folder]))


def off(found: AgentGraph) -> list[str]:
    """The functions whose request a switch keeps from running."""
    return [n.qualname for n in found.nodes.values() if isinstance(n, ModelCall) and n.off.value is not ABSENT]


BRANCHES = """
def main(text):
    {before}
    if {test}:
        return new(text)
    else:
        return old(text)
"""


@pytest.mark.parametrize(
    ("before", "test", "expected"),
    [
        ("", 'os.environ.get("USE_NEW", "true") == "true"', ["old"]),
        ("", 'os.getenv("USE_NEW", "True").lower() == "true"', ["old"]),
        ("", 'os.getenv("USE_NEW", "0") in ("1", "yes")', ["new"]),
        ("", 'os.getenv("USE_NEW", "false") != "true"', ["old"]),
        ("", 'not os.getenv("USE_NEW") == "1"', ["old"]),
        ("", 'os.getenv("USE_NEW", False)', ["new"]),
        ("", 'os.getenv("A", "no") == "yes" or os.getenv("B", "on") == "on"', ["old"]),
        ('use = os.getenv("USE_NEW", "true").lower() == "true"', "use", ["old"]),
        ('use = os.getenv("USE_NEW", "true").lower() == "true"', "not use", ["new"]),
        # What follows is not known, or is a choice and no switch.
        ("", 'os.environ["USE_NEW"] == "true"', []),
        ("", 'os.getenv("PROVIDER", "azure") == "azure"', []),
        ("", 'os.getenv("API_KEY")', []),
        ("", 'os.getenv("API_BASE", "")', []),
        ("", 'os.getenv("USE_NEW", "true") == text', []),
        ("", 'os.getenv("USE_NEW", "true") == "true" and text', []),
    ],
)
def test_the_branch_that_is_not_taken_is_off(tmp_path: Path, before: str, test: str, expected: list[str]) -> None:
    assert off(graph(tmp_path, BRANCHES.format(before=before or "pass", test=test))) == expected


def test_a_function_may_return_the_comparison(tmp_path: Path) -> None:
    body = '\ndef enabled():\n    return os.environ.get("USE_NEW", "true") == "true"\n' + BRANCHES.format(before="pass", test="enabled()")
    assert off(graph(tmp_path, body)) == ["old"]


def test_what_follows_a_branch_that_leaves_is_off(tmp_path: Path) -> None:
    body = '\ndef main(text):\n    if os.getenv("USE_NEW", "true") == "true":\n        return new(text)\n    return old(text)\n'
    assert off(graph(tmp_path, body)) == ["old"]


def test_the_deployment_decides(tmp_path: Path) -> None:
    body = BRANCHES.format(before="pass", test='os.getenv("USE_NEW", "true") == "true"')
    assert off(graph(tmp_path, body, Dockerfile="FROM python:3.12\nENV USE_NEW=false\n")) == ["new"]


@pytest.mark.parametrize(("text", "expected"), [("USE_NEW=true\n", ["old"]), ("USE_NEW=false\n", []), ("# USE_NEW=false\n", ["old"])])
def test_a_file_to_be_copied_may_turn_it(tmp_path: Path, text: str, expected: list[str]) -> None:
    body = BRANCHES.format(before="pass", test='os.getenv("USE_NEW", "true") == "true"')
    assert off(graph(tmp_path, body, __env__example=text)) == expected


def test_what_another_way_leads_to_is_not_off(tmp_path: Path) -> None:
    body = BRANCHES.format(before="old(text)", test='os.getenv("USE_NEW", "true") == "true"')
    assert off(graph(tmp_path, body)) == []


def test_what_is_stored_runs_where_it_is_called(tmp_path: Path) -> None:
    body = """
class Job:
    def __init__(self, function):
        self.function = function

    def run(self, text):
        return self.function(text)

job = Job(function=old)

def main(text):
    if os.getenv("USE_NEW", "true") == "true":
        return new(text)
    return job.run(text)
"""
    assert off(graph(tmp_path, body)) == ["old"]


def test_severity_trace_and_evidence_say_so(tmp_path: Path) -> None:
    body = """
def main(text):
    if os.getenv("USE_NEW", "true") == "true":
        return once(text)
    while True:
        answer = old(text)
        if answer.choices[0].finish_reason == "stop":
            return answer

def once(text):
    return new(text)
"""
    graph(tmp_path, body)
    found = scan([tmp_path]).findings
    loop = next(f for f in found if f.rule == "unbounded-agent-loop")
    said = "USE_NEW is 'true' unless somebody sets it"
    assert (loop.severity, [e.text for e in loop.evidence if e.setting == "switch"]) == ("low", [f"off: {said}"])
    caps = {f.qualname: f.severity for f in found if f.rule == "output-cap-missing"}
    assert set(caps.values()) == {"low"}
    request = next(f for f in found if f.rule == "usage-not-recorded")
    assert not any("switched off" in s.what for s in request.trace)
