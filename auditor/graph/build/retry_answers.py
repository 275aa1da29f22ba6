"""Retries that go on as long as somebody says so: a handler asks a function whose answer cannot be told here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from auditor.facts.types import Call, Expr, Scope
from auditor.graph.build.loop_blocks import LEAVES, ROUND, Suites
from auditor.graph.build.loop_changes import View, called, changes_in, enter
from auditor.graph.build.loop_terms import path, paths, plain, root, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Func, Param, Unresolved, root_of

BUILT = ("__init__", "__post_init__")


def asked(view: View, handler: int, after: Iterable[int], loop: int, counters: set[str]) -> str | None:
    """The function on whose answer it depends whether a failure leads to another try.

    `after`: the statements that may follow the handler in the turn; `counters`: variables that the turns count.
    """
    own = view.suites
    inside = list(own.orders(handler))
    orders = [*inside, *after]
    given = {b.name: plain(b.value) for o in orders for b in own.bindings.get(o, ()) if b.kind in ("assign", "unpack")}
    failure = _failure(own, handler, given)
    made = {b.name for o in own.orders(loop) for b in own.bindings.get(o, ())}
    for test in _tests(own, orders, loop):
        for call in _calls(own, test, given):
            # What a turn makes itself is no judge of it.
            if root(path(call.func) or "") not in made and _decides(view, call, failure, counters):
                return call.last
    return None


def asked_at_limit(view: View, loop: int, counters: set[str]) -> str | None:
    """The function that is asked where a count is up, and on whose word alone the loop goes on all the same."""
    own = view.suites
    blocks = own.module.blocks
    for order in own.statements[loop]:
        part = next((p for p in own.parts.get(order, ()) if blocks[p].kind == "if"), None)
        if part is None or not counters & paths(own.module, blocks[part].expr):
            continue
        given = {b.name: plain(b.value) for o in own.orders(part) for b in own.bindings.get(o, ()) if b.kind in ("assign", "unpack")}
        for inner in (p for p in own.nested(part) if blocks[p].kind == "if"):
            alone = own.outcomes(part, frozenset(own.statements[inner]))
            for call in _calls(own, blocks[inner].expr, given) if alone and alone <= LEAVES else ():
                if _decides(view, call, set(), set()):
                    return call.last
    return None


def asked_before(view: View, handler: int, tests: Iterable[Expr]) -> str | None:
    """The same of a function that calls itself in a handler; `tests`: what keeps the call from running."""
    own = view.suites
    body = view.engine.scope((view.module, own.module.blocks[handler].scope)).body
    given = {b.name: plain(b.value) for o in own.orders(body) for b in own.bindings.get(o, ()) if b.kind in ("assign", "unpack")}
    failure = _failure(own, handler, given)
    for test in tests:
        for call in _calls(own, test, given):
            inside = own.chain(own.block_of(call.order), handler) is not None
            known = any(isinstance(o, Func) for o in view.engine.origins(call.func, view.place(call.order)))
            if (inside or known) and _decides(view, call, failure, set()):
                return call.last
    return None


def repaired(view: View, call: Call, handler: int, passed: Iterable[int]) -> str | None:
    """What a call in a handler is given anew on one certain failure (`if "no field" in str(error): query.field = None`): the service that
    takes it no longer fails so. `passed`: the statements in the handler that surely run before the call."""
    own = view.suites
    failure, blocks = _caught(own, handler), own.module.blocks
    chain = own.chain(own.block_of(call.order), handler) or ()
    branch = next((b for b in chain if blocks[b].kind == "if" and failure & _read(own, blocks[b].expr)), None)
    if branch is None:
        return None
    given = {name for value in (*call.args, *(v for _, v, _ in call.keywords)) for name in _read(own, value)}
    for change in changes_in(view, [o for o in passed if own.chain(own.block_of(o), branch) is not None]):
        if change.way == "set" and change.value[0] == "const" and root(change.path) in given:
            line = own.module.statements[change.at.order][2]
            return f"{change.path} is set in line {line} for one certain failure, which may not come again"
    return None


def picks(own: Suites, handler: int, loop: int) -> bool:
    """Whether a handler looks at the failure to decide if there is another try (`if not may_retry(error): raise`)."""
    orders = list(own.orders(handler))
    given = {b.name: plain(b.value) for o in orders for b in own.bindings.get(o, ()) if b.kind in ("assign", "unpack")}
    failure = _caught(own, handler)
    for name, value in given.items():
        if failure & _read(own, value):
            failure.add(name)
    return any(failure & _read(own, test) for test in _tests(own, orders, loop))


def waits_as_told(own: Suites, handler: int) -> bool:
    """Whether each way round through a handler sleeps as long as the failure says (`sleep(error.seconds)`)."""
    orders = list(own.orders(handler))
    failure = _caught(own, handler)
    for order in orders:
        failure |= {b.name for b in own.bindings.get(order, ()) if b.kind == "assign" and failure & _read(own, b.value)}
    sleeps = {c.order for o in orders for c in own.calls.get(o, ()) if c.last == "sleep" and any(failure & _read(own, a) for a in c.args)}
    return not own.outcomes(handler, frozenset(sleeps)) & ROUND


def _read(own: Suites, expr: Expr) -> set[str]:
    """The variables that an expression reads, arguments of its calls included."""
    return {root(name) for each in walk(own.module, expr) if (name := path(each)) is not None}


def _caught(own: Suites, handler: int) -> set[str]:
    """The name of the exception in its handler."""
    return {b.name for b in own.bindings.get(own.module.blocks[handler].order, ()) if b.kind == "except"}


def _failure(own: Suites, handler: int, given: Mapping[str, Expr]) -> set[str]:
    """The name of the exception and those of what is read from it."""
    bound = _caught(own, handler)
    for name, value in given.items():
        if value[0] != "call" and bound & paths(own.module, value):
            bound.add(name)
        if value[0] == "call" and bound & {root(p) for p in paths(own.module, own.module.calls[value[1]].func)}:
            bound.add(name)
    return bound


def _tests(own: Suites, orders: list[int], loop: int) -> Iterator[Expr]:
    """The conditions on which the loop is left after the failure."""
    blocks = own.module.blocks
    if blocks[loop].kind == "while":
        set_here = {b.name for o in orders for b in own.bindings.get(o, ())}
        if set_here & paths(own.module, blocks[loop].expr):
            yield blocks[loop].expr
    for order in orders:
        for part in own.parts.get(order, ()):
            if blocks[part].kind in ("if", "else") and own.outcomes(part) & LEAVES:
                yield blocks[part].expr


def _calls(own: Suites, test: Expr, given: Mapping[str, Expr]) -> Iterator[Call]:
    """The calls in a condition, and those that gave its variables."""
    todo, seen = [test], set()
    while todo:
        for one in walk(own.module, todo.pop()):
            name = path(one)
            if one[0] == "call":
                yield own.module.calls[one[1]]
            elif name is not None and name in given and name not in seen:
                seen.add(name)
                todo.append(given[name])


def _decides(view: View, call: Call, failure: set[str], counters: set[str]) -> bool:
    """Whether more than the exception makes the answer: nobody knows the function, or it keeps a state or sees a count."""
    own = view.suites
    name = path(call.func)
    if name is not None and "." in name and root(name) in failure:
        return False
    found = [o for o in view.engine.origins(call.func, view.place(call.order)) if not (isinstance(o, Const) and o.value is None)]
    functions = [o for o in found if isinstance(o, Func)]
    if functions:
        seen = {p for a in (*call.args, *(v for _, v, _ in call.keywords)) for p in paths(own.module, a)}
        return bool(seen & counters) or any(_keeps_state(view, call, func) for func in functions)
    passed = any(b.kind == "param" for b in _scope(own, call).bindings.get(name or "", ()))
    return name is not None and (passed or all(isinstance(root_of(o), (Param, Unresolved)) for o in found))


def _scope(own: Suites, call: Call) -> Scope:
    return own.module.scopes[own.module.statements[call.order][0]]


def _keeps_state(view: View, call: Call, func: Func) -> bool:
    """Whether a function changes or reads what outlives it, or asks somebody who is not known."""
    inner = enter(view, call, func, call.order)
    if inner is None:
        return False
    rows = [inner, *called(inner, inner.suites.orders(view.engine.scope(func.fn).body), 1)]
    return any(_outlives(one) for one in rows)


def _outlives(view: View) -> bool:
    assert view.fn is not None
    own, scope = view.suites, view.engine.scope(view.fn)
    orders = list(own.orders(scope.body))
    # What a constructor sets is no state that a later call changes.
    if scope.name not in BUILT and any("." in c.path or "[" in c.path for c in changes_in(View(view.engine, view.module), orders)):
        return True
    for order in orders:
        for call in own.calls.get(order, ()):
            if call.func[0] == "name" and any(isinstance(o, Param) for o in view.engine.origins(call.func, view.place(order))):
                return True
        exit_ = own.exits.get(order)
        if exit_ is not None and exit_.kind == "return" and _changing(view.engine, own, exit_.value):
            return True
    return False


def _changing(engine: Engine, own: Suites, value: Expr) -> bool:
    """Whether an answer reads an attribute that something else than a constructor sets."""
    for one in walk(own.module, value):
        if one[0] == "attr":
            for number, store in engine.stores_by_attr.get(one[2], ()):
                module = engine.modules[number]
                if not engine.is_test[number] and module.scopes[module.statements[store.order][0]].name not in BUILT:
                    return True
    return False
