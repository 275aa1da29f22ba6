"""Items: of containers, enum classes and external things."""

from __future__ import annotations

from auditor.program.origins.containers import index
from auditor.program.origins.engine import Engine
from auditor.program.origins.kept import kept
from auditor.program.origins.types import Box, Class, Const, Env, Ext, Item, Member, Origin, Origins, Place, Unresolved


def item(engine: Engine, base: Origin, keys: Origins, place: Place) -> list[Origin]:
    """What `base[key]` can be."""
    if isinstance(base, Box):
        return index(engine, base, keys)
    if isinstance(base, Ext) and base.name == "os.environ":
        names = [o.value for o in keys if isinstance(o, Const)]
        return [Env(str(names[0]) if names else "?", (), place.module, engine.line(place))]
    if isinstance(base, (Ext, Class)):
        from auditor.program.origins.calls import is_enum

        if isinstance(base, Class) and is_enum(engine, base.cls):
            return [
                Member(base.cls, o.value) if isinstance(o, Const) and isinstance(o.value, str) else Unresolved("an enum key") for o in keys
            ]
        return (kept(engine, base.name, keys) if isinstance(base, Ext) else []) or [base]
    if isinstance(base, Unresolved):
        return [base]
    constants = [o.value for o in keys if isinstance(o, Const)]
    return [Item(base, constants[0] if len(constants) == 1 and len(keys) == 1 else None)]
