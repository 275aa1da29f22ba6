"""Decorators of the program as calls: `@register` and `@register("name")` give the function below them to a parameter."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Frame, Func, Key, Origin, Place, Unresolved

MOST_DECORATED = 256


def decorated(engine: Engine, fn: Key) -> tuple[Frame | Unresolved, ...]:
    """Frames in which a function decorates another: itself, or as what the function around it returns; none where there are too many,
    Unresolved where it takes too long to tell."""
    scope = engine.scope(fn)
    if scope.kind != "function" or not scope.params:
        return ()
    around: Key = (fn[0], scope.parent)
    names = {scope.name, engine.scope(around).name if scope.parent > 0 else ""}
    if not any(name in engine.decorated_by for name in names):
        return ()
    found: tuple[object, ...] = engine.query(("decorated", fn), _decorated, engine, fn, around)
    return tuple(f for f in found if isinstance(f, Frame))


def _decorated(engine: Engine, fn: Key, around: Key) -> list[Frame]:
    scope = engine.scope(fn)
    rows = list(_direct(engine, fn, scope.name))
    if scope.parent > 0 and any(e.kind == "return" and e.value == ("name", scope.name) for e in engine.scope(around).exits):
        rows.extend(_made(engine, fn, around))
    return rows if len(rows) <= MOST_DECORATED else []


def _direct(engine: Engine, fn: Key, name: str) -> Iterator[Frame]:
    """`@fn` over a function, or `@owner.fn`."""
    for target, expr in engine.decorated_by.get(name, ()):
        if expr[0] != "call" and engine.speaks_of(target[0], fn[0]):
            for origin in _means(engine, target, expr, fn):
                yield Frame(fn, target, 0, origin.owner, (), origin.ctx, 1, Func(target, None, 0))


def _made(engine: Engine, fn: Key, around: Key) -> Iterator[Frame]:
    """`@around(...)` over a function: what it returns is called with the function."""
    for target, expr in engine.decorated_by.get(engine.scope(around).name, ()):
        if expr[0] == "call" and engine.speaks_of(target[0], fn[0]):
            for origin in _means(engine, target, engine.modules[target[0]].calls[expr[1]].func, around):
                outer = engine.frame(Frame(around, (target[0], expr[1]), 0, origin.owner, (), origin.ctx, 1))
                yield Frame(fn, target, 0, None, (), outer, 2, Func(target, None, 0))


def _means(engine: Engine, target: Key, expr: Expr, fn: Key) -> Iterator[Func]:
    found: tuple[Origin, ...] = engine.origins(expr, Place(target[0], engine.scope(target).order))
    return (o for o in found if isinstance(o, Func) and o.fn == fn)


def contexts(engine: Engine, module: int, order: int, ctx: int) -> list[int]:
    """The contexts in which a statement of a decorator runs, one for each function that it decorates; of others the given one."""
    facts = engine.modules[module]
    scope = facts.statements[order][0]
    while scope > 0 and facts.scopes[scope].kind != "function":
        scope = facts.scopes[scope].parent
    frames = decorated(engine, (module, scope)) if scope > 0 else ()
    return [engine.frame(f) for f in frames if isinstance(f, Frame)] or [ctx]


def wrapped(engine: Engine, fn: Key, ctx: int) -> Origin | None:
    """The function that a wrapper inside a decorator stands for: it says so by `@wraps(func)`."""
    frame = engine.find_frame(ctx, (fn[0], engine.scope(fn).parent))
    if frame is None or frame.decorated is None:
        return None
    calls = engine.modules[fn[0]].calls
    wraps = any(d[0] == "call" and calls[d[1]].last == "wraps" for d in engine.scope(fn).decorators)
    return frame.decorated if wraps else None


def in_wrapper(engine: Engine, fn: Key, module: int, call: Call) -> bool:
    """Whether a call stands in the wrapper that a decorator puts in a function's place: it runs the function for those who call that by
    its name, and for nobody else. Not where the wrapper is kept elsewhere, too."""
    scopes = engine.modules[module].scopes
    index = engine.modules[module].statements[call.order][0]
    while index > 0:
        around = scopes[index].parent
        if scopes[index].kind == "function" and around > 0 and scopes[around].kind == "function":
            own = any(f.decorated == Func(fn, None, 0) for f in decorated(engine, (module, around)) if isinstance(f, Frame))
            if own:
                return _only_returned(engine, module, around, scopes[index].name)
        index = around
    return False


def _only_returned(engine: Engine, module: int, around: int, name: str) -> bool:
    """Whether a function gives back the one of this name that is nested in it, and does nothing else with it."""
    facts, wrapper = engine.modules[module], ("name", name)
    if not any(e.kind == "return" and e.value == wrapper for e in facts.scopes[around].exits):
        return False
    given = any(number == module and facts.statements[call.order][0] == around for number, call, _ in engine.value_uses.get(name, ()))
    return not given and not any(s.value == wrapper and facts.statements[s.order][0] == around for s in facts.stores)
