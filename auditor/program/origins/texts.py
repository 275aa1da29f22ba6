"""Methods of constant texts that give texts again: `"a/b".split("/", maxsplit=1)`."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Box, Const, Key, Origin, Place

SPLITS = frozenset(("split", "rsplit", "partition", "rpartition"))
CHANGES = frozenset(("lower", "upper", "strip", "rstrip", "lstrip", "removeprefix", "removesuffix", "replace"))
MOST_ARGUMENTS = 3


def text_method(engine: Engine, base: Const, name: str, site: Key, call: Call, place: Place) -> list[Origin] | None:
    """What a method of a constant text gives; None where it is not one of these, or its arguments are not constant."""
    if not isinstance(base.value, str) or name not in SPLITS | CHANGES:
        return None
    args = [_constant(engine, a, place) for a in call.args]
    named = {n: _constant(engine, v, place) for n, v, _ in call.keywords if n is not None}
    if len(args) > MOST_ARGUMENTS or None in args or None in named.values() or len(named) != len(call.keywords):
        return None
    try:
        made = getattr(base.value, name)(*args, **named)
    except (TypeError, ValueError):
        return None
    if isinstance(made, str):
        return [Const(made, "str", base.module, base.line)]
    parts = tuple(("const", part) for part in made)
    expr = engine.made(("parts", site, base.value), lambda: ("seq", "list", parts))
    return [Box("list", engine.ref(expr, place))]


def _constant(engine: Engine, expr: Expr, place: Place) -> str | int | None:
    found = {o.value for o in engine.origins(expr, place) if isinstance(o, Const)} if expr[0] != "star" else set()
    value = found.pop() if len(found) == 1 else None
    return value if isinstance(value, (str, int)) else None
