"""Conditions that end a loop when a counter, a clock or a budget passes a bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import LEAVES, ROUND, Suites
from auditor.graph.build.loop_changes import Change, View, called, changes_in, enter, is_straight, read_properties
from auditor.graph.build.loop_escapes import leaves, thrown, way_out
from auditor.graph.build.loop_terms import callees, paths, plain, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Place

NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Check:
    """The loop is left when `counter` `operator` `bound` holds.

    `orders`: statements of the loop that must run for it; `before`: it is the test of the `while` itself;
    `guarded`: the condition asks if there is a bound at all.
    """

    counter: Expr
    operator: str
    bound: Expr
    view: View
    at: Place
    orders: tuple[int, ...]
    before: bool = False
    guarded: bool = False


def own_checks(view: View, loop: int) -> Iterator[Check]:
    """The checks in the loop's test and body."""
    own = view.suites
    info = own.module.blocks[loop]
    if info.kind == "while":
        at = view.place(own.statement(loop))
        yield from compared(Asked(view, loop, at, before=True), info.expr, False)
    for order in own.orders(loop):
        for test, leave in leaving_tests(own, order, loop, view.engine):
            yield from compared(Asked(view, loop, view.place(order), (order,)), test, leave)


def leaving_tests(own: Suites, order: int, loop: int, engine: Engine) -> Iterator[tuple[Expr, bool]]:
    """The condition of an `if` and the value of it at which the loop is left for sure."""
    parts = own.parts.get(order)
    if not parts or own.module.blocks[parts[0]].kind != "if":
        return
    test = own.module.blocks[parts[0]].expr
    if leaves(own, parts[0], loop, engine):
        yield test, True
    if len(parts) > 1 and leaves(own, parts[1], loop, engine):
        yield test, False
    outcomes = own.outcomes(parts[0])
    if outcomes == {"continue"} and len(parts) == 1 and own.nearest_loop(parts[0]) == loop:
        rest = own.onward(order, loop)
        if rest and rest <= LEAVES:
            yield test, False


