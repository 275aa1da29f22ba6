"""Loops of turns without tools: what the model answers is part of the next request, and decides whether there is one."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import follow
from auditor.graph.build.dispatch_loops import Turn, given, whole
from auditor.graph.build.loop_changes import View
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_regions import waits
from auditor.graph.build.members import class_around
from auditor.graph.build.own_sources import NOWHERE, Sources
from auditor.program.origins.objects import mro
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Key


def steered(build: Build, turn: Turn) -> bool:
    """Whether the answer of a turn goes into the request of the next, and decides an exit of the loop."""
    if turn.block < 0 or turn.retry or _silent(build, turn):
        return False
    memo: dict[tuple[Key, int, tuple[Key, ...]], bool] = build.memo.setdefault("steered", {})  # type: ignore[assignment]
    key = (turn.fn, turn.block, turn.steps)
    if key not in memo:
        memo[key] = _steered(build, turn)
    return memo[key]


def _silent(build: Build, turn: Turn) -> bool:
    """Whether a function on the way gives back constants, and decides by something else than the answer which of them."""
    for fn, step in zip(turn.way[1:], turn.steps[1:], strict=False):
        given = [e.value for e in build.engine.scope(fn).exits if e.kind == "return"]
        constant = all(value[0] == "const" and value[1] is not None for value in given)
        if given and constant and not _decided(build, fn, step):
            return True
    return False


def _decided(build: Build, fn: Key, step: Key) -> bool:
    """Whether a function tests what a call in it gave, after it or in a loop around it."""
    trail = follow(build, fn, calls={step[1]}, names=set(), loose=True)
    module, begun = trail.body.module, build.engine.call(step).order
    around = [module.blocks[b] for b in ancestors(module, module.statements[begun][1])]
    first = min((b.order for b in around if b.kind in ("for", "while") and b.scope in trail.body.scopes), default=begun)
    tests = [b.expr for b in (module.blocks[n] for n in trail.body.tests) if b.order > first]
    turns = [b.value for b in trail.body.bindings if b.kind == "for" and b.order > first]
    return any(trail.mentions(expr) for expr in (*tests, *turns))


def _steered(build: Build, turn: Turn) -> bool:
    first = turn.steps[0]
    ends = Ends(View(build.engine, first[0]), turn.block, lambda m, c: waits(build, m, c), lambda m, c: (m, c.index) == first, follow=0)
    return ends.steered(given(build, first) | _attributes(build, turn), whole(build, first))


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
