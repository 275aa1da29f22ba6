"""Slices of a list that is worked through: whether each next one is shorter, and whether something fills it up again before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_changes import View, changes_in
from auditor.graph.build.loop_checks import FLIPPED, NEGATED
from auditor.graph.build.loop_resets import below
from auditor.graph.build.loop_terms import path, plain
from auditor.graph.build.recursion_kinds import parts_of
from auditor.program.origins.engine import Engine

Part = tuple[Expr, bool]
"""a condition and its value at the end"""


def is_shorter(part: Expr, few: float) -> bool:
    """Whether a slice may leave something out of each list of more than `few` elements: `rows[-20:]` keeps 20 for ever."""
    lower, upper, step = part[1:4]
    first, last = _number(lower, 0), _number(upper, None)
    if step is not None or (lower is not None and first is None) or (upper is not None and last is None):
        return True
    if (first or 0) > 0 or (last is not None and last < 0):
        return True
    kept = -first if first is not None and first < 0 else last
    return kept is not None and kept <= few


def _number(expr: Expr | None, absent: float | None) -> float | None:
    if expr is None:
        return absent
    if expr[0] == "neg":
        inner = _number(expr[1], None)
        return None if inner is None else -inner
    return expr[1] if expr[0] == "const" and isinstance(expr[1], (int, float)) else None


def fewest(module: ModuleFacts, tests: Iterable[Part], names: Iterable[str]) -> float:
    """With how many elements of one of these, or fewer, conditions end it; 0 where none says a number."""
    wanted = set(names)
    return max((n for test, leave in tests for part, ends in parts_of(test, leave) for n in _few(module, part, ends, wanted)), default=0)


def _few(module: ModuleFacts, part: Expr, ends: bool, wanted: set[str]) -> Iterator[float]:
    if part[0] != "cmp" or len(part[2]) != 1:
        return
    operator, right = part[2][0]
    operator = operator if ends else NEGATED.get(operator, "")
    for counted, sign, bound in ((part[1], operator, right), (right, FLIPPED.get(operator, ""), part[1])):
        call = module.calls[plain(counted)[1]] if plain(counted)[0] == "call" else None
        number = _number(plain(bound), None)
        measured = path(plain(call.args[0])) if call is not None and call.func == ("name", "len") and call.args else None
        if measured in wanted and number is not None and sign in ("<", "<=", "=="):
            yield number - (1 if sign == "<" else 0)


def slices(expr: Expr) -> Iterator[Expr]:
    """The slices that an expression is, or has as its elements: what something else is added to is none."""
    expr = plain(expr)
    if expr[0] == "sub" and expr[2][0] == "slice":
        yield expr
    elif expr[0] == "seq":
        for one in expr[2]:
            yield from slices(one)
    elif expr[0] == "op" and expr[1] == "+":
        sides = [list(slices(side)) for side in expr[2:4]]
        if all(sides):
            yield from (one for side in sides for one in side)


def is_filled(engine: Engine, module: int, order: int, names: set[str], body: int) -> bool:
    """Whether a function puts something into one of these before a statement of it, or what it surely calls does."""
    view, own = View(engine, module), suites(engine, module)
    orders = [o for o in own.orders(body) if o < order]
    sizes = {f"len({name})" for name in names}
    if any(c.way == "up" and (c.path in sizes or c.path in names) for c in changes_in(view, orders)):
        return True
    for inner, alone in below(view, orders):
        assert inner.fn is not None
        changes = changes_in(inner, inner.suites.orders(engine.scope(inner.fn).body)) if alone else ()
        if any(c.way == "up" and c.path in sizes for c in changes):
            return True
    return False
