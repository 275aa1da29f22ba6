"""Calls that do not run the body of a function that they lead to: nothing awaits its coroutine, or it does not take their arguments."""

from __future__ import annotations

from auditor.facts.types import Call, Scope
from auditor.graph.build.context import Build
from auditor.program.origins.types import Frame, Func, Key, Place


def is_void(build: Build, fn: Key, frame: Frame) -> bool:
    """Whether a call of a function, as it is written, cannot run it."""
    scope = build.engine.scope(fn)
    if _may_be_replaced(build, fn, scope) or frame.partials or frame.decorated is not None:
        return False
    return _never_awaited(build, scope, frame.site) or _refused(build, fn, frame)


def _may_be_replaced(build: Build, fn: Key, scope: Scope) -> bool:
    """Whether a decorator, of the function or its class, may have put something else in its place."""
    owner = build.engine.modules[fn[0]].scopes[scope.parent] if scope.parent >= 0 else scope
    return bool(scope.decorators or (owner.kind == "class" and (owner.decorators or owner.keywords)))


def _never_awaited(build: Build, scope: Scope, site: Key) -> bool:
    """The body of a coroutine or a generator runs when its result is waited for or gone through; here nothing takes it."""
    return bool(scope.is_async or scope.yields) and site[1] in build.engine.modules[site[0]].bare


def _refused(build: Build, fn: Key, frame: Frame) -> bool:
    """Of several functions that a call may mean, one that does not take its arguments is not the one, if another takes them."""
    call = build.engine.call(frame.site)
    taken = 0 if frame.owner is None else 1
    if _takes(build.engine.scope(fn), call, taken):
        return False
    found = build.engine.origins(call.func, Place(frame.site[0], call.order))
    others = [o for o in found if isinstance(o, Func) and o.fn != fn]
    return any(_takes(build.engine.scope(o.fn), call, 0 if o.owner is None else 1) for o in others)


def _takes(scope: Scope, call: Call, taken: int) -> bool:
    """Whether a function takes the positions and keywords that a call certainly gives; `taken`: parameters that its receiver fills."""
    kinds = {p.kind for p in scope.params}
    given = sum(1 for a in call.args if a[0] != "star")
    if "args" not in kinds and given > sum(1 for p in scope.params if p.kind == "positional") - taken:
        return False
    names = {p.name for p in scope.params if p.kind in ("positional", "keyword")}
    return "kwargs" in kinds or all(name is None or name in names for name, _, _ in call.keywords)
