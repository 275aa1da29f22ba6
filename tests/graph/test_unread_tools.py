"""Model calls with tools that were not found are told as such."""

from __future__ import annotations

import pytest

from auditor.graph.build.unread_tools import TOOLS as UNKNOWN
from tests.graph.dispatch_help import build, nodes

HEAD = "from acme import Client\nimport other\nclient = Client()\n"
TOOLS = "[{'name': 'look', 'description': 'Looks.', 'parameters': {}}]"
LOOP = """
def look(): return 1
def run(messages):
    while True:
        answer = client.chat(messages=messages, tools=TOOLS)
        if not answer.calls:
            return answer
        for each in answer.calls:
            if each.name == 'look':
                messages.append(look())
run([])
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("client.chat(messages=[], tools=other.load())", True),
        ("class A:\n    def ask(self):\n        return client.chat(messages=[], tools=self.all)\nA().ask()", True),
        (
            "class A:\n    all = other.load()\n    def ask(self):\n        return client.chat(tools=[t.s for t in self.all])\nA().ask()",
            True,
        ),
        # They are read, there are none, or nobody is seen to give any.
        (f"client.chat(messages=[], tools={TOOLS})", False),
        ("client.chat(messages=[], tools=None)", False),
        ("client.chat(messages=[])", False),
        ("def ask(tools=None):\n    return client.chat(messages=[], tools=tools)\nask()", False),
        ("def ask(tools):\n    return client.chat(messages=[], tools=tools)", False),
        # It is a call of an agent that was found.
        (LOOP.replace("TOOLS", TOOLS), False),
    ],
)
def test_tools_that_are_not_read(text: str, told: bool) -> None:
    found = [row for row in build(HEAD + text).unknowns if row.agent]
    assert [row.name for row in found] == (["client.chat"] if told else [])


UNREAD = """
TABLE = other.tools()
def run(messages):
    while True:
        answer = client.chat(messages=messages, tools=other.load())
        if not answer.calls:
            return answer
        for each in answer.calls:
            messages.append(TABLE[each.name](each.args))
run([])
"""


def test_an_agent_whose_tools_are_not_read_is_told_of() -> None:
    found = build(HEAD + UNREAD)
    assert [row.why for row in found.unknowns if row.agent] == [UNKNOWN]
    assert (len(nodes(found, "agent")), len(nodes(found, "tool"))) == (1, 0)


def test_what_may_come_in_by_a_mapping_is_not_said_to_be_given() -> None:
    text = "def ask(**more):\n    return client.chat(messages=[], **more)\nask(**other.options())"
    assert [row.name for row in build(HEAD + text).unknowns if row.agent] == []
