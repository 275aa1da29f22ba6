"""Names that need no query, for they mean the same wherever they stand in a module: those bound once, at its top, and builtins."""

from __future__ import annotations

from auditor.facts.types import Binding, ModuleFacts
from auditor.program.origins.engine import Engine
from auditor.program.origins.lookup import BUILTINS, as_described, from_origins, import_origins
from auditor.program.origins.types import Class, Ext, Func, Origins, Place

KINDS = ("import", "from", "def", "class")
BUILTIN: dict[str, Origins] = {name: (Ext(f"builtins.{name}"),) for name in BUILTINS}


def fixed_name(engine: Engine, name: str, place: Place) -> Origins | None:
    """What such a name means; None for other names."""
    number = place.module
    table = engine.fixed[number]
    if table is None:
        table = engine.fixed[number] = _table(engine.modules[number])
    known = table.get(name)
    if known is None:
        return None if name in table or "*" in table else BUILTIN.get(name)
    if not isinstance(known, Binding):
        return known
    if known.kind == "from":
        return tuple(from_origins(engine, known.detail[0], known.detail[1], known.detail[2], number))
    meaning: Origins = (Func((number, known.detail), None, 0),) if known.kind == "def" else (Class((number, known.detail)),)
    if known.kind == "import":
        meaning = tuple(import_origins(engine, known.detail or known.value[1], known.value[1], number))
    meaning = as_described(engine, number, name) or meaning
    table[name] = meaning
    return meaning


def _table(module: ModuleFacts) -> dict[str, Origins | Binding | None]:
    """The names that are bound once, and those of builtins that are bound otherwise (None)."""
    top = module.scopes[0]
    rows: dict[str, Origins | Binding | None] = {}
    for name, bindings in top.bindings.items():
        if len(bindings) == 1 and bindings[0].kind in KINDS and bindings[0].block == top.body:
            rows[name] = bindings[0]
        elif name in BUILTIN or name == "*":
            rows[name] = None
    for scope in module.scopes[1:]:
        for name in scope.bindings:
            if name in rows or name in BUILTIN:
                rows[name] = None
    return rows
