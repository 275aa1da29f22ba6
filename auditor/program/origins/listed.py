"""What is looked up by names that are values, among them those that `dir` gives; the subclasses that a class knows."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import attribute, foreign_bases, mro
from auditor.program.origins.shared import shared_attribute
from auditor.program.origins.types import Attr, Box, Class, Const, Func, Instance, Item, Key, New, Origin, Origins, Place, Unresolved


def is_listed(names: Origins) -> bool:
    """Whether an attribute is looked up by the names that `dir` gives."""
    return any(isinstance(o, Item) and isinstance(o.base, New) and o.base.name == "builtins.dir" for o in names)


def public_methods(engine: Engine, base: Origin) -> list[Origin]:
    """What the names that `dir` lists of a class, or of an object of it, can mean where methods are looked for; private ones are not."""
    if not isinstance(base, (Class, Instance)):
        return [Unresolved("an attribute whose name is computed")]
    scopes = [engine.scope(owner) for owner in mro(engine, base.cls)]
    names = dict.fromkeys(
        n for s in scopes for n, rows in s.bindings.items() if not n.startswith("_") and any(b.kind == "def" for b in rows)
    )
    return [o for name in names for o in attribute(engine, base, name) if isinstance(o, Func)]


def named_by_text(engine: Engine, call: Call, place: Place) -> list[Origin]:
    """`getattr(x, name)`: what attributes of the names that it can be give."""
    found = engine.origins(call.args[1], place)
    names = [o.value for o in found if isinstance(o, Const) and isinstance(o.value, str)]
    if not names and is_listed(found):
        return [o for base in engine.origins(call.args[0], place) for o in public_methods(engine, base)]
    if not names:
        return [Unresolved("an attribute whose name is computed")]
    rows = [o for base in engine.origins(call.args[0], place) for n in names for o in shared_attribute(engine, base, n, place.module)]
    known: list[Origin] = [o for o in rows if not isinstance(o, Unresolved) and not _missing(engine, o)]
    if len(call.args) > 2 and not known:
        return list(engine.origins(call.args[2], place))
    return known if known and len(names) > 1 else rows  # of several names each object has its own


def _missing(engine: Engine, origin: Origin) -> bool:
    """An attribute that no class of the program gives to its object."""
    return isinstance(origin, Attr) and isinstance(origin.base, (Instance, Class)) and not foreign_bases(engine, origin.base.cls)


def derived(engine: Engine, cls: Key, place: Place) -> Box:
    """`Base.__subclasses__()`: the classes of the program that derive from a class directly; those of tests are there in tests only."""
    subclasses(engine, cls)
    rows = (engine.subclasses or {}).get(cls, ())
    found = tuple(dict.fromkeys(sub for sub in rows if engine.speaks_of(sub[0], place.module)))
    expr: Expr = engine.made(("classes", cls, found), lambda: ("classes", found))
    return Box("classes", engine.ref(expr, place))
