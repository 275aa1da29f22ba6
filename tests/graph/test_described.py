"""What a pack says of a team's own wrappers goes before their code, wherever that lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.core.values import Setting
from auditor.graph.graph import AgentGraph
from auditor.pipeline import build_graph

KNOWLEDGE = """\
package: acme
calls:
  - {names: [client.ask], noun: model_call, kind: llm}
  - names: [acme.llm.ask]
    noun: model_call
    kind: llm
    settings:
      deadline: {argument: timeout, unit: seconds, default: [{value: 20}]}
      attempts: {argument: retries, plus: 1, unit: attempts, default: [{value: 3}]}
types:
  client:
    new: [acme.llm.Client]
    noun: model_client
    settings:
      deadline: {argument: timeout, unit: seconds, default: [{value: 20}]}
      attempts: {argument: retries, plus: 1, unit: attempts, default: [{value: 3}]}
registrations:
  - {names: [acme.tool], as: [decorator], makes: tool}
applies:
  - {names: [acme.tracing.span], as: [context], makes: span}
  - {names: [acme.again], makes: retry, settings: {attempts: {argument: [times, 0], unit: attempts, default: [{value: 5}]}}}
tracing:
  - {names: [acme.tracing.span], does: "on"}
"""
HERE = {
    "acme/__init__.py": "from . import llm, tracing\ndef tool(f):\n    return f\ndef again(times):\n    return lambda f: f\n",
    "acme/llm.py": (
        "import requests\ndef ask(text, timeout=20, retries=2):\n    return requests.post('https://gw/x', json=text, timeout=timeout)\n"
        "class Client:\n    def __init__(self, timeout=20, retries=2):\n        self.timeout = timeout\n"
        "    def ask(self, text):\n        return ask(text, self.timeout)\n"
    ),
    "acme/tracing.py": "from contextlib import contextmanager\n@contextmanager\ndef span(name):\n    yield\n",
}
PROGRAM = """\
import acme
from acme import llm
from acme.llm import Client, ask

@acme.tool
def search(q: str) -> str:
    "Finds."
    with acme.tracing.span("search"):
        return llm.ask(q)

@acme.again(4)
def go():
    return ask("x", timeout=5)

def other():
    return Client(timeout=7, retries=0).ask("x")

if __name__ == "__main__":
    go()
    other()
"""


def graph(folder: Path, files: dict[str, str]) -> AgentGraph:
    (folder / "house" / "frameworks").mkdir(parents=True)
    (folder / "house" / "frameworks" / "acme.yaml").write_text(KNOWLEDGE)
    for name, text in files.items():
        path = folder / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return build_graph([folder / "repository"], packs=[folder / "house"])


def seen(found: AgentGraph, path: str) -> list[tuple[object, ...]]:
    names = ("deadline", "attempts", "total_attempts", "traced")
    kinds = ("model_call", "tool", "retry", "model_client")
    nodes = sorted((n for n in found.nodes.values() if n.at.path == path and n.kind in kinds), key=lambda n: n.at.line)
    return [(n.kind, n.at.line, *(s.value for name in names if isinstance(s := getattr(n, name, None), Setting))) for n in nodes]


EXPECTED = [
    ("tool", 6, False),
    ("model_call", 9, 20, 4, 4, True),
    ("retry", 11, 4),
    ("model_call", 13, 5, 4, 16, False),
    ("model_client", 16, 7, 1),
    ("model_call", 16, 7, 1, 1, False),
]


@pytest.mark.parametrize("files", [{}, HERE, {f"src/{name}": text for name, text in HERE.items()}], ids=["elsewhere", "here", "src"])
def test_own_wrappers_are_what_the_pack_says(files: dict[str, str], tmp_path: Path) -> None:
    found = graph(tmp_path, {"main.py": PROGRAM, **files})
    assert seen(found, "main.py") == EXPECTED


def test_the_code_of_a_wrapper_is_still_read(tmp_path: Path) -> None:
    found = graph(tmp_path, {"main.py": PROGRAM, **HERE})
    inside = {(n.kind, n.at.line) for n in found.nodes.values() if n.at.path == "acme/llm.py"}
    assert ("external_call", 3) in inside
    assert ("model_call", 8) in inside, "what the pack says of `ask` holds in the module that defines it, too"


def test_relative_imports_inside_the_package_lead_there_too(tmp_path: Path) -> None:
    flow = "from .llm import ask\n\ndef run():\n    return ask('x')\n\nif __name__ == '__main__':\n    run()\n"
    found = graph(tmp_path, {**HERE, "acme/flow.py": flow})
    assert seen(found, "acme/flow.py") == [("model_call", 4, 20, 4, 4, False)]


def test_a_module_of_another_name_is_not_meant(tmp_path: Path) -> None:
    files = {name.replace("acme", "zenith"): text for name, text in HERE.items()}
    found = graph(tmp_path, {"main.py": PROGRAM.replace("acme", "zenith"), **files})
    assert [row for row in seen(found, "main.py") if row[0] == "model_call"] == []