# -- conditions


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a condition is asked; see `Check`."""

    view: View
    loop: int
    at: Place
    orders: tuple[int, ...] = ()
    before: bool = False
    depth: int = 0

    def deeper(self) -> Asked:
        return replace(self, depth=self.depth + 1)

    def check(self, counter: Expr, operator: str, bound: Expr) -> Check:
        return Check(counter, operator, bound, self.view, self.at, self.orders, self.before)


def compared(asked: Asked, test: Expr, leave: bool) -> Iterator[Check]:
    """The comparisons of a condition each of which alone ends the loop, when the condition is `leave`."""
    test = plain(test)
    kind = test[0]
    if asked.depth > DEEPEST:
        return
    if kind == "not":
        yield from compared(asked.deeper(), test[1], not leave)
    elif kind == "bool":
        alone = (test[1] == "or") == leave
        for i, part in enumerate(test[2]):
            others = [*test[2][:i], *test[2][i + 1 :]]
            for check in compared(asked.deeper(), part, leave):
                guards = [_guards(asked.view.suites, o, check) for o in others]
                if alone or all(guards):
                    yield replace(check, guarded=check.guarded or any(guards))
    elif kind == "cmp":
        yield from _pairs(asked, test, leave)
    elif kind == "call":
        yield from _answered(asked, asked.view.suites.module.calls[test[1]], leave)
    elif kind in ("name", "attr", "sub"):
        if not leave:
            yield asked.check(test, "<=", ("const", 0))
        yield from _flagged(asked, test, leave)
    if kind == "attr":
        for inner in read_properties(asked.view, test, asked.at.order):
            yield from _given_by(asked, inner, leave)


def _guards(own: Suites, other: Expr, check: Check) -> bool:
    """Whether a condition only asks if the bound is switched on (`limit`, `limit > 0`, `limit is not None`; `left is not None`)."""
    mentioned = paths(own.module, other)
    home = check.view.suites.module
    bound = paths(home, check.bound)
    if not bound and plain(other)[0] == "cmp" and all(right == ("const", None) for _, right in plain(other)[2]):
        bound = paths(home, check.counter)
    return bool(mentioned) and mentioned <= bound and not any(e[0] == "call" for e in walk(own.module, other))


def _pairs(asked: Asked, test: Expr, leave: bool) -> Iterator[Check]:
    left = test[1]
    rows: list[tuple[Expr, str, Expr]] = []
    for operator, right in test[2]:
        rows.append((left, operator, right))
        left = right
    for i, (a, operator, b) in enumerate(rows):
        op = operator if leave else NEGATED.get(operator, "")
        if op not in FLIPPED:
            continue
        others = [("cmp", x, ((o, y),)) for j, (x, o, y) in enumerate(rows) if j != i]
        for check in (asked.check(a, op, b), asked.check(b, FLIPPED[op], a)):
            guards = [_guards(asked.view.suites, other, check) for other in others]
            if not leave or all(guards):
                yield replace(check, guarded=any(guards))


def _flagged(asked: Asked, test: Expr, leave: bool) -> Iterator[Check]:
    """A flag that the loop sets: by a comparison (`done = n >= limit`), or to a constant under an `if`."""
    view, own = asked.view, asked.view.suites
    name = view.path(test)
    if view.order is not None or name is None:
        return
    for change in changes_in(view, own.orders(asked.loop)):
        if change.path != name or change.way != "set":
            continue
        order, value = change.at.order, change.value
        if value[0] in ("cmp", "bool", "not"):
            yield from compared(Asked(view, asked.loop, change.at, (*asked.orders, order), depth=asked.depth + 1), value, leave)
        elif value[0] == "const" and bool(value[1]) == leave:
            info = own.module.blocks[own.block_of(order)]
            if info.kind in ("if", "else"):
                opener = own.statement(own.block_of(order))
                inner = Asked(view, asked.loop, view.place(opener), (*asked.orders, opener), depth=asked.depth + 1)
                yield from compared(inner, info.expr, info.kind == "if")


def _answered(asked: Asked, call: Call, leave: bool) -> Iterator[Check]:
    """A function of the program that answers whether a limit is reached."""
    for func in callees(asked.view.engine, call, asked.view.module):
        inner = enter(asked.view, call, func, call.order)
        if inner is not None:
            yield from _given_by(asked, inner, leave)


def _given_by(asked: Asked, inner: View, leave: bool) -> Iterator[Check]:
    assert inner.fn is not None
    for exit_ in inner.engine.scope(inner.fn).exits:
        if exit_.kind == "return":
            yield from _answer(replace(asked.deeper(), view=inner, at=inner.place(exit_.order)), exit_.value, leave)


def _answer(asked: Asked, value: Expr, leave: bool) -> Iterator[Check]:
    own = asked.view.suites
    if value[0] in ("cmp", "bool", "not"):
        yield from compared(asked, value, leave)
    elif value[0] == "const" and bool(value[1]) == leave:
        block = own.block_of(asked.at.order)
        info = own.module.blocks[block]
        if info.kind in ("if", "else") and is_straight(own, info.parent):
            yield from compared(replace(asked, at=asked.view.place(own.statement(block))), info.expr, info.kind == "if")


# -- limits in callees


def callee_checks(view: View, loop: int) -> Iterator[Check]:
    """Limits that a called function raises, where the exception ends the loop."""
    for inner in called(view, view.suites.orders(loop)):
        yield from _raised(inner, loop)


def _raised(inner: View, loop: int) -> Iterator[Check]:
    assert inner.fn is not None and inner.order is not None
    theirs = inner.suites
    if not inner.sure:
        return
    for order in theirs.orders(inner.engine.scope(inner.fn).body):
        parts = theirs.parts.get(order)
        if not parts or theirs.module.blocks[parts[0]].kind != "if" or not is_straight(theirs, theirs.block_of(order)):
            continue
        for block, leave in zip(parts[:2], (True, False), strict=False):
            if theirs.outcomes(block) != {"raise"}:
                continue
            exits = [theirs.exits[o] for o in theirs.orders(block) if o in theirs.exits]
            raised = [thrown(inner.engine, e.value, inner.place(e.order)) for e in exits]
            if all(way_out(inner, order, loop, r) == "out" for r in raised):
                test = theirs.module.blocks[parts[0]].expr
                yield from compared(Asked(inner, loop, inner.place(order), (inner.order,)), test, leave)


def reaches(change: Change, check: Check) -> bool:
    """Whether a counter is set to the very limit that it is compared with."""
    return change.way == "set" and change.block >= 0 and check.view.order is None and plain(change.value) == plain(check.bound)


def by_flag(own: Suites, changes: list[Change], check: Check, counted: tuple[int, ...]) -> Iterator[int]:
    """Each `if again:` in which one of these statements surely runs, where the loop is left later on by `if not again`."""
    asked = check.orders[0] if check.orders else -1
    opened = own.parts.get(asked, ())
    test = own.module.blocks[opened[0]].expr if opened else ("other",)
    negated = test[1] if test[0] == "not" else ("not", test)
    for order in range(own.module.blocks[own.block_of(asked)].order, asked) if opened else ():
        parts = own.parts.get(order, ())
        if len(parts) != 1 or own.module.blocks[parts[0]].kind != "if" or own.module.blocks[parts[0]].expr != negated:
            continue
        inside = set(own.orders(parts[0]))
        mentioned = paths(own.module, test)
        later = any(c.path in mentioned and order < c.order < asked and c.order not in inside for c in changes)
        if not later and not own.outcomes(parts[0], frozenset(counted)) & ROUND:
            yield order
