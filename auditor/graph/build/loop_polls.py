"""Loops that only sleep until somebody else has changed what they test, and those whose test nobody changes."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import Suites, is_true
from auditor.graph.build.loop_changes import View, called, callee_changes, changes_in
from auditor.graph.build.loop_terms import callees, parts, paths, plain, root
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Instance, Key

BUILT = ("__init__", "__post_init__", "__new__")
VALUES = ("cmp", "bool", "not")


def polls(view: View, loop: int) -> bool:
    """Whether a `while` sleeps in each turn until somebody else has changed what it tests."""
    own = view.suites
    return own.module.blocks[loop].kind == "while" and only_outside(view, loop) and _sleeps(own, loop)


def only_outside(view: View, loop: int) -> bool:
    """Whether only others can change the loop's test."""
    own = view.suites
    test = own.module.blocks[loop].expr
    if is_true(test):
        return True
    if test[0] == "cmp":
        return False
    mentioned = paths(own.module, test)
    changes = [*changes_in(view, own.orders(loop)), *(c for v in called(view, own.orders(loop)) for c in callee_changes(v))]
    return not any(c.path.removeprefix("len(").removesuffix(")") in mentioned for c in changes)


def stays(view: View, loop: int) -> bool:
    """Whether nothing can change the test of a `while` that has begun: it asks variables of its function for constants, or objects of the
    program for what only their constructor sets."""
    own = view.suites
    test = own.module.blocks[loop].expr
    if is_true(test) or not _same(view, loop, test):
        return False
    mentioned = {root(p) for p in paths(own.module, test)}
    return bool(mentioned) and mentioned.isdisjoint(root(c.path) for c in changes_in(view, own.orders(loop)))


def _same(view: View, loop: int, test: Expr) -> bool:
    """Whether a part of the test is the same in each turn, if nothing in the loop sets its variables."""
    test, own = plain(test), view.suites
    if test[0] in VALUES or test[0] == "seq":
        # What an attribute holds may be filled and emptied: only what it is compared with says that it is no container.
        return all(
            _same(view, loop, p) if plain(p)[0] != "attr" else test[0] == "cmp" and _same_attribute(view, loop, p) for p in parts(test)
        )
    if test[0] == "call":
        call = own.module.calls[test[1]]
        funcs = callees(view.engine, call, view.module)
        gives = bool(funcs) and not (call.args or call.keywords) and all(_only_reads(view.engine, func.fn) for func in funcs)
        return gives and call.func[0] == "attr" and _is_own(view, loop, call.func[1])
    if test[0] == "name":
        rows = own.module.scopes[own.module.blocks[loop].scope].bindings.get(test[1], ())
        return bool(rows) and all(b.kind == "assign" and plain(b.value)[0] == "const" for b in rows) and not _shared(view, loop, test[1])
    return bool(test[0] == "const")


def _same_attribute(view: View, loop: int, expr: Expr) -> bool:
    expr = plain(expr)
    return _set_once(view.engine, expr[2]) and _is_own(view, loop, expr[1])


def _is_own(view: View, loop: int, expr: Expr) -> bool:
    """Whether it is a variable of the function that holds an object of the program."""
    scope = view.suites.module.scopes[view.suites.module.blocks[loop].scope]
    if expr[0] != "name" or scope.kind != "function" or expr[1] not in scope.bindings or _shared(view, loop, expr[1]):
        return False
    found = view.engine.origins(expr, view.place(view.suites.statement(loop)))
    return bool(found) and all(isinstance(o, Instance) for o in found)


def _shared(view: View, loop: int, name: str) -> bool:
    """Whether a variable is none of a function alone: a function inside may set it too."""
    module, here = view.suites.module, view.suites.module.blocks[loop].scope
    rows = module.scopes[here].bindings.get(name, ())
    return module.scopes[here].kind != "function" or any(b.kind != "param" and module.statements[b.order][0] != here for b in rows)


def _only_reads(engine: Engine, fn: Key) -> bool:
    """Whether all that a method does is to give back what only the constructor of its object sets."""
    facts, scope = engine.modules[fn[0]], engine.scope(fn)
    calls = any(facts.statements[c.order][0] == fn[1] for c in facts.calls)
    stores = any(facts.statements[s.order][0] == fn[1] for s in facts.stores)
    own = scope.params[0].name if scope.params else ""
    return not (calls or stores) and all(
        plain(e.value)[0] != "attr" and _only_given(engine, e.value, own) for e in scope.exits if e.kind == "return"
    )


def _only_given(engine: Engine, value: Expr, own: str) -> bool:
    value = plain(value)
    if value[0] == "attr":
        return bool(value[1] == ("name", own)) and _set_once(engine, value[2])
    if value[0] in (*VALUES, "seq"):
        return all(_only_given(engine, p, own) and (value[0] == "cmp" or plain(p)[0] != "attr") for p in parts(value))
    return bool(value[0] == "const")


def _set_once(engine: Engine, attribute: str) -> bool:
    """Whether only constructors set an attribute."""
    places = [(engine.modules[number], store.order) for number, store in engine.stores_by_attr.get(attribute, ())]
    return bool(places) and all(m.scopes[m.statements[order][0]].name in BUILT for m, order in places)


def _sleeps(own: Suites, loop: int) -> bool:
    """Whether each turn sleeps."""
    return any(c.last == "sleep" for o in own.statements[loop] for c in _surely(own, o))


def _surely(own: Suites, order: int) -> Iterator[Call]:
    yield from own.calls.get(order, ())
    for part in own.parts.get(order, ()):
        if own.module.blocks[part].kind in ("try", "with", "finally"):
            for inner in own.statements[part]:
                yield from _surely(own, inner)
