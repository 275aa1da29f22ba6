"""What sets a setting in the code: an argument that the locked version takes and reads, or none."""

from __future__ import annotations

import pytest

from auditor.core.values import ABSENT
from auditor.graph.types import Agent, ExternalCall, ModelCall
from auditor.knowledge.forms import Expect
from tests.knowledge.snippets import graph_of

MADE_BY_NAME = """
from langchain.chat_models import init_chat_model
init_chat_model("gemini-2.0-flash", model_provider="google_vertexai"{more}).invoke("hi")
"""
IN_AN_AGENT = """
from langchain_google_vertexai import ChatVertexAI
from langgraph.prebuilt import create_react_agent
create_react_agent(ChatVertexAI(model="gemini-2.0-flash"), tools=[]).invoke({"messages": []})
"""
IN_AN_ENTRY = """
from autogen import ConversableAgent, LLMConfig
ConversableAgent("a", llm_config=LLMConfig({"model": "m"}{more}))
"""
INDEX = """
from pinecone import Pinecone
{call}
"""


@pytest.mark.parametrize("more", ["", ", timeout=9"])
def test_what_the_class_behind_a_function_does_not_read_is_no_deadline_and_is_not_advised(more: str) -> None:
    versions = {"langchain": "0.3.24", "langchain-google-vertexai": "2.0.23"}
    [call] = [
        n for n in graph_of(Expect(code=MADE_BY_NAME.format(more=more), versions=versions)).nodes.values() if isinstance(n, ModelCall)
    ]
    assert (call.deadline.value, call.deadline.argument) == (ABSENT, "timeout= of init_chat_model(...).bind()")


def test_what_a_copy_of_the_model_takes_is_lost_in_an_agent() -> None:
    versions = {"langgraph": "0.4.1", "langchain-google-vertexai": "2.0.23"}
    [run] = [n for n in graph_of(Expect(code=IN_AN_AGENT, versions=versions)).nodes.values() if isinstance(n, ModelCall)]
    assert (run.deadline.value, run.deadline.argument) == (ABSENT, "")


@pytest.mark.parametrize(
    ("call", "lever"),
    [
        ("Pinecone().has_index('i')", ""),
        ("Pinecone().Index('i').query(vector=[0.1])", "_request_timeout= of Index().query()"),
    ],
)
def test_nothing_is_advised_where_neither_client_nor_call_has_an_argument(call: str, lever: str) -> None:
    nodes = graph_of(Expect(code=INDEX.format(call=call), versions={"pinecone": "7.3.0"})).nodes.values()
    [asked] = [n for n in nodes if isinstance(n, ExternalCall)]
    assert (asked.deadline.value, asked.deadline.argument) == (ABSENT, lever)


@pytest.mark.parametrize(("more", "deadline"), [("", 600), (", timeout=9", 9)])
def test_what_is_advised_has_a_name_and_not_the_place_of_an_entry(more: str, deadline: int) -> None:
    nodes = graph_of(Expect(code=IN_AN_ENTRY.replace("{more}", more), versions={"ag2": "0.11.2", "openai": "2.54.0"})).nodes.values()
    [agent] = [n for n in nodes if isinstance(n, Agent)]
    assert (agent.deadline.value, agent.deadline.argument) == (deadline, "timeout in llm_config= of ConversableAgent()")
