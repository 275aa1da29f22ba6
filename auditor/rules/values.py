"""Three-valued arithmetic and comparison of the rule language: unknown is contagious, unbounded exceeds every number."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Plain, Setting, Special, Unknown

Answer: TypeAlias = Plain | Special | Unknown
Truth: TypeAlias = bool | Unknown

LARGEST_RESULT = 1e30
UNDECIDED = Unknown("it cannot be told")
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
KNOWN: dict[type, tuple[type, ...]] = {int: (int, float), float: (int, float), str: (str,)}
"""types of values that can be compared with each other as they are: most are"""
ARITHMETIC: dict[str, Callable[[Any, Any], int | float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def plain(value: object) -> Answer:
    """What an expression sees of a value of the graph; None stands for unknown."""
    if isinstance(value, Setting):
        value = value.value
    if isinstance(value, OneOf):
        return Unknown("it has several values")
    return value if isinstance(value, (bool, int, float, str, Special, Unknown)) else UNDECIDED


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def unknown_of(*values: Answer) -> Unknown | None:
    """The first unknown among values; absent makes a result unknown, too."""
    for value in values:
        if isinstance(value, Unknown):
            return value
        if value is ABSENT:
            return Unknown("nothing is set that could be compared")
    return None


def compare(sign: str, left: Answer, right: Answer) -> Truth:
    """Of two unbounded values nothing is known but that they exceed all numbers."""
    if type(left) in KNOWN and type(right) in KNOWN[type(left)]:
        return ORDER[sign](left, right)
    lost = unknown_of(left, right)
    if lost is not None:
        return lost
    if left is UNBOUNDED and right is UNBOUNDED:
        return Unknown("both are unbounded")
    a, b = _comparable(left), _comparable(right)
    if is_number(a) != is_number(b) or isinstance(a, str) != isinstance(b, str):
        return UNDECIDED
    return ORDER[sign](a, b)


def compare_any(sign: str, left: Answer, right: Answer) -> Truth:
    """Of a value whose kind is only known here: a text is no number and no truth value."""
    if sign in ("==", "!=") and isinstance(left, str) != isinstance(right, str) and not unknown_of(left, right):
        return sign == "!="
    return compare(sign, left, right)


def _comparable(value: Answer) -> Answer:
    return float("inf") if value is UNBOUNDED else value


def arithmetic(sign: str, left: Answer, right: Answer) -> Answer:
    lost = unknown_of(left, right)
    if lost is not None:
        return lost
    if not all(is_number(v) or v is UNBOUNDED for v in (left, right)):
        return UNDECIDED
    if left is UNBOUNDED or right is UNBOUNDED:
        return _unbounded(sign, left, right)
    try:
        result = ARITHMETIC[sign](left, right)
    except OverflowError:
        return Unknown("the number is too large")
    # Whole numbers have no end of their own: thousands of digits take time, and cannot be written down.
    return result if abs(result) <= LARGEST_RESULT else Unknown("the number is too large")


def _unbounded(sign: str, left: Answer, right: Answer) -> Answer:
    if sign == "-":
        return UNDECIDED if right is UNBOUNDED else UNBOUNDED
    positive = all(v is UNBOUNDED or (isinstance(v, (int, float)) and v > 0) for v in (left, right))
    return UNBOUNDED if sign == "+" or positive else UNDECIDED


def truth(value: Answer) -> Truth:
    """The truth of a value; anything that is no truth value is unknown."""
    return value if isinstance(value, (bool, Unknown)) else UNDECIDED


def both(values: Sequence[Answer]) -> Truth:
    """Kleene `and`."""
    lost = None
    for value in map(truth, values):
        if value is False:
            return False
        lost = lost or (value if isinstance(value, Unknown) else None)
    return lost or True


def either(values: Sequence[Answer]) -> Truth:
    """Kleene `or`."""
    lost = None
    for value in map(truth, values):
        if value is True:
            return True
        lost = lost or (value if isinstance(value, Unknown) else None)
    return lost or False


def contrary(value: Answer) -> Truth:
    value = truth(value)
    return value if isinstance(value, Unknown) else not value


def contains(values: Sequence[str], item: Answer) -> Truth:
    return unknown_of(item) or item in values


def extreme(values: Sequence[Answer], *, largest: bool) -> Answer:
    """`max` and `min`; of nothing it is unknown."""
    lost = unknown_of(*values) if values else UNDECIDED
    if lost is not None:
        return lost
    if not all(is_number(v) or v is UNBOUNDED for v in values):
        return UNDECIDED
    found: Answer = (max if largest else min)(values, key=_comparable)  # type: ignore[arg-type]
    return found


def total(values: Sequence[Answer]) -> Answer:
    result: Answer = 0
    for value in values:
        result = arithmetic("+", result, value)
    return result
