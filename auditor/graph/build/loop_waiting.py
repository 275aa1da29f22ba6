"""Whether each turn of a loop surely waits for a human, an event or new input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import LEAVES, ROUND, Suites, is_true, suites
from auditor.graph.build.loop_changes import View, changes_in
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_pipes import own_pipe
from auditor.graph.build.loop_polls import polls
from auditor.graph.build.loop_sizes import HUMAN
from auditor.graph.build.loop_terms import Waits, callees, path, plain
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, Place

Reaches: TypeAlias = Callable[[int, Call], bool]
DEEPEST = 2
ASKING: Expr = ("name", "input")


class Waiting:
    """Finds what a suite surely waits for, in itself or in a function of the program that it calls."""

    def __init__(self, engine: Engine, waits: Waits, reaches: Reaches | None = None) -> None:
        self.engine = engine
        self.waits = waits
        self.reaches = reaches

    def call(self, module: int, call: Call, depth: int = 0) -> str | None:
        """`human` or `event` if the call waits."""
        if ASKING in (call.func, *call.args) and self._asks(module, call):
            return "human"
        if self.waits(module, call) and not (depth and own_pipe(self.engine, module, call)):
            return "human" if call.last in HUMAN else "event"
        if depth < DEEPEST:
            for func in callees(self.engine, call, module):
                body = self.engine.scope(func.fn).body
                found = self.suite(suites(self.engine, func.fn[0]), body, depth + 1) if body >= 0 else None
                if found is not None:
                    return found
        return None

    def _asks(self, module: int, call: Call) -> bool:
        """Whether the name is Python's own function: called, or handed to what calls it in a thread."""
        return any(isinstance(o, Ext) for o in self.engine.origins(ASKING, Place(module, call.order)))

    def statement(self, own: Suites, order: int, depth: int) -> str | None:
        for call in own.calls.get(order, ()):
            found = self.call(own.number, call, depth)
            if found is not None:
                return found
        parts = own.parts.get(order)
        if not parts:
            return None
        kind = own.module.blocks[parts[0]].kind
        if kind in ("try", "with") or (kind == "while" and is_true(own.module.blocks[parts[0]].expr)):
            return self.suite(own, parts[0], depth)
        return self._branches(own, order, depth) if kind == "if" else None

    def _branches(self, own: Suites, order: int, depth: int) -> str | None:
        """An `if` waits if both its ways do, or if the other one leaves, is gone by the next turn or another source of the same input."""
        first, *rest = own.parts[order]
        found = [self.suite(own, part, depth) for part in (first, *rest)]
        if all(found) and rest:
            return found[0]
        waiting = next((part for part, what in zip((first, *rest), found, strict=True) if what is not None), None)
        if waiting is None:
            return None
        other = next((part for part in (first, *rest) if part != waiting), None)
        left = own.outcomes(other) if other is not None else frozenset()
        if left and left <= LEAVES:
            return found[0] or found[-1]
        if self._one_time(own, order, waiting, other) or (other is not None and self._another_source(own, waiting, other)):
            return found[0] or found[-1]
        return None

    def _one_time(self, own: Suites, order: int, waiting: int, other: int | None) -> bool:
        """Whether what the turn sets to a constant leads the next turn to the branch that waits."""
        loop = own.nearest_loop(own.block_of(order))
        if loop is None:
            return False
        changes = list(changes_in(View(self.engine, own.number), own.orders(loop)))
        top = loop if other is None else other
        known: dict[str, object] = {}
        for change in changes:
            chain = own.chain(change.block, top)
            straight = chain is not None and all(own.module.blocks[b].kind in ("try", "with") for b in chain)
            inside = own.chain(change.block, waiting) is not None
            if inside:
                continue
            if straight and change.way == "set" and change.value[0] == "const":
                known[change.path] = change.value[1]
        stable = {n: v for n, v in known.items() if sum(c.path == n and own.chain(c.block, waiting) is None for c in changes) == 1}
        return decided(own.module.blocks[own.parts[order][0]].expr, stable) is (waiting == own.parts[order][0])

    def _another_source(self, own: Suites, waiting: int, other: int) -> bool:
        """Whether both branches give the same variable by a call, the other one not by asking a model."""
        given = self._given(own, waiting)
        for name, call in self._given(own, other).items():
            if name in given and self.reaches is not None and not self.reaches(own.number, call):
                return True
        return False

    def _given(self, own: Suites, block: int) -> dict[str, Call]:
        """What a suite assigns first of all from a call."""
        rows: dict[str, Call] = {}
        for order in own.statements[block]:
            for binding in own.bindings.get(order, ()):
                value = plain(binding.value)
                if value[0] == "call":
                    rows[binding.name] = own.module.calls[value[1]]
        return rows

    def suite(self, own: Suites, block: int, depth: int = 0) -> str | None:
        """What the suite waits for on each of its paths that goes round."""
        for order in own.statements[block]:
            found = self.statement(own, order, depth)
            if found is not None:
                return found
            if "continue" in own.of_statement(order, frozenset()):
                return None
        return None

    def each(self, own: Suites, block: int) -> str | None:
        """What the suite of a `for` waits for with each item, those that are None left out."""
        for order in own.statements[block]:
            found = self.statement(own, order, 0)
            if found is not None:
                return found
            if "continue" in own.of_statement(order, frozenset()) and not _skips_none(own, order):
                return None
        return None

    def on_all_ways(self, own: Suites, loop: int) -> str | None:
        """What the ways round wait for, each at a statement of its own."""
        found = {o: what for o in own.orders(loop) for c in own.calls.get(o, ()) if (what := self.call(own.number, c)) is not None}
        if not found or own.outcomes(loop, frozenset(found)) & ROUND:
            return None
        return "human" if "human" in found.values() else "event"

    def before(self, own: Suites, block: int, order: int) -> bool:
        """Whether a suite has waited before one of its statements."""
        return any(self.statement(own, o, DEEPEST) is not None for o in own.statements[block] if o < order)


