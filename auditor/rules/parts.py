"""What expressions are compiled to: closures that read names, and the mistakes that are told in place of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from auditor.core.values import Unknown
from auditor.rules import values as v
from auditor.rules.names import NUMBER, TRUTH, Kind


class Names(Protocol):
    """Where an expression reads its names when it runs."""

    def read(self, name: str) -> Any:
        """The value of a field or parameter: an answer, or the elements of a tuple field."""

    def origin(self, name: str) -> str:
        """The origin of a setting field."""


@dataclass(slots=True)
class Local:
    """Names inside a comprehension: its element, then those around it."""

    outer: Names
    name: str
    item: object

    def read(self, name: str) -> Any:
        return self.item if name == self.name else self.outer.read(name)

    def origin(self, name: str) -> str:
        return self.outer.origin(name)


Run: TypeAlias = Callable[[Names], v.Answer]


@dataclass(frozen=True, slots=True)
class Mistake:
    """`column` counts from 1."""

    message: str
    column: int
    hint: str | None = None


class ExpressionError(Exception):
    """The mistakes of an expression, in the order in which they stand there."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(m.message for m in mistakes))
        self.mistakes = tuple(mistakes)


@dataclass(slots=True)
class Expression:
    """A compiled expression: `run` gives its value, `names` are the fields and parameters that it reads."""

    text: str
    kind: Kind
    run: Run
    names: tuple[str, ...]


@dataclass(slots=True)
class Part:
    kind: Kind
    run: Run
    name: str = ""
    """of a plain field"""


@dataclass(slots=True)
class Many:
    """Elements with the answer whether each belongs to them."""

    kind: Kind
    run: Callable[[Names], list[tuple[v.Truth, Any]]]


def folded(name: str, many: Many) -> Part:
    """One answer of many; an element that may belong to them or not makes a number unknown."""
    run = many.run
    if name == "any":
        return Part(TRUTH, lambda env: v.either([v.both(row) for row in run(env)]))
    if name == "all":
        return Part(TRUTH, lambda env: v.both([v.either((v.contrary(belongs), value)) for belongs, value in run(env)]))

    def number(env: Names) -> v.Answer:
        rows = run(env)
        doubt = next((belongs for belongs, _ in rows if isinstance(belongs, Unknown)), None)
        if doubt is not None:
            return doubt
        values = [value for belongs, value in rows if belongs]
        if name == "len":
            return len(values)
        return v.total(values) if name == "sum" else v.extreme(values, largest=name == "max")

    return Part(NUMBER, number)
