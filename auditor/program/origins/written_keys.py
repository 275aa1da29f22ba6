"""Keys that a module writes into mappings: what may come in by a `**` of a mapping that an object keeps and that is not read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Place


def may_bring(engine: Engine, call: Call, name: str, place: Place) -> str | None:
    """Why a call may bring a name by a `**` of what an object of the program keeps: its module writes it as a key somewhere."""
    module = engine.modules[place.module]
    kept = any(key is None and _kept(module, value) in _fields(engine) for key, value, _ in call.keywords)
    line = _keys(engine, place.module).get(name) if kept else None
    return None if line is None else f"it may come in by ** of a mapping like that of {module.path}:{line}, which is not read"


def _kept(module: ModuleFacts, expr: Expr) -> str | None:
    """The attribute of something that a mapping is, or is a copy of (`dict(spec.given)`, `spec.given.copy()`)."""
    if expr[0] == "call":
        call = module.calls[expr[1]]
        expr = call.args[0] if call.args else call.func[1] if call.func[0] == "attr" else expr
    return expr[2] if expr[0] == "attr" else None


def _fields(engine: Engine) -> Collection[str | None]:
    """The attributes that the program sets, or declares in a class."""
    known: set[str] | None = engine.memo.get("fields of classes")
    if known is None:
        classes = (scope for module in engine.modules for scope in module.scopes if scope.kind == "class")
        known = engine.memo["fields of classes"] = {name for scope in classes for name in scope.bindings} | engine.stores_by_attr.keys()
    return known


def _keys(engine: Engine, number: int) -> Mapping[str, int]:
    memo: dict[int, dict[str, int]] = engine.memo.setdefault("written keys", {})
    if number not in memo:
        module = engine.modules[number]
        rows: dict[str, int] = {}
        for expr, order in _expressions(module):
            for key in _written(expr):
                rows.setdefault(key, max(1, module.statements[order][2]))
        memo[number] = rows
    return memo[number]


def _expressions(module: ModuleFacts) -> Iterator[tuple[Expr, int]]:
    """Of what a variable holds that stands behind a `**` itself, it is known what it is for."""
    known = {value[1] for call in module.calls for key, value, _ in call.keywords if key is None and value[0] == "name"}
    for call in module.calls:
        yield from ((e, call.order) for e in (*call.args, *(v for _, v, _ in call.keywords)))
    for scope in module.scopes:
        yield from ((b.value, b.order) for name, rows in scope.bindings.items() if name not in known for b in rows)
        yield from ((e.value, e.order) for e in scope.exits)
        yield from scope.yields
    for store in module.stores:
        yield store.value, store.order
        if store.key is not None and not (store.base[0] == "name" and store.base[1] in known):
            yield ("dict", ((store.key, store.value),)), store.order


def _written(expr: Expr) -> Iterator[str]:
    """The constant keys of the mappings in an expression; calls stand elsewhere in the module."""
    kind = expr[0]
    if kind == "dict":
        for key, value in expr[1]:
            if key is not None and key[0] == "const" and isinstance(key[1], str):
                yield key[1]
            yield from _written(value)
    elif kind in ("seq", "bool"):
        for part in expr[2]:
            yield from _written(part)
    elif kind in ("op", "if"):
        for part in expr[2:]:
            yield from _written(part)
    elif kind in ("await", "star"):
        yield from _written(expr[1])
