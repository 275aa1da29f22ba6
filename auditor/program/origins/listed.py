"""What is looked up by names that `dir` lists."""

from __future__ import annotations

from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import attribute, mro
from auditor.program.origins.types import Class, Func, Instance, Item, New, Origin, Origins, Unresolved


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
