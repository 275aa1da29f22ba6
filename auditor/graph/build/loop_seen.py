"""Loops and recursions that end at what has been seen before: they ask if it is in a collection, and add it to that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_changes import Change, View, binder, changes_in, is_straight
from auditor.graph.build.loop_checks import leaving_tests
from auditor.graph.build.loop_guards import MEMBERSHIP
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_resets import Resets, below, is_first, is_part
from auditor.graph.build.loop_terms import CLOCKS, path, plain, root
from auditor.graph.build.recursion_kinds import parts_of
from auditor.program.origins.types import New

ADDING = ("add", "append", "appendleft")
TAKING = ("remove", "discard", "pop", "popleft", "clear", "difference_update", "intersection_update", "symmetric_difference_update")
NEVER_AGAIN = CLOCKS | {"uuid.uuid1", "uuid.uuid4", "builtins.object"}
LONGEST = 4
"""how many names something may go by"""


@dataclass(frozen=True, slots=True)
class Asked:
    """`element in kept`, asked by a statement."""

    order: int
    element: str
    kept: str
    of: tuple[Expr, Expr]


def seen_in_loop(limits: Limits) -> str | None:
    """Why a loop may end that leaves at an element which an earlier turn has added to a collection, in words."""
    view, loop, own = limits.view, limits.loop, limits.own
    info = own.module.blocks[loop]
    tests = [(own.statement(loop), info.expr, False)] if info.kind == "while" else []
    tests.extend((order, *row) for order in own.orders(loop) for row in leaving_tests(own, order, loop, view.engine))
    return _seen(limits.resets, _rows(tests), limits.every_turn)


def seen_in_recursion(
    view: View, call: Call, before: set[int], tests: Iterable[tuple[int, Expr, bool]], passed: Callable[[str], Expr | None] | None
) -> str | None:
    """The like of a recursive call. `before`: what surely runs before it; `passed`: what it hands over for a variable of its function; None
    where it comes back by others."""
    own = view.suites
    body = view.engine.modules[view.module].scopes[own.module.statements[call.order][0]].body
    rows = _rows(tests) if body >= 0 else []
    kept = [r for r in rows if passed is None or _is_kept(view, r.kept, passed(root(r.kept)), call)]
    changes = list(changes_in(view, own.orders(body))) if kept else []
    return _seen(Resets(view, body, changes), kept, lambda adds: bool(adds & before))


def _rows(tests: Iterable[tuple[int, Expr, bool]]) -> list[Asked]:
    return [row for order, test, leave in tests for part, ends in parts_of(test, leave) if (row := _asked(order, part, ends)) is not None]


def _seen(resets: Resets, rows: Iterable[Asked], passes: Callable[[set[int]], bool]) -> str | None:
    """`passes`: whether each way to the next turn passes one of some statements."""
    view = resets.view
    for row in rows:
        adds = {o for o, call in _calls(view, resets.own.orders(resets.loop)) if _adds(call, row) and not _is_another(resets, row, o)}
        if adds and passes(adds) and not _is_new(resets, row) and not _forgets(resets, row):
            line = max(1, view.suites.module.statements[row.order][2])
            return f"it ends when {row.element} comes again, which line {line} asks of {row.kept}; how many there are, is not known"
    return None


def _asked(order: int, part: Expr, ends: bool) -> Asked | None:
    """`element in collection`, where that ends it."""
    part = plain(part)
    if part[0] != "cmp" or len(part[2]) != 1 or MEMBERSHIP.get(part[2][0][0]) is not ends:
        return None
    of = (plain(part[1]), plain(part[2][0][1]))
    element, kept = path(of[0]), path(of[1])
    return None if element is None or kept is None else Asked(order, element, kept, of)


def _calls(view: View, orders: Iterable[int]) -> Iterator[tuple[int, Call]]:
    """The methods that are called."""
    for order in orders:
        yield from ((order, c) for c in view.suites.calls.get(order, ()) if c.func[0] == "attr")


def _adds(call: Call, row: Asked) -> bool:
    return call.last in ADDING and path(call.func[1]) == row.kept and bool(call.args) and path(plain(call.args[0])) == row.element


def _is_another(resets: Resets, row: Asked, added: int) -> bool:
    """Whether something else is added than was asked for: it is changed in between."""
    changes = (*resets.changes, *(c for _, _, c in resets.inner))
    return any(row.order < c.order < added and (c.path == row.element or is_part(row.element, c.path)) for c in changes)


def _is_new(resets: Resets, row: Asked) -> bool:
    """Whether the element is another one in each turn: what is counted, or the time."""
    ways = {c.way for c in resets.changes if c.path == row.element}
    found = resets.view.engine.origins(row.of[0], resets.view.place(row.order))
    return ways in ({"up"}, {"down"}) or (bool(found) and all(isinstance(o, New) and o.name in NEVER_AGAIN for o in found))


def _forgets(resets: Resets, row: Asked) -> bool:
    """Whether a turn may take from the collection what it has seen, or begin another one."""
    view = resets.view
    if _has_a_length(view, row):
        return True
    scope = view.suites.module.statements[row.order][0]
    names = _names(view, scope, {row.kept})
    for change in resets.changes:
        kept = change.path == row.kept or is_part(row.kept, change.path)
        if kept and change.way == "set" and change.order in resets.lasting and not is_first(view, change, resets.loop):
            another = resets.another(view, change, f"len({row.kept})")
            if another or (another is False and change.path == row.kept):
                return True
    if _takes(view, resets.orders, names) or any(_begins(resets, *one, row) for one in resets.inner):
        return True
    for inner, alone in below(view, resets.orders):
        assert inner.fn is not None
        if alone and inner.sure and inner.fn != (view.module, scope):
            own = inner.suites
            body = [o for o in own.orders(inner.engine.scope(inner.fn).body) if is_straight(own, own.block_of(o))]
            if _takes(inner, body, _names(inner, inner.fn[1], names)):
                return True
    return False


def _begins(resets: Resets, inner: View, alone: bool, change: Change, row: Asked) -> bool:
    """Whether a called function surely makes another collection."""
    if not (alone and inner.sure and (change.path == row.kept or is_part(row.kept, change.path))):
        return False
    straight = is_straight(inner.suites, inner.suites.block_of(change.at.order))
    return straight and not is_first(inner, change) and bool(resets.another(inner, change, f"len({row.kept})"))


def _has_a_length(view: View, row: Asked) -> bool:
    """Whether the collection drops the oldest where there are too many (`deque(maxlen=3)`)."""
    for origin in view.engine.origins(row.of[1], view.place(row.order)):
        if isinstance(origin, New) and origin.name == "collections.deque":
            call = view.engine.call(origin.site)
            given = [v for name, v, _ in call.keywords if name == "maxlen"] or list(call.args[1:2])
            if given and given[0] != ("const", None):
                return True
    return False


def _names(view: View, scope: int, kept: set[str]) -> set[str]:
    """What something goes by in a function, the names that it has there included (`s = self.seen`)."""
    facts = view.engine.modules[view.module]
    names = set(kept)
    pairs = [
        (f"{view.home(name)}{name}" if view.fn is not None else name, found)
        for name, rows in facts.scopes[scope].bindings.items()
        for b in rows
        if b.kind in ("assign", "walrus") and (found := view.path(plain(b.value))) is not None
    ]
    for _ in range(LONGEST):
        new = {one for pair in pairs for one, other in (pair, pair[::-1]) if other in names}
        if new <= names:
            break
        names |= new
    return names


def _takes(view: View, orders: Iterable[int], names: set[str]) -> bool:
    """Whether statements take something out of what goes by these names."""
    own = view.suites
    for order in orders:
        if any(c.last in TAKING and view.path(c.func[1]) in names for _, c in _calls(view, [order])):
            return True
        if any(view.path(plain(e)) in names for e in own.removed.get(order, ())):
            return True
        if any(s.key is not None and s.key[0] == "slice" and view.path(plain(s.base)) in names for s in own.stores.get(order, ())):
            return True
    return False


def _is_kept(view: View, kept: str, passed: Expr | None, call: Call) -> bool:
    """Whether a recursion goes on with the same collection. `passed`: what the call hands over for the variable."""
    name = root(kept)
    fn = (view.module, view.suites.module.statements[call.order][0])
    params = {p.name: p for p in view.engine.scope(fn).params}
    if name not in params:
        return binder(view.engine, fn, name) != fn[1]
    if passed is not None:
        return path(plain(passed)) == name or str(plain(passed)[0]) not in ("const", "seq", "dict", "comp", "call")
    if call.func[0] == "attr" and name == next(iter(params)):
        return str(plain(call.func[1])[0]) != "call"
    default = params[name].default
    return False if default is None else bool(default[0] != "const")
