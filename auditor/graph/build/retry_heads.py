"""Loops over what is to be done that try the same of it again where it fails: the head of a queue, or what is put back into it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import FALL, ROUND, is_true
from auditor.graph.build.loop_changes import GROWING, Change, all_changes, called
from auditor.graph.build.loop_checks import leaving_tests
from auditor.graph.build.loop_resets import bare
from auditor.graph.build.loop_terms import arguments, path, paths, plain, walk
from auditor.graph.build.retry_paths import REPORTING, TAKING, Turns


class Heads:
    """What a loop asks for before it goes on, and the ways round that leave it as it was."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.own = turns, turns.own
        self.asked = set(self._asked())
        if self.asked:
            self.asked = self._worked_on() or self._shortened()

    def repeating(self, body: int, handlers: tuple[int, ...]) -> tuple[int, ...]:
        """The handlers of a `try` after which the next turn works on the same again."""
        if not self.asked:
            return ()
        work = self._work(body, self._entries())
        takes = self._advances(o for o in self.turns.orders if not self.turns.in_handler(o))
        if work and takes and all(min(work) < order for order in takes):
            return tuple(h for h in handlers if self._stays(h, body))
        rows = [b for o in takes for b in self.own.bindings.get(o, ()) if b.kind in ("assign", "unpack", "walrus")]
        items = {b.name for b in rows} - self.asked
        put_back = [h for h in handlers if self._puts_back(h, items)]
        return tuple(put_back) if items and self._work(body, items) else ()

    def _asked(self) -> Iterator[str]:
        """What the test of the loop asks for, or an `if` of it that leaves it."""
        info, loop = self.turns.info, self.turns.loop
        if info.kind != "while":
            return
        tests = [] if is_true(info.expr) else [info.expr]
        tests.extend(test for o in self.own.statements[loop] for test, _ in leaving_tests(self.own, o, loop, self.turns.engine))
        for test in tests:
            yield from paths(self.own.module, test)

    def _worked_on(self) -> set[str]:
        """What of it has entries that the turn works on, or says which of them: `rows` and `i` of `rows[i]`."""
        exprs = (e for o in self.turns.orders for e in self.turns.expressions(o))
        entries = (one for e in exprs for one in walk(self.own.module, e) if one[0] == "sub")
        return {p for one in entries for part in one[1:3] if (p := path(plain(part))) in self.asked and p is not None}

    def _shortened(self) -> set[str]:
        """What of it a turn takes from."""
        return {
            name for c in self.turns.changes if c.way == "down" and (name := c.path.removeprefix("len(").removesuffix(")")) in self.asked
        }

    def _is_asked(self, change: Change) -> bool:
        name = bare(change.path)
        return name in self.asked or any(name.startswith(f"{one}[") for one in self.asked)

    def _entries(self) -> set[str]:
        """The names of what stands in it: `item` of `item = queue[0]`."""
        rows = (b for o in self.turns.orders for b in self.own.bindings.get(o, ()))
        return {b.name for b in rows if b.kind in ("assign", "unpack", "walrus") and self._has_entry(b.value)}

    def _has_entry(self, value: Expr) -> bool:
        for one in walk(self.own.module, value):
            if one[0] == "sub" and (path(plain(one[1])) in self.asked or path(plain(one[2])) in self.asked):
                return True
        return False

    def _work(self, body: int, names: set[str]) -> list[int]:
        """The statements of a `try` that hand one of these, or an entry, to something that is no report."""
        rows: list[int] = []
        for order in self.own.orders(body):
            calls = [] if self.turns.in_handler(order) else [c for c in self.own.calls.get(order, ()) if not REPORTING.search(c.last)]
            if any(names & paths(self.own.module, a) or self._has_entry(a) for c in calls for a in arguments(c)):
                rows.append(order)
        return rows

    def _advances(self, orders: Iterator[int]) -> list[int]:
        """The statements that take from what is asked for, move on in it, or may do that somewhere else."""
        own, rows = self.own, []
        changed = {c.order for c in self.turns.changes if self._is_asked(c)}
        for order in orders:
            inner = (c for view in called(self.turns.view, [order]) for c in all_changes(view))
            if order in changed or any(self._takes(c) for c in own.calls.get(order, ())) or any(self._is_asked(c) for c in inner):
                rows.append(order)
        return rows

    def _takes(self, call: Call) -> bool:
        """Whether a call may take something out: by its name, or because it is handed the whole and is no report."""
        whole = [path(plain(a)) for a in arguments(call)]
        if any(one in self.asked for one in whole) and not REPORTING.search(call.last) and call.func != ("name", "len"):
            return True
        return call.func[0] == "attr" and call.last in TAKING and path(plain(call.func[1])) in self.asked

    def _stays(self, handler: int, body: int) -> bool:
        """Whether all that may follow a failure leaves it as it was, and goes round."""
        found = self.own.outcomes(handler)
        behind = self.turns.behind(handler) if FALL in found else []
        after = self.own.onward(self.own.statement(body), self.turns.loop) if FALL in found else found
        if not after & ROUND and "continue" not in found:
            return False
        return not self._advances(iter([*self.own.orders(handler), *behind]))

    def _puts_back(self, handler: int, items: set[str]) -> bool:
        """Whether each way round puts back what was taken."""
        facts = self.own.module
        orders = frozenset(
            o
            for o in self.own.orders(handler)
            for c in self.own.calls.get(o, ())
            if c.func[0] == "attr" and c.last in GROWING and path(plain(c.func[1])) in self.asked
            if any(items & paths(facts, a) for a in arguments(c))
        )
        return bool(orders) and bool(self.own.outcomes(handler) & ROUND) and not self.own.outcomes(handler, orders) & ROUND
