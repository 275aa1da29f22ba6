"""Classes that are taken from imported modules by names that are data, and called: `getattr(import_module(path), name)(config)`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import IMPORTING, Call
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Key, Place

DEEPEST = 3


def looked_up(engine: Engine, cls: Key) -> frozenset[str]:
    """The last segments of the calls that make an object of a class which they get by its name."""
    known: dict[Key, set[str]] | None = engine.memo.get("classes by name")
    if known is None:
        engine.memo["classes by name"] = {}
        known = engine.memo["classes by name"] = engine.apart(lambda: _table(engine))
    return frozenset(known.get(cls, ()))


def _table(engine: Engine) -> dict[Key, set[str]]:
    rows: dict[Key, set[str]] = {}
    importing = {number for last in IMPORTING for number, _ in engine.calls_by_last.get(last, ())}
    made = {
        site for number, call in engine.calls_by_last.get("getattr", ()) if number in importing for site in _made(engine, number, call, 0)
    }
    for number, index in sorted(made):
        call = engine.modules[number].calls[index]
        for origin in engine.origins(call.func, Place(number, call.order)):
            if isinstance(origin, Class):
                rows.setdefault(origin.cls, set()).add(call.last)
    return rows


def _made(engine: Engine, number: int, got: Call, depth: int) -> Iterator[Key]:
    """The calls of what a call gives: at once, by a variable, or where the function around it gives it back."""
    module = engine.modules[number]
    scope = module.statements[got.order][0]
    info, value = module.scopes[scope], ("call", got.index)
    names = {n for n, bindings in info.bindings.items() if any(b.kind == "assign" and b.value == value for b in bindings)}
    held = {value, *(("name", n) for n in names)}
    for call in module.calls:
        if call.func == value or (call.func in held and module.statements[call.order][0] == scope):
            yield number, call.index
    if depth < DEEPEST and any(e.kind == "return" and e.value in held for e in info.exits):
        for other, call in engine.calls_by_last.get(info.name, ()):
            yield from _made(engine, other, call, depth + 1)
