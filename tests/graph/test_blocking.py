"""What stops the event loop: a generator runs where it is gone through, not where it is called."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import build, nodes

SERVER: dict[str, Any] = {
    "registrations": [{"names": ["acme.route"], "as": ["decorator"], "makes": "entry_point", "kind": "http", "server": True}],
}


@pytest.mark.parametrize(
    ("body", "blocks"), [("return acme.stream(parts(q))", False), ("for part in parts(q):\n        print(part)", True)]
)
def test_a_generator_runs_where_it_is_gone_through(body: str, blocks: bool) -> None:
    text = f"""
import acme
client = acme.Client()

def parts(q):
    yield client.chat(messages=[q])

@acme.route
async def handler(q):
    {body}
"""
    assert [c.blocking_in_async for c in nodes(build(text, **SERVER), "model_call")] == [blocks]
