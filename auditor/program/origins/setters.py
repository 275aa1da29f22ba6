"""Attributes that a call sets, where what is called is the builtin and no function of the program with its name."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, Place

SETTERS = frozenset(("builtins.setattr", "builtins.object.__setattr__"))


def drop_others(engine: Engine) -> bool:
    """Takes out of the modules what is set by something else; whether there was any (the engine's tables hold it still)."""
    found = False
    for number, module in enumerate(engine.modules):
        kept = [s for s in module.stores if s.by is None or _may_set(engine, s.by, Place(number, s.order))]
        if len(kept) < len(module.stores):
            module.stores[:] = kept
            found = True
    return found


def _may_set(engine: Engine, called: Expr, place: Place) -> bool:
    return any(isinstance(o, Ext) and o.name in SETTERS for o in engine.origins(called, place))
