"""What checks around a use leave of what can reach it: `isinstance(x, C)`, `x.kind == KIND`, `match x.kind`, `x in ("a", "b")`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.facts.types import Expr, ModuleFacts
from auditor.program.origins.callers import subclasses
from auditor.program.origins.distinct import derives
from auditor.program.origins.engine import Engine
from auditor.program.origins.guards import PLAIN, Members, comparable, comparables, members, one_in
from auditor.program.origins.objects import attribute, external_bases, foreign_bases, mro
from auditor.program.origins.presence import LEFT, path_of
from auditor.program.origins.reaching import LOOPS, ancestors
from auditor.program.origins.types import Class, Const, Ext, Instance, Member, New, Origin, Origins, Place

EQUAL = {"==": True, "is": True, "in": True, "!=": False, "is not": False, "not in": False}


@dataclass(frozen=True, slots=True)
class Check:
    """`attr`: the attribute that is compared with `values`, empty where these are classes, None where the object itself is; `within`: the
    collection that has them, where they are not written there; `holds`: whether it is one; `order`: where."""

    attr: str | None
    values: tuple[Expr, ...]
    holds: bool
    order: int
    within: Expr | None = None


@dataclass(slots=True)
class _Checks:
    """(path, block) -> checks that hold inside of it, and those that hold after a statement of it."""

    inside: dict[tuple[str, int], list[Check]] = field(default_factory=dict)
    after: dict[tuple[str, int], list[tuple[int, Check]]] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()
    attributes: list[str] = field(default_factory=list)


def fitting(engine: Engine, expr: Expr, place: Place, rows: list[Origin]) -> list[Origin]:
    """The objects that pass the checks of an expression around a place; all, where none does."""
    if len(rows) < 2 or not any(isinstance(o, (Instance, New, Const, Member)) for o in rows):
        return rows
    path = path_of(expr)
    for check in checks_of(engine, path, place) if path is not None else ():
        at = Place(place.module, check.order, place.ctx)
        rows = [o for o in rows if passes(engine, o, check, at)] or rows
    return rows


def checks_of(engine: Engine, path: str, place: Place) -> Iterator[Check]:
    """The checks of a path that hold where it is read: of the blocks around the place, or left by those before it."""
    known, module = _table(engine, place.module), engine.modules[place.module]
    for block in ancestors(module, engine.place_block(place)) if path in known.paths else ():
        found = [*known.inside.get((path, block), ()), *(c for o, c in known.after.get((path, block), ()) if o < place.order)]
        yield from (c for c in found if not _changed(module, path, place, engine.place_scope(place), c.order))


def checked_attributes(engine: Engine, number: int) -> list[str]:
    """The attributes, as paths, that a module checks."""
    return _table(engine, number).attributes


def _table(engine: Engine, number: int) -> _Checks:
    table: dict[int, _Checks] = engine.memo.setdefault("checks of objects", {})
    if number not in table:
        table[number] = _checks(engine.modules[number])
    return table[number]


def passes(engine: Engine, origin: Origin, check: Check, at: Place) -> bool:
    """Whether an object may be what a check lets through."""
    return _passes(engine, origin, check, at) is not (not check.holds)


def _passes(engine: Engine, origin: Origin, check: Check, at: Place) -> bool | None:
    """Whether an object passes a check; None: it cannot be told."""
    if check.attr == "":
        answers = [_is_a(engine, origin, engine.origins(value, at)) for value in check.values]
        return True if True in answers else None if None in answers else False
    if check.attr is None:
        return _is_one(engine, origin, check, at)
    if not isinstance(origin, Instance):
        return None
    own = comparables(engine, attribute(engine, origin, check.attr))
    wanted = [comparable(engine, value, at) for value in check.values]
    if own is None or None in wanted:
        return None
    known = set().union(*(w for w in wanted if w is not None))
    sure = len(own) == 1 and all(w is not None and len(w) == 1 for w in wanted)
    return False if own.isdisjoint(known) else True if sure else None


def _is_one(engine: Engine, origin: Origin, check: Check, at: Place) -> bool | None:
    """Whether a value is one of those that it is compared with."""
    own = comparables(engine, (origin,))
    if own is None:
        return None
    found = members(engine, check.within, at) if check.within is not None else _written(engine, check.values, at)
    return None if found is None else one_in(next(iter(own)), found)


def _written(engine: Engine, values: tuple[Expr, ...], at: Place) -> Members | None:
    rows = [comparable(engine, value, at) for value in values]
    known = [r for r in rows if r is not None]
    if len(known) < len(rows):
        return None
    return Members(frozenset().union(*known), frozenset().union(*(r for r in known if len(r) == 1)))


def _is_a(engine: Engine, origin: Origin, classes: Origins) -> bool | None:
    cls = classes[0] if len(classes) == 1 else None
    if isinstance(origin, Const):
        return False if origin.value is None and isinstance(cls, (Class, Ext)) else None
    if isinstance(origin, New):
        return derives(engine, origin.name, cls.name) if isinstance(cls, Ext) else None
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


def _changed(module: ModuleFacts, path: str, place: Place, scope: int, first: int) -> bool:
    """Whether what is checked may be another object by then; a loop inside of the check brings what its later statements set."""
    name, _, attr = path.partition(".")
    around = (module.blocks[b] for b in ancestors(module, module.statements[place.order][1]))
    last = max([place.order, *(b.last_order + 1 for b in around if b.kind in LOOPS and b.order > first)])
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
    rows.paths = frozenset(path for path, _ in (*rows.inside, *rows.after))
    rows.attributes = list(dict.fromkeys(path for path, _ in (*rows.inside, *rows.after) if "." in path))
    return rows


def _taken(subject: Expr, items: tuple[Expr, ...], order: int) -> Iterator[tuple[str, Check]]:
    values = _each(items[0]) if items else ()
    if not values or not all(v[0] in ("attr", "const") for v in values):
        return
    if subject[0] == "name":
        yield subject[1], Check(None, values, True, order)
    path = path_of(subject[1]) if subject[0] == "attr" else None
    if path is not None:
        yield path, Check(subject[2], values, True, order)


def _each(expr: Expr) -> tuple[Expr, ...]:
    return expr[2] if expr[0] == "seq" else (expr,)


def _says(module: ModuleFacts, test: Expr, order: int, *, holds: bool) -> Iterator[tuple[str, Check]]:
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
            yield path, Check(test[1][2], _each(right), EQUAL[operator] == holds, order)
    elif test[0] == "cmp" and test[1][0] == "name" and len(test[2]) == 1:
        operator, right = test[2][0]
        if operator in EQUAL:
            written = operator not in ("in", "not in") or right[0] == "seq"
            yield test[1][1], Check(None, _each(right) if written else (), EQUAL[operator] == holds, order, None if written else right)
    elif test[0] == "call":
        call = module.calls[test[1]]
        path = path_of(call.args[0]) if call.func == ("name", "isinstance") and len(call.args) == 2 else None
        if path is not None:
            yield path, Check("", _each(call.args[1]), holds, order)
