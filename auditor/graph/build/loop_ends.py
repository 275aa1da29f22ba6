"""What ends a loop that nothing limits: the model, data, a human, an event or an error; and whether each turn waits for something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import LEAVES, ROUND, Suites, is_true, suites
from auditor.graph.build.loop_changes import GROWING, View, called, callee_changes, changes_in, enter
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_pipes import own_pipe
from auditor.graph.build.loop_polls import only_outside, polls
from auditor.graph.build.loop_sizes import HUMAN
from auditor.graph.build.loop_terms import Waits, arguments, callees, external, path, plain, terms, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, Key, Place

Reaches: TypeAlias = Callable[[int, Call], bool]
DEEPEST = 2
ASKING: Expr = ("name", "input")
STARTED = frozenset(("threading.Thread", "threading.Timer", "multiprocessing.Process"))
"""what is made to run something later, and is no answer of it"""


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
    found = waiting.suite(own, loop) or _asks_for_each(waiting, own, loop)
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


def _fillings(view: View) -> Iterator[str]:
    """Variables of the loop that a callee puts something into."""
    assert view.fn is not None
    own = view.suites
    for order in own.orders(view.engine.scope(view.fn).body):
        bases = [s.base for s in own.stores.get(order, ())]
        bases.extend(c.func[1] for c in own.calls.get(order, ()) if c.func[0] == "attr" and c.last in GROWING)
        yield from (p for b in bases if (p := view.path(b)) is not None and ":" not in p)


class Ends:
    """Follows the results of model calls and of humans through one loop's body."""

    def __init__(self, view: View, loop: int, waits: Waits, reaches: Reaches) -> None:
        self.view = view
        self.own = view.suites
        self.loop = loop
        self.reaches = reaches
        self.waiting = Waiting(view.engine, waits)
        self.orders = list(self.own.orders(loop))
        self.filled: dict[int, set[str]] = {}
        calls = [c for o in self.orders for c in self.own.calls.get(o, ())]
        self.model_calls = {c.index for c in calls if reaches(view.module, c) and self._answers(c)}
        self.human_calls = {
            c.index for o in self.orders for c in self.own.calls.get(o, ()) if self.waiting.call(view.module, c, DEEPEST) == "human"
        }

    def kind(self) -> str:
        """model, human, data, event or error."""
        model = self.tainted(self.model_calls)
        human = self.tainted(self.human_calls)
        kinds = set(self._exits(model, human))
        for kind in ("model", "human", "data", "event", "error"):
            if kind in kinds:
                return kind
        return "model" if self.model_calls else "error"

    def _answers(self, call: Call) -> bool:
        """Whether a call can give what a model said: a thread that is made does not, nor does what only raises."""
        if external(self.view.engine, call, self.view.module) in STARTED:
            return False
        found = [o.fn for o in callees(self.view.engine, call, self.view.module)]
        return not found or any(self._comes_back(fn) for fn in found)

    def _comes_back(self, fn: Key) -> bool:
        body = self.view.engine.scope(fn).body
        return body < 0 or suites(self.view.engine, fn[0]).outcomes(body) != {"raise"}

    def pauses(self) -> frozenset[int]:
        """The statements, those of handlers left out, that sleep or wait."""
        rows = [o for o in self.orders if any(c.last == "sleep" or self._waits(c) for c in self.own.calls.get(o, ()))]
        chains = {o: self.own.chain(self.own.block_of(o), self.loop) or [] for o in rows}
        return frozenset(o for o in rows if all(self.own.module.blocks[b].kind != "except" for b in chains[o]))

    def _waits(self, call: Call) -> bool:
        return self.waiting.call(self.view.module, call, DEEPEST) is not None

    def exit_tests(self) -> Iterator[tuple[int, list[Expr]]]:
        """The statements that leave the loop, with the conditions on which they do; raising left out."""
        blocks = self.own.module.blocks
        info = blocks[self.loop]
        if info.kind == "while" and not is_true(info.expr):
            yield self.own.statement(self.loop), [info.expr]
        for order in self.orders:
            exit_ = self.own.exits.get(order)
            if exit_ is not None and (exit_.kind == "return" or (exit_.kind == "break" and self._breaks(order) == self.loop)):
                yield order, [blocks[b].expr for b in (*self._conditions(order), *self._skipped(order))]

    def by_model(self, expr: Expr) -> bool:
        """Whether an expression depends on what a model answered."""
        return self.depends(expr, self.model_calls, self.tainted(self.model_calls))

    def steered(self, given: set[str]) -> bool:
        """Whether an exit depends on what the model answered, and one of the `given` variables holds more of it than a constant reply."""
        model = self.tainted(self.model_calls)
        return bool(given & self.tainted(self.model_calls, replies=False)) and "model" in self._exits(model, self.tainted(self.human_calls))

    def decides(self, block: int) -> bool:
        """Whether a result of the model decides if this block runs."""
        model = self.tainted(self.model_calls)
        chain = self.own.chain(block, self.loop) or []
        tests = [b for b in chain if self.own.module.blocks[b].kind in ("if", "else", "for", "while", "case")]
        orders = [o for b in (*chain, self.loop) for o in self.own.statements[b] if o < self.own.module.blocks[block].last_order]
        exits = [p for o in orders for p in self.own.parts.get(o, ()) if self.own.outcomes(p) <= LEAVES and p not in chain]
        return self._by((*tests, *exits), model, set()) == "model"

    def tainted(self, seeds: set[int], *, replies: bool = True) -> set[str]:
        """Variables whose value depends on these calls, directly, by a condition, or because they were filled with such a value.

        `replies`: a constant that is set or added on a condition counts, too.
        """
        tainted: set[str] = set()
        if not seeds:
            return tainted
        self._filled_by_callees(seeds, tainted)
        size = -1
        while size != len(tainted):
            size = len(tainted)
            for order in self.orders:
                self._spread(order, seeds, tainted, replies)
        return tainted

    def _filled_by_callees(self, seeds: set[int], tainted: set[str]) -> None:
        """What a function of the program that asks the model sets or fills."""
        wanted = {c.order for o in self.orders for c in self.own.calls.get(o, ()) if c.index in seeds}
        for inner in called(self.view, sorted(wanted)):
            for change in callee_changes(inner):
                text = change.path.removeprefix("len(").removesuffix(")") if change.path.startswith("len(") else change.path
                if ":" not in text:
                    tainted.add(text)

    def _spread(self, order: int, seeds: set[int], tainted: set[str], replies: bool) -> None:
        under = any(self.depends(self.own.module.blocks[b].expr, seeds, tainted) for b in self._conditions(order))
        for binding in self.own.bindings.get(order, ()):
            if (under and (replies or not self._constant(binding.value))) or self.depends(binding.value, seeds, tainted):
                tainted.add(binding.name)
        for store in self.own.stores.get(order, ()):
            target = path(("attr", store.base, store.attr)) if store.attr is not None else path(store.base)
            set_here = under and (replies or not self._constant(store.value))
            if target is not None and (set_here or self.depends(store.value, seeds, tainted)):
                tainted.add(target)
        for call in self.own.calls.get(order, ()):
            given = [a for a in arguments(call) if self.depends(a, seeds, tainted)]
            if given:
                tainted |= self._filled(call) - {path(plain(a)) for a in given}
            if call.func[0] != "attr" or call.last not in GROWING:
                continue
            filled = path(call.func[1])
            said = under and (replies or not all(map(self._constant, arguments(call))))
            if filled is not None and (said or given):
                tainted.add(filled)

    def _constant(self, expr: Expr) -> bool:
        """Whether nothing but constants is in it."""
        return all(e[0] in ("const", "dict", "seq") for e in walk(self.own.module, expr))

    def _filled(self, call: Call) -> set[str]:
        """What a function of the program fills of what it is passed (`merge(message, chunk)`)."""
        if call.index not in self.filled:
            rows = self.filled[call.index] = set()
            for func in callees(self.view.engine, call, self.view.module):
                inner = enter(self.view, call, func, call.order)
                if inner is not None:
                    below = called(inner, inner.suites.orders(self.view.engine.scope(func.fn).body), 1)
                    rows.update(p for view in (inner, *below) for p in _fillings(view))
        return self.filled[call.index]

    def _conditions(self, order: int) -> list[int]:
        """The blocks with a condition around a statement, up to the loop."""
        chain = self.own.chain(self.own.block_of(order), self.loop) or []
        return [b for b in chain if self.own.module.blocks[b].kind in ("if", "else", "for", "while", "case", "comp")]

    def depends(self, expr: Expr, seeds: set[int], tainted: set[str]) -> bool:
        return terms(self.view.engine, self.own.number).mentions(expr, seeds, tainted)

    # -- exits

    def _exits(self, model: set[str], human: set[str]) -> Iterator[str]:
        info = self.own.module.blocks[self.loop]
        if info.kind == "while" and not is_true(info.expr):
            yield self._by((self.loop,), model, human) or ("event" if only_outside(self.view, self.loop) else "data")
        for order in self.orders:
            exit_ = self.own.exits.get(order)
            if exit_ is None or exit_.kind not in LEAVES or (exit_.kind == "break" and self._breaks(order) != self.loop):
                continue
            yield self._of_exit(order, model, human)

    def _breaks(self, order: int) -> int | None:
        return self.own.nearest_loop(self.own.block_of(order))

    def _of_exit(self, order: int, model: set[str], human: set[str]) -> str:
        blocks = self.own.module.blocks
        conditions = self._conditions(order)
        found = self._by((*conditions, *self._skipped(order)), model, human)
        chain = self.own.chain(self.own.block_of(order), self.loop) or []
        failed = any(blocks[b].kind == "except" for b in chain)
        # Who is only asked about an error does not say when it ends.
        if found is not None and not (failed and found == "human"):
            return found
        if failed or (self.own.exits[order].kind == "raise"):
            return "error"
        if conditions:
            return "data"
        return "error" if self._retried(chain) else "data"

    def _by(self, conditions: tuple[int, ...], model: set[str], human: set[str]) -> str | None:
        exprs = [self.own.module.blocks[b].expr for b in conditions]
        if any(self.depends(e, self.model_calls, model) for e in exprs):
            return "model"
        return "human" if any(self.depends(e, self.human_calls, human) for e in exprs) else None

    def _skipped(self, order: int) -> tuple[int, ...]:
        """The `if`s before a statement that go round."""
        around = [self.loop, *(self.own.chain(self.own.block_of(order), self.loop) or ())]
        earlier = [p for b in around for o in self.own.statements[b] if o < order for p in self.own.parts.get(o, ())]
        return tuple(p for p in earlier if self.own.module.blocks[p].kind in ("if", "else") and "continue" in self.own.outcomes(p))

    def _retried(self, chain: list[int]) -> bool:
        """Whether the exit stands in a `try` whose failure goes round."""
        blocks = self.own.module.blocks
        handlers = [h for b in chain if blocks[b].kind == "try" for h in blocks[b].handlers]
        others = [h for b in chain if blocks[b].kind == "try_else" for h in self._handlers_of(b)]
        return any(self.own.outcomes(h) & ROUND for h in (*handlers, *others))

    def _handlers_of(self, block: int) -> tuple[int, ...]:
        blocks = self.own.module.blocks
        return next((blocks[p].handlers for p in self.own.parts[self.own.statement(block)] if blocks[p].kind == "try"), ())
