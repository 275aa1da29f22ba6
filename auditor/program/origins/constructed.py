"""Where constructors are called: of a class of the program, and of a base in a function."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from auditor.facts.types import Call
from auditor.program.origins.engine import Engine
from auditor.program.origins.owners import Owners
from auditor.program.origins.types import Class, Key


def constructed(engine: Engine, cls: Key) -> list[tuple[Key, int]]:
    """Call sites that make instances of a class without a constructor of its own; `cls(...)` in its class methods is one."""
    rows: list[tuple[Key, int]] = []
    names = {engine.scope(cls).name, "cls"} | engine.aliases.get(engine.scope(cls).name, set())
    known: dict[str, Owners[Call]] = engine.memo.setdefault("calls by what they make", {})
    for name in sorted(names):
        if name not in known:
            known[name] = Owners(engine.calls_by_last.get(name, ()), attrgetter("func"))
        rows.extend(((number, call.index), 0) for number, call in known[name].of(engine, Class(cls)))
    return rows[:64]


def calls_in(engine: Engine, fn: Key) -> Sequence[Call]:
    """The calls of constructors by their name in a function (`super().__init__()`)."""
    known: dict[Key, list[Call]] | None = engine.memo.get("calls of constructors")
    if known is None:
        known = engine.memo["calls of constructors"] = {}
        for number, call in engine.calls_by_last.get("__init__", ()):
            known.setdefault((number, engine.modules[number].statements[call.order][0]), []).append(call)
    return known.get(fn, ())
