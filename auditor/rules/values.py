"""Three-valued arithmetic and comparison of the rule language: unknown is contagious, unbounded exceeds every number."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from auditor.core.values import ABSENT, UNBOUNDED, Special, Unknown

UNDECIDED = Unknown("it cannot be told")
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
LARGEST = 1e300


def unknown_of(*values: Any) -> Unknown | None:
    """The first unknown among values; absent makes a result unknown, too."""
    for value in values:
        if isinstance(value, Unknown):
            return value
        if value is ABSENT:
            return Unknown("nothing is set that could be compared")
    return None


def compare(sign: str, left: Any, right: Any) -> Any:
    lost = unknown_of(left, right)
    if lost is not None:
        return lost
    a, b = _comparable(left), _comparable(right)
    if isinstance(a, str) != isinstance(b, str):
        return UNDECIDED
    return ORDER[sign](a, b)


def _comparable(value: Any) -> Any:
    if value is UNBOUNDED:
        return float("inf")
    return int(value) if isinstance(value, bool) else value


def arithmetic(sign: str, left: Any, right: Any) -> Any:
    lost = unknown_of(left, right)
    if lost is not None:
        return lost
    if not all(isinstance(v, (int, float, Special)) for v in (left, right)):
        return UNDECIDED
    if UNBOUNDED in (left, right):
        other = right if left is UNBOUNDED else left
        if sign == "-":
            return UNBOUNDED if left is UNBOUNDED and other is not UNBOUNDED else UNDECIDED
        return UNDECIDED if sign == "*" and other is not UNBOUNDED and other <= 0 else UNBOUNDED
    result = left + right if sign == "+" else left - right if sign == "-" else left * right
    return result if abs(result) < LARGEST else UNBOUNDED


def truth(value: Any) -> bool | Unknown:
    """The truth of a value; anything that is no truth value is unknown."""
    if isinstance(value, bool):
        return value
    return value if isinstance(value, Unknown) else UNDECIDED


def both(values: list[Any]) -> bool | Unknown:
    """Kleene `and`."""
    lost = None
    for value in map(truth, values):
        if value is False:
            return False
        lost = lost or (value if isinstance(value, Unknown) else None)
    return lost or True


def either(values: list[Any]) -> bool | Unknown:
    """Kleene `or`."""
    lost = None
    for value in map(truth, values):
        if value is True:
            return True
        lost = lost or (value if isinstance(value, Unknown) else None)
    return lost or False


def contrary(value: Any) -> bool | Unknown:
    value = truth(value)
    return value if isinstance(value, Unknown) else not value


def extreme(values: list[Any], *, largest: bool) -> Any:
    """`max` and `min`; of nothing it is unknown."""
    lost = unknown_of(*values) if values else UNDECIDED
    if lost is not None:
        return lost
    return (max if largest else min)(values, key=_comparable)


def total(values: list[Any]) -> Any:
    result: Any = 0
    for value in values:
        result = arithmetic("+", result, value)
    return result
