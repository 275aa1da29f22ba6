"""What checks around a use leave of the objects that can reach it: `isinstance(x, C)`, `x.kind == KIND`, `match x.kind`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.facts.types import Expr, ModuleFacts
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.guards import PLAIN, comparable, comparables
from auditor.program.origins.objects import attribute, external_bases, foreign_bases, mro
from auditor.program.origins.presence import LEFT, path_of
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Class, Const, Ext, Instance, New, Origin, Origins, Place

EQUAL = {"==": True, "is": True, "in": True, "!=": False, "is not": False, "not in": False}


@dataclass(frozen=True, slots=True)
class _Check:
    """`attr`: the attribute that is compared with `values`, empty where these are classes; `holds`: whether it is one; `order`: where."""

    attr: str
    values: tuple[Expr, ...]
    holds: bool
    order: int


@dataclass(slots=True)
class _Checks:
    """(path, block) -> checks that hold inside of it, and those that hold after a statement of it."""

    inside: dict[tuple[str, int], list[_Check]] = field(default_factory=dict)
    after: dict[tuple[str, int], list[tuple[int, _Check]]] = field(default_factory=dict)


def fitting(engine: Engine, expr: Expr, place: Place, rows: list[Origin]) -> list[Origin]:
    """The objects that pass the checks of an expression around a place; all, where none does."""
    if len(rows) < 2 or not any(isinstance(o, (Instance, New)) for o in rows):
        return rows
    table: dict[int, _Checks] = engine.memo.setdefault("checks of objects", {})
    module = engine.modules[place.module]
    if place.module not in table:
        table[place.module] = _checks(module)
    known, path = table[place.module], path_of(expr)
    if path is None or not (known.inside or known.after):
        return rows
    for block in ancestors(module, engine.place_block(place)):
        found = [*known.inside.get((path, block), ()), *(c for o, c in known.after.get((path, block), ()) if o < place.order)]
        for check in found:
            if not _changed(module, path, engine.place_scope(place), check.order, place.order):
                at = Place(place.module, check.order, place.ctx)
                rows = [o for o in rows if _passes(engine, o, check, at) is not (not check.holds)] or rows
    return rows


def _passes(engine: Engine, origin: Origin, check: _Check, at: Place) -> bool | None:
    """Whether an object passes a check; None: it cannot be told."""
    if not check.attr:
        answers = [_is_a(engine, origin, engine.origins(value, at)) for value in check.values]
        return True if True in answers else None if None in answers else False
    if not isinstance(origin, Instance):
        return None
    own = comparables(engine, attribute(engine, origin, check.attr))
    wanted = [comparable(engine, value, at) for value in check.values]
    if own is None or None in wanted:
        return None
    known = set().union(*(w for w in wanted if w is not None))
    sure = len(own) == 1 and all(w is not None and len(w) == 1 for w in wanted)
    return False if own.isdisjoint(known) else True if sure else None


def _is_a(engine: Engine, origin: Origin, classes: Origins) -> bool | None:
    cls = classes[0] if len(classes) == 1 else None
    if isinstance(origin, Const):
        return False if origin.value is None and isinstance(cls, (Class, Ext)) else None
    if isinstance(origin, New):
        return True if isinstance(cls, Ext) and origin.name == cls.name else None
    if not isinstance(origin, Instance):
        return None
    if isinstance(cls, Class):
        if cls.cls in mro(engine, origin.cls):
            return True
        own = (origin.cls, *subclasses(engine, origin.cls)) if origin.site is None else (origin.cls,)
        structural = any(name.endswith(".Protocol") for name in external_bases(engine, cls.cls))
        return None if structural or any(cls.cls in mro(engine, c) for c in own) else False
    if isinstance(cls, Ext) and cls.name in PLAIN and not foreign_bases(engine, origin.cls) and origin.site is not None:
        return cls.name in external_bases(engine, origin.cls)
    return None


def _changed(module: ModuleFacts, path: str, scope: int, first: int, last: int) -> bool:
    """Whether what is checked may be another object by then."""
    name, _, attr = path.partition(".")
    if any(first < b.order < last for b in module.scopes[scope].bindings.get(name, ())):
        return True
    return bool(attr) and any(s.attr in attr.split(".") and first < s.order < last for s in module.stores)


def _checks(module: ModuleFacts) -> _Checks:
    rows = _Checks()
    for number, block in enumerate(module.blocks):
        if block.kind in ("if", "while", "else"):
            for path, check in _says(module, block.expr, block.order, holds=block.kind != "else"):
                rows.inside.setdefault((path, number), []).append(check)
        elif block.kind == "case":
            for path, check in _taken(block.expr, block.items, block.order):
                rows.inside.setdefault((path, number), []).append(check)
        if block.kind == "if" and block.leaves in LEFT:
            for path, check in _says(module, block.expr, block.order, holds=False):
                rows.after.setdefault((path, block.parent), []).append((block.last_order, check))
    return rows


def _taken(subject: Expr, items: tuple[Expr, ...], order: int) -> Iterator[tuple[str, _Check]]:
    path = path_of(subject[1]) if subject[0] == "attr" else None
    values = _each(items[0]) if items else ()
    if path is not None and values and all(v[0] in ("attr", "const") for v in values):
        yield path, _Check(subject[2], values, True, order)


def _each(expr: Expr) -> tuple[Expr, ...]:
    return expr[2] if expr[0] == "seq" else (expr,)


def _says(module: ModuleFacts, test: Expr, order: int, *, holds: bool) -> Iterator[tuple[str, _Check]]:
    """The checks that a test that holds, or does not, says something of."""
    if test[0] == "not":
        yield from _says(module, test[1], order, holds=not holds)
    elif test[0] == "bool":
        for part in test[2] if (test[1] == "and") == holds else ():
            yield from _says(module, part, order, holds=holds)
    elif test[0] == "cmp" and test[1][0] == "attr" and len(test[2]) == 1:
        operator, right = test[2][0]
        path = path_of(test[1][1])
        if path is not None and operator in EQUAL and (operator in ("in", "not in")) == (right[0] == "seq"):
            yield path, _Check(test[1][2], _each(right), EQUAL[operator] == holds, order)
    elif test[0] == "call":
        call = module.calls[test[1]]
        path = path_of(call.args[0]) if call.func == ("name", "isinstance") and len(call.args) == 2 else None
        if path is not None:
            yield path, _Check("", _each(call.args[1]), holds, order)
