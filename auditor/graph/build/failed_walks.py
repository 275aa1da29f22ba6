"""What a function does with what it got in place of an answer: where it raises after all, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from auditor.facts.types import Call, Expr
from auditor.graph.build.caught import raised_in
from auditor.graph.build.context import Build
from auditor.graph.build.failed_values import PURE, UNKNOWN, Fails, Values, truth
from auditor.graph.build.loop_blocks import FALL, LOOPS, OWN_SCOPES, Suites, is_true, suites
from auditor.graph.build.loop_escapes import catcher, family
from auditor.graph.build.loop_terms import arguments, callees, terms
from auditor.graph.build.retry_regions import tries_again
from auditor.program.origins.types import Ext, Key, Origin

DEEPEST = 2
MOST_STATEMENTS = 300
SHOWING = ("print", "len", "str", "repr", "bool", "isinstance", "info", "debug", "warning", "error")

Errors = tuple[Origin, ...]
Held = dict[str, object]


@dataclass(slots=True)
class State:
    """What variables hold, which of them hold what was given in place of an answer or something made of it, and whether control came here
    because of that (`asked`)."""

    held: Held
    tracked: set[str]
    asked: bool = False

    def copy(self, *, asked: bool) -> State:
        return State(dict(self.held), set(self.tracked), asked)


Ways = list[State]
"""the states in which control goes on"""


@dataclass(slots=True)
class Walk:
    """One walk through a function. `raised`: the statements that raise, each with the classes (none: not known); `returned`: values."""

    build: Build
    fn: Key
    values: Values
    tracked: set[str]
    asked: bool = False
    depth: int = 0
    left: int = MOST_STATEMENTS
    raised: list[tuple[int, Errors]] = field(default_factory=list)
    returned: list[object] = field(default_factory=list)
    falls: bool = False
    """it comes to the end of the function"""
    leaving: dict[int, Ways] = field(default_factory=dict)
    """loop -> how its turns end"""
    caught: dict[int, list[tuple[int, State, Errors]]] = field(default_factory=dict)
    """statement of a `try` -> the handlers that are met"""
    at: int = 0
    passing: Errors = ()
    """what the handler around has caught"""

    @property
    def own(self) -> Suites:
        return suites(self.build.engine, self.fn[0])

    def here(self, *, asked: bool | None = None) -> State:
        return State(self.values.held, self.tracked, self.asked).copy(asked=self.asked if asked is None else asked)

    def from_statement(self, order: int) -> None:
        """Goes on from a statement to the end of the function."""
        own, block = self.own, self.own.block_of(order)
        self._outwards(block, self._suite([o for o in own.statements[block] if o >= order]))

    def from_handlers(self, block: int) -> None:
        """Goes on from the handlers of a `try`."""
        own, start = self.own, self.here()
        rows: Ways = []
        for handler in own.module.blocks[block].handlers:
            rows.extend(self._each(own.statements[handler], [start]))
        self._after(own.statement(block), rows)

    def through(self) -> None:
        """Goes through the whole function."""
        body = self.build.engine.scope(self.fn).body
        self.falls = bool(self._suite(self.own.statements[body]))

    # -- outwards

    def _outwards(self, block: int, ways: Ways) -> None:
        """What happens where a suite has ended, up to the end of the function."""
        own, info = self.own, self.own.module.blocks[block]
        if info.kind in OWN_SCOPES or info.kind == "module":
            self.falls = self.falls or bool(ways)
            return
        order = own.statement(block)
        if info.kind in LOOPS:
            ways = self._loop_left(block, ways)
        elif info.kind == "try":
            ways = self._tried(order, ways)
        elif info.kind in ("except", "try_else"):
            ways = self._suites_of("finally", order, ways)
        self._after(order, ways)

    def _after(self, order: int, ways: Ways) -> None:
        own = self.own
        block = own.block_of(order)
        self._outwards(block, self._each([o for o in own.statements[block] if o > order], ways))

    def _each(self, orders: list[int], ways: Ways) -> Ways:
        return self._suite(orders) if self._come(ways) else []

    def _come(self, ways: Ways) -> bool:
        """Goes on with what is known whichever way control came; no, if it did not."""
        if not ways:
            return False
        first, *others = (way.held for way in ways)
        self.values.held = {n: v for n, v in first.items() if all(_same(v, held.get(n, UNKNOWN)) for held in others)}
        self.tracked = {name for way in ways for name in way.tracked}
        self.asked = any(way.asked for way in ways)
        return True

    # -- statements

    def _suite(self, orders: Sequence[int]) -> Ways:
        for order in orders:
            self.left -= 1
            if self.left <= 0 or not self._come(self._statement(order)):
                return []
        return [self.here()]

    def _statement(self, order: int) -> Ways:
        self.at = order
        try:
            return self._run(order)
        except Fails as fails:
            self._fail(order, fails.errors)
            return []

    def _run(self, order: int) -> Ways:
        own = self.own
        leave = own.exits.get(order)
        if leave is not None:
            return self._leave(order)
        parts = own.parts.get(order)
        if parts:
            return self._compound(order, parts)
        self._simple(order)
        return [self.here()]

    def _leave(self, order: int) -> Ways:
        leave = self.own.exits[order]
        if leave.kind == "return":
            self.returned.append(self.values.of(leave.value))
        elif leave.kind == "raise":
            self.values.of(leave.value)
            if self.asked or self.passing:
                plain = leave.value == ("const", None)
                found = self.passing if plain else raised_in(self.build, self.fn[0], leave)
                self._fail(order, found)
        else:
            loop = self.own.nearest_loop(self.own.block_of(order))
            if loop is not None:
                self.leaving.setdefault(loop, []).append(self.here())
        return []

    def _simple(self, order: int) -> None:
        own, values = self.own, self.values
        for binding in own.bindings.get(order, ()):
            if binding.kind == "assign":
                self._set(binding.name, values.of(binding.value), binding.value)
            elif binding.kind == "unpack":
                self._set(binding.name, _element(values.of(binding.value), binding.detail), binding.value)
            elif binding.kind != "param":
                values.held.pop(binding.name, None)
        for store in own.stores.get(order, ()):
            values.of(store.value)
            if store.attr is None and values.of(store.base) is None:
                raise Fails("TypeError")
        dropped = [e for at, e in self._dropped(order)]
        if dropped and dropped[0][0] not in ("await", "const", "call") and truth(values.of(dropped[0])) is False:
            raise Fails("AssertionError")
        for expr in (*dropped, *(("call", c.index) for c in own.calls.get(order, ()) if c.dropped)):
            values.of(expr)
        for name in self._filled(order):
            values.held.pop(name, None)

    def _filled(self, order: int) -> set[str]:
        """The variables with lists and mappings that a statement may put something into."""
        open_ = {n for n, v in self.values.held.items() if isinstance(v, (list, dict))}
        calls = self.own.calls.get(order, ()) if open_ else ()
        given = {a[1] for c in calls if c.last not in SHOWING for a in arguments(c) if a[0] == "name"}
        owners = {c.func[1][1] for c in calls if c.func[0] == "attr" and c.func[1][0] == "name" and c.last not in PURE}
        stored = {store.base[1] for store in self.own.stores.get(order, ()) if store.base[0] == "name"}
        return open_ & (given | owners | stored)

    def _dropped(self, order: int) -> Iterable[tuple[int, Expr]]:
        memo: dict[int, dict[int, list[tuple[int, Expr]]]] = self.build.memo.setdefault("dropped by statement", {})  # type: ignore[assignment]
        rows = memo.get(self.fn[0])
        if rows is None:
            rows = memo[self.fn[0]] = {}
            facts = self.own.module
            for at, expr in facts.dropped:
                if facts.scopes[facts.statements[at][0]].kind != "comp":
                    rows.setdefault(at, []).append((at, expr))
        return rows.get(order, ())

    def _set(self, name: str, value: object, source: Expr) -> None:
        if self._speaks(source):
            self.tracked.add(name)
        else:
            self.tracked.discard(name)
        if value is UNKNOWN:
            self.values.held.pop(name, None)
        else:
            self.values.held[name] = value

    def _speaks(self, expr: Expr) -> bool:
        """Whether an expression is made of what is held in place of an answer."""
        return terms(self.build.engine, self.fn[0]).mentions(expr, set(self.values.given), self.tracked)

    # -- compound statements

    def _compound(self, order: int, parts: list[int]) -> Ways:
        blocks = self.own.module.blocks
        kind = blocks[parts[0]].kind
        if kind == "if":
            return self._branches(parts)
        if kind in LOOPS:
            return self._loop(parts)
        if kind == "try":
            return self._tried(order, self._suite(self.own.statements[parts[0]]))
        if kind == "case":
            start, speaks = self.here(), self._speaks(blocks[parts[0]].expr)
            rows = [way for part in parts for way in self._each(self.own.statements[part], [start.copy(asked=speaks)])]
            return [start, *(way.copy(asked=start.asked) for way in rows)]
        for item in blocks[parts[0]].items:
            self.values.of(item)
        return self._suite(self.own.statements[parts[0]])

    def _branches(self, parts: list[int]) -> Ways:
        """What comes in and after the branches of an `if`. It is because of what is held where the test asks for that or is decided by it;
        after the `if` only where the other branch does not come there."""
        own, test = self.own, self.own.module.blocks[parts[0]].expr
        holds, speaks = truth(self.values.of(test)), self._speaks(test)
        start = self.here()
        inside = speaks or (start.asked and holds is not None)
        both = [own.statements[parts[0]], own.statements[parts[1]] if len(parts) > 1 else []]
        falls = [FALL in own.sequence(orders) for orders in both]
        rows: Ways = []
        for orders, answer, other_falls in zip(both, (True, False), reversed(falls), strict=True):
            ways = self._each(orders, [start.copy(asked=inside)]) if holds is not (not answer) else []
            rows.extend(way.copy(asked=start.asked or (way.asked if not speaks else not other_falls)) for way in ways)
        return rows

    def _loop(self, parts: list[int]) -> Ways:
        own, info = self.own, self.own.module.blocks[parts[0]]
        given = self.values.of(info.expr)
        if info.kind == "for" and given is None:
            raise Fails("TypeError")
        start = self.here()
        if truth(given) is False:
            return self._each(own.statements[parts[1]], [start]) if len(parts) > 1 else [start]
        turn = start.copy(asked=start.asked)
        for binding in own.bindings.get(own.statement(parts[0]), ()):
            turn.held.pop(binding.name, None)
        return [*self._loop_left(parts[0], self._each(own.statements[parts[0]], [turn])), start]

    def _loop_left(self, block: int, ways: Ways) -> Ways:
        endless = self.own.module.blocks[block].kind == "while" and is_true(self.own.module.blocks[block].expr)
        return [*(() if endless else ways), *self.leaving.pop(block, [])]

    def _tried(self, order: int, ways: Ways) -> Ways:
        """What comes after the body of a `try`: handlers that were met, `else` and `finally`."""
        own = self.own
        rows = self._suites_of("try_else", order, ways)
        for handler, state, errors in self.caught.pop(order, []):
            before, self.passing = self.passing, errors or (Ext("builtins.BaseException"),)
            rows.extend(self._each(own.statements[handler], [state]))
            self.passing = before
        return self._suites_of("finally", order, rows)

    def _suites_of(self, kind: str, order: int, ways: Ways) -> Ways:
        part = next((p for p in self.own.parts[order] if self.own.module.blocks[p].kind == kind), None)
        return ways if part is None else self._each(self.own.statements[part], ways)

    # -- errors

    def _fail(self, order: int, errors: Errors) -> None:
        own, engine = self.own, self.build.engine
        handler = catcher(engine, own, order, engine.scope(self.fn).body, errors)
        if handler is None or tries_again(self.build, self.fn[0], handler):
            self.raised.append((order, errors))
            return
        row = (handler, self.here(), tuple(family(engine, errors)))
        self.caught.setdefault(own.statement(handler), []).append(row)

    def called(self, call: Call, args: Sequence[object]) -> object:
        """What a function of the program gives for such arguments, as far as it is known."""
        build, number = self.build, self.fn[0]
        known = self.depth < DEEPEST and any(a is not UNKNOWN for a in args)
        found = callees(build.engine, call, number) if known else []
        scope = build.engine.scope(found[0].fn) if len(found) == 1 else None
        if scope is None or scope.kind != "function" or scope.yields or (scope.is_async and not call.awaited):
            return UNKNOWN
        names = [p.name for p in scope.params if p.kind == "positional"][found[0].owner is not None :]
        held = {n: v for n, v in zip(names, args, strict=False) if v is not UNKNOWN}
        inner = walk_of(build, found[0].fn, held=held, depth=self.depth + 1)
        inner.left = self.left
        inner.through()
        self.left = inner.left
        values = [*inner.returned, *([None] if inner.falls else ())]
        at = self.at
        for _, errors in inner.raised if values else ():
            self._fail(at, errors)
        if inner.raised and not values:
            raise Fails(errors=inner.raised[0][1])
        return values[0] if len(values) == 1 and not inner.raised else UNKNOWN


def walk_of(build: Build, fn: Key, *, held: Held | None = None, given: dict[int, object] | None = None, depth: int = 0) -> Walk:
    """A walk through a function in which variables hold such values, and calls (by number) give them."""
    values = Values(build.engine, fn[0], dict(held or {}), dict(given or {}))
    walk = Walk(build, fn, values, set(held or {}), depth=depth)
    values.called = walk.called
    return walk


def _same(one: object, other: object) -> bool:
    return one is other or one == other


def _element(value: object, path: tuple[int, ...]) -> object:
    for index in path:
        if value is None:
            raise Fails("TypeError")
        if not isinstance(value, (list, tuple)):
            return UNKNOWN
        if not isinstance(index, int) or index >= len(value):
            raise Fails("ValueError")
        value = value[index]
    return value
