"""Runs of chains in which no model was found: a part that is not known may be it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.graph import AgentGraph
from auditor.pipeline import build_graph

CHAIN = """
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_openai import ChatOpenAI
from unheard import Giant

prompt = ChatPromptTemplate.from_messages([("user", "{x}")])

def ask(config, llm, chain: Runnable):
    return CHAIN.invoke({"x": 1})
"""


def graph_of(folder: Path, chain: str) -> AgentGraph:
    (folder / "app.py").write_text(CHAIN.replace("CHAIN", chain))
    return build_graph([folder])


@pytest.mark.parametrize(
    "chain",
    [
        "(prompt | llm)",
        '(prompt | config["llm"] | StrOutputParser())',
        "({'y': RunnableLambda(len)} | prompt | config.llm)",
        "(prompt | Giant())",
        "chain",
    ],
)
def test_what_is_not_known_may_be_the_model(chain: str, tmp_path: Path) -> None:
    graph = graph_of(tmp_path, chain)
    assert [u.name for u in graph.unknowns] == ["langchain_core.runnables.Runnable.invoke"]


@pytest.mark.parametrize("chain", ["(prompt | StrOutputParser())", "(prompt | RunnableLambda(len))", "prompt", "(prompt | (lambda x: x))"])
def test_all_parts_are_known(chain: str, tmp_path: Path) -> None:
    assert graph_of(tmp_path, chain).unknowns == []


def test_a_model_in_the_chain_is_a_call(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "(prompt | ChatOpenAI())")
    assert graph.unknowns == []
    assert [n.kind for n in graph.nodes.values() if n.kind == "model_call"] == ["model_call"]
