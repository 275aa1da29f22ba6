"""What is stored in an attribute of an object outside of its own methods: `x.name = value`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from auditor.facts.types import Expr, Store
from auditor.program.origins.engine import TOO_MUCH, Engine
from auditor.program.origins.heard import said_of
from auditor.program.origins.run import NEVER, NONE
from auditor.program.origins.types import Ext, Instance, Key, Module, New, Origin, Origins, Place

Which: TypeAlias = object
"""objects of one of these are compared further: the class of an instance, the place where another is made, any other thing itself"""


class _Stores:
    """The stores in attributes of one name. Those of which it is settled whose they are are found by it: they are not gone through for
    each object. Others are asked again each time."""

    __slots__ = ("done", "places", "settled", "stores", "waiting")

    def __init__(self, stores: Sequence[tuple[int, Store]]) -> None:
        self.stores = [store for _, store in stores]
        self.places = [Place(number, store.order) for number, store in stores]
        self.waiting: Sequence[int] = range(len(stores))
        self.done = bytearray(len(stores))
        self.settled: dict[Which, list[tuple[int, Origin]]] = {}

    def of(self, engine: Engine, base: Origin) -> list[int]:
        """The stores in an object, in source order."""
        rows = [position for position in self.waiting if not self.done[position] and self._asked(engine, position, base)]
        if self.waiting:
            self.waiting = [position for position in self.waiting if not self.done[position]]
        known = self.settled.get(_which(base), ())
        rows += (p for p, o in known if _same(o, base) and said_of(engine, self.places[p].module, base))
        return sorted(set(rows)) if len(rows) > 1 else rows

    def _asked(self, engine: Engine, position: int, base: Origin) -> bool:
        """Whether a store may be in the object; no, where it is settled by now."""
        place = self.places[position]
        if not said_of(engine, place.module, base):
            return False
        found, settled = _owners(engine, self.stores[position].base, place)
        if not settled:
            return any(_same(o, base) for o in found)
        if not self.done[position]:
            self.done[position] = 1
            for origin in found:
                self.settled.setdefault(_which(origin), []).append((position, origin))
        return False


def _owners(engine: Engine, expr: Expr, place: Place) -> tuple[Origins, bool]:
    """In what something is stored, and whether that is settled: it depends on no query that still runs, and on no cycle."""
    low, cycles = engine.run.low, engine.run.cycles
    engine.run.low, engine.run.cycles = NEVER, NONE
    found = engine.origins(expr, place)
    run = engine.run
    settled = run.low == NEVER and not run.cycles and not engine.resolving and found is not TOO_MUCH
    run.low, run.cycles = min(low, run.low), cycles | run.cycles
    return found, settled


def outside_stores(engine: Engine, base: Origin, name: str) -> list[tuple[Place, Expr]]:
    """`x.name = value` outside the methods, where x can be this object."""
    stores = engine.outside_stores.get(name)
    if not stores:
        return []
    known: dict[str, _Stores] = engine.memo.setdefault("outside stores", {})
    if name not in known:
        known[name] = _Stores(stores)
    rows = known[name]
    return [(rows.places[position], rows.stores[position].value) for position in rows.of(engine, base)]


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
