"""Statements that raise or exit because a count that outlives a call passed a bound: budgets and limits, wherever they are checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.core.values import ABSENT, Setting
from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import is_stop, suites
from auditor.graph.build.loop_bounds import constant, unit_of
from auditor.graph.build.loop_changes import Change, View, changes_in
from auditor.graph.build.loop_terms import callees, path, plain, root, walk
from auditor.program.origins.callers import bases
from auditor.program.origins.types import Class, Instance, Key, Place

ANSWERS = 2
"""how deep the functions are followed on whose answer an error depends"""
GREATER, LESS = (">", ">="), ("<", "<=")
CONVERTING = (("name", "int"), ("name", "float"), ("name", "round"), ("name", "abs"))


@dataclass(frozen=True, slots=True)
class Guard:
    """A statement that raises or exits because a count passed a bound. `counter`: its path; `owner`: the class or module that it is of."""

    module: int
    order: int
    exits: bool
    counter: str
    owner: frozenset[Key]
    unit: str
    bound: Setting
    compared_at: Place

    @property
    def is_off(self) -> bool:
        return is_none(self.bound)


def is_none(bound: Setting) -> bool:
    return bound.value is ABSENT or (bound.number is not None and bound.number <= 0)


def guards(build: Build, fn: Key) -> list[Guard]:
    """The guards in a function itself."""
    memo: dict[Key, list[Guard]] = build.memo.setdefault("limit guards", {})  # type: ignore[assignment]
    if fn not in memo:
        memo[fn] = list(_guards(build, fn))
    return memo[fn]


def _guards(build: Build, fn: Key) -> Iterator[Guard]:
    own, body = suites(build.engine, fn[0]), build.engine.scope(fn).body
    if body < 0:
        return
    for order in own.orders(body):
        exit_ = own.exits.get(order)
        exits = any(is_stop(c) for c in own.calls.get(order, ()))
        if not exits and (exit_ is None or exit_.kind != "raise"):
            continue
        chain = own.chain(own.block_of(order), body) or []
        if any(own.module.blocks[b].kind == "except" for b in chain):
            continue
        for block in chain:
            info = own.module.blocks[block]
            if info.kind in ("if", "else"):
                at = Place(fn[0], own.statement(block))
                ways = GREATER if info.kind == "if" else LESS
                for pair in _pairs(build, fn, info.expr, at, ways, 0):
                    yield Guard(fn[0], order, exits, *pair)


Pair = tuple[str, frozenset[Key], str, Setting, Place]


def _pairs(build: Build, fn: Key, test: Expr, at: Place, ways: tuple[str, ...], depth: int) -> Iterator[Pair]:
    """The counts that a condition compares with a bound, also in a function that it asks."""
    module = build.engine.modules[fn[0]]
    for one in walk(module, test):
        if one[0] == "cmp":
            left = one[1]
            for operator, right in one[2]:
                yield from _compared(build, fn, (left, operator, right), at, ways)
                left = right
        elif depth < ANSWERS and one[0] == "call":
            for func in callees(build.engine, module.calls[one[1]], fn[0]):
                yield from _asked(build, func.fn, depth + 1)
        elif depth < ANSWERS and one[0] == "name":
            value = _alias(build, fn, one)
            if value != one:
                yield from _pairs(build, fn, value, at, ways, depth + 1)


def _asked(build: Build, fn: Key, depth: int) -> Iterator[Pair]:
    own, scope = suites(build.engine, fn[0]), build.engine.scope(fn)
    for leave in scope.exits:
        if leave.kind != "return":
            continue
        tests = [(leave.value, leave.order)]
        around = [b for b in own.chain(own.block_of(leave.order), scope.body) or () if own.module.blocks[b].kind in ("if", "else")]
        tests.extend((own.module.blocks[b].expr, own.statement(b)) for b in around)
        for test, order in tests:
            yield from _pairs(build, fn, test, Place(fn[0], order), (*GREATER, *LESS), depth)


def _compared(build: Build, fn: Key, pair: tuple[Expr, str, Expr], at: Place, ways: tuple[str, ...]) -> Iterator[Pair]:
    from auditor.graph.build.loop_regions import number_of

    left, operator, right = pair
    swapped = LESS if ways == GREATER else GREATER if ways == LESS else ways
    for counter, bound, fitting in ((left, right, ways), (right, left, swapped)):
        found = _metered(build, fn, counter, bound) if operator in fitting else None
        if found is not None and _metered(build, fn, bound, counter) is None:
            yield *found, number_of(build, bound, at), at


def _metered(build: Build, fn: Key, expr: Expr, bound: Expr) -> tuple[str, frozenset[Key], str] | None:
    """The path, the owner and the unit of what outlives a call and is counted up somewhere."""
    expr = _bare(build, fn, _alias(build, fn, _bare(build, fn, expr)))
    text = path(expr)
    owner = frozenset() if text is None else _owner(build, fn, text)
    if not owner and expr[0] == "attr":
        text, owner = f"self.{expr[2]}", frozenset(_classes(build, fn, expr[1]))
    for change in changes_of(build, text, owner) if text is not None else ():
        if change.way == "up":
            return text or "", owner, "turns" if constant(change.value) is not None else unit_of(text or "", bound, change.value)
    return None


def _bare(build: Build, fn: Key, expr: Expr) -> Expr:
    expr = plain(expr)
    while expr[0] == "call" and build.engine.call((fn[0], expr[1])).func in CONVERTING:
        call = build.engine.call((fn[0], expr[1]))
        if not call.args:
            break
        expr = plain(call.args[0])
    return expr


def _alias(build: Build, fn: Key, expr: Expr) -> Expr:
    """A local name's only value, else the expression itself."""
    rows = build.engine.scope(fn).bindings.get(expr[1], []) if expr[0] == "name" else []
    return plain(rows[0].value) if len(rows) == 1 and rows[0].kind == "assign" else expr


