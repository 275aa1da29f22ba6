"""Limits of runs that a request brings."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from auditor.core.values import ABSENT, UNBOUNDED, alternatives
from auditor.graph.types import EntryPoint
from auditor.pipeline import graph_of, read

APP = """
from typing import Annotated
from fastapi import FastAPI
from langgraph.graph import StateGraph
from pydantic import BaseModel, Field, field_validator
from agents_here import agents

class Ask(BaseModel):
    text: str
    other: int = 3
    {field}

class More(Ask):
    name: str = "x"

app = FastAPI()

def config(limit):
    return {{"recursion_limit": limit or 20}}

@app.post("/ask")
async def ask(request: More):
    return await StateGraph(dict).compile().ainvoke(request.text, config=config(request.limit))
"""


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("limit: int | None = None", {UNBOUNDED, 10}),
        ("limit: int = Field(default=None, description='steps')", {UNBOUNDED, 10}),
        ("limit: int | None = Field(default=None, le=30)", {15, 10}),
        ("limit: Annotated[int, Field(le=30)] = None", {"unknown", 10}),
        ("limit: int = None\n    @field_validator('limit')\n    def check(cls, v): return min(v, 9)", {"unknown", 10}),
        ("limit: int = None\n    @field_validator('other')\n    def check(cls, v): return v", {UNBOUNDED, 10}),
    ],
)
def test_a_field_of_a_request(tmp_path: Path, field: str, found: set[object]) -> None:
    (tmp_path / "app.py").write_text(dedent(APP.format(field=field)))
    (entry,) = (n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, EntryPoint))
    rows = alternatives(entry.over_limit)
    assert {"unknown" if s.state == "unknown" else s.value for s in rows} == found
    assert entry.asked is (UNBOUNDED in found) and ABSENT not in found
    if entry.asked:
        assert any("whoever calls /ask sets it, without a maximum: Ask.limit at app.py:11" in str(s.why) for s in rows)
