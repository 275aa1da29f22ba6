"""Model calls with tools of agents that were not found are told as such."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build

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