def gate(engine: Engine, module: int, loop: int, waits: Waits, reaches: Reaches | None = None) -> str | None:
    """`human` or `event` if each turn of a loop waits for a human, an event or new input."""
    own = suites(engine, module)
    info = own.module.blocks[loop]
    waiting = Waiting(engine, waits, reaches)
    if info.kind == "while":
        for call in own.calls.get(own.statement(loop), ()):
            found = waiting.call(module, call)
            if found is not None:
                return found
    found = waiting.suite(own, loop) or _asks_for_each(waiting, own, loop) or waiting.on_all_ways(own, loop)
    if found is not None:
        return found
    if is_true(info.expr) or own.outcomes(loop) & {"break", "return"}:
        return None
    return "event" if polls(View(engine, module), loop) else None


def _skips_none(own: Suites, order: int) -> bool:
    test = own.module.blocks[own.parts[order][0]].expr if len(own.parts.get(order, ())) == 1 else ("none",)
    return test[0] == "cmp" and [(op, e[:2]) for op, e in test[2]] == [("is", ("const", None))]


def _asks_for_each(waiting: Waiting, own: Suites, loop: int) -> str | None:
    """What a `while` waits for that goes on while there are requests, and deals with each of them: `while x: for each in x: ...`."""
    info = own.module.blocks[loop]
    asked = _filled(own, info.expr) if info.kind == "while" else set()
    inner = [p for o in own.statements[loop] for p in own.parts.get(o, ()) if own.module.blocks[p].kind == "for"]
    found = (waiting.each(own, p) for p in inner if path(own.module.blocks[p].expr) in asked)
    return next((what for what in found if what is not None), None)


def _filled(own: Suites, test: Expr) -> set[str]:
    """Paths of what is not empty where a test holds: `x`, `len(x) > 0`, and what is joined with these by `and`."""
    if test[0] == "bool" and test[1] == "and":
        return {name for part in test[2] for name in _filled(own, part)}
    if test[0] == "cmp" and len(test[2]) == 1 and test[2][0][0] in (">", "!=") and test[2][0][1][:2] == ("const", 0):
        counted = test[1]
        call = own.module.calls[counted[1]] if counted[0] == "call" else None
        return {path(call.args[0]) or ""} - {""} if call is not None and call.func == ("name", "len") and call.args else set()
    return {path(test) or ""} - {""}
