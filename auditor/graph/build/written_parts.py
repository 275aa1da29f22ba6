"""The expressions of which a container is made, where it is written and where more is added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.program.origins.held import is_held
from auditor.program.origins.mutated import ADDERS
from auditor.program.origins.types import Box, Const, Key, Origin, Place


def written_parts(build: Build, box: Box) -> Iterator[tuple[Place, Expr]]:
    """The expressions of a container's elements, those added later included."""
    engine = build.engine
    expr, place = engine.refs[box.ref]
    if expr[0] == "seq":
        yield from ((place, e) for e in expr[2])
    elif expr[0] == "comp":
        module = engine.modules[place.module]
        where = Place(place.module, module.blocks[module.scopes[expr[2]].body].last_order, place.ctx)
        if not _over_nothing(build, module.scopes[expr[2]].body, where):
            yield where, expr[3]
    if box.kind not in ("list", "set", "comp"):
        return
    for last in (*ADDERS, "extend"):
        for call in _adding(build, last).get(place.module, ()):
            where = Place(place.module, call.order, place.ctx)
            if is_held(engine, box, call.func[1], where) and not _over_nothing(build, engine.place_block(where), where):
                yield where, ("star", call.args[0]) if last == "extend" else call.args[-1]


def class_of(build: Build, box: Box) -> Key:
    """The class in a method of which a container is written out."""
    place = build.engine.refs[box.ref][1]
    return place.module, build.engine.scope((place.module, build.engine.place_scope(place))).parent


def _over_nothing(build: Build, block: int, place: Place) -> bool:
    """Whether a block, or one around it, goes through what is surely None or empty here: `for tool in tools` where none are given."""
    blocks = build.engine.modules[place.module].blocks
    while block >= 0:
        if blocks[block].kind in ("for", "comp"):
            found = build.engine.origins(blocks[block].expr, place)
            if found and all((isinstance(o, Const) and o.value is None) or _is_empty(build, o) for o in found):
                return True
        block = blocks[block].parent
    return False


def _is_empty(build: Build, origin: Origin) -> bool:
    """A list that is written out without an element, and to which none is added."""
    if not isinstance(origin, Box) or build.engine.refs[origin.ref][0][0] != "seq" or build.engine.refs[origin.ref][0][2]:
        return False
    place = build.engine.refs[origin.ref][1]
    added = (c for last in (*ADDERS, "extend") for c in _adding(build, last).get(place.module, ()))
    return not any(is_held(build.engine, origin, c.func[1], Place(place.module, c.order, place.ctx)) for c in added)


def _adding(build: Build, last: str) -> dict[int, list[Call]]:
    """Module -> its calls of a method that adds to a container."""
    known: dict[str, dict[int, list[Call]]] = build.memo.setdefault("adding", {})  # type: ignore[assignment]
    if last not in known:
        table = known[last] = defaultdict(list)
        for number, call in build.engine.calls_by_last.get(last, ()):
            if call.func[0] == "attr" and call.args:
                table[number].append(call)
    return known[last]
