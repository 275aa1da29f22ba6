"""The `expect` snippets of the knowledge files, with every file read once a test run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache

from auditor.graph.graph import AgentGraph
from auditor.knowledge.forms import Expect
from auditor.knowledge.load import ALWAYS, FOLDER, index, read_file, referred, wanted
from auditor.knowledge.types import Knowledge
from auditor.rules import expect

STEMS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def knowledge(stem: str) -> Knowledge:
    return read_file(FOLDER / f"{stem}.yaml")


def knowledge_for(imports: Collection[str]) -> list[Knowledge]:
    """As auditor.knowledge.load.load."""
    todo, done = sorted(wanted(imports, index()) | {ALWAYS}), {}
    while todo:
        stem = todo.pop(0)
        if stem not in done and stem in STEMS:
            done[stem] = knowledge(stem)
            todo += sorted(referred(done[stem]))
    return [done[stem] for stem in sorted(done)]


def graph_of(snippet: Expect) -> AgentGraph:
    return expect.graph_of(snippet, knowledge_for)


def differences(snippet: Expect) -> Iterator[tuple[int | None, str]]:
    return expect.differences(snippet, knowledge_for)
