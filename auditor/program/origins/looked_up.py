"""Classes that are taken from imported modules by names that are data, and called: `getattr(import_module(path), name)(config)`."""

from __future__ import annotations

from collections import defaultdict

from auditor.facts.types import IMPORTING, Expr, ModuleFacts
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
    for number, index in sorted(_made(engine)):
        call = engine.call((number, index))
        for origin in engine.origins(call.func, Place(number, call.order)):
            if isinstance(origin, Class):
                rows.setdefault(origin.cls, set()).add(call.last)
    return rows


def _made(engine: Engine) -> set[Key]:
    """The calls of what a `getattr` in an importing module gives: at once, by a variable, or where the functions around it give it back."""
    importing = {number for last in IMPORTING for number, _ in engine.calls_by_last.get(last, ())}
    level = {(number, call.index) for number, call in engine.calls_by_last.get("getattr", ()) if number in importing}
    seen, made = set(level), set[Key]()
    for _ in range(DEEPEST + 1):
        sites: dict[int, set[int]] = defaultdict(set)
        for number, index in level:
            sites[number].add(index)
        names: set[str] = set()
        for number, indexes in sites.items():
            found, returning = _of_module(engine.modules[number], indexes)
            made.update((number, index) for index in found)
            names |= returning
        level = {(number, call.index) for name in names for number, call in engine.calls_by_last.get(name, ())} - seen
        seen |= level
    return made


def _of_module(module: ModuleFacts, indexes: set[int]) -> tuple[list[int], set[str]]:
    """Of what these calls give: the calls of it, and the names of the functions that give it back."""

    def given(value: Expr) -> bool:
        return value[0] == "call" and value[1] in indexes

    scopes = {module.statements[module.calls[index].order][0] for index in indexes}
    held: dict[int, set[str]] = {}
    for scope in scopes:
        rows = module.scopes[scope].bindings.items()
        held[scope] = {n for n, bindings in rows if any(b.kind == "assign" and given(b.value) for b in bindings)}

    def holds(value: Expr, scope: int) -> bool:
        return given(value) or (value[0] == "name" and value[1] in held.get(scope, ()))

    made = [call.index for call in module.calls if holds(call.func, module.statements[call.order][0])]
    back = {s for s in scopes if any(e.kind == "return" and holds(e.value, s) for e in module.scopes[s].exits)}
    return made, {module.scopes[scope].name for scope in back}
