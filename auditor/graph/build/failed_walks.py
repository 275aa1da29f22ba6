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
from auditor.graph.build.loop_regions import tries_again
from auditor.graph.build.loop_terms import arguments, callees, terms
from auditor.program.origins.types import Ext, Key, Origin

DEEPEST = 2
MOST_STATEMENTS = 300
SHOWING = ("print", "len", "str", "repr", "bool", "isinstance", "info", "debug", "warning", "error")

Errors = tuple[Origin, ...]
Held = dict[str, object]
Ways = list[tuple[Held, bool]]
"""what the variables hold where control goes on, and whether that was asked for"""


@dataclass(slots=True)
class Walk:
    """One walk through a function. `raised`: the statements that raise, each with the classes (none: not known); `returned`: values."""

    build: Build
    fn: Key
    values: Values
    tracked: set[str]
    depth: int = 0
    left: int = MOST_STATEMENTS
    raised: list[tuple[int, Errors]] = field(default_factory=list)
    returned: list[object] = field(default_factory=list)
    falls: bool = False
    """it comes to the end of the function"""
    leaving: dict[int, Ways] = field(default_factory=dict)
    """loop -> how its turns end"""
    caught: dict[int, list[tuple[int, Held, bool, Errors]]] = field(default_factory=dict)
    """statement of a `try` -> the handlers that are met"""
    at: int = 0
    passing: Errors = ()
    """what the handler around has caught"""

    @property
    def own(self) -> Suites:
        return suites(self.build.engine, self.fn[0])

    def from_statement(self, order: int, *, asked: bool = False) -> None:
        """Goes on from a statement to the end of the function; `asked`: only because of what is held."""
        own, block = self.own, self.own.block_of(order)
        ways = self._suite([o for o in own.statements[block] if o >= order], asked)
        self._outwards(block, ways)

    def from_handlers(self, block: int) -> None:
        """Goes on from the handlers of a `try`."""
        own = self.own
        start = dict(self.values.held)
        rows: Ways = []
        for handler in own.module.blocks[block].handlers:
            self.values.held = dict(start)
            rows.extend(self._suite(own.statements[handler], False))
        self._after(own.statement(block), rows)

    def through(self) -> None:
        """Goes through the whole function."""
        body = self.build.engine.scope(self.fn).body
        self.falls = bool(self._suite(self.own.statements[body], False))

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
        joined = _join(ways)
        if joined is None:
            return []
        self.values.held = joined[0]
        return self._suite(orders, joined[1])

    # -- statements

    def _suite(self, orders: Sequence[int], asked: bool) -> Ways:
        for order in orders:
            self.left -= 1
            ways = self._statement(order, asked) if self.left > 0 else []
            joined = _join(ways)
            if joined is None:
                return []
            self.values.held, asked = joined
        return [(self.values.held, asked)]

    def _statement(self, order: int, asked: bool) -> Ways:
        self.at = order
        try:
            return self._run(order, asked)
        except Fails as fails:
            self._fail(order, fails.errors, asked)
            return []

    def _run(self, order: int, asked: bool) -> Ways:
        own = self.own
        leave = own.exits.get(order)
        if leave is not None:
            return self._leave(order, asked)
        parts = own.parts.get(order)
        if parts:
            return self._compound(order, parts, asked)
        self._simple(order)
        return [(self.values.held, asked)]

    def _leave(self, order: int, asked: bool) -> Ways:
        leave = self.own.exits[order]
        if leave.kind == "return":
            self.returned.append(self.values.of(leave.value))
        elif leave.kind == "raise":
            self.values.of(leave.value)
            if asked or self.passing:
                plain = leave.value == ("const", None)
                found = self.passing if plain else raised_in(self.build, self.fn[0], leave)
                self._fail(order, found, asked)
        else:
            loop = self.own.nearest_loop(self.own.block_of(order))
            if loop is not None:
                self.leaving.setdefault(loop, []).append((dict(self.values.held), asked))
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
        if value is UNKNOWN:
            self.values.held.pop(name, None)
        else:
            self.values.held[name] = value

    def _speaks(self, expr: Expr) -> bool:
        """Whether an expression is made of what is held in place of an answer."""
        return terms(self.build.engine, self.fn[0]).mentions(expr, set(self.values.given), self.tracked)

    # -- compound statements

    def _compound(self, order: int, parts: list[int], asked: bool) -> Ways:
        blocks = self.own.module.blocks
        kind = blocks[parts[0]].kind
        if kind == "if":
            return self._branches(parts, asked)
        if kind in LOOPS:
            return self._loop(parts, asked)
        if kind == "try":
            return self._tried(order, self._suite(self.own.statements[parts[0]], asked))
        if kind == "case":
            speaks = self._speaks(blocks[parts[0]].expr)
            start = dict(self.values.held)
            rows: Ways = [(start, asked)]
            for part in parts:
                rows.extend((held, asked) for held, _ in self._each(self.own.statements[part], [(dict(start), asked or speaks)]))
            return rows
        for item in blocks[parts[0]].items:
            self.values.of(item)
        return self._suite(self.own.statements[parts[0]], asked)

    def _branches(self, parts: list[int], asked: bool) -> Ways:
        """What comes after an `if`: because of what is held only where the other branch does not come there."""
        own, test = self.own, self.own.module.blocks[parts[0]].expr
        holds, speaks = truth(self.values.of(test)), self._speaks(test)
        start = dict(self.values.held)
        both = [own.statements[parts[0]], own.statements[parts[1]] if len(parts) > 1 else []]
        falls = [FALL in own.sequence(orders) for orders in both]
        rows: Ways = []
        for orders, answer, other_falls in zip(both, (True, False), reversed(falls), strict=True):
            ways = self._each(orders, [(dict(start), asked or speaks)]) if holds is not (not answer) else []
            rows.extend((held, asked or not other_falls if speaks else flag) for held, flag in ways)
        return rows

    def _loop(self, parts: list[int], asked: bool) -> Ways:
        own, info = self.own, self.own.module.blocks[parts[0]]
        given = self.values.of(info.expr)
        if info.kind == "for" and given is None:
            raise Fails("TypeError")
        start = dict(self.values.held)
        if truth(given) is False:
            return self._each(own.statements[parts[1]], [(start, asked)]) if len(parts) > 1 else [(start, asked)]
        for name in {b.name for b in own.bindings.get(own.statement(parts[0]), ())}:
            start.pop(name, None)
        return [*self._loop_left(parts[0], self._each(own.statements[parts[0]], [(start, asked)])), (start, asked)]

    def _loop_left(self, block: int, ways: Ways) -> Ways:
        endless = self.own.module.blocks[block].kind == "while" and is_true(self.own.module.blocks[block].expr)
        return [*(() if endless else ways), *self.leaving.pop(block, [])]

    def _tried(self, order: int, ways: Ways) -> Ways:
        """What comes after the body of a `try`: handlers that were met, `else` and `finally`."""
        own = self.own
        rows = self._suites_of("try_else", order, ways)
        for handler, held, asked, errors in self.caught.pop(order, []):
            before, self.passing = self.passing, errors or (Ext("builtins.BaseException"),)
            rows.extend(self._each(own.statements[handler], [(held, asked)]))
            self.passing = before
        return self._suites_of("finally", order, rows)

    def _suites_of(self, kind: str, order: int, ways: Ways) -> Ways:
        part = next((p for p in self.own.parts[order] if self.own.module.blocks[p].kind == kind), None)
        return ways if part is None else self._each(self.own.statements[part], ways)

    # -- errors

    def _fail(self, order: int, errors: Errors, asked: bool) -> None:
        own, engine = self.own, self.build.engine
        handler = catcher(engine, own, order, engine.scope(self.fn).body, errors)
        if handler is None or tries_again(self.build, self.fn[0], handler):
            self.raised.append((order, errors))
            return
        row = (handler, dict(self.values.held), asked, tuple(family(engine, errors)))
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
            self._fail(at, errors, asked=True)
        if inner.raised and not values:
            raise Fails(errors=inner.raised[0][1])
        return values[0] if len(values) == 1 and not inner.raised else UNKNOWN


def walk_of(build: Build, fn: Key, *, held: Held | None = None, given: dict[int, object] | None = None, depth: int = 0) -> Walk:
    """A walk through a function in which variables hold such values, and calls (by number) give them."""
    values = Values(build.engine, fn[0], dict(held or {}), dict(given or {}))
    walk = Walk(build, fn, values, set(held or {}), depth)
    values.called = walk.called
    return walk


def _join(ways: Ways) -> tuple[Held, bool] | None:
    """What is held whichever way control came; None: it did not."""
    if not ways:
        return None
    first, *others = (held for held, _ in ways)
    same = {n: v for n, v in first.items() if all((n in held and held[n] is v) or held.get(n, UNKNOWN) == v for held in others)}
    return same, any(asked for _, asked in ways)


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
