"""What is too much to be followed at once, part by part: a method's receiver, what a variable holds, what a class keeps in its object."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.program.origins.engine import TOO_MUCH, Engine
from auditor.program.origins.parameters import is_method
from auditor.program.origins.reaching import reaching
from auditor.program.origins.types import Attr, Item, New, Origins, Place, Result, unique

DEEPEST = 6
MOST_PARTS = 16


def piecewise(engine: Engine, expr: Expr, place: Place, depth: int = 0) -> Origins:
    """What is known of an expression's parts, with a mark where one of them is not; TOO_MUCH where none is."""
    found = engine.origins(expr, place)
    if found != TOO_MUCH or depth > DEEPEST:
        return found
    parts = list(_parts(engine, expr, place))
    if 0 < len(parts) <= MOST_PARTS:
        rows = [o for part, at in parts for o in piecewise(engine, part, at, depth + 1)]
        if any(o not in TOO_MUCH for o in rows):
            return unique(rows)
    if expr[0] not in ("attr", "sub"):
        return found
    inner = [o for o in piecewise(engine, expr[1], place, depth + 1) if isinstance(o, (New, Attr, Item, Result))]
    return tuple(Attr(o, expr[2]) if expr[0] == "attr" else Item(o, None) for o in inner) or found


def _parts(engine: Engine, expr: Expr, place: Place) -> Iterator[tuple[Expr, Place]]:
    """What is assigned to a local variable where it is read, or by a class to an attribute of its object."""
    module = engine.modules[place.module]
    scope = module.scopes[engine.place_scope(place)]
    if expr[0] == "name":
        bindings = scope.bindings.get(expr[1], [])
        for binding in reaching(module, bindings, place.order, engine.place_block(place)) if bindings else ():
            yield binding.value, Place(place.module, binding.order, place.ctx)
    elif expr[0] == "attr" and expr[1][0] == "name":
        fn = _method_around(engine, place, expr[1][1])
        owner = engine.scope(fn).parent if fn is not None else -1
        for store in engine.own_stores.get((place.module, owner, expr[2]), ()):
            yield store.value, Place(place.module, store.order)


def _method_around(engine: Engine, place: Place, name: str) -> tuple[int, int] | None:
    """The method whose object a name is, at a place in it or in a function inside of it."""
    module, index = engine.modules[place.module], engine.place_scope(place)
    while index > 0:
        scope = module.scopes[index]
        if scope.params and scope.params[0].name == name and is_method(engine, (place.module, index)):
            return place.module, index
        if name in scope.bindings:
            return None
        index = scope.parent
    return None
