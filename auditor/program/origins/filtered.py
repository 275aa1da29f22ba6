"""What a dict comprehension leaves of another mapping, under one key."""

from __future__ import annotations

from typing import Any

from auditor.facts.types import Expr, ModuleFacts
from auditor.program.origins.engine import Engine
from auditor.program.origins.presence import dropped
from auditor.program.origins.same_key import comprehended, under
from auditor.program.origins.types import LEFT_OUT, Box, Const, Func, Origin, Place, Unresolved


def filtered(engine: Engine, expr: Expr, key: Any, place: Place) -> tuple[list[Origin], bool] | None:
    """`{k: v for k, v in d.items() if v is not None}`: what the other mapping has under the key, as far as the tests let it through."""
    from auditor.program.origins.containers import elements

    module = engine.modules[place.module]
    scope = module.scopes[expr[2]]
    source = module.blocks[scope.body].expr
    if expr[4] is None or expr[4][0] != "name":
        return None
    told = expr[3] if expr[3][0] == "name" else _said(engine, module, expr, place)
    if told is None:
        if all(b.kind != "for" for b in scope.bindings.get(expr[4][1], ())):
            return None
        keys = [o for base in engine.origins(source, place) for o in (elements(engine, base) if isinstance(base, Box) else [base])]
        if keys and all(isinstance(o, Const) and o.value != key for o in keys):
            return [], False
        return comprehended(engine, expr, expr[3], inside(engine, expr, place), key)
    if source[0] != "call":
        return None
    paths = [[b.detail for b in scope.bindings.get(e[1], ()) if b.kind == "for"] for e in (expr[4], told)]
    call = module.calls[source[1]]
    if paths != [[(0,)], [(1,)]] or call.last != "items" or call.func[0] != "attr":
        return None
    rows: list[Origin] = []
    unread = False
    for base in engine.origins(call.func[1], place):
        found, open_ = under(engine, base, key)
        rows.extend(found)
        unread = unread or open_
    none = Const(None, LEFT_OUT, place.module, 0)
    rows = [none if dropped(module, expr[2], told, o) else o for o in rows]
    if told is expr[3] or _as_it_is(engine, module, expr[3], inside(engine, expr, place)):
        return rows, unread
    made = [Unresolved("what a function makes of another value")] if any(o != none for o in rows) else []
    return [*(o for o in rows if o == none), *made], unread


def _said(engine: Engine, module: ModuleFacts, expr: Expr, place: Place) -> Expr | None:
    """The value of the other mapping that a call is given alone: `{k: f(v) for k, v in d.items()}`."""
    call = module.calls[expr[3][1]] if expr[3][0] == "call" else None
    if call is None or len(call.args) != 1 or call.keywords or call.args[0][0] != "name":
        return None
    bindings = module.scopes[expr[2]].bindings.get(call.args[0][1], ())
    return call.args[0] if [b.detail for b in bindings if b.kind == "for"] == [(1,)] else None


def _as_it_is(engine: Engine, module: ModuleFacts, value: Expr, place: Place) -> bool:
    """Whether a call gives what it is given, if that is no part of what it takes apart: `return x`, in the end."""
    found = engine.origins(module.calls[value[1]].func, place)
    return bool(found) and all(isinstance(o, Func) and _gives_back(engine, o) for o in found)


def _gives_back(engine: Engine, func: Func) -> bool:
    """Whether a function returns what it is given, unless that is nothing or taken apart."""
    scope = engine.scope(func.fn)
    given = [("name", p.name) for p in scope.params if p.name not in ("self", "cls")]
    returned = [e.value for e in scope.exits if e.kind == "return"]
    return any(v in given for v in returned) and all(
        v in given or v[0] in ("comp", "seq", "dict") or v[:2] == ("const", None) for v in returned
    )


def inside(engine: Engine, expr: Expr, place: Place) -> Place:
    """The place of a comprehension's element: its last statement."""
    module = engine.modules[place.module]
    body = module.scopes[expr[2]].body
    return Place(place.module, module.blocks[body].last_order, place.ctx)
