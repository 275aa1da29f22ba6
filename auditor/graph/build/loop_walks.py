"""Walks: loops that go from an element to the one that a look-up gives for it, until it gives nothing."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import Setting, unknown
from auditor.facts.types import NONE_EXPR, Call, Expr
from auditor.graph.build.loop_changes import View, all_changes, called, enter
from auditor.graph.build.loop_checks import leaving_tests
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_terms import arguments, builtin, callees, path, paths, plain, walk
from auditor.program.origins.types import Key

DEEPEST = 2


def walked(limits: Limits, ends: Ends) -> Setting | None:
    """Of a loop that sets a variable in each turn to what is looked up for it, and ends when that is None; no turn adds to the rest."""
    for name in _asked(limits):
        changes = [c for c in limits.own_changes if c.path == name]
        if not changes or not limits.every_turn(c.order for c in changes):
            continue
        if all(c.way == "set" and _goes_on(limits, ends, name, plain(c.value)) for c in changes):
            return unknown(f"until nothing is found that comes after {name}", unit="turns")
    return _down(limits)


def _down(limits: Limits) -> Setting | None:
    """Of a loop that goes in each turn from a node to one of those below it (`for child in node.below: ... node = child`) and adds none."""
    blocks, changed = limits.own.module.blocks, _changed(limits)
    inner = [blocks[p] for o in limits.own.orders(limits.loop) for p in limits.own.parts.get(o, ()) if blocks[p].kind == "for"]
    for name in sorted({c.path for c in limits.own_changes if c.way == "set"}):
        changes = [c for c in limits.own_changes if c.path == name]
        below = [b for b in inner if b.expr[0] == "attr" and path(b.expr[1]) == name and f".{b.expr[2]}" not in changed]
        picked = {x.name for b in below for x in limits.own.bindings.get(b.order, ()) if x.kind == "for"}
        steps = all(c.way == "set" and path(plain(c.value)) in picked for c in changes)
        if below and steps and limits.every_turn(c.order for c in changes):
            return unknown(f"until there is nothing below {name}", unit="turns")
    return None


def _asked(limits: Limits) -> Iterator[str]:
    """The variables of which None ends the loop in each turn."""
    own, info = limits.own, limits.info
    tests = [(info.expr, False)] if info.kind == "while" else []
    orders = (o for o in own.orders(limits.loop) if limits.every_turn((o,)))
    tests.extend(row for o in orders for row in leaving_tests(own, o, limits.loop, limits.engine))
    for test, leave in tests:
        yield from sorted(name for name in paths(own.module, test) if decided(test, {name: None}) is leave)


def _goes_on(limits: Limits, ends: Ends, name: str, value: Expr) -> bool:
    """Whether a value is what comes after an element: an attribute or a `get` of it, or what functions of the program look up for it."""
    changed = _changed(limits)
    if value[0] == "attr":
        return path(value[1]) == name and f".{value[2]}" not in changed
    if value[0] != "call":
        return False
    call = limits.own.module.calls[value[1]]
    given = arguments(call)
    if name not in {path(plain(arg)) for arg in given} or ends.reaches(limits.view.module, call):
        return False
    model = ends.tainted(ends.model_calls)
    if any(path(plain(arg)) != name and ends.depends(arg, ends.model_calls, model) for arg in given):
        return False
    if call.last == "get" and call.func[0] == "attr":
        kept = path(call.func[1])
        return path(plain(given[0])) == name and kept is not None and changed.isdisjoint(_words(kept))
    if not changed.isdisjoint(word for arg in given if (text := path(plain(arg))) not in (None, name) for word in _words(text or "")):
        return False
    views = [enter(limits.view, call, func, call.order) for func in callees(limits.engine, call, limits.view.module)]
    return bool(views) and all(v is not None and _looks_up(v) and changed.isdisjoint(_read(v)) for v in views)


def _looks_up(view: View) -> bool:
    """Whether a function answers with an element of something or with None, and can do both."""
    assert view.fn is not None
    scope = view.engine.scope(view.fn)
    if scope.yields:
        return False
    found = [kind for leave in scope.exits if leave.kind == "return" for kind in _kinds(view, view.fn, plain(leave.value), 0)]
    falls = "fall" in view.suites.outcomes(scope.body)
    return "" not in found and "found" in found and (falls or "none" in found)


def _kinds(view: View, fn: Key, value: Expr, depth: int) -> Iterator[str]:
    """`none`, `found`: an element, or empty for anything else."""
    if value == NONE_EXPR:
        yield "none"
    elif value[0] == "sub":
        yield "found"
    elif value[0] == "if":
        for part in value[2:]:
            yield from _kinds(view, fn, plain(part), depth)
    elif value[0] == "call":
        yield from _called(view, view.suites.module.calls[value[1]])
    elif value[0] == "name" and depth < DEEPEST:
        for binding in view.engine.scope(fn).bindings.get(value[1], ()) or (None,):
            if binding is None or binding.kind not in ("assign", "for"):
                yield ""
            elif binding.kind == "for":
                yield "found"
            else:
                yield from _kinds(view, fn, plain(binding.value), depth + 1)
    else:
        yield ""


def _called(view: View, call: Call) -> Iterator[str]:
    """`next(rows, None)` and `rows.get(key)` give an element or None, `next(rows)` an element."""
    rest: Expr | None = None
    if builtin(view.engine, call, view.module) == "next" and call.args:
        rest = call.args[1] if len(call.args) > 1 else None
    elif call.func[0] == "attr" and call.last == "get" and call.args:
        rest = call.args[1] if len(call.args) > 1 else NONE_EXPR
    else:
        yield ""
        return
    yield "found"
    if rest is not None:
        yield "none" if rest == NONE_EXPR else ""


def _changed(limits: Limits) -> set[str]:
    """The words of all that the loop and what it calls may change."""
    views = list(called(limits.view, limits.own.orders(limits.loop)))
    changes = [*limits.own_changes, *(c for view in views for c in all_changes(view))]
    names = [c.path.removeprefix("len(").removesuffix(")") for c in changes]
    for view in (limits.view, *views):
        orders = view.suites.orders(limits.loop if view.fn is None else view.engine.scope(view.fn).body)
        stored = (view.path(s.base) for o in orders for s in view.suites.stores.get(o, ()) if s.attr is None)
        names.extend(name for name in stored if name is not None)
    return {word for name in names for word in _words(name)[-1:]}


def _words(text: str) -> list[str]:
    """The variable (not one of a callee's own) and the attributes of a path, without keys."""
    head, *rest = text.partition("[")[0].split(".")
    return [*([] if ":" in head else [head]), *(f".{name}" for name in rest)]


def _read(view: View) -> set[str]:
    """The attributes and global variables that a look-up reads, here and in what it calls."""
    assert view.fn is not None
    rows: set[str] = set()
    body = view.suites.orders(view.engine.scope(view.fn).body)
    for one in (view, *called(view, body)):
        assert one.fn is not None
        scope, own = one.engine.scope(one.fn), one.suites
        for order in own.orders(scope.body):
            exprs = [b.value for b in own.bindings.get(order, ())]
            exprs.extend(e for c in own.calls.get(order, ()) for e in (c.func, *arguments(c)))
            exprs.extend(own.module.blocks[p].expr for p in own.parts.get(order, ()))
            exprs.extend(e.value for e in (own.exits.get(order),) if e is not None)
            for part in (p for e in exprs for p in walk(own.module, e)):
                if part[0] == "attr":
                    rows.add(f".{part[2]}")
                elif part[0] == "name" and part[1] not in scope.bindings:
                    rows.add(part[1])
    return rows
