"""Limits that stand in a function of the program on whose answer a loop ends: they are there, but how far they reach is not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import Suites
from auditor.graph.build.loop_changes import View, all_changes, called, callee_changes, changes_in, enter, getter, read_properties
from auditor.graph.build.loop_checks import FLIPPED, Asked, Check, compared, leaving_tests
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_terms import Waits, callees, path, paths, plain, root, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Param, Result, Unresolved, root_of

Position: TypeAlias = tuple[object, ...]
"""which part of an answer is meant: empty for the whole"""
Reaches: TypeAlias = Callable[[int, Call], bool]
CONVERTING = (("name", "int"), ("name", "float"), ("name", "abs"))


def hidden_limit(engine: Engine, module: int, loop: int, waits: Waits, reaches: Reaches) -> tuple[str, bool] | None:
    """The function whose answer ends the loop when a count reaches a limit, if there is one, and whether each call of it counts."""
    view = View(engine, module)
    name = _kept(view, loop)
    if name is not None:
        return name, False
    for call, position in _deciding(view, loop, reaches):
        for func in callees(engine, call, module):
            inner = enter(view, call, func, call.order)
            if inner is None:
                continue
            name = f"{engine.scope(func.fn).name}()"
            if any(_counted(inner, check) for check in _returned(inner, position)):
                return name, True
            body = inner.suites.orders(engine.scope(func.fn).body)
            for one in (inner, *called(inner, body, 1)):
                if any(not _from_model(check, loop, waits, reaches) for check in _limits(one, position if one is inner else ())):
                    return name, False
    return None


def _kept(view: View, loop: int) -> str | None:
    """A property that compares an attribute, and on which the loop ends; a method that the loop calls counts this attribute."""
    own = view.suites
    orders = list(own.orders(loop))
    counted: set[tuple[str, str]] = set()
    tests = [(own.statement(loop), own.module.blocks[loop].expr)] if own.module.blocks[loop].kind == "while" else []
    branches = [(o, p) for o in orders for p in own.parts.get(o, ()) if own.module.blocks[p].kind == "if"]
    tests.extend((o, own.module.blocks[p].expr) for o, p in branches if own.outcomes(p) & {"break", "return"})
    for order, test in tests:
        for one in walk(own.module, test):
            for inner in read_properties(view, one, order) if one[0] == "attr" else ():
                counted = counted or {(c.path, c.way) for v in called(view, orders) for c in all_changes(v)}
                if any((check_path, way) in counted for check_path, way in _compared(inner)):
                    return str(one[2])
    return None


def _compared(inner: View) -> Iterator[tuple[str, str]]:
    """The paths that a property compares, with the way in which they may be counted until it holds."""
    assert inner.fn is not None
    for leave in inner.engine.scope(inner.fn).exits:
        for one in walk(inner.suites.module, leave.value):
            found = inner.path(plain(one[1])) if one[0] == "cmp" else None
            if found is not None:
                yield from ((found, way) for way in ("up", "down"))


def unread_answer(engine: Engine, module: int, loop: int, waits: Waits, reaches: Reaches) -> str | None:
    """A method of something that is not known, which gives the flag that ends the loop: a limit may stand in it."""
    view = View(engine, module)
    own = view.suites
    tests = [own.module.blocks[loop].expr] if own.module.blocks[loop].kind == "while" else []
    tests.extend(test for order in own.orders(loop) for test, _ in leaving_tests(own, order, loop, engine))
    flags = {path(flag) for test in tests for flag in _flags(test)}
    asked = {root(name) for test in tests for name in paths(own.module, test)}
    for binding in (b for order in own.orders(loop) for b in own.bindings.get(order, ())):
        value = plain(binding.value)
        if binding.kind not in ("assign", "unpack") or value[0] != "call":
            continue
        call = own.module.calls[value[1]]
        passed = _passed_on(view, value) if binding.name in asked and reaches(module, call) else None
        if passed is not None:
            return passed
        if binding.name not in flags:
            continue
        found = engine.origins(call.func, view.place(call.order)) if call.func[0] == "attr" else ()
        if not found or reaches(module, call) or not all(isinstance(root_of(o), (Param, Unresolved)) for o in found):
            continue
        if not Ends(view, loop, waits, reaches).by_model(call.func[1]):
            return call.last
    return None


def _passed_on(view: View, value: Expr) -> str | None:
    """The method of something that is not known whose answer a function of the program gives back as it is, where on another way a model
    is asked: it does the same, by whatever limits of its own."""
    call = view.suites.module.calls[value[1]]
    own = {func.fn for func in callees(view.engine, call, view.module)}
    for origin in view.engine.origins(value, view.place(call.order)) if own else ():
        if isinstance(origin, Result) and isinstance(root_of(origin), (Param, Unresolved)):
            module, index = origin.site
            stands = index >= 0 and (module, view.engine.place_scope(view.engine.call_place((module, index)))) in own
            if stands:
                return origin.method
    return None


def _flags(test: Expr) -> Iterator[Expr]:
    """The bare names in a condition."""
    test = plain(test)
    if test[0] == "not":
        yield from _flags(test[1])
    elif test[0] == "bool":
        for part in test[2]:
            yield from _flags(part)
    elif test[0] == "name":
        yield test


def _returned(view: View, position: Position) -> Iterator[Check]:
    """Comparisons that make this part of a function's answer true, wherever it answers with a count."""
    assert view.fn is not None
    own = view.suites
    for order in own.orders(view.engine.scope(view.fn).body):
        exit_ = own.exits.get(order)
        value = _part(plain(exit_.value), position) if exit_ is not None and exit_.kind == "return" else None
        bound = view.engine.scope(view.fn).bindings.get(value[1], ()) if value is not None and value[0] == "name" else ()
        if len(bound) == 1 and bound[0].kind == "assign":
            value = plain(bound[0].value)
        if value is not None and (value[0] == "cmp" or value[:2] == ("bool", "or")):
            block = own.block_of(order)
            yield from (c for c in compared(Asked(view, block, view.place(order)), value, True) if _counts(c))


