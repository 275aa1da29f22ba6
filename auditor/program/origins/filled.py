"""Fields that an object fills in itself once it is made, where they are None: a validator that gets the object, `__post_init__`."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.presence import excluded
from auditor.program.origins.types import Key, Origin
from auditor.program.origins.validators import object_validators


def unfilled(engine: Engine, cls: Key, name: str, rows: list[Origin]) -> list[Origin]:
    """What a field can be that is not surely filled in (`if self.wait is None: self.wait = 15`)."""
    says = _filled(engine, cls, name) if any(excluded(o, True) for o in rows) else None
    return rows if says is None else [o for o in rows if not excluded(o, says)]


def _filled(engine: Engine, cls: Key, name: str) -> bool | None:
    """Whether all that is false is replaced when an object is made, or None alone; None: nothing surely is."""
    from auditor.program.origins.objects import external_bases, method, mro

    found: list[bool] = []
    for owner in mro(engine, cls):
        module = engine.modules[owner[0]]
        for store in engine.own_stores.get((*owner, name), ()):
            scope, block, _ = module.statements[store.order]
            fn, info = (owner[0], scope), module.blocks[block]
            function = engine.scope(fn)
            runs = fn in object_validators(engine) or (function.name == "__post_init__" and not external_bases(engine, cls))
            if not runs or info.kind != "if" or info.parent != function.body or method(engine, cls, function.name) != fn:
                continue
            says = _asks(info.expr, ("attr", ("name", function.params[0].name), name)) if function.params else None
            if says is not None and not any(e.kind == "return" and e.order < store.order for e in function.exits):
                found.append(says)
    return any(found) if found else None


def _asks(test: Expr, field: Expr) -> bool | None:
    """Whether a test holds for all that is false, or for None alone; None: for something else."""
    if test == ("not", field):
        return True
    if test[0] == "cmp" and test[1] == field and len(test[2]) == 1:
        operator, right = test[2][0]
        return False if operator in ("is", "==") and right == ("const", None) else None
    return None
