"""What a check around a use says of a name: `if issubclass(x, Base):`, `if isinstance(x, Base):`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Class, Instance, Key, Origin, Place

CHECKS = frozenset(("isinstance", "issubclass"))
Checked = dict[tuple[str, int], list[tuple[str, Expr]]]
"""(name, block) -> (check, class)"""


def narrowed(engine: Engine, name: str, place: Place) -> list[Origin]:
    """Any object, or any class, that passes the checks of a name around a place; none where there is no check."""
    table: dict[int, Checked] = engine.memo.setdefault("checked names", {})
    module = engine.modules[place.module]
    if place.module not in table:
        table[place.module] = _checked(module)
    known = table[place.module]
    if not known:
        return []
    rows: list[Origin] = []
    for block in ancestors(module, engine.place_block(place)):
        for check, cls in known.get((name, block), ()):
            for origin in engine.origins(cls, Place(place.module, module.blocks[block].order)):
                if isinstance(origin, Class):
                    rows.extend(_passing(engine, check, origin.cls))
    return rows


def _passing(engine: Engine, check: str, cls: Key) -> Iterator[Origin]:
    if check == "isinstance":
        yield Instance(cls, None, 0)
        return
    yield from (Class(c) for c in subclasses(engine, cls) or (cls,))


def _checked(module: ModuleFacts) -> Checked:
    """The checks of names in the conditions of a module."""
    rows: Checked = {}
    if not any(call.last in CHECKS for call in module.calls):
        return rows
    for number, block in enumerate(module.blocks):
        if block.kind != "if":
            continue
        for part in block.expr[2] if block.expr[0] == "bool" and block.expr[1] == "and" else (block.expr,):
            call = module.calls[part[1]] if part[0] == "call" else None
            if call is not None and call.last in CHECKS and len(call.args) == 2 and call.args[0][0] == "name":
                rows.setdefault((call.args[0][1], number), []).append((call.last, call.args[1]))
    return rows
