"""Recursions on the state of an object: a guard asks for an attribute that is set to something else before the call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from auditor.core.values import Setting
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import FALL, Suites, suites
from auditor.graph.build.loop_changes import DEEPEST, MOST_VISITS, Change, View, called, changes_in, enter, is_straight
from auditor.graph.build.loop_terms import callees, paths, plain, root
from auditor.graph.build.recursion_kinds import ONCE, Guard, holds, partly_known, parts_of
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key, Place

ByModel: TypeAlias = Callable[[Change], bool]


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of an attribute, and whether it happens whenever its statement runs."""

    change: Change
    sure: bool


def another_state(
    engine: Engine,
    fn: Key,
    site: Key,
    given: Mapping[str, Expr],
    guards: Iterable[Guard],
    before: set[int],
    by_model: ByModel,
    others: Iterable[Key] = (),
) -> Iterator[tuple[int, Setting]]:
    """Guards that ask for an attribute which is something else when the call begins, by what surely ran before it: once where nothing
    changes it on the way to the guard, not known where something may. No limit is what the next turn overrides, or a model does.

    `fn`: the function that is entered again, `site`: the call that does, `given`: its arguments, `before`: what surely runs before it,
    `others`: functions through which the call comes back: it is not known then whether they come back to the same object.
    """
    call = engine.call(site)
    own = suites(engine, site[0])
    here: Key = (site[0], own.module.statements[call.order][0])
    rows = list(guards)
    dotted = {p for _, _, test, _ in rows for p in paths(own.module, test) if "." in p}
    asked = {p for p in dotted if others or _stays(engine, here, call, given, root(p))}
    if not asked:
        return
    repeated = own.nearest_loop(own.block_of(call.order)) is not None
    states = States(engine, here, asked, frozenset((fn, here)), _failing(own, call))
    answers = _answers(engine, here, rows)
    set_at = {p: at for p in asked if (at := states.surely_set(p, call.order, before, answers)) is not None}
    entered = [c for one in {fn, *others} - {here} for c in States(engine, one, asked, frozenset((fn, here))).changes()]
    for _, order, test, leave in rows if set_at else ():
        last = order if own.nearest_loop(own.block_of(order)) is None else None
        for part, ends in parts_of(test, leave):
            names = sorted(paths(own.module, part) & set_at.keys())
            spans = {p: (0, None) if repeated else (set_at[p], call.order) for p in names}
            lately = [c.change for p in names for c in states.changes(*spans[p]) if c.change.path == p]
            known = {p: [(c.value, c.at) for c in lately if c.path == p] for p in names}
            place = Place(site[0], order)
            answer, whole = holds(engine, part, place, known)
            if any(c.way != "set" for c in lately) or not known or answer is not ends:
                continue
            anew = [c for c in (*states.changes(0, last), *entered) if c.change.path in known and not _ends(engine, part, place, c, ends)]
            if whole and not anew and not states.cut and not others:
                yield order, ONCE
            elif not any(c.sure or by_model(c.change) for c in anew):
                yield order, partly_known(engine, place, max(names, key=len))


def _failing(own: Suites, call: Call) -> frozenset[int]:
    """The statements of a `try` from its first call on, of a call that stands in a handler of it."""
    blocks, block = own.module.blocks, own.block_of(call.order)
    rows: set[int] = set()
    while block >= 0 and blocks[block].kind != "function":
        if blocks[block].kind == "except":
            tried = next(list(own.orders(p)) for p in own.parts[own.statement(block)] if blocks[p].kind == "try")
            first = min((o for o in tried if own.calls.get(o)), default=len(own.module.statements))
            rows.update(o for o in tried if o >= first)
        block = blocks[block].parent
    return frozenset(rows)


def _ends(engine: Engine, part: Expr, place: Place, changed: Changed, ends: bool) -> bool:
    """Whether a part of a guard ends the recursion when this change is the last one."""
    change = changed.change
    answer, whole = holds(engine, part, place, {change.path: [(change.value, change.at)]})
    return change.way == "set" and whole and answer is ends


def _stays(engine: Engine, here: Key, call: Call, given: Mapping[str, Expr], name: str) -> bool:
    """Whether a name is the same object in the function that is called."""
    scope = engine.scope(here)
    if any(row.kind != "param" for row in scope.bindings.get(name, ())):
        return False
    if scope.params and scope.params[0].name == name and call.func[0] == "attr" and name not in given:
        return bool(call.func[1] == ("name", name))
    return given.get(name) == ("name", name) or all(p.name != name for p in scope.params)


