"""Loops of turns without tools: what the model answers is part of the next request, and decides whether there is one."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_loops import Turn, given
from auditor.graph.build.loop_changes import View
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_regions import waits
from auditor.graph.build.members import class_around
from auditor.graph.build.own_sources import NOWHERE, Sources
from auditor.program.origins.objects import mro
from auditor.program.origins.types import Key


def steered(build: Build, turn: Turn) -> bool:
    """Whether the answer of a turn goes into the request of the next, and decides an exit of the loop."""
    if turn.block < 0 or turn.retry:
        return False
    memo: dict[tuple[Key, int, tuple[Key, ...]], bool] = build.memo.setdefault("steered", {})  # type: ignore[assignment]
    key = (turn.fn, turn.block, turn.steps)
    if key not in memo:
        memo[key] = _steered(build, turn)
    return memo[key]


def _steered(build: Build, turn: Turn) -> bool:
    first = turn.steps[0]
    ends = Ends(View(build.engine, first[0]), turn.block, lambda m, c: waits(build, m, c), lambda m, c: (m, c.index) == first)
    return ends.steered(given(build, first) | _attributes(build, turn))


def _attributes(build: Build, turn: Turn) -> set[str]:
    """Attributes of the loop's own object that the request is made of, where a method makes it."""
    cls = class_around(build, turn.steps[0])
    if cls is None:
        return set()
    read = Sources(build, turn, through=True)
    for level, site in enumerate(turn.steps):
        call = build.engine.call(site)
        for expr in (*call.args, *(v for _, v, _ in call.keywords)):
            read.read((turn.way[min(level, len(turn.way) - 1)], expr, call.order), NOWHERE)
    own = mro(build.engine, cls)
    return {f"self.{attr}" for owner, attr in read.found if owner in own or cls in mro(build.engine, owner)}
