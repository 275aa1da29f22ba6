"""Decorators of the program as calls: `@register` and `@register("name")` give the function below them to a parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.facts.types import Call, Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Ext, Frame, Func, Instance, Key, Origin, Place, Unresolved

MOST_DECORATED = 512
TOO_MANY = Unresolved(f"more than {MOST_DECORATED} functions are decorated with it")


def decorated(engine: Engine, fn: Key) -> tuple[Frame | Unresolved, ...]:
    """Frames in which a function decorates another, or a class: itself, or as what the function around it returns; one Unresolved where
    there are too many."""
    scope = engine.scope(fn)
    if scope.kind != "function" or not scope.params:
        return ()
    around: Key = (fn[0], scope.parent)
    names = {scope.name, engine.scope(around).name if scope.parent > 0 else ""}
    if not any(name in engine.decorated_by for name in names):
        return ()
    found: tuple[Any, ...] = engine.query(("decorated", fn), _decorated, engine, fn, around)
    return found[0] if found and isinstance(found[0], tuple) else ()


def _decorated(engine: Engine, fn: Key, around: Key) -> list[Any]:
    """One answer, with all frames in it: they may be more than the values that a query can give."""
    scope = engine.scope(fn)
    outer = engine.scope(around)
    made = scope.name == "__call__" if outer.kind == "class" else any(e.value == ("name", scope.name) for e in outer.exits)
    by = [(scope.name, False), *([(outer.name, True)] if scope.parent > 0 and made else [])]
    uses = [(t, e) for name, made in by for t, e in engine.decorated_by.get(name, ()) if (e[0] == "call") == made]
    uses = [(target, expr) for target, expr in uses if engine.speaks_of(target[0], fn[0])]
    engine.ahead(("decorated", fn), ((_decorator(engine, *use), _above(engine, use[0])) for use in uses))
    rows = [frame for target, expr in uses for frame in _frames(engine, fn, around, target, expr)]
    return [tuple(rows) if len(rows) <= MOST_DECORATED else (TOO_MANY,)]


def _decorator(engine: Engine, target: Key, expr: Expr) -> Expr:
    return engine.call((target[0], expr[1])).func if expr[0] == "call" else expr


def _above(engine: Engine, target: Key) -> Place:
    return Place(target[0], engine.scope(target).order)


def _frames(engine: Engine, fn: Key, around: Key, target: Key, expr: Expr) -> Iterator[Frame]:
    """`@fn` or `@owner.fn` over a function or class; `@around(...)`: what it returns, or the object that it makes, is called with that."""
    given: Origin = Class(target) if engine.scope(target).kind == "class" else Func(target, None, 0)
    found: tuple[Origin, ...] = engine.origins(_decorator(engine, target, expr), _above(engine, target))
    for origin in found:
        if expr[0] != "call":
            if isinstance(origin, Func) and origin.fn == fn:
                yield Frame(fn, target, 0, origin.owner, (), origin.ctx, 1, given)
        elif isinstance(origin, Func) and origin.fn == around:
            outer = engine.frame(Frame(around, (target[0], expr[1]), 0, origin.owner, (), origin.ctx, 1))
            yield Frame(fn, target, 0, None, (), outer, 2, given)
        elif isinstance(origin, Class) and origin.cls == around:
            yield Frame(fn, target, 0, Instance(around, (target[0], expr[1]), 0), (), 0, 1, given)


def contexts(engine: Engine, module: int, order: int, ctx: int) -> list[int]:
    """The contexts in which a statement of a decorator runs, one for each function that it decorates; likewise of a function that a
    decorator calls. Of others the given one."""
    fn = _function(engine, module, order)
    found: tuple[Any, ...] = engine.query(("decorating", fn), lambda: [tuple(_decorating(engine, fn))]) if fn[1] > 0 else ()
    return (list(found[0]) if found and isinstance(found[0], tuple) else []) or [ctx]


def _function(engine: Engine, module: int, order: int) -> Key:
    """The function that a statement stands in; (module, 0) where it stands in none."""
    facts = engine.modules[module]
    scope = facts.statements[order][0]
    while scope > 0 and facts.scopes[scope].kind != "function":
        scope = facts.scopes[scope].parent
    return module, max(scope, 0)


def _decorating(engine: Engine, fn: Key) -> list[int]:
    """The contexts of a function that decorates others, or of which a call stands in one that does: one for each that is decorated, and
    one for each other call; none where it is no such function, or they are too many."""
    from auditor.program.origins.callers import found_callers

    frames = decorated(engine, fn)
    calls = engine.calls_by_last.get(engine.scope(fn).name, ())
    called = found_callers(engine, fn) if frames or any(_may_decorate(engine, n, c) for n, c in calls) else ()
    if not all(isinstance(f, Frame) for f in (*frames, *called)):
        return []
    rows = [engine.frame(f) for f in frames if isinstance(f, Frame)]
    for frame in called:
        number, call = frame.site[0], engine.call(frame.site)
        places = [Place(number, call.order, ctx) for ctx in contexts(engine, number, call.order, 0) if ctx]
        engine.ahead(("calls", frame.site), ((call.func, at) for at in places))
        for at in places:
            calling = (o for o in engine.origins(call.func, at) if isinstance(o, Func) and o.fn == fn)
            rows.extend(engine.entered(o, frame.site, at.ctx, ()) for o in calling)
        if not places:
            rows.append(engine.frame(frame))
    return rows


def _may_decorate(engine: Engine, number: int, call: Call) -> bool:
    """Whether a call stands in a function that may be a decorator, by its name and what it is given."""
    fn = _function(engine, number, call.order)
    scope, around = engine.scope(fn), engine.scope((fn[0], max(engine.scope(fn).parent, 0)))
    return fn[1] > 0 and bool(scope.params) and (scope.name in engine.decorated_by or around.name in engine.decorated_by)


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
    return _kept_wrapper(engine, fn, module, call) is False


def in_kept_wrapper(engine: Engine, fn: Key, module: int, call: Call) -> bool:
    """Whether a call stands in a function that a decorator makes around another one and keeps or registers: that runs it."""
    return _kept_wrapper(engine, fn, module, call) is True


def _kept_wrapper(engine: Engine, fn: Key, module: int, call: Call) -> bool | None:
    """Whether the decorator of a function keeps what it makes around it, where a call stands in that."""
    scopes = engine.modules[module].scopes
    index = engine.modules[module].statements[call.order][0]
    while index > 0:
        around = scopes[index].parent
        if scopes[index].kind == "function" and around > 0 and scopes[around].kind == "function":
            own = any(f.decorated == Func(fn, None, 0) for f in decorated(engine, (module, around)) if isinstance(f, Frame))
            if own:
                return not _only_returned(engine, module, around, scopes[index].name)
        index = around
    return None


def _only_returned(engine: Engine, module: int, around: int, name: str) -> bool:
    """Whether a function gives back the one of this name that is nested in it, and does nothing else with it."""
    facts, wrapper = engine.modules[module], ("name", name)
    if not any(e.kind == "return" and e.value == wrapper for e in facts.scopes[around].exits):
        return False
    uses = (call for number, call, _ in engine.value_uses.get(name, ()) if number == module and facts.statements[call.order][0] == around)
    given = any(not _only_names(engine, call, module) for call in uses)
    return not given and not any(s.value == wrapper and facts.statements[s.order][0] == around for s in facts.stores)


def _only_names(engine: Engine, call: Call, module: int) -> bool:
    """`functools.update_wrapper(wrapper, function)` makes it look like the function."""
    found = engine.origins(call.func, Place(module, call.order))
    return bool(found) and all(isinstance(o, Ext) and o.name in ("functools.update_wrapper", "functools.wraps") for o in found)
