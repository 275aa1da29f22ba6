"""What a call can run: not a function that its arguments do not fit, nor the body of a coroutine or generator that
nobody waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.facts.types import Call, Expr, Parameter
from auditor.program.origins.engine import Engine
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Class, Func, Key, Origins

PLAIN = frozenset(("staticmethod", "classmethod", "abstractmethod", "override", "final"))
"""decorators that leave a function with the parameters and the kind of result that it is written with"""
PLAIN_CLASS = frozenset(("dataclass",))


def feasible(engine: Engine, call: Call, found: Origins) -> Origins:
    """What a call can call. What surely fails before it begins is left out where something else fits: else it was not resolved well."""
    if len(found) < 2 or not any(isinstance(o, Func) for o in found):
        return found
    kept = tuple(o for o in found if not (isinstance(o, Func) and not fits(engine, o, call)))
    return kept if any(isinstance(o, (Func, Class)) for o in kept) else found


def never_run(engine: Engine, fn: Key, call: Call) -> bool:
    """Whether a call of a function only makes a coroutine, or a generator, and drops it."""
    scope = engine.scope(fn)
    return call.dropped and not call.awaited and (scope.is_async or bool(scope.yields)) and is_plain(engine, fn)


def is_plain(engine: Engine, fn: Key) -> bool:
    """Whether a function is what it is written as: no decorator, of its own or of its class, may have put another one in its place."""
    scope = engine.scope(fn)
    around = engine.scope((fn[0], max(scope.parent, 0)))
    of_class = around.decorators if around.kind == "class" else ()
    return _known(engine, fn, scope.decorators, PLAIN) and _known(engine, fn, of_class, PLAIN_CLASS)


def _known(engine: Engine, fn: Key, decorators: Iterable[Expr], names: frozenset[str]) -> bool:
    return all(last_name(engine.call((fn[0], d[1])).func if d[0] == "call" else d) in names for d in decorators)


def fits(engine: Engine, func: Func, call: Call) -> bool:
    """Whether the arguments of a call can be those of a function; what comes in by `*` and `**` may be anything."""
    params = engine.scope(func.fn).params
    # A function that is kept in a class gets the object, too.
    shifts = (1,) if func.owner is not None else (0, 1) if call.func[0] == "attr" else (0,)
    return not is_plain(engine, func.fn) or any(_fit(params[shift:], call) for shift in shifts)


def _fit(params: Sequence[Parameter], call: Call) -> bool:
    kinds = {p.kind for p in params}
    names = {p.name for p in params if p.kind in ("positional", "keyword")}
    positional = [p for p in params if p.kind == "positional"]
    written = [a for a in call.args if a[0] != "star"]
    keywords = [name for name, _, _ in call.keywords]
    if "kwargs" not in kinds and any(name is not None and name not in names for name in keywords):
        return False
    if "args" not in kinds and len(written) > len(positional):
        return False
    if len(written) < len(call.args) or None in keywords:
        return True
    rest = [*positional[len(written) :], *(p for p in params if p.kind == "keyword")]
    return {p.name for p in rest if p.default is None} <= set(keywords)
