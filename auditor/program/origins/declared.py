"""Methods called on what has a declared type, where too much reaches it to be followed: those of any object of that type."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.program.origins.engine import TOO_MUCH, Engine
from auditor.program.origins.objects import attribute, method
from auditor.program.origins.parameters import annotated_instances, is_method
from auditor.program.origins.types import Func, Instance, Key, Origins, Place, unique

DEEPEST = 3


def declared_methods(engine: Engine, expr: Expr, place: Place) -> Origins:
    """The methods that `x.name` may be by the type of `x`, and TOO_MUCH: others may be. `expr`: the attribute."""
    known: dict[tuple[int, Place], Origins] = engine.memo.setdefault("declared methods", {})
    key = (id(expr), place)
    if key not in known:
        known[key] = TOO_MUCH
        typed = [o for annotation, at in _annotations(engine, expr[1], place, 0) for o in annotated_instances(engine, annotation, at)]
        having = [o for o in unique(typed) if isinstance(o, Instance) and method(engine, o.cls, expr[2]) is not None]
        found = [o for one in having for o in attribute(engine, one, expr[2]) if isinstance(o, Func)]
        known[key] = unique([*found, *TOO_MUCH]) if found else TOO_MUCH
    return known[key]


def _annotations(engine: Engine, expr: Expr, place: Place, depth: int) -> Iterator[tuple[Expr, Place]]:
    """The annotations of a variable, of the parameter or the attribute of `self` that it is set to, with where they are read."""
    if expr[0] not in ("name", "attr") or depth > DEEPEST:
        return
    module, scope = engine.modules[place.module], engine.place_scope(place)
    if expr[0] == "attr":
        owner = _class_around(engine, place, expr[1])
        for store in engine.own_stores.get((place.module, owner, expr[2]), ()) if owner is not None else ():
            yield from _annotations(engine, store.value, Place(place.module, store.order), depth + 1)
        return
    while scope > 0 and (expr[1] not in module.scopes[scope].bindings or module.scopes[scope].kind == "class"):
        scope = module.scopes[scope].parent
    for binding in module.scopes[scope].bindings.get(expr[1], ()) if scope > 0 else ():
        if binding.kind == "param":
            annotation = module.scopes[scope].params[binding.detail].annotation
            if annotation is not None:
                yield annotation, Place(place.module, module.scopes[scope].order)
        elif binding.kind == "assign":
            yield from _annotations(engine, binding.value, Place(place.module, binding.order), depth + 1)


def _class_around(engine: Engine, place: Place, expr: Expr) -> int | None:
    """The class whose object an expression is: `self` in a method, or in a function inside of one."""
    module, scope = engine.modules[place.module], engine.place_scope(place)
    while scope > 0 and expr[0] == "name":
        here: Key = (place.module, scope)
        if module.scopes[scope].params and module.scopes[scope].params[0].name == expr[1] and is_method(engine, here):
            return module.scopes[scope].parent
        if expr[1] in module.scopes[scope].bindings:
            return None
        scope = module.scopes[scope].parent
    return None
