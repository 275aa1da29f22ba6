"""Fields of settings: what a class is filled with that its constructor is not given comes from the environment, where that has it."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.fields import field_names
from auditor.program.origins.types import Instance, Key, Place

SETTINGS = "classes that are filled from the environment"
"""where their qualified names are kept"""


def may_be_set(engine: Engine, expr: Expr, place: Place) -> bool:
    """Whether an expression is a field of settings (`settings.key`) whose default holds only where the environment says nothing."""
    if expr[0] != "attr" or not engine.memo.get(SETTINGS):
        return False
    return any(isinstance(o, Instance) and _is_filled(engine, o, expr[2]) for o in engine.origins(expr[1], place))


def _is_filled(engine: Engine, base: Instance, name: str) -> bool:
    return name in _fields(engine, base.cls) and not (
        base.site is not None and any(key == name for key, _, _ in engine.call(base.site).keywords)
    )


def _fields(engine: Engine, cls: Key) -> frozenset[str]:
    """The fields of a class of settings; none of another class."""
    from auditor.program.origins.objects import external_bases

    known: dict[Key, frozenset[str]] = engine.memo.setdefault("fields of settings", {})
    if cls not in known:
        filled = not engine.memo[SETTINGS].isdisjoint(external_bases(engine, cls))
        known[cls] = frozenset(field_names(engine, cls)) if filled else frozenset()
    return known[cls]
