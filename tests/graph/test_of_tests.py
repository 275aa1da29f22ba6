"""What a test does says nothing of the code that it tests; of tests it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.graph import AgentGraph
from auditor.graph.types import ModelCall, Noun
from auditor.pipeline.building import graph_of
from auditor.pipeline.reading import read

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"
ASK = "def ask(text):\n    return client.responses.create(model='m', input=text)\n"
MAIN = "if __name__ == '__main__':\n    print(ask('x').output_text)\n"
CHAT = "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model='m')\ndef ask(text):\n    return llm.invoke(text).content\n"
AGENT = "from agents import Agent, Runner, function_tool\nhelper = Agent(name='a', instructions='b')\n"
RUN = "async def ask(text):\n    return await Runner.run(helper, text)\n"
BASE = (
    "class Base:\n    def step(self, text):\n        raise NotImplementedError\n    def run(self, text):\n        return self.step(text)\n"
)
REAL = "class Real(Base):\n    def step(self, text):\n        return client.responses.create(model='m', input=text)\n"
GRAPH = (
    "from langgraph.graph import StateGraph, END\nbuilder = StateGraph(dict)\nbuilder.add_node('one', ask)\nbuilder.add_edge('one', END)\n"
)
COMPILED = "graph = builder.compile()\ndef run():\n    return graph.invoke({})\n"
CELERY = "from celery import Celery\napp = Celery('x')\n@app.task\ndef job(text):\n    return ask(text)\n"

CASES: dict[str, tuple[str, str]] = {
    "the deadline of a client": (OPENAI + ASK + MAIN, "import app\napp.client.timeout = 3\n"),
    "an option that is put into a mapping": (
        OPENAI + "OPTIONS = {}\ndef ask(text):\n    return client.responses.create(model='m', input=text, **OPTIONS)\n" + MAIN,
        "import app\napp.OPTIONS['timeout'] = 3\napp.OPTIONS.update(max_output_tokens=9)\n",
    ),
    "the settings of a class": (
        OPENAI + "class A:\n    turns = 9\n    def ask(self, text):\n        for _ in range(self.turns):\n"
        "            print(client.responses.create(model='m', input=text))\nA().ask('x')\n",
        "from app import A\nA.turns = 2\n",
    ),
    "a counter of tokens": (
        CHAT + GRAPH + COMPILED,
        "from app import graph\nfrom langchain_community.callbacks import get_openai_callback\n"
        "def test_graph():\n    with get_openai_callback() as counted:\n        graph.invoke({})\n",
    ),
    "a variable that switches tracing on": (CHAT, "import os\nimport app\nos.environ['LANGSMITH_TRACING'] = 'true'\n"),
    "what switches tracing off": (
        AGENT + RUN,
        "import app\nfrom agents import set_tracing_disabled\nset_tracing_disabled(True)\n",
    ),
    "a tool that is added": (
        AGENT + RUN + "@function_tool\ndef look(key: str) -> str:\n    return key\n",
        "import app\napp.helper.tools.append(app.look)\n",
    ),
    "an edge of a workflow": (OPENAI + ASK + GRAPH + COMPILED, "import app\napp.builder.add_edge('one', 'one')\n"),
    "a subclass": (
        OPENAI + BASE + REAL + "Real().run('x')\n",
        "from app import Base\nfrom openai import OpenAI\nclass Fake(Base):\n    def step(self, text):\n"
        "        return OpenAI().responses.create(model='f', input=text)\n",
    ),
    "the limit of all jobs": (OPENAI + ASK + CELERY, "from app import app\napp.conf.task_time_limit = 5\n"),
}


def graph(folder: Path, files: dict[str, str]) -> AgentGraph:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return graph_of(read([folder]))


def told(folder: Path, files: dict[str, str]) -> dict[str, Noun]:
    """What is said of all code but tests."""
    return {key: noun for key, noun in graph(folder, files).nodes.items() if noun.role != "test"}


@pytest.mark.parametrize("case", CASES)
def test_tests_change_nothing(tmp_path: Path, case: str) -> None:
    code, test = CASES[case]
    own = {"app.py": code}
    plain = told(tmp_path / "plain", own)
    assert plain
    assert told(tmp_path / "tested", {**own, "tests/test_app.py": test}) == plain


def test_tests_are_told_of_what_they_do(tmp_path: Path) -> None:
    files = {
        "app.py": OPENAI + ASK + BASE,
        "tests/test_app.py": "from openai import OpenAI\nfrom app import Base\nimport app\nclient = OpenAI()\nclient.timeout = 3\n"
        "class Fake(Base):\n    def step(self, text):\n        return client.responses.create(model='f', input=text)\n",
    }
    (call,) = [n for n in graph(tmp_path, files).nodes.values() if isinstance(n, ModelCall) and n.role == "test"]
    assert call.deadline.number == 3
