"""Expressions found by what they are: those of which that is settled are not gone through for each object that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from auditor.facts.types import Call, Expr, Store
from auditor.program.origins.engine import Engine
from auditor.program.origins.heard import said_of
from auditor.program.origins.types import Instance, New, Origin, Place

T = TypeVar("T", Store, Call)
Which: TypeAlias = object
"""objects of one of these are compared further: the class of an instance, the place where another is made, any other thing itself"""


class Owners(Generic[T]):
    """Stores or calls with their modules, by what the expression is that `asked` gives of each. What is not settled yet is asked again
    each time."""

    __slots__ = ("asked", "done", "rows", "settled", "waiting")

    def __init__(self, rows: Sequence[tuple[int, T]], asked: Callable[[T], Expr]) -> None:
        self.rows: Sequence[tuple[int, T]] = rows
        self.asked: Callable[[T], Expr] = asked
        self.waiting: Sequence[int] = range(len(rows))
        self.done = bytearray(len(rows))
        self.settled: dict[Which, list[tuple[int, Origin]]] = {}

    def of(self, engine: Engine, base: Origin) -> list[tuple[int, T]]:
        """Those whose expression can be an object, in their order; what a test says counts for tests alone."""
        found = {position for position in self.waiting if not self.done[position] and self._asked(engine, position, base)}
        if self.waiting:
            self.waiting = [position for position in self.waiting if not self.done[position]]
        known = self.settled.get(_which(base), ())
        found.update(p for p, o in known if _same(o, base) and said_of(engine, self.rows[p][0], base))
        return [self.rows[position] for position in sorted(found)]

    def _asked(self, engine: Engine, position: int, base: Origin) -> bool:
        """Whether an expression may be the object; no, where it is settled by now what it is."""
        number, row = self.rows[position]
        if not said_of(engine, number, base):
            return False
        found, settled = engine.settled(self.asked(row), Place(number, row.order))
        if not settled:
            return any(_same(o, base) for o in found)
        if not self.done[position]:
            self.done[position] = 1
            for origin in found:
                self.settled.setdefault(_which(origin), []).append((position, origin))
        return False


def _which(origin: Origin) -> Which:
    if isinstance(origin, Instance):
        return origin.cls
    return (origin.site, origin.name) if isinstance(origin, New) else origin


def _same(origin: Origin, base: Origin) -> bool:
    if isinstance(origin, Instance) and isinstance(base, Instance):
        return origin.cls == base.cls and (origin.site == base.site or base.site is None or origin.site is None)
    if isinstance(origin, New) and isinstance(base, New):
        return origin.site == base.site and origin.name == base.name
    return origin == base
