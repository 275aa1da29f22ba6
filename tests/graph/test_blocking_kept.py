"""Plain functions that a coroutine calls where they are kept: in an attribute, a table, a variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import ExternalCall
from auditor.pipeline import build_graph

PROGRAM = """
import asyncio
import inspect
import time
from fastapi import FastAPI

app = FastAPI()

class Tool:
    def __init__(self, run):
        self.kept = run

    async def run(self, text):
        {body}

def wait(text):
    time.sleep(3)

async def other(text):
    await asyncio.sleep(3)

TOOLS = {{"wait": wait, "other": other}}

@app.post("/a")
async def ask(text: str):
    return await Tool({given}).run(text)
"""


@pytest.mark.parametrize(
    ("body", "given", "blocks"),
    [
        ("return self.kept(text)", "wait", True),
        ("return TOOLS[text](text)", "wait", True),
        ("found = TOOLS.get(text)\n        return found(text)", "wait", True),
        ("return await self.kept(text) if inspect.iscoroutinefunction(self.kept) else self.kept(text)", "wait", True),
        ("return await asyncio.to_thread(self.kept, text)", "wait", False),
        ("return await self.kept(text)", "other", False),
        ("return await asyncio.get_running_loop().run_in_executor(None, self.kept, text)", "wait", False),
    ],
)
def test_they_run_on_the_loop(body: str, given: str, blocks: bool, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM.format(body=body, given=given))
    graph = build_graph([tmp_path])
    found = [n.blocking_in_async for n in graph.nodes.values() if isinstance(n, ExternalCall) and n.at.line in (17, 18)]
    assert found == [blocks]
