"""Retries that a client is wrapped in."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.graph.types import ModelCall
from tests.analyses.flows import shown

CHOSEN = """
from langchain_openai import ChatOpenAI

def make(name):
    if name == "a":
        return ChatOpenAI(model="a", max_retries=0){a}
    if name == "b":
        return ChatOpenAI(model="b", max_retries=0){b}
    return ChatOpenAI(model="c", max_retries=0)

def ask(name):
    return make(name).invoke("hi")
"""


@pytest.mark.parametrize(
    ("text", "attempts"),
    [
        (CHOSEN.format(a=".with_retry(stop_after_attempt=4)", b=".with_retry(stop_after_attempt=5)"), 5),
        (CHOSEN.format(a="", b=".with_retry(stop_after_attempt=5)"), 5),
        (CHOSEN.format(a="", b=""), 1),
    ],
)
def test_of_several_clients_one_makes_the_request_and_only_its_layers_multiply(tmp_path: Path, text: str, attempts: int) -> None:
    (tmp_path / "app.py").write_text(text, "utf-8")
    (tmp_path / "requirements.txt").write_text("langchain-core==0.3.80\nlangchain-openai==0.3.35\n", "utf-8")
    graph = pipeline.graph_of(pipeline.read([tmp_path]))
    [call] = [n for n in graph.nodes.values() if isinstance(n, ModelCall)]
    assert shown(call.total_attempts) == attempts
