"""Where the answer of a turn goes: through the functions on its way, and those that it is handed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.loop_terms import paths
from auditor.program.origins.objects import mro, owner_class
from auditor.program.origins.types import Func, Key, Place


def trails(build: Build, turn: Turn, *, loose: bool = True) -> Iterator[tuple[Key, Trail, int]]:
    """The answer in each function on the way, and in those that it is handed to: (function, trail, the loop's block there, or -1)."""
    yield from _trails(build, turn, loose, kept(build, turn))


def kept(build: Build, turn: Turn) -> dict[Key, set[str]]:
    """The attributes (`self.next`) in which objects keep the answer of a turn, or a part of it, until a method reads it: class -> names.

    What grows by it (`self.log = self.log + [answer]`) is none."""
    memo: dict[object, dict[Key, set[str]]] = build.memo.setdefault("kept answers", {})  # type: ignore[assignment]
    here = turn.fn, turn.block, turn.steps
    if here not in memo:
        rows: dict[Key, set[str]] = defaultdict(set)
        for fn, trail, _ in _trails(build, turn, True, {}):
            cls, me = owner_class(build.engine, fn), next((p.name for p in build.engine.scope(fn).params), "")
            for store in trail.body.stores if cls is not None else ():
                name = f"{me}.{store.attr}" if store.base == ("name", me) and store.attr is not None and store.operator is None else ""
                if cls is not None and name and trail.mentions(store.value) and name not in paths(trail.body.module, store.value):
                    rows[cls].add(name)
        memo[here] = rows
    return memo[here]


def _trails(build: Build, turn: Turn, loose: bool, held: Mapping[Key, set[str]]) -> Iterator[tuple[Key, Trail, int]]:
    for index, (fn, step) in enumerate(zip(turn.way, turn.steps, strict=True)):
        trail = follow(build, fn, calls={step[1]}, names=held_by(build, fn, held), loose=loose)
        block = turn.block if index == 0 else -1
        yield fn, trail, block
        for call in trail.body.calls:
            if call.index == step[1] or not inside(build, fn, build.engine.modules[fn[0]].statements[call.order][1], block):
                continue
            for origin in build.engine.origins(call.func, Place(fn[0], call.order)):
                names = parameters(build, trail, call, origin) | held_by(build, origin.fn, held) if isinstance(origin, Func) else set()
                if names and isinstance(origin, Func):
                    yield origin.fn, follow(build, origin.fn, calls=set(), names=names, loose=loose), -1


def held_by(build: Build, fn: Key, held: Mapping[Key, set[str]]) -> set[str]:
    """The attributes with an answer that a method can read: of its own class, and of those that it is inherited by or from."""
    cls = owner_class(build.engine, fn) if held else None
    if cls is None:
        return set()
    return {n for other, names in held.items() if other in mro(build.engine, cls) or cls in mro(build.engine, other) for n in names}


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
