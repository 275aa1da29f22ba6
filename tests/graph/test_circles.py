"""The way round of a recursion that nothing limits is told, with the place of each call."""

from __future__ import annotations

from auditor.graph.types import Loop
from auditor.knowledge.forms import Expect
from tests.knowledge.snippets import graph_of

HEAD = """
from openai import OpenAI
client = OpenAI()
def ask(text):
    return client.chat.completions.create(model="m", messages=[text]).choices[0].message
"""


def told(code: str) -> list[tuple[str, list[str]]]:
    graph = graph_of(Expect(code=HEAD + code))
    loops = [n for n in graph.nodes.values() if isinstance(n, Loop) and n.shape == "recursion"]
    return [(loop.times.why or "", [graph.flow.circles[loop.id]]) for loop in loops]


def test_a_function_that_calls_itself() -> None:
    [(why, ways)] = told(
        """
def talk(text):
    answer = ask(text)
    if answer.tool_calls:
        talk(answer)
"""
    )
    assert ways == ["talk() -> talk()"]
    assert why.startswith("nothing in the code limits the recursion talk() -> talk() (") and why.endswith(":10)")


def test_the_shortest_way_round_through_others() -> None:
    [(why, ways)] = told(
        """
class World:
    def step(self, text):
        answer = ask(text)
        if answer.tool_calls:
            self.reward(answer)
    def reward(self, answer):
        self.count(answer)
        self.step(answer)
    def count(self, answer):
        self.step(answer)
"""
    )
    assert ways == ["World.step() -> World.reward() -> World.step()"]
    first, second = why.split(" -> ")[1:]
    assert first.startswith("World.reward() (") and first.endswith(":11)")
    assert second.startswith("World.step() (") and second.endswith(":14)")


def test_where_something_limits_it_the_reason_is_that() -> None:
    [(why, ways)] = told(
        """
def talk(text, depth=0):
    answer = ask(text)
    if answer.tool_calls and depth < 5:
        talk(answer, depth + 1)
"""
    )
    assert ways == ["talk() -> talk()"] and "recursion" not in why


def test_a_long_way_is_shortened() -> None:
    names = "abcdefgh"
    code = "".join(f"\ndef {a}(text):\n    {b}(ask(text))\n" for a, b in zip(names, names[1:] + names[0], strict=True))
    [(_, ways)] = told(code)
    assert ways[0].count(" -> ") == 7 and " -> ... -> " in ways[0]
