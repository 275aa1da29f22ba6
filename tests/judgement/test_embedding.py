"""Requests to stores whose embedding model has no deadline are one finding, where that is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.judgement.types import Finding

HEAD = """from langchain_chroma import Chroma
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_community.embeddings import OllamaEmbeddings
from langchain_openai import OpenAIEmbeddings
"""
FIRST = """
from models import embeddings
from langchain_core.vectorstores import InMemoryVectorStore

def fill(docs):
    store = InMemoryVectorStore.from_documents(docs, embeddings)
    store.add_documents(docs)
"""
SECOND = """
from models import embeddings
from langchain_chroma import Chroma

def search(words):
    store = Chroma(collection_name="c", embedding_function=embeddings)
    return store.similarity_search(words)
"""


def found(tmp_path: Path, models: str) -> list[Finding]:
    for name, text in (("models.py", HEAD + models), ("first.py", FIRST), ("second.py", SECOND)):
        (tmp_path / name).write_text(text)
    return [f for f in pipeline.scan([tmp_path]).findings if f.rule == "tool-io-no-deadline"]


def test_all_sites_are_told_at_the_model(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "embeddings = OpenAIEmbeddings()\n")
    assert (finding.at.path, finding.at.line) == ("models.py", 5)
    assert [(site.at.path, site.at.line) for site in finding.sites] == [("first.py", 6), ("first.py", 7), ("second.py", 7)]
    assert finding.remedy.startswith("Set timeout= of OpenAIEmbeddings(), and hand")


def test_a_model_of_several(tmp_path: Path) -> None:
    models = "def make(kind):\n    if kind:\n        return OpenAIEmbeddings()\n    return {}\n\nembeddings = make(load())\n"
    (finding,) = found(tmp_path, models.format("OllamaEmbeddings()"))
    assert len(finding.sites) == 3
    assert finding.remedy.startswith("Set timeout= of OpenAIEmbeddings(); the others")
    (finding,) = found(tmp_path, models.format("OpenAIEmbeddings(timeout=9)"))
    assert "1 of the 2" in finding.message
    assert finding.remedy.startswith("Set timeout= of OpenAIEmbeddings(), and hand")


@pytest.mark.parametrize("model", ["OpenAIEmbeddings(timeout=9)", "OpenAIEmbeddings(timeout=load())"])
def test_a_model_with_a_deadline_leaves_that_of_the_store(tmp_path: Path, model: str) -> None:
    assert not found(tmp_path, f"embeddings = {model}\n")
