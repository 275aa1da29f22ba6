"""`typing.cast(T, x)`: it gives x, and what is not known of that has the type T."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.parameters import annotated_instances
from auditor.program.origins.types import Attr, Ext, Instance, Item, Key, New, Origin, Param, Place, Result, Unresolved
from auditor.program.origins.untold import untyped

NAME = "typing.cast"
OPAQUE = (Attr, Item, New, Param, Result, Unresolved)
"""what may be anything"""
ONE_OF = frozenset(Ext(f"{module}.{name}") for module in ("typing", "typing_extensions") for name in ("Optional", "Union"))


def cast(engine: Engine, site: Key, place: Place) -> list[Origin]:
    """What a cast with two arguments gives. Of a class of the program: an object of it for what has no type, and for any object of a class
    that it derives from; of another class the cast itself stands for it."""
    declared, value = engine.call(site).args[:2]
    rows = list(engine.origins(value, place))
    told = annotated_instances(engine, declared, place) if _is_object(engine, declared, place) else []
    classes = [o.cls for o in told if isinstance(o, Instance)]
    wider = {o for o in rows if isinstance(o, Instance) and o.site is None and _derives(engine, classes, o.cls)}
    if classes and (wider or any(map(untyped, rows))):
        return [*(o for o in rows if o not in wider), *told]
    if all(isinstance(o, OPAQUE) for o in rows):
        rows.append(New(NAME, site, place.ctx))
    return rows


def _derives(engine: Engine, classes: list[Key], base: Key) -> bool:
    return bool(classes) and all(cls != base and cls in subclasses(engine, base) for cls in classes)


def _is_object(engine: Engine, declared: Expr, place: Place) -> bool:
    """Whether a type means an object of a class, or of one of several: no list of them, no function that gives them."""
    if declared[0] == "sub":
        parts = declared[2][2] if declared[2][0] == "seq" else (declared[2],)
        return not ONE_OF.isdisjoint(engine.origins(declared[1], place)) and all(_is_object(engine, part, place) for part in parts)
    if declared[0] == "op":
        return all(_is_object(engine, part, place) for part in declared[2:4])
    if declared[0] == "const":
        return declared[1] is None or (isinstance(declared[1], str) and "[" not in declared[1])
    return declared[0] in ("name", "attr")