def _answers(engine: Engine, fn: Key, guards: Iterable[Guard]) -> dict[int, bool]:
    """Calls whose answer the guards ask for, and its truth where they let the recursion go on."""
    scope = engine.scope(fn)
    rows: dict[int, bool] = {}
    for _, _, test, leave in guards:
        for part, ends in parts_of(test, leave):
            found = scope.bindings.get(part[1], []) if part[0] == "name" else []
            value = plain(found[0].value) if len(found) == 1 and found[0].kind == "assign" else part
            if value[0] == "call":
                rows[value[1]] = not ends
    return rows


class States:
    """What a function and those that it calls change of some attributes, which are named as the function names them."""

    def __init__(self, engine: Engine, fn: Key, asked: set[str], but: frozenset[Key], failing: frozenset[int] = frozenset()) -> None:
        """`but`: functions that are not looked into where they are called: those that come back. `failing`: statements that may not have
        run in a turn that comes back, for what they do, or something before them, has failed then."""
        self.engine = engine
        self.asked = asked
        self.but = but
        self.failing = failing
        self.view = View(engine, fn[0])
        self.own = self.view.suites
        self.body = self.own.orders(engine.scope(fn).body)
        self.cut = False
        """whether it calls more functions than were looked into"""
        self.known: dict[int, list[Changed]] = {}

    def changes(self, first: int = 0, last: int | None = None) -> Iterator[Changed]:
        """The changes that the statements from `first` to `last` may make."""
        for order in self.body:
            if first <= order and (last is None or order <= last):
                if order not in self.known:
                    self.known[order] = list(self._of_statement(order))
                yield from self.known[order]

    def _of_statement(self, order: int) -> Iterator[Changed]:
        straight = order not in self.failing and is_straight(self.own, self.own.block_of(order))
        yield from (Changed(c, straight) for c in changes_in(self.view, [order]) if c.path in self.asked)
        seen = set(self.but)
        for inner in called(self.view, [order], 0, seen):
            assert inner.fn is not None
            body = inner.suites.orders(self.engine.scope(inner.fn).body)
            for change in changes_in(inner, body):
                if change.path in self.asked:
                    sure = straight and inner.sure and is_straight(inner.suites, inner.suites.block_of(change.at.order))
                    yield Changed(change, sure)
        self.cut = self.cut or len(seen) >= MOST_VISITS

    def surely_set(self, name: str, call: int, before: set[int], answers: Mapping[int, bool]) -> int | None:
        """The statement before the call that sets an attribute in any case in which the call is come to."""
        for order in sorted((o for o in before if o < call), reverse=True):
            if order in self._setting(self.view, self.own, name, [order], answers, 0):
                return order
        return None

    def _setting(self, view: View, own: Suites, name: str, orders: Iterable[int], answers: Mapping[int, bool], depth: int) -> set[int]:
        """Those of the statements that set an attribute, themselves or in what they call."""
        orders = list(orders)
        within = changes_in(view, orders)
        rows = {c.at.order for c in within if c.path == name and c.way == "set"}
        for order in orders if depth < DEEPEST else ():
            for call in own.calls.get(order, ()):
                if order not in rows and self._sets(view, call, order, name, answers.get(call.index), depth):
                    rows.add(order)
        return rows

    def _sets(self, view: View, call: Call, order: int, name: str, answer: bool | None, depth: int) -> bool:
        """Whether all that a call may run sets an attribute on every way on which it gives such an answer."""
        funcs = callees(self.engine, call, view.module)
        if not funcs or len(funcs) != len(self.engine.origins(call.func, view.place(order))):
            return False
        for func in funcs:
            scope, inner = self.engine.scope(func.fn), enter(view, call, func, order)
            if inner is None or scope.yields or (scope.is_async and not call.awaited):
                return False
            own = inner.suites
            body = own.orders(scope.body)
            other = {e.order for e in scope.exits if answer is not None and e.value[0] == "const" and bool(e.value[1]) is not answer}
            ways = own.outcomes(scope.body, frozenset(self._setting(inner, own, name, body, {}, depth + 1) | other))
            if "return" in ways or (FALL in ways and answer is not True):
                return False
        return True