def _owner(build: Build, fn: Key, text: str) -> frozenset[Key]:
    """The classes of which a path is an attribute, or the module of which it is a variable; empty for a local variable."""
    scope = build.engine.scope(fn)
    name = root(text)
    parent: Key = (fn[0], scope.parent)
    if scope.params and scope.params[0].name == name and scope.parent >= 0 and build.engine.scope(parent).kind == "class":
        return frozenset(_family(build, parent)) if text != name else frozenset()
    if name in scope.bindings:
        return frozenset()
    return frozenset([(fn[0], 0)]) if name in build.engine.modules[fn[0]].scopes[0].bindings else frozenset()


def _classes(build: Build, fn: Key, base: Expr) -> Iterator[Key]:
    """The classes of which an object may be."""
    order = next(iter(suites(build.engine, fn[0]).statements[build.engine.scope(fn).body]), build.engine.scope(fn).order)
    for origin in build.engine.origins(base, Place(fn[0], order)):
        if isinstance(origin, Instance):
            yield from _family(build, origin.cls)


def _family(build: Build, cls: Key) -> Iterator[Key]:
    todo, seen = [cls], set()
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            yield one
            todo.extend(b.cls for b in bases(build.engine, one) if isinstance(b, Class))


def changes_of(build: Build, text: str, owner: frozenset[Key]) -> list[Change]:
    """All changes of an attribute in the methods of its classes, or of a variable in its module."""
    rows: list[Change] = []
    for module, scope in sorted(owner):
        for change in _index(build, module).get(text, ()):
            fn = build.function_of(module, change.at.order)
            if scope == 0 or build.engine.scope(fn).parent == scope:
                rows.append(change)
    return rows


def _index(build: Build, module: int) -> dict[str, list[Change]]:
    memo: dict[int, dict[str, list[Change]]] = build.memo.setdefault("changes by path", {})  # type: ignore[assignment]
    if module not in memo:
        memo[module] = {}
        orders = range(len(build.engine.modules[module].statements))
        for change in changes_in(View(build.engine, module), orders):
            memo[module].setdefault(change.path, []).append(change)
    return memo[module]
