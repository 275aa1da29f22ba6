"""Tools that are tried in turn: each object of a table takes from the answer what is meant for it, and runs that."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.dispatch_classes import LEAST, Made, name_of, used
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.dispatch_trails import inside, trails
from auditor.graph.build.loop_terms import arguments
from auditor.program.origins.objects import method, mro, owner_class
from auditor.program.origins.types import Instance, Key, Place


def tried_in_turn(build: Build, turn: Turn) -> list[Made]:
    """`for tool in tools.values(): part = tool.find(answer) ... tool.execute(part)`: the classes of the objects, and what runs them."""
    for fn, trail, block in trails(build, turn):
        for loop, name in _loops(trail):
            if fn not in turn.way[1:] and inside(build, fn, loop, block):
                run = _run(build, fn, trail, loop, name)
                found = _methods(build, turn.fn, fn, name, run) if run is not None else {}
                if len(found) >= LEAST:
                    return [Made(cls, each, name_of(build, cls)) for cls, each in found.items()]
    return []


def _methods(build: Build, agent: Key, fn: Key, name: Expr, run: Call) -> dict[Key, Key]:
    """Class -> method that a call may run, where the objects that it is called on are of one family. `agent`: the function with the turn:
    what another class beside its own puts into the table is left out."""
    objects = build.engine.origins(name, Place(fn[0], run.order))
    classes = list(dict.fromkeys(o.cls for o in objects if isinstance(o, Instance) and not _of_sibling(build, agent, fn, o)))
    family = set.intersection(*(set(mro(build.engine, cls)) for cls in classes)) if classes else set()
    return {cls: each for cls in classes if family and (each := method(build.engine, cls, run.last)) is not None}


def _of_sibling(build: Build, agent: Key, fn: Key, made: Instance) -> bool:
    """Whether a class makes it that derives from that of the function, and is neither a base of the agent's own nor derives from it."""
    base, own = owner_class(build.engine, fn), owner_class(build.engine, agent)
    if base is None or own is None or made.site is None:
        return False
    maker = owner_class(build.engine, build.function_of(made.site[0], build.engine.call(made.site).order))
    if maker is None or base not in mro(build.engine, maker):
        return False
    return maker not in mro(build.engine, own) and own not in mro(build.engine, maker)


def _loops(trail: Trail) -> Iterator[tuple[int, Expr]]:
    """The `for` loops of a function, each with the names that it gives a value."""
    module = trail.body.module
    for block, info in enumerate(module.blocks):
        if info.kind == "for" and info.scope in trail.body.scopes:
            yield from ((block, ("name", b.name)) for b in trail.body.bindings if b.kind == "for" and b.order == info.order)


def _run(build: Build, fn: Key, trail: Trail, loop: int, name: Expr) -> Call | None:
    """The first method that is called with what another one of the object has made of the answer, where that is something, and whose result
    is used."""
    module = trail.body.module
    rows = [
        c for c in trail.body.calls if c.func[0] == "attr" and c.func[1] == name and inside(build, fn, module.statements[c.order][1], loop)
    ]
    taking = next((c for c in rows if any(trail.mentions(a) for a in arguments(c))), None)
    taken = follow(build, fn, calls={taking.index}, names=set(), loose=True) if taking is not None else None
    if taken is None:
        return None
    runs = (c for c in rows if c is not taking and any(taken.mentions(a) for a in arguments(c)))
    return next((c for c in runs if used(trail, c) and _is_asked(taken, module.statements[c.order][1], loop)), None)


def _is_asked(taken: Trail, block: int, loop: int) -> bool:
    """Whether a block runs only if something was found."""
    blocks = taken.body.module.blocks
    while block >= 0 and block != loop:
        if blocks[block].kind == "if" and taken.mentions(blocks[block].expr):
            return True
        block = blocks[block].parent
    return False
