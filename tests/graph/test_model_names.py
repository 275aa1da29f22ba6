"""Names of models: what calls ask for, and what clients and agents are made for."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.core.values import OneOf, Unknown
from auditor.graph.types import Agent, ModelCall

ASK = "from openai import OpenAI\nimport os\nclient = OpenAI()\n"
MADE = "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model='large')\n"
AGENT = "import os\nfrom agents import Agent, OpenAIChatCompletionsModel\nfrom openai import AsyncOpenAI\n"


def call(folder: Path, code: str) -> ModelCall:
    (folder / "app.py").write_text(code, "utf-8")
    [found] = [n for n in pipeline.graph_of(pipeline.read([folder])).nodes.values() if isinstance(n, ModelCall)]
    return found


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (ASK + "client.responses.create(model='large', input='')", "large"),
        (ASK + "client.responses.create(model=os.getenv('MODEL', 'large'), input='')", "large"),
        (ASK + "def ask(name='large'):\n    client.responses.create(model=name, input='')", "large"),
        (MADE + "llm.invoke('')", "large"),
        (MADE + "llm.bind(model='small').invoke('')", "small"),
        (MADE + "(llm | str).invoke('')", "large"),
    ],
)
def test_a_name_that_is_written(code: str, name: str, tmp_path: Path) -> None:
    assert call(tmp_path, code).model.value == name


def test_the_default_of_a_variable_is_written_by_the_program(tmp_path: Path) -> None:
    found = call(tmp_path, ASK + "NAME = os.getenv('MODEL', 'large')\nclient.responses.create(model=NAME, input='')").model
    assert (found.value, found.state, found.why) == ("large", "set", "default of the environment variable MODEL")
    assert found.at is not None and found.at.line == 4


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (ASK + "client.responses.create(model=os.environ['MODEL'], input='')", "the environment variable MODEL"),
        (ASK + "def ask(name):\n    client.responses.create(model=name, input='')", "the parameter name, which no caller found here sets"),
        (ASK + "def ask(size):\n    client.responses.create(model=f'm-{size}', input='')", "a text with parts that are not known"),
        (ASK + "def ask(**more):\n    client.responses.create(input='', **more)", "could come in by ** that is not read"),
        (ASK + "client.responses.create(model=7, input='')", "what is given for it is no text"),
        (ASK + "client.responses.create(input='')", "no name of a model is written for it"),
    ],
)
def test_a_name_that_is_not_written_is_unknown_with_reason_and_place(code: str, why: str, tmp_path: Path) -> None:
    found = call(tmp_path, code)
    assert isinstance(found.model.value, Unknown)
    assert (found.model.value.why, str(found.model.at)) == (why, str(found.at))


def test_one_of_several_names_may_be_unknown(tmp_path: Path) -> None:
    value = call(
        tmp_path, ASK + "def ask(big):\n    client.responses.create(model='large' if big else os.environ['M'], input='')"
    ).model.value
    assert isinstance(value, OneOf)
    assert [isinstance(s.value, Unknown) or s.value for s in value.alternatives] == ["large", True]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("Agent(name='a', model='large')", "large"),
        ("Agent(name='a', model=OpenAIChatCompletionsModel(model='large', openai_client=AsyncOpenAI()))", "large"),
        ("Agent(name='a', model=os.environ['MODEL'])", "the environment variable MODEL"),
        ("Agent(name='a')", "no name of a model is written for it"),
    ],
)
def test_the_model_of_an_agent(code: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(AGENT + code, "utf-8")
    [agent] = [n for n in pipeline.graph_of(pipeline.read([tmp_path])).nodes.values() if isinstance(n, Agent)]
    assert (agent.model.value.why if isinstance(agent.model.value, Unknown) else agent.model.value) == name
