"""What comes out of a queue is what is put into it; a loop that puts back what it takes waits for nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import Loop
from auditor.pipeline import graph_of, read

TEXT = """
import asyncio
import openai
client = openai.AsyncOpenAI(timeout=5)

class Agent:
    async def step(self):
        return await client.responses.create(model="m", input="x", max_output_tokens=4)

class World:
    def __init__(self):
        self.waiting = asyncio.Queue()

    def add(self, agent):
        {put}

    async def turn(self):
        {take}
        await agent.step()
        {behind}

    async def run(self):
        while True:
            await self.turn()

world = World()
world.add(Agent())
asyncio.run(world.run())
"""
PUT = "self.waiting.put_nowait(agent)"
TAKE = "agent = await self.waiting.get()"


def loops(tmp_path: Path, put: str, take: str, behind: str) -> list[bool]:
    """Of the loops around the request, whether each turn waits for somebody."""
    (tmp_path / "app.py").write_text(TEXT.format(put=put, take=take, behind=behind))
    return [n.gated for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, Loop) and n.calls_model]


@pytest.mark.parametrize(
    ("put", "take", "behind", "found"),
    [
        (PUT, TAKE, "pass", [True]),
        (PUT, TAKE, PUT, [False]),
        (PUT, TAKE, "if agent.failed: " + PUT, [True]),
        ("self.waiting.put_nowait((1, agent))", "_, agent = await self.waiting.get()", "pass", [True]),
        ("self.waiting.put_nowait(agent)", "agent = self.waiting.get_nowait()", "pass", [False]),
        ("self.other.put_nowait(agent)", TAKE, "pass", []),
    ],
)
def test_what_is_taken_from_a_queue_runs_in_the_loop(tmp_path: Path, put: str, take: str, behind: str, found: list[bool]) -> None:
    assert loops(tmp_path, put, take, behind) == found
