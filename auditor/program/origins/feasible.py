"""What a call can run: not a function that its arguments do not fit, nor the body of a coroutine that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.facts.types import Call, Scope
from auditor.program.origins.engine import Engine, last_name
from auditor.program.origins.types import Class, Func, Origins

PLAIN = frozenset(("staticmethod", "classmethod", "abstractmethod", "override", "final"))
"""decorators that leave a function with the parameters and the kind of result that it is written with"""


def feasible(engine: Engine, call: Call, found: Origins) -> Origins:
    """What a call can call. What surely fails before it begins is left out where something else fits: else it was not resolved well."""
    if len(found) < 2 or not any(isinstance(o, Func) for o in found):
        return found
    kept = tuple(o for o in found if not (isinstance(o, Func) and not fits(engine, o, call)))
    return kept if any(isinstance(o, (Func, Class)) for o in kept) else found


def never_awaited(scope: Scope, call: Call) -> bool:
    """Whether a call only makes a coroutine and drops it."""
    return call.dropped and not call.awaited and scope.is_async and is_plain(scope)


def is_plain(scope: Scope) -> bool:
    return all(last_name(d) in PLAIN for d in scope.decorators)


def fits(engine: Engine, func: Func, call: Call) -> bool:
    """Whether the arguments of a call can be those of a function; what comes in by `*` and `**` may be anything."""
    scope = engine.scope(func.fn)
    if not is_plain(scope):
        return True
    params = scope.params[1:] if func.owner is not None else scope.params
    kinds = {p.kind for p in scope.params}
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
    needed: Iterable[str] = (
        p.name for p in (*positional[len(written) :], *(p for p in params if p.kind == "keyword")) if p.default is None
    )
    return set(needed) <= set(keywords)
