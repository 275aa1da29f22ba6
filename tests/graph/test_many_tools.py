"""Agents with more tools than can be followed one by one."""

from __future__ import annotations

import pytest

from auditor.graph.build.unread_tools import TOOLS
from tests.graph.dispatch_help import build, nodes

TOOL = """
class Tool{n}(Tool):
    name = "tool{n}"
    def _run(self, given):
        return given
"""
PROGRAM = """
from acme import Client

client = Client()

class Tool:
    def run(self, given):
        return self._run(given)

    def _run(self, given):
        raise NotImplementedError
{tools}
class Agent:
    def __init__(self, tools{annotation}):
        self.tools{held} = {{}}
        for tool in filter(None, tools):
            self.tools[tool.name] = tool

    def pick(self, name){gives}:
        return self.tools[name]

    def run(self, messages):
        while True:
            answer = client.chat(messages=messages, tools=[{{"name": tool.name}} for tool in self.tools.values()])
            if not answer.calls:
                return answer
            for call in answer.calls:
                tool = self.pick(call.name)
                messages.append(tool.run(call.args))

Agent([{made}]).run([])
"""


def agent(tools: int, *, typed: bool) -> tuple[int, list[str]]:
    """How many tools are found, and what is said of the tools of calls."""
    classes = "".join(TOOL.format(n=n) for n in range(tools))
    made = ", ".join(f"Tool{n}()" for n in range(tools))
    types = (": list[Tool]", ": dict[str, Tool]", " -> Tool") if typed else ("", "", "")
    found = build(PROGRAM.format(tools=classes, made=made, annotation=types[0], held=types[1], gives=types[2]))
    assert len(nodes(found, "agent")) == 1
    return len(nodes(found, "tool")), [row.why for row in found.unknowns if row.agent]


@pytest.mark.parametrize(("tools", "typed"), [(3, False), (60, False), (60, True), (90, True), (300, True)])
def test_all_are_found(tools: int, typed: bool) -> None:
    assert agent(tools, typed=typed) == (tools, [])


def test_those_that_are_too_many_are_told_of() -> None:
    assert agent(90, typed=False) == (0, [TOOLS])
