"""Functions that something external starts with arguments that it is given for them: threads, executors, event loops."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.program.origins.containers import elements, lookup, picked
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Attr, Box, Ext, Func, Key, New, Origin, Param, Place, Starter


def starter_of(engine: Engine, callee: Origin) -> Starter | None:
    """How a callee starts a function: an external name, or a method of an object that one makes, or that a parameter is declared as."""
    if isinstance(callee, Ext):
        return engine.starters.get(callee.name)
    if not isinstance(callee, Attr):
        return None
    names = [callee.base.name] if isinstance(callee.base, New) else _declared(engine, callee.base)
    return next((s for name in names if (s := engine.starters.get(f"{name}.{callee.name}")) is not None), None)


def _declared(engine: Engine, base: Origin) -> list[str]:
    """The external classes that a parameter is declared as."""
    if not isinstance(base, Param):
        return []
    scope = engine.scope(base.fn)
    annotations = [p.annotation for p in scope.params if p.name == base.name and p.annotation is not None]
    return [o.name for a in annotations for o in engine.origins(a, Place(base.fn[0], scope.order)) if isinstance(o, Ext)]


def started(engine: Engine, fn: Key, position: int) -> list[Origin]:
    """What reaches a parameter where something external starts the function (`Thread(target=f, args=(1,))`, `pool.submit(f, 1)`)."""
    rows: list[Origin] = []
    for number, call, where in engine.value_uses.get(engine.scope(fn).name, ()) if engine.starters else ():
        place = Place(number, call.order)
        known = [s for o in engine.origins(call.func, place) if (s := starter_of(engine, o)) is not None]
        if not known or where not in known[0].function or not engine.speaks_of(number, fn[0]):
            continue
        value = call.args[where] if isinstance(where, int) else next(v for n, v, _ in call.keywords if n == where)
        for origin in engine.origins(value, place):
            if isinstance(origin, Func) and origin.fn == fn:
                wanted = position - (1 if origin.owner is not None else 0)
                rows.extend(_given(engine, known[0], call, place, where, wanted, engine.scope(fn).params[position].name))
    return rows


def _given(engine: Engine, starter: Starter, call: Call, place: Place, where: int | str, position: int, name: str) -> Iterator[Origin]:
    given = {n: v for n, v, _ in call.keywords}
    for box in engine.origins(given[starter.args], place) if starter.args in given else ():
        if isinstance(box, Box) and position >= 0:
            yield from picked(engine, box, (position,))
    for box in engine.origins(given[starter.kwargs], place) if starter.kwargs in given else ():
        if isinstance(box, Box):
            yield from lookup(engine, box, name)[0]
    if not starter.hands:
        return
    after = _after(call, where, position)
    if after is not None:
        found = engine.origins(after, place)
        yield from (e for o in found for e in elements(engine, o)) if starter.hands == "each" else found
    elif name in given and starter.hands == "rest":
        yield from engine.origins(given[name], place)


def _after(call: Call, where: int | str, position: int) -> Expr | None:
    """The argument at a position behind the function; none where a `*` stands before it."""
    if not isinstance(where, int) or position < 0:
        return None
    rest = call.args[where + 1 : where + 2 + position]
    return rest[position] if len(rest) > position and not any(a[0] == "star" for a in rest) else None


def outcome(engine: Engine, starter: Starter, call: Call, place: Place) -> list[Origin]:
    """What the function gives that a call starts."""
    from auditor.program.origins.calls import returns

    values = [call.args[i] for i in starter.function if isinstance(i, int) and i < len(call.args)]
    values += [v for n, v, _ in call.keywords if n in starter.function]
    return [o for f in values for func in engine.origins(f, place) if isinstance(func, Func) for o in returns(engine, func.fn, func.ctx)]
