"""The limits of a loop: which checks count steadily, how many turns they allow, and in which unit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from auditor.core.values import UNBOUNDED, Setting, alternatives, merge, unknown, with_unit
from auditor.facts.types import Expr
from auditor.graph.build.loop_asking import NO_ORDERS, counts_where_asked
from auditor.graph.build.loop_blocks import ROUND, suites
from auditor.graph.build.loop_bounds import OFF, allowed, budget, compared_with, constant, falling, unit_of
from auditor.graph.build.loop_changes import Change, View, called, callee_changes, changes_in, getter, is_left_after
from auditor.graph.build.loop_checks import Check, callee_checks, own_checks, reaches
from auditor.graph.build.loop_clocks import clock_limit
from auditor.graph.build.loop_counted import Counted, Limit, counted_by_for
from auditor.graph.build.loop_defaults import or_default
from auditor.graph.build.loop_grown import PASSING, grown_limit, with_computed
from auditor.graph.build.loop_guards import decided, held, is_presence
from auditor.graph.build.loop_levers import with_default
from auditor.graph.build.loop_resets import Resets
from auditor.graph.build.loop_sizes import Sizes
from auditor.graph.build.loop_terms import Numbers, Waits, path, paths, plain, walk
from auditor.graph.build.loop_together import outer, together
from auditor.program.origins.engine import Engine


class Limits:
    """Finds the limits of one loop."""

    def __init__(self, engine: Engine, module: int, loop: int, numbers: Numbers, waits: Waits, asking: frozenset[int] = NO_ORDERS) -> None:
        self.engine, self.asking = engine, asking
        self.loop = loop
        self.numbers = numbers
        self.own = suites(engine, module)
        self.view = View(engine, module)
        self.sizes = Sizes(engine, numbers, waits)
        self.info = self.own.module.blocks[loop]

    def find(self) -> list[Limit]:
        """Those in the loop's own code; if none of them is a number, those in what it calls too."""
        checks = list(own_checks(self.view, self.loop))
        rows = self._evaluated(checks, self.own_changes)
        if any(r.times.number is not None for r in rows):
            return rows
        checks.extend(callee_checks(self.view, self.loop))
        return self._evaluated(checks, self.all_changes)

    def refilled(self) -> Setting | None:
        """Of a `while plan and ...` that each turn takes from: filled again only where a limited counter counts, it ends."""
        expr = self.info.expr
        if self.info.kind != "while":
            return None
        asked = [self.view.path(plain(e)) for e in (expr[2] if expr[:2] == ("bool", "and") else (expr,))]
        for name in (n for n in asked if n is not None):
            mine = [c for c in self.all_changes if c.path in (name, f"len({name})")]
            fills = [c for c in mine if c.way != "down"]
            if not fills or not self.every_turn(c.order for c in mine if c.way == "down"):
                continue
            for check in own_checks(self.view, self.loop):
                limit = outer(self, check, self.all_changes, fills)
                if limit is not None and limit.times.number is not None:
                    return unknown(f"until {name} is empty, which is filled again at most {limit.times.number:g} times", unit="turns")
        return None

    def drained(self) -> bool:
        """Whether each turn takes something out of what nothing fills again, until it is empty."""
        for check in own_checks(self.view, self.loop):
            name = self.counter(check)
            zero = check.operator in ("==", "<=", "<") and self.numbers(check.bound, check.at).number in (0, 1)
            if name is None or not zero:
                continue
            name = name.removeprefix("len(").removesuffix(")")
            mine = [c for c in self.all_changes if c.path in (name, f"len({name})")]
            if all(c.way == "down" and c.path != name for c in mine) and self.every_turn(c.order for c in mine):
                return all(self.every_turn((o,)) for o in check.orders)
        return False

    @cached_property
    def own_changes(self) -> list[Change]:
        found = changes_in(self.view, self.own.orders(self.loop))
        return [c for c in found if not (c.way == "set" and is_left_after(self.own, c.block, self.loop))]

    @cached_property
    def all_changes(self) -> list[Change]:
        rows = list(self.own_changes)
        for inner in called(self.view, self.own.orders(self.loop)):
            rows.extend(callee_changes(inner))
        return rows

    @cached_property
    def resets(self) -> Resets:
        return Resets(self.view, self.loop, self.own_changes)

    @cached_property
    def counters(self) -> dict[str, float]:
        """Names that an endless or enumerating `for` counts up, with their start."""
        if self.info.kind != "for":
            return {}
        return dict(counted_by_for(self.view, self.loop, self.numbers))

    # -- paths

    def every_turn(self, orders: Iterable[int]) -> bool:
        """Whether each path that goes round passes one of these statements, or each that asks a model (`asking`: where); one that makes the
        test of the loop false does not go round."""
        wanted = frozenset(orders)
        if not wanted or (self.info.kind == "while" and self.own.statement(self.loop) in wanted):
            return bool(wanted)
        wanted |= self._implied(wanted)
        goes_round = self.own.outcomes(self.loop, wanted) & ROUND
        skipped = goes_round and self.own.outcomes(self.loop, wanted | self.switched_off) & ROUND
        return not skipped or counts_where_asked(self.own, self.loop, self.asking, wanted, self.switched_off)

    def _implied(self, wanted: frozenset[int]) -> frozenset[int]:
        """Each `if` that asks what the `while` asks, and passes one of the statements: where it does not hold the loop ends."""
        test = self.info.expr
        parts = test[2] if test[:2] == ("bool", "and") else (test,)
        rows: set[int] = set()
        for order in self.own.orders(self.loop) if self.info.kind == "while" else ():
            opened = self.own.parts.get(order, ())
            if len(opened) != 1 or self.own.module.blocks[opened[0]].kind != "if" or self.own.module.blocks[opened[0]].expr not in parts:
                continue
            later = {c.path for c in self.own_changes if c.order > order}
            if not self.own.outcomes(opened[0], wanted) & ROUND and not later & paths(
                self.own.module, self.own.module.blocks[opened[0]].expr
            ):
                rows.add(order)
        return frozenset(rows)

    @cached_property
    def switched_off(self) -> frozenset[int]:
        """Statements that set a variable which the test of a `while` asks for to a value that ends it; nothing sets it otherwise, or in
        the same turn after that."""
        rows: set[int] = set()
        for name in paths(self.own.module, self.info.expr) if self.info.kind == "while" else ():
            mine = [c for c in self.all_changes if c.path == name]
            ends = [c for c in mine if c.way == "set" and decided(self.info.expr, {name: held(c.value)}) is False]
            last = max((c.order for c in mine if c not in ends), default=-1)
            here = [c for c in ends if c.block >= 0 and (last < 0 or self.own.nearest_loop(c.block) == self.loop)]
            rows.update(c.order for c in here if c.order > last)
        return frozenset(rows)

    # -- evaluation

    def _evaluated(self, checks: list[Check], changes: list[Change]) -> list[Limit]:
        rows = []
        for check in checks:
            if all(self.every_turn((o,)) for o in check.orders):
                limit = self.evaluate(check, changes)
                if limit is not None:
                    rows.append(limit)
        if not any(r.times.number is not None for r in rows):
            rows.extend(together(self, checks, changes))
        return rows

    def evaluate(self, check: Check, changes: list[Change], *, partial: bool = False) -> Limit | None:
        """What a check allows. `partial`: the counter need not be counted in every turn (the caller knows which turns matter)."""
        clock = clock_limit(self.engine, self.numbers, self.own_changes, check)
        if clock is not None:
            return Limit(clock, check)
        found = self._counter(check)
        if found is None:
            return None
        name, offset = found
        if check.view.order is None and name in self.counters:
            return self._limit(Counted(check, offset, self.counters[name]))
        mine = [c for c in changes if c.path == name and not reaches(c, check)]
        grown = self._growing(check, offset, mine, partial)
        if grown is not None:
            return grown
        falls = check.operator in ("<", "<=") or (check.operator == "==" and any(c.way == "down" for c in mine))
        way = "down" if falls else "up"
        steps = [c for c in mine if c.way == way]
        if not steps or (not partial and any(c.way == "set" for c in mine)):
            return None
        reset = None if partial else self.resets.of(check, name)
        if reset is not None:
            return None if reset.certain else Limit(unknown(reset.why, unit="turns"), check, steady=False)
        if not partial and not self.every_turn(map(self._counted_at, steps)):
            rows = self.every_turn(map(self._counted_in, steps)) if check.view.order is None else False
            why = f"line {self.line(steps[0].order)} counts each of several things, of which a turn may have none"
            return Limit(unknown(why, unit="turns"), check, steady=False) if rows else None
        if partial and any(c.way == "set" and c.value[0] != "const" for c in mine):
            return None
        step = self._step(steps[0])
        orders = tuple(c.at.order if c.at.module == check.at.module else c.order for c in steps)
        if way == "down":
            return self._falling(check, name, step or 1, orders)
        unit = "turns" if step is not None else unit_of(name, check.bound, steps[0].value)
        if step is None and unit == "turns":
            number = self.numbers(steps[0].value, steps[0].at).number
            step = number if number is not None and number > 0 else None
        return self._limit(Counted(check, offset, self._start(check), step or 1, orders, unit))

    def _growing(self, check: Check, offset: float, mine: list[Change], partial: bool) -> Limit | None:
        """The limit of what is multiplied until it passes a bound; `mine`: its changes."""
        grown = with_computed(mine, self.own_changes, check, self.counters)
        others = [c for c in grown if c.growth is None and (c.way != "up" or constant(c.value) is None)]
        if all(c.growth is None for c in grown) or offset or check.operator not in PASSING:
            return None
        if any(not partial or c.value[0] != "const" for c in others):
            return None
        orders = [c.order for c in grown if c.growth is not None]
        setting = self._bound(check) if partial or self.counters or self.every_turn(orders) else None
        return None if setting is None else grown_limit(self.numbers, check, setting, grown, self._start(check))

    def _step(self, change: Change) -> float | None:
        """The amount that is counted; of `n -= min(n, 20)` that is 20: only the last turn counts less."""
        value = change.value
        if value[0] == "name":
            bound = [b for o in self.own.orders(self.loop) for b in self.own.bindings.get(o, ()) if b.name == value[1]]
            value = bound[0].value if len(bound) == 1 and bound[0].kind == "assign" and bound[0].order < change.order else value
        if value[0] == "call" and change.block >= 0:
            call = self.own.module.calls[value[1]]
            counted = [a for a in call.args if any(self.view.path(e) == change.path for e in walk(self.own.module, a))]
            known = [number for a in call.args if (number := constant(a)) is not None and number > 0]
            if call.func == ("name", "min") and (len(call.args), len(counted), len(known)) == (2, 1, 1):
                return known[0]
        return constant(value)

    def _counted_at(self, change: Change) -> int:
        """The statement that counts; what is metered counts wherever its use is reported at all."""
        order = change.order
        while constant(change.value) is None and change.block >= 0 and is_presence(self.own, self.own.block_of(order)):
            order = self.own.statement(self.own.block_of(order))
        return order

    def _counted_in(self, change: Change) -> int:
        """The statement of the loop in whose every turn it counts each of several things, asked for before or not (`if calls:`)."""
        order = change.order
        while change.block >= 0 and self.own.nearest_loop(self.own.block_of(order)) not in (None, self.loop):
            order = self.own.statement(self.own.block_of(order))
        while order != change.order and is_presence(self.own, self.own.block_of(order)):
            order = self.own.statement(self.own.block_of(order))
        return order

    def line(self, order: int) -> int:
        return self.own.module.statements[order][2]

    def counter(self, check: Check) -> str | None:
        found = self._counter(check)
        return None if found is None else found[0]

    def _counter(self, check: Check) -> tuple[str, float] | None:
        """The path that is counted and what is added to it before it is compared."""
        expr, offset = plain(check.counter), 0.0
        facts = check.view.suites.module
        while True:
            if expr[0] == "op" and expr[1] in ("+", "-"):
                a, b = expr[2], expr[3]
                if b[0] == "const" and isinstance(b[1], (int, float)):
                    offset += b[1] if expr[1] == "+" else -b[1]
                    expr = plain(a)
                    continue
                if expr[1] == "+" and a[0] == "const" and isinstance(a[1], (int, float)):
                    offset += a[1]
                    expr = plain(b)
                    continue
                # `used + wanted > limit`: what is about to be used is not counted before; `n - begin > limit`: where it began stays.
                if path(a) is None if expr[1] == "+" else not self._stays(check, b):
                    return None
                expr = plain(a)
                continue
            entry = getter(check.view, expr)
            if entry is not None:
                expr = entry
            if expr[0] == "call":
                call = facts.calls[expr[1]]
                if call.func in (("name", "int"), ("name", "round"), ("name", "abs"), ("name", "float")) and call.args:
                    expr = plain(call.args[0])
                    continue
                if call.func == ("name", "len") and call.args:
                    inner = check.view.path(call.args[0])
                    return None if inner is None else (f"len({inner})", offset)
                return None
            found = check.view.path(expr)
            return None if found is None else (found, offset)

    def _stays(self, check: Check, expr: Expr) -> bool:
        """Whether a variable is not changed in the loop."""
        name = check.view.path(plain(expr))
        return name is not None and all(c.path != name for c in self.all_changes)

    def _start(self, check: Check) -> float | None:
        """The counter's value before the loop."""
        if check.view.order is not None:
            return None
        expr = plain(check.counter)
        while expr[0] == "op":
            if expr[1] == "-" and expr[3][0] != "const":
                return None
            expr = plain(expr[2] if expr[2][0] != "const" else expr[3])
        if path(expr) is None:
            return None
        return self.numbers(expr, self.view.place(self.own.statement(self.loop))).number

    def _limit(self, counted: Counted) -> Limit | None:
        check, first = counted.check, counted.first
        setting = self._bound(check)
        if setting is None:
            return None
        start = first if check.before and counted.unit == "turns" else None

        def turns(number: float) -> float:
            if start is None:
                return number
            return max(0, math.ceil((number - counted.offset - start + (1 if check.operator == ">" else 0)) / counted.step))

        # Where nobody asks before if there is a limit, one of 0 holds at once, and one below that unless a counter must be equal to it.
        asked, equal = check.guarded, check.operator == "=="
        rows = [allowed(s, turns, zero=not asked, below=not (asked or equal)) for s in alternatives(setting)]
        rows = [with_default(self.engine, check.bound, check.at, row) if row.why == OFF else row for row in rows]
        times = budget(merge(rows, undecided=bool(getattr(setting.value, "undecided", False))), counted.unit)
        begins = None if first is None else first + counted.offset
        return self._explained(Limit(times, check, begins, counted.step, counted.orders))

    def _explained(self, limit: Limit) -> Limit:
        """Says where the full turns are not as many as the bound says."""
        if limit.check.view.order is not None or limit.check.before:
            return limit
        calls = [o for o in self.own.orders(self.loop) if self.own.calls.get(o)]
        asked = limit.check.at.order
        inside = {o for p in self.own.parts.get(asked, ()) for o in self.own.orders(p)}
        after = sum(o > asked and o not in inside for o in calls) > sum(o < asked for o in calls)
        exact, written = limit.tries(max(calls, default=0) + 1 if after else -1).number, limit.times.number
        if limit.times.why is not None or exact is None or exact == written:
            return limit
        return replace(limit, times=replace(limit.times, why=f"as written; exactly {exact:g} turns are full ones"))

    def _falling(self, check: Check, name: str, step: float, counted: tuple[int, ...]) -> Limit | None:
        """A counter that falls: the limit is its start."""
        if name.startswith("len(") or check.view.order is not None:
            return None
        low = self.numbers(check.bound, check.at).number
        if low is None:
            return None
        start = compared_with(check, self.numbers(check.counter, self.view.place(self.own.statement(self.loop))))
        extra = (1 if check.operator == "<" else 0) - low

        def turns(number: float) -> float:
            return max(0, math.ceil((number + extra) / step)) if check.before else number

        return Limit(with_unit(falling(check, start, turns), "turns"), check, start.number, step, counted, low)

    def _bound(self, check: Check) -> Setting | None:
        """The bound's value; None where it is the size of data or changes in the loop."""
        size = self.sizes.counted(check.bound, check.at)
        if size is not None:
            return size.times if size.times.value is not UNBOUNDED else None
        facts = check.view.suites.module
        mentioned = {check.view.own(p) for e in walk(facts, check.bound) if (p := path(e)) is not None}
        mine = [c for c in self.own_changes if c.path in mentioned]
        if any(c.way == "set" for c in mine) or self.every_turn(c.order for c in mine if c.way == "up"):
            return None
        raised = next((c for c in self.all_changes if c.block < 0 and c.way == "up" and c.path in mentioned), None)
        if raised is not None:
            return unknown(f"what line {self.line(raised.order)} calls raises the limit {raised.path}")
        setting = compared_with(check, or_default(self.engine, check.bound, check.at, self.numbers(check.bound, check.at), self.numbers))
        value = setting.value
        return None if isinstance(value, (str, bool)) else setting
