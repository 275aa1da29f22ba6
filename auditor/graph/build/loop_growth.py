"""Variables that grow by a factor in each turn (a delay that doubles), and in how many turns they pass a bound."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_terms import plain

ROUNDED = (("name", "int"), ("name", "float"), ("name", "round"))


@dataclass(frozen=True, slots=True)
class Growth:
    """`factor`: what it is multiplied by; None where more is added to that (jitter); `ceiling`: the value beyond which it does not grow."""

    factor: Expr | None
    ceiling: Expr | None = None


def growth(value: Expr, calls: Sequence[Call], is_old: Callable[[Expr], bool]) -> Growth | None:
    """Whether a new value is a multiple of the old one: `x * 2`, `min(2 * x, most)`, `x * 2 + jitter()`; or a power."""
    value = plain(value)
    if value[0] == "call":
        call = calls[value[1]]
        if call.func in ROUNDED and call.args:
            return growth(call.args[0], calls, is_old)
        if call.func == ("name", "min") and len(call.args) == 2:
            for arg, other in (call.args, call.args[::-1]):
                found = growth(arg, calls, is_old)
                if found is not None and found.ceiling is None:
                    return Growth(found.factor, other)
        return None
    if value[0] == "op" and value[1] == "**" and is_old(value[3]):
        return Growth(None)
    if value[0] != "op" or value[1] not in ("*", "+"):
        return None
    for side, other in ((value[2], value[3]), (value[3], value[2])):
        if value[1] == "*" and is_old(side):
            return Growth(other)
        inner = growth(side, calls, is_old)
        if inner is not None:
            return Growth(None, inner.ceiling)
    return None


def turns_until(first: float, factor: float, operator: str, bound: float) -> int:
    """How often a number above 0 is multiplied by a factor above 1 until it is beyond (`>`) or at (`>=`, `==`) a bound."""
    turns = max(0, math.ceil(math.log(bound / first) / math.log(factor)) - 1)
    while not (first * factor**turns > bound or (operator != ">" and first * factor**turns == bound)):
        turns += 1
    return turns
