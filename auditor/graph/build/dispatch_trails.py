"""Where the answer of a turn goes: through the functions on its way, and those that it is handed to."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.dispatch_loops import Turn
from auditor.program.origins.types import Func, Key, Place


def trails(build: Build, turn: Turn, *, loose: bool = True) -> Iterator[tuple[Key, Trail, int]]:
    """The answer in each function on the way, and in those that it is handed to: (function, trail, the loop's block there, or -1)."""
    for index, (fn, step) in enumerate(zip(turn.way, turn.steps, strict=True)):
        trail = follow(build, fn, calls={step[1]}, names=set(), loose=loose)
        block = turn.block if index == 0 else -1
        yield fn, trail, block
        for call in trail.body.calls:
            if call.index == step[1] or not inside(build, fn, build.engine.modules[fn[0]].statements[call.order][1], block):
                continue
            for origin in build.engine.origins(call.func, Place(fn[0], call.order)):
                names = parameters(build, trail, call, origin) if isinstance(origin, Func) else set()
                if names and isinstance(origin, Func):
                    yield origin.fn, follow(build, origin.fn, calls=set(), names=names, loose=loose), -1


def parameters(build: Build, trail: Trail, call: Call, func: Func) -> set[str]:
    """Parameters of a function that get something of the answer."""
    params = build.engine.scope(func.fn).params
    shift = 1 if func.owner is not None else 0
    rows = {params[i + shift].name for i, a in enumerate(call.args) if i + shift < len(params) and trail.mentions(a)}
    return rows | {n for n, v, _ in call.keywords if n is not None and trail.mentions(v)}


def inside(build: Build, fn: Key, block: int, loop: int) -> bool:
    """Whether a block lies in the loop; everything does where the loop is in another function."""
    module = build.engine.modules[fn[0]]
    while loop >= 0 and block >= 0 and block != loop:
        block = module.blocks[block].parent
    return loop < 0 or block == loop
