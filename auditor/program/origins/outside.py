"""What is stored in an attribute of an object outside of its own methods: `x.name = value`."""

from __future__ import annotations

from operator import attrgetter

from auditor.facts.types import Expr, Store
from auditor.program.origins.engine import Engine
from auditor.program.origins.owners import Owners
from auditor.program.origins.types import Origin, Place


def outside_stores(engine: Engine, base: Origin, name: str) -> list[tuple[Place, Expr]]:
    """`x.name = value` outside the methods, where x can be this object."""
    stores = engine.outside_stores.get(name)
    if not stores:
        return []
    known: dict[str, Owners[Store]] = engine.memo.setdefault("outside stores", {})
    if name not in known:
        known[name] = Owners(stores, attrgetter("base"))
    return [(Place(number, store.order), store.value) for number, store in known[name].of(engine, base)]
