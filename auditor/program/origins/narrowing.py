"""What a check around a use says of a name, or of a part of it: `if issubclass(x, Base):`, `if isinstance(pair[1], Base):`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Class, Instance, Item, Key, Origin, Place
from auditor.program.origins.untold import untyped

CHECKS = frozenset(("isinstance", "issubclass"))
Checked = dict[tuple[Expr, int], list[tuple[str, Expr]]]
"""(what is checked, block) -> (check, class)"""


def is_open(rows: list[Origin]) -> bool:
    """Whether no more is known of something than where it comes from."""
    return bool(rows) and all(isinstance(o, Item) or untyped(o) for o in rows)


def narrowed(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """Any object, or any class, that passes the checks of an expression around a place; none where there is no check."""
    table: dict[int, Checked] = engine.memo.setdefault("checked names", {})
    module = engine.modules[place.module]
    if place.module not in table:
        table[place.module] = _checked(module)
    known = table[place.module]
    if not known:
        return []
    rows: list[Origin] = []
    for block in ancestors(module, engine.place_block(place)):
        for check, cls in known.get((expr, block), ()):
            for origin in engine.origins(cls, Place(place.module, module.blocks[block].order, place.ctx)):
                if isinstance(origin, Class):
                    rows.extend(_passing(engine, check, origin.cls))
    return rows


def _passing(engine: Engine, check: str, cls: Key) -> Iterator[Origin]:
    if check == "isinstance":
        yield Instance(cls, None, 0)
        return
    yield from (Class(c) for c in subclasses(engine, cls) or (cls,))


def _checked(module: ModuleFacts) -> Checked:
    """The checks in the conditions of a module."""
    rows: Checked = {}
    if not any(call.last in CHECKS for call in module.calls):
        return rows
    for number, block in enumerate(module.blocks):
        if block.kind != "if":
            continue
        for part in block.expr[2] if block.expr[0] == "bool" and block.expr[1] == "and" else (block.expr,):
            call = module.calls[part[1]] if part[0] == "call" else None
            if call is not None and call.last in CHECKS and len(call.args) == 2 and _is_plain(call.args[0]):
                rows.setdefault((call.args[0], number), []).append((call.last, call.args[1]))
    return rows


def _is_plain(expr: Expr) -> bool:
    """A name, or what stands under a constant key in it."""
    return expr[0] == "name" or bool(expr[0] == "sub" and expr[1][0] == "name" and expr[2][0] == "const")
