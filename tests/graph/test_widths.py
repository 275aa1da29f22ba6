"""How many tasks a fan-out starts: slices and ranges cap it, data does not, and a bound that is not known is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.core.values import UNBOUNDED, Unknown
from auditor.graph.types import FanOut

TOP = """
import asyncio, os
from concurrent.futures import ThreadPoolExecutor
from langgraph.types import Send
LIMIT = 4
pool = ThreadPoolExecutor()
async def f(x): ...
"""


@pytest.mark.parametrize(
    ("code", "width"),
    [
        ("async def g(xs):\n    await asyncio.gather(*[f(x) for x in xs[:5]])", 5),
        ("async def g(xs):\n    await asyncio.gather(f(0), *(f(x) for x in xs[:5]))", 6),
        ("async def g(xs):\n    some = xs[:LIMIT]\n    tasks = [f(x) for x in some]\n    await asyncio.gather(*tasks)", 4),
        ("async def g(xs):\n    tasks = []\n    for x in xs[:LIMIT]:\n        tasks.append(f(x))\n    await asyncio.gather(*tasks)", 4),
        ("async def g(xs):\n    tasks = []\n    for x in xs:\n        tasks.append(f(x))\n    await asyncio.gather(*tasks)", UNBOUNDED),
        ("async def g(xs):\n    tasks = []\n    xs.fill(tasks)\n    tasks.extend(xs)\n    await asyncio.gather(*tasks)", UNBOUNDED),
        ("async def g(xs):\n    some = xs[:5]\n    some.append(1)\n    await asyncio.gather(*[f(x) for x in some])", UNBOUNDED),
        ("async def g(xs):\n    await asyncio.gather(*[f(x) for x in xs])", UNBOUNDED),
        ("async def g(xs, c):\n    await asyncio.gather(*[f(x) for x in xs[:c.most]])", "an attribute of something that is not read"),
        ("def g(xs):\n    return list(pool.map(f, xs[:5]))", 5),
        ("def g(xs):\n    for x in xs[:5]:\n        pool.submit(f, x)", 5),
        ("def g(xs):\n    for x in xs:\n        for y in range(3):\n            pool.submit(f, x)", UNBOUNDED),
        ("def g(state):\n    return [Send('n', x) for x in state['xs'][:5]]", 5),
        ("def g(state):\n    return [Send('n', x) for x in state['xs']]", UNBOUNDED),
    ],
)
def test_the_width_of_a_fan_out(code: str, width: object, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(TOP + code, "utf-8")
    [found] = [n.width for n in pipeline.graph_of(pipeline.read([tmp_path])).nodes.values() if isinstance(n, FanOut)]
    assert (found.value.why if isinstance(found.value, Unknown) else found.value) == width
    assert found.unit == "tasks"
