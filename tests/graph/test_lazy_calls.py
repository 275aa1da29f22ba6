"""Calls that only make what asks when it is gone through: whether another thread goes through it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from auditor.graph.types import ExternalCall
from auditor.pipeline import graph_of, read

APP = """
import asyncio
from azure.search.documents import SearchClient
from fastapi import FastAPI

app = FastAPI()
client = SearchClient("https://a", "docs", None)

def pages(text):
    {pages}

def rows(found):
    return [row for row in found]

@app.get("/")
async def page(text: str):
    {body}
"""
GIVEN = "return client.search(text)"


def blocks(folder: Path, body: str, pages: str = GIVEN) -> bool:
    (folder / "app.py").write_text(dedent(APP).format(pages=pages, body=body))
    calls = [n for n in graph_of(read([folder])).nodes.values() if isinstance(n, ExternalCall)]
    return any(n.blocking_in_async is True for n in calls)


@pytest.mark.parametrize(
    "body",
    [
        "return await asyncio.to_thread(list, client.search(text))",
        "found = client.search(text)\n    return await asyncio.to_thread(rows, found)",
        "found = client.search(text)\n    return await asyncio.get_running_loop().run_in_executor(None, rows, found)",
        "return await asyncio.to_thread(rows, pages(text))",
        "found = pages(text)\n    return await asyncio.to_thread(list, found)",
    ],
)
def test_what_another_thread_goes_through_blocks_nobody(tmp_path: Path, body: str) -> None:
    assert not blocks(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "pages"),
    [
        ("return list(client.search(text))", GIVEN),
        ("return rows(client.search(text))", GIVEN),
        ("return rows(pages(text))", GIVEN),
        ("found = client.search(text)\n    return [row for row in found]", GIVEN),
        ("found = client.search(text)\n    return rows(found), await asyncio.to_thread(list, found)", GIVEN),
        ("found = client.search(text)\n    found.get_count()\n    return await asyncio.to_thread(list, found)", GIVEN),
        ("return await asyncio.to_thread(list, pages(text))", "return list(client.search(text))"),
        ("return await asyncio.to_thread(list, client.get_document(text))", GIVEN),
    ],
)
def test_what_the_loop_goes_through_blocks_it(tmp_path: Path, body: str, pages: str) -> None:
    assert blocks(tmp_path, body, pages)