def _part(value: Expr, position: Position) -> Expr | None:
    """A part of an answer; None where it is no tuple."""
    if not position:
        return value
    index = position[0]
    if len(position) == 1 and isinstance(index, int) and value[0] == "seq" and -len(value[2]) <= index < len(value[2]):
        return plain(value[2][index])
    return None


def _counted(view: View, check: Check) -> bool:
    """Whether each call of a function counts up what it compares."""
    ways = {change.way for change in callee_changes(view) if change.path == view.path(check.counter)}
    return check.operator in (">", ">=") and ways == {"up"}


def _deciding(view: View, loop: int, reaches: Reaches) -> Iterator[tuple[Call, Position]]:
    """The calls in the tests that leave the loop, or keep a turn from asking a model, and those that gave the variables of these tests,
    with the part of their answer."""
    own = view.suites
    info = own.module.blocks[loop]
    orders = list(own.orders(loop))
    tests = [info.expr] if info.kind == "while" else []
    tests.extend(test for order in orders for test, _ in leaving_tests(own, order, loop, view.engine))
    tests.extend(_sparing(view, loop, reaches))
    given = {c.path: plain(c.value) for c in changes_in(view, orders) if c.way == "set"}
    parts = {b.name: b.detail for order in orders for b in own.bindings.get(order, ()) if b.kind == "unpack"}
    for test in tests:
        for one in walk(own.module, test):
            name = path(one) or ""
            value = given.get(name, one)
            if value[0] == "call":
                yield own.module.calls[value[1]], parts.get(name, ())


def _sparing(view: View, loop: int, reaches: Reaches) -> Iterator[Expr]:
    """The tests of which one branch asks all that the turn asks of a model (`if stop: answer = STOP else: answer = ask()`)."""
    own = view.suites
    asking = {c.order for c in own.calls_in(loop) if reaches(view.module, c)}
    for order in own.orders(loop) if asking else ():
        parts = own.parts.get(order, ())
        if len(parts) == 2 and own.module.blocks[parts[0]].kind == "if" and any(asking <= set(own.orders(part)) for part in parts):
            yield own.module.blocks[parts[0]].expr


def _limits(view: View, position: Position) -> Iterator[Check]:
    """Comparisons of a count with a limit that make a function answer with a constant."""
    assert view.fn is not None
    own = view.suites
    for order in own.orders(view.engine.scope(view.fn).body):
        parts = own.parts.get(order)
        if not parts or own.module.blocks[parts[0]].kind != "if":
            continue
        for block, leave in zip(parts[:2], (True, False), strict=False):
            if own.outcomes(block) == {"return"} and all(_constant(own, o, position) for o in own.orders(block)):
                asked = Asked(view, block, view.place(order))
                yield from (c for c in compared(asked, own.module.blocks[parts[0]].expr, leave) if _counts(c))


def _constant(own: Suites, order: int, position: Position) -> bool:
    exit_ = own.exits.get(order)
    if exit_ is None:
        return True
    part = _part(plain(exit_.value), position)
    if part is not None and position:
        return bool(part[0] == "const")
    return exit_.value[0] == "const" or (exit_.value[0] == "seq" and all(e[0] == "const" for e in exit_.value[2]))


def _counts(check: Check) -> bool:
    """Whether two variables, or a variable and a number that is no mere sign, are put in order."""
    left, right = _bare(check.view, check.counter), _bare(check.view, check.bound)
    if check.operator not in FLIPPED or check.operator == "==" or path(left) is None:
        return False
    return path(right) is not None or (right[0] == "const" and isinstance(right[1], (int, float)) and right[1] > 1)


def _bare(view: View, expr: Expr) -> Expr:
    """`int(d.get("n", 0))` as `d["n"]`, `n * SECONDS` as `n`."""
    expr = plain(expr)
    while expr[0] == "op" and expr[1] in ("*", "/", "//"):
        expr = plain(expr[2])
    while expr[0] == "call":
        call = view.suites.module.calls[expr[1]]
        inner = getter(view, expr)
        if inner is not None:
            return inner
        if call.func not in CONVERTING or not call.args:
            return expr
        expr = plain(call.args[0])
    return expr


def _from_model(check: Check, loop: int, waits: Waits, reaches: Reaches) -> bool:
    """Whether the count is what a model said, here or where it was passed on from."""
    place: View | None = check.view
    counter: Expr | None = _bare(check.view, check.counter)
    while place is not None and counter is not None:
        block = loop if place.fn is None else place.engine.scope(place.fn).body
        if Ends(View(place.engine, place.module), block, waits, reaches).by_model(counter):
            return True
        counter, place = _passed(place, root(path(counter) or "")), place.above
    return False


def _passed(view: View, name: str) -> Expr | None:
    """What the call that leads here passes for a parameter."""
    if view.above is None or view.fn is None:
        return None
    scope = view.engine.scope(view.fn)
    names = [p.name for p in scope.params]
    if name not in names:
        return None
    for call in view.above.suites.calls.get(view.called_at, ()):
        if call.last != scope.name:
            continue
        for keyword, value, _ in call.keywords:
            if keyword == name:
                return value
        position = names.index(name) - (1 if names[0] in ("self", "cls") else 0)
        if 0 <= position < len(call.args):
            return call.args[position]
    return None
