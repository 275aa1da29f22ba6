"""How the turns of a loop go on: after a failure, after a success, and whether the next turn repeats the same work."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import FALL, FALLS, ROUND, Outcomes, is_true
from auditor.graph.build.loop_bounds import constant
from auditor.graph.build.loop_caught import caught, controls, raising
from auditor.graph.build.loop_changes import GROWING, Change, View, all_changes, called, changes_in
from auditor.graph.build.loop_checks import leaving_tests
from auditor.graph.build.loop_escapes import ending_tests
from auditor.graph.build.loop_guards import MISSING, decided, held
from auditor.graph.build.loop_terms import arguments, builtin, parts, path, paths, plain, walk
from auditor.program.origins.engine import Engine

NAMED = re.compile(r"attempt|retr(y|ies)|(^|[_.])tr(y|ies)(_|$)|backoff", re.IGNORECASE)
REPORTING = re.compile(
    r"log|print|warn|error|debug|info|exception|trace|report|emit|rule|echo|record|capture|sleep|set_status|inc$", re.IGNORECASE
)
FEEDING = re.compile(r"^(append|extend|insert|push)$|^add", re.IGNORECASE)
BEHIND = 4
"""statements behind a loop that may still belong to it"""
TAKING = frozenset(("pop", "popleft", "get_nowait", "next", "anext", "heappop", "readline", "popitem"))


class Turns:
    """The paths through one loop."""

    def __init__(self, engine: Engine, module: int, loop: int) -> None:
        self.engine = engine
        self.view = View(engine, module)
        self.own = self.view.suites
        self.loop = loop
        self.facts = self.own.module
        self.blocks = self.facts.blocks
        self.info = self.blocks[loop]
        self.orders = list(self.own.orders(loop))
        self.changes = list(changes_in(self.view, self.orders))

    # -- failure

    def failing(self, body: int) -> tuple[int, ...]:
        """The handlers of a `try` after which the loop goes round."""
        order = self.own.statement(body)
        after = self.own.onward(order, self.loop) & ROUND
        return tuple(h for h in self.blocks[body].handlers if self._round(h, bool(after)) and not self._controls(h))

    def _round(self, handler: int, after: bool) -> bool:
        found = self.own.outcomes(handler, self.ends(handler))
        return ("continue" in found and self.own.nearest_loop(handler) == self.loop) or (FALL in found and after)

    def once(self, handlers: tuple[int, ...]) -> list[int]:
        """The handlers beside these that go round once each: what they set ends the loop only where they catch something again."""
        bodies = {self.own.parts[self.own.statement(handler)][0] for handler in handlers}
        others = [h for body in bodies for h in self.blocks[body].handlers if h not in handlers and not self._controls(h)]
        return [h for h in others if "continue" in self.own.outcomes(h) and self.own.nearest_loop(h) == self.loop and self._once(h)]

    def _once(self, handler: int) -> bool:
        inside = list(ending_tests(self.own, self.loop, handler))
        elsewhere = [test for test in ending_tests(self.own, self.loop) if test not in inside]
        ending = [c for c in self.changes if c.order in self._stops(handler)]
        return any(self._ends_by(c, inside) and not self._ends_by(c, elsewhere) for c in ending)

    def ends(self, handler: int) -> frozenset[int]:
        """The statements of a handler after which the loop does not go round, though they stand in no way out of it."""
        return self._stops(handler) | raising(self.engine, self.own, handler)

    def _stops(self, handler: int) -> frozenset[int]:
        """The statements of a handler that set a variable to a value by which the loop ends; nothing sets it otherwise after that."""
        tests = list(ending_tests(self.own, self.loop))
        last = self.blocks[handler].last_order
        falls = FALL in self.own.outcomes(handler)
        inside = set(self.own.orders(handler))
        ending = [c for c in self.changes if c.order in inside and self._ends_by(c, tests)]
        orders = {c.order for c in ending}
        others = [c for c in self.changes if c.order not in orders and (falls or c.order <= last)]
        return frozenset(c.order for c in ending if not any(o.path == c.path and o.order > c.order for o in others))

    def _ends_by(self, change: Change, tests: list[tuple[Expr, bool]]) -> bool:
        known = held(change.value) if change.way == "set" else MISSING
        return known is not MISSING and any(decided(test, {change.path: known}) is leave for test, leave in tests)

    def _controls(self, handler: int) -> bool:
        return controls(self.names(handler))

    def names(self, handler: int) -> tuple[str, ...]:
        """What a handler catches: qualified names, as written where they can't be resolved; `*`: everything."""
        return caught(self.engine, self.own, handler)

    def ends_quietly(self) -> bool:
        """Whether the function goes on behind the loop when all tries have failed: nothing is raised there, nor where the count is up."""
        if self.own.onward(self.own.statement(self.loop), -1) == {"raise"} or self._raises_kept():
            return False
        counters = {c.path for c in self.changes if c.way in ("up", "down")} | self.targets()
        raised = (o for o in self.orders if o in self.own.exits and self.own.exits[o].kind == "raise")
        return not any(counters & self._asked_before(order) for order in raised)

    def _raises_kept(self) -> bool:
        """Whether an error that a handler kept is raised behind the loop (`if last is not None: raise last`)."""
        kept = {c.path for c in self.changes if c.way == "set" and self.in_handler(c.order)}
        here = self.own.statement(self.loop)
        suite = self.own.statements[self.blocks[self.loop].parent] if kept else []
        behind = suite[bisect_right(suite, here) :][:BEHIND]
        tests = (b for order in behind for b in self.own.parts.get(order, ())[:1] if self.blocks[b].kind == "if")
        return any(kept & paths(self.facts, self.blocks[b].expr) and self.own.outcomes(b) == {"raise"} for b in tests)

    def _asked_before(self, order: int) -> set[str]:
        """What the conditions mention under which a statement of the turn runs."""
        blocks = self.own.chain(self.own.block_of(order), self.loop) or ()
        openers = (self.own.parts[self.own.statement(b)][0] for b in blocks)
        return {p for b in openers if self.blocks[b].kind == "if" for p in paths(self.facts, self.blocks[b].expr)}

    # -- success

    def succeeding(self, body: int) -> Outcomes:
        """What a `try` that does not fail leads to: break or return leave the loop, fall and continue go round."""
        order = self.own.statement(body)
        found = self.own.outcomes(body) - frozenset(("raise",))
        result = found - FALLS
        if FALL in found:
            other = next((p for p in self.own.parts[order] if self.blocks[p].kind == "try_else"), None)
            after = FALLS if other is None else self.own.outcomes(other)
            result |= after - FALLS
            if FALL in after:
                result |= self.own.onward(order, self.loop)
        return result

    def pauses(self, body: int) -> bool:
        """Whether a success that goes round sleeps before: it looks again later, at what others may have changed by then."""
        calls = self.own.calls
        sleeps = frozenset(o for o in self.orders if not self.in_handler(o) and any(c.last == "sleep" for c in calls.get(o, ())))
        if not sleeps:
            return False
        found = self.own.outcomes(body, sleeps)
        after = self.own.onward(self.own.statement(body), self.loop, sleeps) if FALL in found else found
        return not (after & ROUND or "continue" in found)

    def flags(self) -> Iterator[tuple[str, bool]]:
        """Variables by which a later test leaves the loop and that a turn sets outside handlers; and whether each turn sets them."""
        tests = [(self.info.expr, False)] if self.info.kind == "while" and not is_true(self.info.expr) else []
        for order in self.orders:
            tests.extend(leaving_tests(self.own, order, self.loop, self.engine))
        wanted = {p for t, _ in tests for p in paths(self.facts, t)}
        for change in self.changes:
            if change.path not in wanted or change.way != "set" or self.in_handler(change.order) or self._read(change):
                continue
            if any(b.kind == "except" for b in self.own.bindings.get(change.order, ())):
                continue
            chain = self.own.chain(self.own.block_of(change.order), self.loop) or []
            straight = all(self.blocks[b].kind in ("try", "try_else", "with") for b in chain)
            if self._leads_out(change, tests, straight):
                yield change.path, straight and self._asked_at_once(change.path)

    def _leads_out(self, change: Change, tests: list[tuple[Expr, bool]], straight: bool) -> bool:
        """Whether a value may be a sign to leave: a constant that counts as no is one only where each turn sets it for a test
        (`while again`)."""
        if change.value[0] != "const" or change.value[1]:
            return True
        return straight and any(decided(test, {change.path: change.value[1]}) is leave for test, leave in tests)

    def _read(self, change: Change) -> bool:
        """Whether the turn works on the value that it then replaces: a position in data, no sign of success."""
        test = self.own.statement(self.loop)
        return any(change.path in paths(self.facts, e) for o in self.orders if o <= change.order and o != test for e in self.expressions(o))

    def _asked_at_once(self, name: str) -> bool:
        return self.info.kind == "while" and name in paths(self.facts, self.info.expr)

    def behind(self, handler: int) -> list[int]:
        """The statements of the turn that may follow a handler."""
        if FALL not in self.own.outcomes(handler):
            return []
        last = max(self.blocks[p].last_order for p in self.own.parts[self.own.statement(handler)])
        return [o for o in self.orders if o > last]

    def in_handler(self, order: int) -> bool:
        chain = self.own.chain(self.own.block_of(order), self.loop) or []
        return any(self.blocks[b].kind == "except" for b in chain)

    # -- the work of a turn

    def named(self) -> bool:
        """Whether a variable of the loop, its bound or its counter is named after attempts."""
        mentioned = {b.name for b in self.own.bindings.get(self.own.statement(self.loop), ()) if self.info.kind == "for"}
        mentioned |= paths(self.facts, self.info.expr)
        mentioned |= {c.path for c in self.changes if c.way in ("up", "down")}
        return any(NAMED.search(m) for m in mentioned)

    def tries(self) -> bool:
        """Whether it is written as a number of attempts: then even what waits for somebody is tried again."""
        return self.info.kind == "for" and any(NAMED.search(name) for name in self.targets())

    def targets(self) -> set[str]:
        return {b.name for b in self.own.bindings.get(self.own.statement(self.loop), ()) if b.kind == "for"}

    def indexes(self, block: int) -> bool:
        """Whether the loop's variable is used as an index: each turn works on another item."""
        names = self.targets()
        for order in self.own.orders(block):
            for expr in self.expressions(order):
                for one in walk(self.facts, expr):
                    if one[0] == "sub" and one[2][0] == "name" and one[2][1] in names:
                        return True
        return False

    def passes_target(self, block: int) -> bool:
        """Whether the loop's variable, or what is computed from it, is an argument of a call that is no report."""
        names = self.targets()
        for order in self.orders:
            names |= {b.name for b in self.own.bindings.get(order, ()) if names & paths(self.facts, b.value)}
        return any(names & paths(self.facts, a) for c in self.own.calls_in(block) if not REPORTING.search(c.last) for a in arguments(c))

    def expressions(self, order: int) -> Iterator[Expr]:
        for call in self.own.calls.get(order, ()):
            yield from arguments(call)
        for binding in self.own.bindings.get(order, ()):
            yield binding.value
        for store in self.own.stores.get(order, ()):
            yield store.value
        exit_ = self.own.exits.get(order)
        if exit_ is not None:
            yield exit_.value

    def takes(self) -> bool:
        """Whether each turn takes a new item; not from an iterator that it makes itself."""
        made = {c.path for c in self.changes if c.way == "set" and plain(c.value)[0] == "call"}
        for order in self.orders:
            for call in self.own.calls.get(order, ()):
                keyed = bool(call.args) and call.args[0][0] == "const" and isinstance(call.args[0][1], str)
                fresh = call.last in ("next", "anext") and bool(call.args) and path(call.args[0]) in made
                if call.last in TAKING and not keyed and not fresh and not self.in_handler(order):
                    return True
        return False

    def feeds(self, handlers: tuple[int, ...]) -> bool:
        """Whether a handler hands the failure on to the next turn."""
        return any(FEEDING.search(c.last) and c.args for h in handlers for c in self.own.calls_in(h))

    def sleeps(self) -> bool:
        return any("sleep" in c.last.lower() or "backoff" in c.last.lower() for o in self.orders for c in self.own.calls.get(o, ()))

    def grows(self) -> bool:
        """Whether the turn fills something that outlives it, as a conversation."""
        fresh = {c.path for c in self.changes if c.way == "set"}
        for order in self.orders:
            for call in self.own.calls.get(order, ()):
                if call.func[0] == "attr" and (call.last in GROWING or FEEDING.search(call.last)) and not self.in_handler(order):
                    base = path(call.func[1])
                    if base is not None and base not in fresh:
                        return True
        return False

    def steps(self) -> bool:
        """Whether what a turn calls fills a list that an object keeps (`self.history.append`): each turn is another step of it."""
        inner = (c for view in called(self.view, self.orders) for c in all_changes(view))
        return any(c.way == "up" and c.path.startswith("len(") and "." in c.path for c in inner)

    def carries(self) -> bool:
        """Whether a turn reads what an earlier one computed."""
        first: dict[str, Change] = {}
        for change in self.changes:
            if change.way == "set" and change.path not in self.targets():
                first.setdefault(change.path, change)
        for order in self.orders:
            for expr in self.expressions(order):
                for name in paths(self.facts, expr) & first.keys():
                    if order <= first[name].order and not self._only_slept(order):
                        return True
        return False

    def alike(self) -> bool:
        """Whether each turn does the same work: none fills, sums up or goes on with what an earlier one has left."""
        summed = any(c.way in ("up", "down") and constant(c.value) is None for c in self.changes)
        return not (summed or self.grows() or self.steps() or self.carries() or self.asks_on())

    def asks_on(self) -> bool:
        """Whether a turn works on the answer of the turn before (`text = repair(text)`): then it is new work."""
        answers: dict[str, int] = {}
        for change in self.changes:
            value = plain(change.value)
            called = value[0] == "call" and not self._builtin(self.facts.calls[value[1]])
            if change.way == "set" and (called or (value[0] == "name" and value[1] in answers)):
                answers[change.path] = max(change.order, answers.get(change.path, -1))
        return any(
            order < answers[name] and not self._only_slept(order) and self._is_old(name, order)
            for order in self.orders
            for expr in self.expressions(order)
            for name in paths(self.facts, expr) & answers.keys()
        )

    def _is_old(self, name: str, order: int) -> bool:
        """Whether no earlier statement of the turn sets a variable."""
        return not any(c.path == name and c.way == "set" and c.order < order for c in self.changes)

    def _only_slept(self, order: int) -> bool:
        return any("sleep" in c.last.lower() for c in self.own.calls.get(order, ()))

    def consumes(self, results: set[str]) -> bool:
        """Whether a statement only hands a result on (`out.write(chunk)`)."""
        for order in self.orders:
            calls = self.own.calls.get(order, ())
            if self.own.bindings.get(order) or self.own.stores.get(order) or self.own.exits.get(order) or self.own.parts.get(order):
                continue
            if any(not REPORTING.search(c.last) and results & paths(self.facts, a) for c in calls for a in arguments(c)):
                return True
        return False

    def works_on(self, body: int) -> bool:
        """Whether a success that goes round has worked on what it got, so that the next turn is new work (a consumer of messages)."""
        results = self.results()
        for order in self.own.orders(body):
            if self.in_handler(order) or self.own.exits.get(order) or not self._goes_round(order, body):
                continue
            parts = self.own.parts.get(order, ())
            if any(self.blocks[p].kind == "for" and results & paths(self.facts, self.blocks[p].expr) and self._calls(p) for p in parts):
                return True
            plain_call = not (parts or self.own.bindings.get(order) or self.own.stores.get(order))
            for call in self.own.calls.get(order, ()) if plain_call else ():
                if (
                    not REPORTING.search(call.last)
                    and not FEEDING.search(call.last)
                    and any(results & paths(self.facts, a) for a in arguments(call))
                ):
                    return True
        return False

    def _calls(self, block: int) -> bool:
        return any(True for _ in self.own.calls_in(block))

    def _goes_round(self, order: int, body: int) -> bool:
        """Whether the turn may go on after a statement: what stands in a suite that leaves is no way round."""
        chain = self.own.chain(self.own.block_of(order), body) or []
        return all(self.own.outcomes(b) & ROUND for b in chain)

    def gives(self, body: int) -> bool:
        """Whether success leaves the loop: an exit hands out what the turn got, or a sign of success is set."""
        results = self.results()
        if {name for name, _ in self.flags()} - results or self._moves(body):
            return True
        exits = [e for o in self.own.orders(body) if (e := self.own.exits.get(o)) is not None and e.kind == "return"]
        return any(not self.in_handler(e.order) and results & paths(self.facts, e.value) for e in exits)

    def _moves(self, body: int) -> bool:
        """Whether only a success moves on what the test of the loop asks for and the work begins with: a failure does the same again."""
        inside = set(self.own.orders(body))
        asked = paths(self.facts, self.info.expr) if self.info.kind == "while" else set()
        mine = [c for c in self.changes if c.path in asked and c.way == "set" and c.order in inside and not self.in_handler(c.order)]
        return any(c.value[0] != "const" and self._read(c) for c in mine)

    def uncounted(self, handlers: tuple[int, ...]) -> bool:
        """Whether the loop counts its turns only where they succeed: a failure does the same turn again."""
        if self.info.kind != "while" or is_true(self.info.expr):
            return False
        tested = paths(self.facts, self.info.expr)
        ups = frozenset(c.order for c in self.changes if c.path in tested and c.way == "up" and not self.in_handler(c.order))
        return bool(ups) and all(self.own.outcomes(h) & {"continue"} and not self.own.outcomes(h) & {FALL} for h in handlers)

    def results(self) -> set[str]:
        """Variables that hold what a call of this turn gave."""
        rows: set[str] = set()
        for order in self.orders:
            for binding in self.own.bindings.get(order, ()):
                if any(e[0] == "call" for e in walk(self.facts, binding.value)) or rows & paths(self.facts, binding.value):
                    rows.add(binding.name)
        return rows

    def leaves_by(self, results: set[str]) -> bool:
        """Whether a test of a result leaves the loop."""
        for order in self.orders:
            for test, _ in leaving_tests(self.own, order, self.loop, self.engine):
                called = any(e[0] == "call" and not self._builtin(self.facts.calls[e[1]]) for e in walk(self.facts, test))
                if called or results & paths(self.facts, test):
                    return True
        return any(results & {name} for name, _ in self.flags())

    def _builtin(self, call: Call) -> bool:
        return call.func[0] == "name" and builtin(self.engine, call, self.view.module) is not None

    def counts(self) -> bool:
        """Whether the loop counts turns or goes on for ever, instead of running over data."""
        if self.info.kind == "while":
            return True
        expr = plain(self.info.expr)
        if self.info.is_async:
            return False
        if expr[0] == "call":
            call = self.facts.calls[expr[1]]
            name = builtin(self.engine, call, self.view.module)
            return name in ("range", "count", "repeat") and (self.tries() or not any(self._length(a) for a in call.args))
        if expr[0] == "seq":
            return bool(expr[2]) and all(e[0] == "const" and isinstance(e[1], (int, float)) for e in parts(expr))
        return any(NAMED.search(t) or "delay" in t.lower() or "wait" in t.lower() for t in (*self.targets(), path(expr) or ""))

    def _length(self, expr: Expr) -> bool:
        return any(e[0] == "call" and self.facts.calls[e[1]].last == "len" for e in walk(self.facts, expr))
