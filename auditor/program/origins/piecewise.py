"""What is too much to be followed at once, part by part: a method's receiver, what a variable holds, what a class keeps in its object,
what each of the callers gives to a parameter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.facts.types import Binding, Expr
from auditor.program.origins.callers import all_callers
from auditor.program.origins.engine import TOO_MUCH, Engine
from auditor.program.origins.objects import attribute
from auditor.program.origins.parameters import is_method
from auditor.program.origins.reaching import reaching
from auditor.program.origins.types import Attr, Frame, Instance, Item, Key, New, Origin, Origins, Place, Result, unique

DEEPEST = 6
MOST_PARTS = 16
MOST_ASKED = 64
Part = tuple[Expr, Place]


@dataclass(slots=True)
class Pieces:
    """What is known of an expression, and the modules that its parts come from."""

    origins: Origins
    modules: frozenset[int]


@dataclass(slots=True)
class _Walk:
    engine: Engine
    asked: set[tuple[int, Place]] = field(default_factory=set)
    modules: set[int] = field(default_factory=set)


def piecewise(engine: Engine, expr: Expr, place: Place) -> Origins:
    """What is known of an expression's parts, with a mark where one of them is not; TOO_MUCH where none is."""
    return pieces(engine, expr, place).origins


def pieces(engine: Engine, expr: Expr, place: Place) -> Pieces:
    """The same, with where the parts come from."""
    known: dict[tuple[int, Place], Pieces] = engine.memo.setdefault("pieces", {})
    key = (id(expr), place)
    found = known.get(key)
    if found is None:
        walk = _Walk(engine)
        found = known[key] = Pieces(_followed(walk, expr, place, 0), frozenset(walk.modules))
    return found


def _followed(walk: _Walk, expr: Expr, place: Place, depth: int) -> Origins:
    engine, key = walk.engine, (id(expr), place)
    walk.modules.add(place.module)
    found = engine.origins(expr, place)
    if found != TOO_MUCH or depth > DEEPEST or key in walk.asked or len(walk.asked) >= MOST_ASKED:
        return found
    walk.asked.add(key)
    parts = list(_parts(engine, expr, place))
    if 0 < len(parts) <= MOST_PARTS:
        rows = [o for part, at in parts for o in _followed(walk, part, at, depth + 1)]
        if any(o not in TOO_MUCH for o in rows):
            return unique(rows)
    if expr[0] not in ("attr", "sub"):
        return found
    rest = _followed(walk, expr[1], place, depth + 1)
    inner = [each for o in rest for each in _of(engine, o, expr)]
    return unique(inner) if any(o not in TOO_MUCH for o in inner) else found


def _of(engine: Engine, base: Origin, expr: Expr) -> list[Origin]:
    """An attribute or item of a part that is known."""
    if base in TOO_MUCH:
        return [base]
    if expr[0] == "attr" and isinstance(base, Instance):
        return attribute(engine, base, expr[2])
    if not isinstance(base, (New, Attr, Item, Result)):
        return []
    return [Attr(base, expr[2]) if expr[0] == "attr" else Item(base, None)]


def _parts(engine: Engine, expr: Expr, place: Place) -> Iterator[Part]:
    """What is assigned to a local variable where it is read, or by a class to an attribute of its object, and what callers give."""
    if expr[0] == "name":
        for binding, at in _bindings(engine, expr[1], place):
            if binding.kind == "param":
                yield from _given(engine, (at.module, engine.place_scope(at)), binding)
            else:
                yield binding.value, at
    elif expr[0] == "attr" and expr[1][0] == "name":
        fn = _method_around(engine, place, expr[1][1])
        owner = engine.scope(fn).parent if fn is not None else -1
        for store in engine.own_stores.get((place.module, owner, expr[2]), ()):
            yield store.value, Place(place.module, store.order)


def _bindings(engine: Engine, name: str, place: Place) -> Iterator[tuple[Binding, Place]]:
    """What binds a variable of a function where it is read, or where a function inside of that one reads it."""
    module, own = engine.modules[place.module], engine.place_scope(place)
    index = own
    while index > 0 and not (name in module.scopes[index].bindings and module.scopes[index].kind != "class"):
        index = module.scopes[index].parent
    bindings = module.scopes[index].bindings.get(name, []) if index > 0 or own == 0 else []
    if index == own and bindings:
        bindings = reaching(module, bindings, place.order, engine.place_block(place))
    for binding in bindings:
        yield binding, Place(place.module, binding.order, place.ctx)


def _given(engine: Engine, fn: Key, binding: Binding) -> Iterator[Part]:
    """The arguments that the callers of a function give to a parameter, as they are written; its default where one gives none."""
    scope = engine.scope(fn)
    param = scope.params[binding.detail]
    for frame in all_callers(engine, fn):
        found = _argument(engine, frame, binding.detail, param.name)
        if found is not None:
            yield found
        elif param.default is not None:
            yield param.default, Place(fn[0], scope.order)


def _argument(engine: Engine, frame: Frame, position: int, name: str) -> Part | None:
    call, place = engine.call(frame.site), engine.call_place(frame.site, frame.site_ctx)
    position -= 1 if frame.owner is not None else 0
    plain = not frame.partials and frame.decorated is None and not any(a[0] == "star" for a in call.args)
    at_position = call.args[position] if plain and 0 <= position < len(call.args) else None
    value = next((v for n, v, _ in call.keywords if n == name), at_position)
    return (value, place) if value is not None else None


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
