"""The exceptions that a retry is told to try again after: classes, or a predicate of the program that asks for them."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import builtin
from auditor.program.origins.containers import elements
from auditor.program.origins.types import Box, Class, Ext, Func, New, Op, Origins, Place


def error_names(build: Build, found: Origins, depth: int = 0) -> list[str]:
    """Exception classes among origins: tuples, predicates made of them and unions are opened."""
    rows: list[str] = []
    for origin in found:
        if isinstance(origin, Ext):
            rows.append(origin.name.removeprefix("builtins."))
        elif isinstance(origin, Class):
            rows.append(build.engine.scope(origin.cls).qualname)
        elif isinstance(origin, Box) and depth < 4:
            rows.extend(error_names(build, tuple(elements(build.engine, origin)), depth + 1))
        elif isinstance(origin, New) and depth < 4:
            call, place = build.engine.call(origin.site), build.engine.call_place(origin.site, origin.ctx)
            for arg in (*call.args, *(v for _, v, _ in call.keywords)):
                rows.extend(error_names(build, build.engine.origins(arg, place), depth + 1))
        elif isinstance(origin, Op) and depth < 4:
            expr, place = build.engine.refs[origin.ref]
            for side in expr[2:4]:
                rows.extend(error_names(build, build.engine.origins(side, place), depth + 1))
    return rows


def picked_errors(build: Build, predicate: New) -> tuple[str, ...]:
    """The exceptions of which a function of the program that a predicate is made with says yes to some (`return isinstance(e, Busy) and
    ...`); empty: it may say yes to others, or there is no such function."""
    call, place = build.engine.call(predicate.site), build.engine.call_place(predicate.site, predicate.ctx)
    if len(call.args) + len(call.keywords) != 1:
        return ()
    found = build.engine.origins(call.args[0] if call.args else call.keywords[0][1], place)
    rows = [_said_yes(build, o) if isinstance(o, Func) else () for o in found]
    return tuple(dict.fromkeys(name for names in rows for name in names)) if all(rows) else ()


def _said_yes(build: Build, func: Func) -> tuple[str, ...]:
    scope = build.engine.scope(func.fn)
    given = [e for e in scope.exits if e.kind == "return"]
    if not scope.params or not given:
        return ()
    rows = [_asked(build, e.value, Place(func.fn[0], e.order, func.ctx), scope.params[0].name) for e in given]
    return tuple(dict.fromkeys(name for names in rows for name in names or ())) if None not in rows else ()


def _asked(build: Build, expr: Expr, place: Place, name: str) -> list[str] | None:
    """The classes of which what a function is given must be one for an expression to be true; None: not known."""
    if expr == ("const", False):
        return []
    if expr[0] == "bool":
        rows = [_asked(build, part, place, name) for part in expr[2]]
        known = [row for row in rows if row is not None]
        if expr[1] == "and":
            return known[0] if known else None
        return [one for row in known for one in row] if len(known) == len(rows) else None
    call = build.engine.call((place.module, expr[1])) if expr[0] == "call" else None
    if call is None or len(call.args) != 2 or call.args[0] != ("name", name) or builtin(build.engine, call, place.module) != "isinstance":
        return None
    return error_names(build, build.engine.origins(call.args[1], place)) or None
