"""What Python lists by itself: the names that `dir` gives, the subclasses that a class knows."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import attribute, mro
from auditor.program.origins.types import Box, Class, Func, Instance, Item, Key, New, Origin, Origins, Place, Unresolved


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


def derived(engine: Engine, cls: Key, place: Place) -> Box:
    """`Base.__subclasses__()`: the classes of the program that derive from a class directly; those of tests are there in tests only."""
    subclasses(engine, cls)
    rows = (engine.subclasses or {}).get(cls, ())
    found = tuple(dict.fromkeys(sub for sub in rows if engine.speaks_of(sub[0], place.module)))
    expr: Expr = engine.made(("classes", cls, found), lambda: ("classes", found))
    return Box("classes", engine.ref(expr, place))
