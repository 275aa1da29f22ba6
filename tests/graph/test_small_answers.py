"""Answers that are small by construction: what fills a schema, or always answers the same prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import ModelCall
from auditor.pipeline import build_graph

HEAD = """import yaml
from openai import OpenAI
from langchain_openai import ChatOpenAI
from agents import Agent, Runner
from pydantic import BaseModel
class Label(BaseModel):
    name: str
TEXTS = {}
with open("texts.yaml") as file:
    loaded = yaml.safe_load(file)
    TEXTS = loaded["texts"]
seen = {}
def keep(text):
    seen["x"] = text
class Memory:
    text = ""
memory = Memory()
client = OpenAI(timeout=3)
llm = ChatOpenAI(model="m")
"""
ASK = 'client.chat.completions.create(model="m", messages={})'
CASES: dict[str, tuple[str, str]] = {
    "class": ('client.chat.completions.parse(model="m", messages=[q], response_format=Label)', "its answer is filled into a schema"),
    "schema": (
        'client.chat.completions.create(model="m", messages=[q], response_format={"type": "json_schema", "json_schema": {"name": "x"}})',
        "its answer is filled into a schema",
    ),
    "any JSON": ('client.chat.completions.create(model="m", messages=[q], response_format={"type": "json_object"})', ""),
    "one tool": (
        'client.chat.completions.create(model="m", messages=[q], tools=[q], tool_choice={"type": "function", "function": {"name": "x"}})',
        "its answer is the arguments of the one tool that it has to call",
    ),
    "any tool": ('client.chat.completions.create(model="m", messages=[q], tools=[q], tool_choice="required")', ""),
    "structured": ("llm.with_structured_output(Label).invoke(q)", "its answer is filled into a schema"),
    "free": ("llm.invoke(q)", ""),
    "agent with a type": ('Runner.run_sync(Agent("a", output_type=Label), q)', "its answer is filled into a schema"),
    "agent with text": ('Runner.run_sync(Agent("a", output_type=str), q)', ""),
    "agent": ('Runner.run_sync(Agent("a"), "hi")', ""),
    "constant": (ASK.format('[{"role": "user", "content": "hi"}]'), "nothing goes into its prompt, which is always the same"),
    "made of constants": ('name = "Ann"\n    llm.invoke("hi {}".format(name))', "nothing goes into its prompt, which is always the same"),
    "loaded with the module": ("llm.invoke(TEXTS.get('hello'))", "nothing goes into its prompt, which is always the same"),
    "a parameter": ("llm.invoke(f'say {q}')", ""),
    "what a call gives": ("text = input()\n    llm.invoke(text)", ""),
    "what is put in later": ("llm.invoke(f'say {seen}')", ""),
    "an object": ("llm.invoke(f'say {memory.text}')", ""),
    "grown": ("texts = ['a']\n    texts.append(q)\n    llm.invoke(texts)", ""),
    "told to the model before": ("ChatOpenAI(model=q).invoke('hi')", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_what_keeps_an_answer_small(case: str, tmp_path: Path) -> None:
    text, why = CASES[case]
    (tmp_path / "app.py").write_text(f"{HEAD}def ask(q):\n    return {text}\n" if "\n" not in text else f"{HEAD}def ask(q):\n    {text}\n")
    (call,) = (n for n in build_graph([tmp_path]).nodes.values() if isinstance(n, ModelCall))
    assert (call.small_answer.why or "") == why
