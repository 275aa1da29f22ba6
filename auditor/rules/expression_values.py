"""Three-valued answers: what comparisons, sums and logic say about numbers, texts, absent, unbounded and unknown values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import TypeAlias

from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Plain, Special, Unknown

Answer: TypeAlias = Plain | Special | Unknown
Truth: TypeAlias = bool | Unknown

COMPARISONS: dict[str, Callable[[int | float, int | float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ARITHMETIC: dict[str, Callable[[int | float, int | float], int | float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def answer(value: object) -> Answer:
    """What an expression sees of a value of the graph."""
    if value is None:
        return ABSENT
    if isinstance(value, OneOf):
        return Unknown("it has several values")
    return value if isinstance(value, (bool, int, float, str, Special, Unknown)) else Unknown("it is no plain value")


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def truth(value: Answer, name: str) -> Truth:
    """A value in the place of a yes or no."""
    if isinstance(value, (bool, Unknown)):
        return value
    return Unknown(f"{name} is {value.value}" if isinstance(value, Special) else f"{name} is neither true nor false")


def negate(value: Truth) -> Truth:
    return value if isinstance(value, Unknown) else not value


def conjunction(parts: Iterable[Truth]) -> Truth:
    """False beats unknown beats true; nothing is asked after a false."""
    doubt: Unknown | None = None
    for part in parts:
        if isinstance(part, Unknown):
            doubt = doubt or part
        elif not part:
            return False
    return doubt or True


def disjunction(parts: Iterable[Truth]) -> Truth:
    """True beats unknown beats false; nothing is asked after a true."""
    doubt: Unknown | None = None
    for part in parts:
        if isinstance(part, Unknown):
            doubt = doubt or part
        elif part:
            return True
    return doubt or False


def compare(sign: str, left: Answer, right: Answer, names: tuple[str, str]) -> Truth:
    """`names` are the operands as written, for the reason."""
    for value, name in ((left, names[0]), (right, names[1])):
        if isinstance(value, Unknown):
            return value
        if value is ABSENT:
            return Unknown(f"{name} is absent")
    if left is UNBOUNDED or right is UNBOUNDED:
        return _compare_unbounded(sign, left, right, names)
    if is_number(left) != is_number(right) or isinstance(left, str) != isinstance(right, str):
        return Unknown(f"{names[0]} and {names[1]} cannot be compared")
    if sign in {"==", "!="}:
        return (left == right) is (sign == "==")
    if not is_number(left):
        return Unknown(f"{names[0]} is no number")
    return COMPARISONS[sign](left, right)  # type: ignore[arg-type]


def _compare_unbounded(sign: str, left: Answer, right: Answer, names: tuple[str, str]) -> Truth:
    """Unbounded exceeds every number; two that are unbounded cannot be told apart."""
    if left is right:
        return Unknown(f"both {names[0]} and {names[1]} are unbounded")
    other = right if left is UNBOUNDED else left
    if sign in {"==", "!="}:
        return sign == "!="
    if not is_number(other):
        return Unknown(f"{names[0]} and {names[1]} cannot be compared")
    return sign.startswith(">") is (left is UNBOUNDED)


def calculate(sign: str, left: Answer, right: Answer, names: tuple[str, str]) -> Answer:
    """`+`, `-` and `*` between numbers."""
    for value, name in ((left, names[0]), (right, names[1])):
        if isinstance(value, Unknown):
            return value
        if value is not UNBOUNDED and not is_number(value):
            return Unknown(f"{name} is {'absent' if value is ABSENT else 'no number'}")
    if left is UNBOUNDED or right is UNBOUNDED:
        return _calculate_unbounded(sign, left, right)
    try:
        return ARITHMETIC[sign](left, right)  # type: ignore[arg-type]
    except OverflowError:
        return Unknown("the number is too large")


def _calculate_unbounded(sign: str, left: Answer, right: Answer) -> Answer:
    if sign == "-" and right is UNBOUNDED:
        return Unknown("an unbounded number cannot be taken away")
    if sign == "*" and not all(v is UNBOUNDED or v > 0 for v in (left, right)):  # type: ignore[operator]
        return Unknown("an unbounded number cannot be multiplied by that")
    return UNBOUNDED


def contains(value: Answer, row: Iterable[Answer], name: str) -> Truth:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Special):
        return Unknown(f"{name} is {value.value}")
    return any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in row)


def total(values: Iterable[Answer]) -> Answer:
    result: Answer = 0
    for value in values:
        result = calculate("+", result, value, ("a part", "a part"))
    return result


def extreme(values: Iterable[Answer], *, largest: bool) -> Answer:
    """The largest or smallest; absent where there is none, unknown where one cannot be told."""
    numbers: list[int | float] = []
    unbounded = False
    for value in values:
        if isinstance(value, Unknown):
            return value
        if value is UNBOUNDED:
            unbounded = True
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            numbers.append(value)
        else:
            return Unknown("one of the values is absent" if value is ABSENT else "one of the values is no number")
    if unbounded and (largest or not numbers):
        return UNBOUNDED
    if not numbers:
        return ABSENT
    return max(numbers) if largest else min(numbers)
