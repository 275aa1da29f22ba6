"""What takes a decision, in programs of known frameworks."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from auditor.graph.graph import AgentGraph
from auditor.graph.types import DecisionPoint, EntryPoint, ModelCall
from auditor.pipeline import graph_of, read


def graph(folder: Path, text: str, name: str = "app.py") -> AgentGraph:
    (folder / name).write_text(dedent(text))
    return graph_of(read([folder]))


def points(found: AgentGraph) -> list[DecisionPoint]:
    return [n for n in found.nodes.values() if isinstance(n, DecisionPoint)]


@pytest.mark.parametrize(
    ("process", "decides"),
    [("", False), (", process=Process.sequential", False), (", process=Process.hierarchical", True), (", process=chosen()", True)],
)
def test_a_crew_decides_only_in_a_hierarchy(tmp_path: Path, process: str, decides: bool) -> None:
    text = f"""
    from crewai import Agent, Crew, Process, Task
    from settings import chosen

    writer = Agent(role="writer", goal="g", backstory="b")
    reader = Agent(role="reader", goal="g", backstory="b")
    task = Task(description="d", expected_output="e", agent=writer)
    crew = Crew(agents=[writer, reader], tasks=[task]{process})
    crew.kickoff()
    """
    assert any(p.decision == "handoff" for p in points(graph(tmp_path, text))) is decides


ADK = """
from google.adk.agents import Agent, LoopAgent, ParallelAgent, SequentialAgent

one = Agent(name="one", model="gemini-2.0-flash")
two = Agent(name="two", model="gemini-2.0-flash")
root_agent = MADE(name="root", sub_agents=[one, two])
"""


@pytest.mark.parametrize(
    ("made", "names"), [("SequentialAgent", []), ("ParallelAgent", []), ("LoopAgent", []), ("Agent", ["root -> one, two"])]
)
def test_agents_that_run_in_order_are_no_decision_and_a_choice_is_one(tmp_path: Path, made: str, names: list[str]) -> None:
    (tmp_path / "helper").mkdir()
    found = graph(tmp_path / "helper", ADK.replace("MADE", made), "agent.py")
    assert [p.name for p in points(found)] == names
    assert [e.holds_spans for e in found.nodes.values() if isinstance(e, EntryPoint)] == [True]
    assert all(p.held and "holds spans in memory" in p.unrecorded for p in points(found))


@pytest.mark.parametrize(
    ("given", "offers"),
    [("", False), (", tools=None", False), (", tools=[]", False), (", tools=[TOOL]", True), (", tools=more()", True)],
)
def test_a_request_that_offers_tools_steers(tmp_path: Path, given: str, offers: bool) -> None:
    text = f"""
    from openai import OpenAI
    from settings import more

    TOOL = {{"type": "function", "function": {{"name": "look", "parameters": {{}}}}}}
    OpenAI().chat.completions.create(model="m", messages=[]{given})
    """
    found = graph(tmp_path, text)
    assert [n.offers_tools for n in found.nodes.values() if isinstance(n, ModelCall)] == [offers]
    assert [p.steers for p in points(found) if p.decision == "model_call"] == [offers]


def test_the_run_of_a_graph_is_not_called_a_request(tmp_path: Path) -> None:
    text = """
    from langchain_openai import ChatOpenAI
    from langgraph.graph import END, START, StateGraph

    model = ChatOpenAI(model="m")

    def ask(state):
        return {"answer": model.invoke("hello")}

    flow = StateGraph(dict)
    flow.add_node("ask", ask)
    flow.add_edge(START, "ask")
    flow.add_edge("ask", END)
    app = flow.compile()

    if __name__ == "__main__":
        app.invoke({})
    """
    found = graph(tmp_path, text)
    [asked] = [n for n in found.nodes.values() if isinstance(n, ModelCall) and n.call == "llm"]
    assert [s.what for s in asked.trace][:5] == ["app begins", "graph run invoke", "step ask", "calls ask", "model call invoke"]
