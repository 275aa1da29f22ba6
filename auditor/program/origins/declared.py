"""What has a declared type, where too much reaches it to be followed: any object of that type, and the methods of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from auditor.facts.types import Expr
from auditor.program.origins.attribute_types import annotations_in
from auditor.program.origins.calls import is_enum
from auditor.program.origins.containers import values
from auditor.program.origins.engine import RUNNING, TOO_MANY, TOO_MUCH, Engine
from auditor.program.origins.objects import attribute, method, mro
from auditor.program.origins.parameters import annotated_instances, is_method
from auditor.program.origins.types import Box, Class, Func, Instance, Key, Origin, Origins, Place, unique

MOST_ASKED = 200
"""names and expressions that are asked for what one has been declared as"""
Seen: TypeAlias = set[tuple[object, object]]
OF_HELD = frozenset(("get", "pop", "values", "items", "copy", "setdefault"))
"""methods of containers that give what these hold, of which the container's type says the type"""


def instead(engine: Engine, expr: Expr, place: Place) -> Origins:
    """What may be told of an expression where too much reaches it to be followed, and TOO_MUCH, for it may be something else: a method by
    the declared type of its object, what a table holds under any key, an object of each class that may be called."""
    known: dict[tuple[int, Place], Origins] = engine.memo.setdefault("told instead", {})
    key = (id(expr), place)
    if key not in known:
        known[key] = TOO_MUCH
        kind = expr[0]
        found = _methods if kind == "attr" else _held if kind == "sub" else _made if kind == "call" else None
        rows = found(engine, expr, place) if found is not None else []
        answer = known[key] = unique([*rows, *TOO_MUCH]) if rows else TOO_MUCH
        if engine.run.active:  # What runs may cut it short: another one that asks gets the whole.
            del known[key]
        return answer
    return known[key]


def _methods(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    objects = [o for o in followed(engine, expr[1], place) if isinstance(o, Instance)]
    having = [o for o in objects if method(engine, o.cls, expr[2]) is not None]
    return [o for one in having for o in attribute(engine, one, expr[2]) if isinstance(o, Func)]


def _held(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    tables = [o for o in engine.origins(expr[1], place) if isinstance(o, Box) and o.kind == "dict"]
    return [o for table in tables for o in values(engine, table) if isinstance(o, RUNNING)]


def _made(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    call = engine.call((place.module, expr[1]))
    classes = [o for o in engine.origins(call.func, place) if isinstance(o, Class) and not is_enum(engine, o.cls)]
    return [Instance(o.cls, (place.module, expr[1]), 0) for o in classes]


def followed(engine: Engine, expr: Expr, place: Place) -> Origins:
    """What reaches an expression; where that is too much to be followed, any object of its declared type beside it."""
    found = engine.origins(expr, place)
    lost = TOO_MUCH[0] in found or TOO_MANY in found
    return (*found, *declared_objects(engine, expr, place)) if lost else found


def declared_objects(engine: Engine, expr: Expr, place: Place) -> list[Instance]:
    """Any object of each class of the program that the declared type of an expression names."""
    typed = [o for annotation, at in _annotations(engine, expr, place, set()) for o in annotated_instances(engine, annotation, at)]
    return [o for o in unique(typed) if isinstance(o, Instance)]


def _annotations(engine: Engine, expr: Expr, place: Place, seen: Seen) -> Iterator[tuple[Expr, Place]]:
    """The annotations of a variable, attribute or result, or of what it is set to or taken from, with where they are read. `seen`: what was
    asked for already, expressions where they stand and names in their scopes."""
    if (id(expr), place) in seen or len(seen) > MOST_ASKED:
        return
    seen.add((id(expr), place))
    if expr[0] in ("await", "sub"):
        yield from _annotations(engine, expr[1], place, seen)
    elif expr[0] == "call":
        yield from _of_call(engine, expr, place, seen)
    elif expr[0] == "attr":
        yield from _of_attribute(engine, expr, place, seen)
    elif expr[0] == "name":
        yield from _of_name(engine, expr[1], place, seen)


def _of_call(engine: Engine, expr: Expr, place: Place, seen: Seen) -> Iterator[tuple[Expr, Place]]:
    func = engine.call((place.module, expr[1])).func
    for origin in engine.origins(func, place):
        annotation = engine.scope(origin.fn).returns_annotation if isinstance(origin, Func) else None
        if annotation is not None and isinstance(origin, Func):
            yield annotation, Place(origin.fn[0], engine.scope(origin.fn).order)
    if func[0] == "attr" and func[2] in OF_HELD:
        yield from _annotations(engine, func[1], place, seen)


def _of_attribute(engine: Engine, expr: Expr, place: Place, seen: Seen) -> Iterator[tuple[Expr, Place]]:
    """What the classes declare of whose objects it is an attribute, else what their methods set it to."""
    own = _class_around(engine, place, expr[1])
    if own is not None:
        classes = [(place.module, own)]
    else:
        holders = (o for annotation, at in _annotations(engine, expr[1], place, seen) for o in annotated_instances(engine, annotation, at))
        classes = [o.cls for o in holders if isinstance(o, Instance)]
    for owner in dict.fromkeys(base for cls in classes for base in mro(engine, cls)):
        yield from annotations_in(engine, owner, expr[2])
        for store in engine.own_stores.get((*owner, expr[2]), ()):
            if store.annotation is None:
                yield from _annotations(engine, store.value, Place(owner[0], store.order), seen)


def _of_name(engine: Engine, name: str, place: Place, seen: Seen) -> Iterator[tuple[Expr, Place]]:
    module, scope = engine.modules[place.module], engine.place_scope(place)
    while scope > 0 and (name not in module.scopes[scope].bindings or module.scopes[scope].kind == "class"):
        scope = module.scopes[scope].parent
    if (name, (place.module, scope)) in seen:
        return
    seen.add((name, (place.module, scope)))
    for binding in module.scopes[scope].bindings.get(name, ()) if scope > 0 else ():
        if binding.kind == "param":
            annotation = module.scopes[scope].params[binding.detail].annotation
            if annotation is not None:
                yield annotation, Place(place.module, module.scopes[scope].order)
        elif binding.annotation is not None:
            yield binding.annotation, Place(place.module, binding.order)
        elif binding.kind in ("assign", "for"):
            yield from _annotations(engine, binding.value, Place(place.module, binding.order), seen)


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
