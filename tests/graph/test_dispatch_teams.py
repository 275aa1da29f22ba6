"""What the answer of a turn picks: agents that ask a model themselves, and tools that are tried in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.graph import AgentGraph
from auditor.pipeline import graph_of, read

HEAD = """
import openai
client = openai.OpenAI(timeout=5)

class Base:
    def __init__(self):
        self.tools = {}
        self.history = []

    def ask(self):
        answer = client.chat.completions.create(model="m", messages=self.history, max_tokens=9).choices[0].message.content
        self.history.append(answer)
        return answer
"""
TEAM = """
class Coder(Base):
    def process(self, text):
        return self.ask()

    def show(self):
        print(self.history)

class Writer(Base):
    def process(self, text):
        {writes}

    def show(self):
        print(self.history)

class Planner(Base):
    def __init__(self):
        super().__init__()
        self.agents = {{"coder": Coder(), "writer": Writer()}}

    def run(self):
        while True:
            plan = parse(self.ask())
            if plan.done:
                return plan
            self.history.append(self.agents[plan.agent].process(plan.task))
            self.agents[plan.agent].show()

Planner().run()
"""
TRIED = """
class Tool:
    def find(self, text):
        return [part for part in text.split("```") if part.startswith(self.tag)]

class Shell(Tool):
    tag = "sh"
    def execute(self, parts):
        return parts

class Python(Tool):
    tag = "py"
    def execute(self, parts):
        return parts

class Worker(Base):
    def work(self):
        while True:
            answer = self.ask()
            if "done" in answer:
                return answer
            self.history.append(self.run_tools(answer))

    def run_tools(self, answer):
        for name, tool in self.tools.items():
            parts = tool.find({given})
            if parts:
                return tool.execute(parts)

class Coder(Worker):
    def __init__(self):
        super().__init__()
        self.tools = {{"shell": Shell(), "python": Python()}}

Coder().work()
"""


def edges(tmp_path: Path, text: str) -> set[tuple[str, str, str]]:
    (tmp_path / "app.py").write_text(HEAD + text)
    graph: AgentGraph = graph_of(read([tmp_path]))
    return {(graph.nodes[e.source].name, e.kind, graph.nodes[e.target].name) for e in graph.edges if e.kind in ("has_tool", "hands_off")}


def test_objects_that_all_ask_a_model_are_agents_whatever_is_called_on_them(tmp_path: Path) -> None:
    wanted = {("Planner", "hands_off", "Coder"), ("Planner", "hands_off", "Writer")}
    assert edges(tmp_path, TEAM.format(writes="return self.ask()")) == wanted


def test_what_is_not_of_the_family_of_the_one_that_picks_is_a_tool(tmp_path: Path) -> None:
    text = TEAM.format(writes="return self.ask()").replace("class Planner(Base)", "class Planner")
    text = text.replace("super().__init__()\n        self.agents", "self.base = Base()\n        self.agents")
    text = text.replace("parse(self.ask())", "parse(self.base.ask())").replace(
        "self.history.append(self.agents", "self.base.history.append(self.agents"
    )
    assert "hands_off" not in {kind for _, kind, _ in edges(tmp_path, text)}


def test_where_one_of_them_asks_none_they_are_tools(tmp_path: Path) -> None:
    assert {kind for _, kind, _ in edges(tmp_path, TEAM.format(writes="return text.upper()"))} == {"has_tool"}


@pytest.mark.parametrize(
    ("given", "run", "wanted"),
    [
        ("answer", "if parts:\n                return tool.execute(parts)", {"Shell", "Python"}),
        ("'nothing'", "if parts:\n                return tool.execute(parts)", set()),
        ("answer", "tool.execute(parts)", set()),
        ("answer", "if parts:\n                tool.execute(parts)", set()),
    ],
)
def test_tools_that_each_take_their_part_of_the_answer(tmp_path: Path, given: str, run: str, wanted: set[str]) -> None:
    text = TRIED.replace("if parts:\n                return tool.execute(parts)", run)
    found = edges(tmp_path, text.format(given=given))
    assert {tool for _, kind, tool in found if kind == "has_tool"} == wanted


def test_what_another_agent_of_the_family_has_is_not_its_own(tmp_path: Path) -> None:
    other = """
class Search(Tool):
    tag = "search"
    def execute(self, parts):
        return parts

class Seeker(Base):
    def __init__(self):
        super().__init__()
        self.tools = {"search": Search(), "shell": Shell()}

    def work(self):
        while True:
            answer = self.ask()
            if "done" in answer:
                return answer
            for name, tool in self.tools.items():
                parts = tool.find(answer)
                if parts:
                    self.history.append(tool.execute(parts))

Seeker().work()
"""
    found = edges(tmp_path, TRIED.format(given="answer") + other)
    assert {tool for agent, _, tool in found if agent == "Seeker"} == {"Search", "Shell"}
    assert {tool for agent, _, tool in found if agent != "Seeker"} == {"Shell", "Python"}
