"""What an entry point in production reaches in a circle that an example enters at another place."""

from __future__ import annotations

from pathlib import Path

from auditor.analyses.paths import make_paths
from auditor.graph.types import ModelCall
from auditor.pipeline import graph_of, read

LIBRARY = """
from openai import OpenAI

client = OpenAI()


def first():
    if client.responses.create(model="gpt-4o", input="Go on?").output_text == "yes":
        second()


def second():
    first()
"""
MAIN = """
from lib import {name}

if __name__ == "__main__":
    {name}()
"""


def test_the_way_is_that_of_production(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "lib.py").write_text(LIBRARY)
    (tmp_path / "examples" / "show.py").write_text(MAIN.format(name="first"))
    (tmp_path / "main.py").write_text(MAIN.format(name="second"))
    graph = graph_of(read([tmp_path]))
    (call,) = [n for n in graph.nodes.values() if isinstance(n, ModelCall)]
    assert len(call.reached) == 2
    assert len({graph.nodes[e].role for e in call.reached}) == 2
    ways = {place.rsplit(":", 1)[-1]: [s.caller for s in sites] for place, sites in make_paths(graph).incoming.items()}
    assert [caller.rsplit(":", 1)[-1] for caller in ways["first"]] == ["second"]
    assert [caller.startswith("fn:main.py") for caller in ways["second"]] == [True]
