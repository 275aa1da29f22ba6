"""A loop's limit that is a parameter of which too much is given to be followed: the default that some calls leave it to."""

from __future__ import annotations

import math

from auditor.core.values import ABSENT, UNBOUNDED, Setting, Unknown, alternatives, merge
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_terms import Numbers, plain
from auditor.program.origins.callers import TOO_MANY, all_callers
from auditor.program.origins.engine import TOO_MUCH, Engine
from auditor.program.origins.parameters import is_method, parameter_index
from auditor.program.origins.types import Key, Place, Unresolved

NOT_FOLLOWED = frozenset(o.why for o in (*TOO_MUCH, TOO_MANY) if isinstance(o, Unresolved))


def or_default(engine: Engine, bound: Expr, place: Place, setting: Setting, numbers: Numbers) -> Setting:
    """A limit that cannot be told, and the default beside it where that is none, or infinite, and some call leaves it out."""
    expr = plain(bound)
    if not isinstance(setting.value, Unknown) or setting.value.why not in NOT_FOLLOWED or expr[0] != "name":
        return setting
    fn: Key = (place.module, engine.place_scope(place))
    scope = engine.scope(fn)
    position = parameter_index(scope, expr[1])
    if position is None or scope.params[position].default is None or len(scope.bindings.get(expr[1], ())) > 1:
        return setting
    default = numbers(scope.params[position].default or ("none",), Place(fn[0], scope.order))
    off = [s for s in alternatives(default) if s.value in (ABSENT, UNBOUNDED) or s.number == math.inf]
    taken = position - is_method(engine, fn)
    if not off or not any(_leaves_out(engine.call(frame.site), expr[1], taken) for frame in all_callers(engine, fn)):
        return setting
    return merge([setting, *off])


def _leaves_out(call: Call, name: str, position: int) -> bool:
    """Whether a call surely gives no such argument."""
    if len(call.args) > position or any(arg[0] == "star" for arg in call.args):
        return False
    return all(key not in (name, None) for key, _, _ in call.keywords)
