"""What `map(function, rows)` goes through: what the function gives for each of the elements."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import New, Origin, Place


def mapped(engine: Engine, made: New, place: Place) -> list[Origin] | None:
    """The results of a call that is made up, whose arguments are elements; None where the arguments are not told apart."""
    call = engine.call(made.site)
    if len(call.args) < 2 or any(a[0] == "star" for a in call.args):
        return None
    return list(engine.origins(engine.made(("mapped", made.site), lambda: _made_up(engine, made.site[0], call)), place))


def _made_up(engine: Engine, module: int, call: Call) -> Expr:
    index = len(engine.modules[module].calls) + len(engine.made_up)
    each = tuple(("element", a) for a in call.args[1:])
    engine.made_up[module, index] = Call(index, call.args[0], each, (), "", call.order, call.line, 1, call.line, 1)
    return ("call", index)
