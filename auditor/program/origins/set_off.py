"""`int(v) if v else None` where v is a variable of the environment with a default: only who sets it to nothing takes the other side."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Env, Origins, Place

NOTHING = (None, "")
EQUAL = {"==": True, "is": True, "in": True, "!=": False, "is not": False, "not in": False}


def side_by_default(engine: Engine, expr: Expr, place: Place) -> bool | None:
    """Which side of `a if test else b` is taken while a variable that the test asks for has its default. None where the test does not ask
    whether there is something, nor whether the value that its side gives is one that stands for nothing; or the default is not known."""
    test, negated = expr[1], False
    while test[0] == "not":
        test, negated = test[1], not negated
    values, equal = _compared(test)
    asked = test[1] if test[0] == "cmp" else test
    if values == () or asked[0] not in ("name", "attr", "call", "sub", "walrus"):
        return None
    found = engine.origins(asked, place)
    defaults = [o.value if isinstance(o, Const) else None for each in found if isinstance(each, Env) for o in each.fallback or (None,)]
    if not defaults or not all(defaults) or not all(isinstance(o, Env) for o in found):
        return None
    answers = {bool(d) if values is None else (d in values) == equal for d in defaults}
    taken = answers.pop() != negated if len(answers) == 1 else None
    asks_for_nothing = values is None or all(v in NOTHING for v in values)
    return taken if taken is not None and (asks_for_nothing or _gives(engine, expr[2 if taken else 3], place, found)) else None


def _compared(test: Expr) -> tuple[tuple[object, ...] | None, bool]:
    """The constants that a test compares with, and whether it holds for these; None where it asks only whether it is something, nothing
    where they are not written there."""
    if test[0] != "cmp":
        return None, True
    operator, right = test[2][0]
    parts = right[2] if right[0] == "seq" else (right,)
    several = operator in ("in", "not in")
    if len(test[2]) != 1 or operator not in EQUAL or several != (right[0] == "seq") or not all(p[0] == "const" for p in parts):
        return (), True
    return tuple(p[1] for p in parts), EQUAL[operator]


def _gives(engine: Engine, side: Expr, place: Place, asked: Origins) -> bool:
    """Whether a side gives the variables that are asked for."""
    names = {o.name for o in asked if isinstance(o, Env)}
    return any(isinstance(o, Env) and o.name in names for o in engine.origins(side, place))
