"""Two arguments of which a call always gives one: `a=(x if old else NOT_GIVEN), b=(NOT_GIVEN if old else x)`."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.program.origins.types import Ext, Key, Origins, Place


def given_in_turns(build: Build, names: Sequence[int | str], site: Key, ctx: int) -> Origins | None:
    """What is given for whichever of two keywords the condition leaves; None: they are not written so."""
    written = {n: v for n, v, _ in build.engine.call(site).keywords if n in names}
    place = build.engine.call_place(site, ctx)
    rows = [_sides(build, written[n], place) for n in names if n in written]
    if len(rows) != 2 or rows[0] is None or rows[1] is None:
        return None
    (first, holds, one), (second, other_holds, other) = rows[0], rows[1]
    if first != second or holds is other_holds:
        return None
    return tuple(dict.fromkeys((*build.engine.origins(one, place), *build.engine.origins(other, place))))


def _sides(build: Build, expr: Expr, place: Place) -> tuple[Expr, bool, Expr] | None:
    """The condition of a conditional expression, at which value of it something is given, and what: the other side leaves it out."""
    if expr[0] != "if":
        return None
    test, holds = expr[1], True
    while test[0] == "not":
        test, holds = test[1], not holds
    left_out = [_leaves_out(build, side, place) for side in expr[2:4]]
    if left_out.count(True) != 1:
        return None
    return (test, not holds, expr[3]) if left_out[0] else (test, holds, expr[2])


def _leaves_out(build: Build, expr: Expr, place: Place) -> bool:
    """Whether an expression is the mark of a library for what is not given."""
    found = build.engine.origins(expr, place)
    forms = [build.base.values.get(o.name) if isinstance(o, Ext) else None for o in found]
    return bool(forms) and all(f is not None and f.unset == "default" and f.argument is None and f.value is None for f in forms)
