"""Loops that go round once more at most: each turn that does sets a flag, and leaves where this is set already.

The flag is a variable, an attribute or an entry, here or in the function that is asked whether there is another turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from auditor.core.values import Setting
from auditor.facts.types import NONE_EXPR, Binding, Call, Expr
from auditor.graph.build.loop_blocks import FALL
from auditor.graph.build.loop_changes import Change, View, all_changes, called, changes_in, enter, is_straight
from auditor.graph.build.loop_checks import leaving_tests
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_terms import callees, path, paths, plain, walk
from auditor.program.origins.types import Key

DEEPEST = 2
ANSWER = "(answer)"
Passes: TypeAlias = Callable[[Iterable[int]], bool]
"""whether each way round that is asked about passes one of these statements"""
Known: TypeAlias = Mapping[str, object]
Changes: TypeAlias = Mapping[str, list[tuple[Change, bool]]]


def one_shot(limits: Limits, passes: Passes) -> Setting | None:
    """The turns that such a flag allows: the first, and one more where the flag is asked for before it is set."""
    own, loop = limits.own, limits.loop
    tests = [(own.statement(loop), limits.info.expr, False)] if limits.info.kind == "while" else []
    tests.extend((o, test, leave) for o in own.orders(loop) for test, leave in leaving_tests(own, o, loop, limits.engine))
    changes = _changes(limits) if tests else {}
    for order, test, leave in tests:
        if order != own.statement(loop) and not passes((order,)):
            continue
        name = _set_here(limits, changes, passes, test, leave)
        sets = [c.order for c, _ in changes.get(limits.view.own(name), ())] if name is not None else []
        name = name or _set_where_asked(limits, changes, passes, order, test, leave)
        if name is not None:
            once = order == own.statement(loop) or (bool(sets) and max(sets) < order)
            return Setting(1 if once else 2, "inferred", why=f"{name} ends it when it is set, as each turn does", unit="turns")
    return None


def _set_here(limits: Limits, changes: Changes, passes: Passes, test: Expr, leave: bool) -> str | None:
    """A flag that the loop asks for, and sets itself or in what it surely calls."""
    for name in sorted(paths(limits.own.module, test)):
        mine = changes.get(limits.view.own(name), [])
        value = _only(c for c, _ in mine)
        if value is None or decided(test, {name: value[1]}) is not leave or not _lasts(limits, name):
            continue
        if passes([c.order for c, sure in mine if sure]):
            return name
    return None


def _changes(limits: Limits) -> dict[str, list[tuple[Change, bool]]]:
    """What a turn changes, and whether each change happens whenever its statement runs."""
    rows: dict[str, list[tuple[Change, bool]]] = defaultdict(list)
    for change in changes_in(limits.view, limits.own.orders(limits.loop)):
        rows[change.path].append((change, True))
    for inner in called(limits.view, limits.own.orders(limits.loop)):
        sure, own = inner.sure and _surely_called(inner), inner.suites
        for change in all_changes(inner):
            rows[change.path].append((change, sure and is_straight(own, own.block_of(change.at.order))))
    return rows


def _surely_called(view: View) -> bool:
    """Whether the calls that lead to a function call nothing else, and it begins to run there."""
    while view.above is not None:
        assert view.fn is not None
        scope = view.engine.scope(view.fn)
        for call in view.above.suites.calls.get(view.called_at, ()):
            if all(func.fn != view.fn for func in callees(view.engine, call, view.above.module)):
                continue
            several = len(view.engine.origins(call.func, view.above.place(call.order))) > 1
            if several or scope.yields or (scope.is_async and not call.awaited):
                return False
        view = view.above
    return True


def _only(changes: Iterable[Change]) -> Expr | None:
    """The only constant to which something is set."""
    rows = [c.value if c.way == "set" else NONE_EXPR[:1] for c in changes]
    same = bool(rows) and all(row == rows[0] for row in rows)
    return rows[0] if same and rows[0][0] == "const" and len(rows[0]) == 2 else None


def _lasts(limits: Limits, name: str) -> bool:
    """Whether what a flag is part of stays the same in a turn; of a variable, that no other function sets it."""
    wholes = _wholes(name) - {name}
    if wholes:
        return not any(c.path in wholes for c in limits.all_changes) and ":" not in name
    facts = limits.own.module
    scope = facts.blocks[limits.loop].scope
    rows = facts.scopes[scope].bindings.get(name, ())
    return bool(rows) and all(facts.statements[b.order][0] == scope for b in rows if b.kind != "param")


def _wholes(name: str) -> set[str]:
    """A path with all that it is part of."""
    return {name, *(name[:i] for i, char in enumerate(name) if char in ".[")}


# -- functions that are asked for another turn


def _set_where_asked(limits: Limits, changes: Changes, passes: Passes, order: int, test: Expr, leave: bool) -> str | None:
    """A flag of a function whose answer leaves the loop: of each that may be called, one of its own."""
    for call, test_of in _asked(limits, order, test):
        ends = Ending(test_of, leave)
        funcs = callees(limits.engine, call, limits.view.module)
        if not funcs or len(funcs) != len(limits.engine.origins(call.func, limits.view.place(call.order))):
            continue
        chain = limits.own.chain(limits.own.block_of(call.order), limits.loop)
        caught = chain is None or any(limits.own.module.blocks[b].kind == "try" for b in chain)
        if caught or not passes((call.order,)) or not _wholes(path(call.func) or "").isdisjoint(changes):
            continue
        names = [
            _flag_of(limits, changes, inner, call, ends) for f in funcs if (inner := enter(limits.view, call, f, call.order)) is not None
        ]
        if len(names) == len(funcs) and None not in names:
            return names[0]
    return None


def _asked(limits: Limits, order: int, test: Expr) -> Iterator[tuple[Call, Expr]]:
    """The calls whose answer a condition asks for, with the condition in terms of that answer."""
    facts = limits.own.module
    for part in walk(facts, test):
        if part[0] == "call":
            yield facts.calls[part[1]], _put(test, part, ("name", ANSWER))
        elif part[0] in ("name", "walrus"):
            rows = [c for c in limits.own_changes if c.path == part[1]]
            value = plain(rows[0].value) if len(rows) == 1 and rows[0].way == "set" and rows[0].order <= order else part
            if value[0] == "call":
                yield facts.calls[value[1]], _put(test, part, ("name", ANSWER))


def _put(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    return tuple(_put(e, old, new) if isinstance(e, tuple) and e and isinstance(e[0], (str, tuple)) else e for e in expr)


class Ending:
    """Says of a constant answer whether it leaves the loop."""

    def __init__(self, test: Expr, leave: bool) -> None:
        self.test = test
        self.leave = leave

    def __call__(self, value: Expr) -> bool:
        return value[0] == "const" and decided(self.test, {ANSWER: value[1]}) is self.leave


def _flag_of(limits: Limits, changes: Changes, inner: View, call: Call, ends: Ending) -> str | None:
    """The flag of a function that gives such an answer where it is set, and sets it before it gives any other one."""
    assert inner.fn is not None
    own, scope = inner.suites, limits.engine.scope(inner.fn)
    if scope.yields or (scope.is_async and not call.awaited):
        return None
    leaving = {e.order for e in scope.exits if e.kind == "return" and ends(plain(e.value))}
    for order in own.statements[scope.body]:
        parts = own.parts.get(order, ())
        if not parts or own.module.blocks[parts[0]].kind != "if":
            continue
        for part, leave in zip(parts[:2], (True, False), strict=False):
            left = {o for o in own.orders(part) if o in own.exits}
            if own.outcomes(part) != {"return"} or not left <= leaving:
                continue
            test = own.module.blocks[parts[0]].expr
            for name in sorted(paths(own.module, test)):
                value = _constant_set(limits, changes, inner, name)
                if value is None or _holds(inner, test, {name: value[1]}, 0) is not leave:
                    continue
                sets = {o for o in own.orders(scope.body) if o > order and _sets(inner, o, name)}
                ways = own.outcomes(scope.body, frozenset(sets | leaving))
                if "return" not in ways and (FALL not in ways or ends(NONE_EXPR)):
                    return name
    return None


def _sets(inner: View, order: int, name: str) -> bool:
    return any(inner.path(e) == inner.own(name) for e in _targets(inner, order))


def _targets(inner: View, order: int) -> Iterator[Expr]:
    yield from (("name", b.name) for b in inner.suites.bindings.get(order, ()))
    for store in inner.suites.stores.get(order, ()):
        yield ("attr", store.base, store.attr) if store.attr is not None else ("sub", store.base, store.key)


def _constant_set(limits: Limits, changes: Changes, inner: View, name: str) -> Expr | None:
    """The constant to which a function sets what is kept from one turn to the next; nothing else in a turn sets it."""
    assert inner.fn is not None
    facts, scope = inner.suites.module, limits.engine.scope(inner.fn)
    if not name.isidentifier():
        found = inner.own(name)
        kept = ":" not in found and _lasts(limits, found)
        return _only(c for c, _ in changes.get(found, ())) if kept else None
    if name in scope.bindings:
        return None
    owner = scope.parent
    while owner >= 0 and (name not in facts.scopes[owner].bindings or facts.scopes[owner].kind == "class"):
        owner = facts.scopes[owner].parent
    rows = facts.scopes[owner].bindings[name] if owner >= 0 else []
    inside = set(limits.own.orders(limits.loop)) if inner.module == limits.view.module else set()
    anew = [b for b in rows if facts.statements[b.order][0] != owner]
    begun = [b for b in rows if facts.statements[b.order][0] == owner]
    if (
        any(b.order in inside or b.order > scope.order for b in begun)
        or not begun
        or (owner == 0 and limits.engine.stores_by_attr.get(name))
    ):
        return None
    return _same(anew)


def _same(rows: list[Binding]) -> Expr | None:
    values = [b.value if b.kind == "assign" else ("other",) for b in rows]
    return values[0] if values and values[0][0] == "const" and all(v == values[0] for v in values) else None


def _holds(view: View, test: Expr, known: Known, depth: int) -> bool | None:
    """Whether a condition holds, by what is known, also where it asks a function that only computes an answer."""
    test = plain(test)
    if test[0] == "not":
        answer = _holds(view, test[1], known, depth)
        return None if answer is None else not answer
    if test[0] == "bool":
        answers = [_holds(view, part, known, depth) for part in test[2]]
        ends: bool = test[1] == "or"
        return ends if ends in answers else None if None in answers else not ends
    if test[0] != "call" or depth >= DEEPEST:
        return decided(test, known)
    call = view.suites.module.calls[test[1]]
    found = {_answer(view, call, func.fn, known, depth) for func in callees(view.engine, call, view.module)}
    return found.pop() if len(found) == 1 else None


def _answer(view: View, call: Call, fn: Key, known: Known, depth: int) -> bool | None:
    scope = view.engine.scope(fn)
    returns = [e for e in scope.exits if e.kind == "return"]
    inner = View(view.engine, fn[0])
    if len(returns) != 1 or scope.yields or FALL in inner.suites.outcomes(scope.body) or (scope.is_async and not call.awaited):
        return None
    params = [p.name for p in scope.params if p.kind in ("positional", "keyword")]
    params = params[1:] if params and params[0] in ("self", "cls") and call.func[0] == "attr" else params
    given = [*zip(params, call.args, strict=False), *((n, v) for n, v, _ in call.keywords if n is not None)]
    told = {
        name: known[text]
        for name, value in given
        if (text := path(plain(value)) or "") in known and _unchanged(scope.bindings.get(name, ()))
    }
    return _holds(inner, plain(returns[0].value), told, depth + 1)


def _unchanged(rows: Iterable[Binding]) -> bool:
    return all(b.kind == "param" for b in rows)
