"""Methods that fill a container under one of its names."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.program.origins.added_inside import added_inside
from auditor.program.origins.decorators import contexts
from auditor.program.origins.engine import Engine
from auditor.program.origins.held import holders, is_held, reaching_rows
from auditor.program.origins.types import Box, Key, Origin, Origins, Place

ADDERS = {"append": 0, "add": 0, "appendleft": 0, "insert": 1, "put": 0, "put_nowait": 0}


def mutations(engine: Engine, box: Box, names: tuple[str, ...]) -> list[tuple[Place, Expr, str]]:
    """What calls of adding methods add to a container."""
    return [(at, _added_by(engine, at.module, call), call.last) for at, call in said_to(engine, box, names)]


def said_to(engine: Engine, box: Box, names: tuple[str, ...]) -> list[tuple[Place, Call]]:
    """Calls of methods of a container under a name that holds it, in its own module; in all if it stands at module level; and in functions
    that it is handed to."""
    place = engine.refs[box.ref][1]
    rows = []
    for number, call in reaching_rows(engine, box, engine.mutations_by_name):
        for ctx in contexts(engine, number, call.order, place.ctx) if call.last in names else ():
            at = Place(number, call.order, ctx)
            if is_held(engine, box, call.func[1], at):
                rows.append((at, call))
    handed = id(engine.refs[box.ref][0]) not in engine.keywords_in
    for at, call in added_inside(engine, holders(engine, box), place) if handed else ():
        if call.last in names and is_held(engine, box, call.func[1], at):
            rows.append((at, call))
    return sorted(rows, key=lambda r: r[0])


def _added_by(engine: Engine, number: int, call: Call) -> Expr:
    position = min(ADDERS.get(call.last, 0), len(call.args) - 1)
    return call.args[position] if call.args else keyword_dict(engine, (number, call.index))


def keyword_dict(engine: Engine, site: Key) -> Expr:
    """The keywords of a call as a dict, after what it copies: its arguments, or the receiver of `d.copy()`."""
    call = engine.call(site)
    copied = tuple((None, a) for a in ((call.func[1],) if call.last == "copy" and not call.args else call.args))
    keywords = tuple((None if n is None else ("const", n), v) for n, v, _ in call.keywords)
    expr = engine.made(("dict", site), lambda: ("dict", (*copied, *keywords), call.line))
    engine.made_by[id(expr)] = site
    return expr


def updates(engine: Engine, box: Box) -> Origins:
    """What `d.update(...)` merges into a dict."""

    def build() -> list[Origin]:
        return [o for place, value, _ in mutations(engine, box, ("update",)) for o in engine.origins(value, place)]

    return engine.query(("updates", box), build)
