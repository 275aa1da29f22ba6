"""What ends a loop that nothing limits: the model, data, a human, an event or an error; and whether each turn waits for something."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import LEAVES, ROUND, is_true
from auditor.graph.build.loop_caught import comes_back, run_dry
from auditor.graph.build.loop_changes import GROWING, Change, View, called, callee_changes, enter, is_straight
from auditor.graph.build.loop_guards import ORDERS
from auditor.graph.build.loop_polls import only_outside, stays
from auditor.graph.build.loop_terms import Waits, arguments, below, callees, external, path, plain, root, terms, walk
from auditor.graph.build.loop_waiting import DEEPEST, Reaches, Waiting
from auditor.program.origins.types import Const, Key, Member

INNER = 3
STARTED = frozenset(("threading.Thread", "threading.Timer", "multiprocessing.Process"))
"""what is made to run something later, and is no answer of it"""


def _fillings(view: View) -> Iterator[str]:
    """Variables of the loop that a callee puts something into."""
    assert view.fn is not None
    own = view.suites
    for order in own.orders(view.engine.scope(view.fn).body):
        bases = [s.base for s in own.stores.get(order, ())]
        bases.extend(c.func[1] for c in own.calls.get(order, ()) if c.func[0] == "attr" and c.last in GROWING)
        yield from (p for b in bases if (p := view.path(b)) is not None and ":" not in p)


def is_written(inner: View, change: Change) -> bool:
    """Whether a callee sets something to a constant, or to what has a name outside of it (a member of an enum)."""
    value = plain(change.value)
    if value[0] == "const":
        return True
    name = path(value)
    if name is None or inner.fn is None or root(name) in inner.engine.scope(inner.fn).bindings:
        return False
    found = inner.engine.origins(value, change.at)
    return bool(found) and all(isinstance(origin, (Const, Member)) for origin in found)


class Ends:
    """Follows the results of model calls and of humans through the body of a loop, or of a function. `follow`: so many calls deep it is
    asked whether what a function gives back depends on a model; `reaches` must know all calls for that."""

    def __init__(self, view: View, loop: int, waits: Waits, reaches: Reaches, follow: int = INNER) -> None:
        self.view = view
        self.own = view.suites
        self.loop = loop
        self.waits = waits
        self.reaches = reaches
        self.follow = follow
        self.waiting = Waiting(view.engine, waits)
        self.orders = list(self.own.orders(loop))
        self.filled: dict[int, set[str]] = {}
        self.surely: dict[int, set[str]] = {}
        self.inner: dict[Key, Ends | None] = {}
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
        return not found or any(comes_back(self.view.engine, fn) for fn in found)

    @cached_property
    def mute(self) -> set[int]:
        """Calls that come to a model, and give back what no answer of it decides: how many rows there were, always the same."""
        rows = {c.index: callees(self.view.engine, c, self.view.module) for o in self.orders for c in self.own.calls.get(o, ())}
        return {i for i in self.model_calls - self.human_calls if rows[i] and all(self._gives_none_of_it(f.fn) for f in rows[i])}

    def _gives_none_of_it(self, fn: Key) -> bool:
        scope = self.view.engine.scope(fn)
        inner = self._inner(fn) if scope.kind == "function" and not scope.yields else None
        if inner is None:
            return False
        own, blocks = inner.own, inner.own.module.blocks
        exits = {o: plain(own.exits[o].value) for o in inner.orders if o in own.exits and own.exits[o].kind == "return"}
        values = {v[:2] for v in exits.values()} | ({("const", None)} if "fall" in own.outcomes(scope.body) else set())
        if len(values) < 2 and all(v[0] == "const" for v in values):
            return True
        if any(blocks[b].kind == "except" for o in exits for b in own.chain(own.block_of(o), scope.body) or ()):
            return False
        model = inner.tainted(inner.model_calls)
        tests = {b for o in inner.orders for b in inner.conditions(o)}
        asked = [*exits.values(), *(blocks[b].expr for b in tests)]
        return not any(inner.depends(e, inner.model_calls, model) for e in asked)

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
                yield order, [blocks[b].expr for b in self.deciding(order)]

    def by_model(self, expr: Expr) -> bool:
        """Whether an expression depends on what a model answered."""
        return self.depends(expr, self.model_calls, self.tainted(self.model_calls))

    def steered(self, given: set[str], wholes: set[str]) -> bool:
        """Whether an exit depends on what the model answered, and one of the `given` variables, or something in one of the `wholes`, holds
        more of it than a constant reply."""
        said = self.tainted(self.model_calls, replies=False)
        if given.isdisjoint(said) and not any(below(name, wholes) for name in said):
            return False
        return "model" in self._exits(self.tainted(self.model_calls), self.tainted(self.human_calls))

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
        left = self._filled_by_callees(seeds, tainted)
        size = -1
        while size != len(tainted):
            size = len(tainted)
            self.spread(seeds, tainted, replies=replies)
            tainted |= {name for name, asked in left if not asked.isdisjoint(tainted)}
        return tainted

    def spread(self, seeds: set[int], tainted: set[str], *, replies: bool = True) -> set[str]:
        """Adds the variables that depend on these calls and variables."""
        size = -1
        while size != len(tainted):
            size = len(tainted)
            for order in self.orders:
                self._spread(order, seeds, tainted, replies)
        return tainted

    def _filled_by_callees(self, seeds: set[int], tainted: set[str]) -> list[tuple[str, set[str]]]:
        """Adds what a function of the program that asks the model sets or fills. What it sets on no answer of its own is left, each with
        what it asks for before it does."""
        wanted = {c.order for o in self.orders for c in self.own.calls.get(o, ()) if c.index in seeds}
        left: list[tuple[str, set[str]]] = []
        for inner in called(self.view, sorted(wanted)):
            for change in callee_changes(inner):
                text = change.path.removeprefix("len(").removesuffix(")") if change.path.startswith("len(") else change.path
                if ":" in text or text in tainted:
                    continue
                asked = self._asked_before(inner, change)
                if asked is None:
                    tainted.add(text)
                else:
                    left.append((text, asked))
        return left

    def _asked_before(self, inner: View, change: Change) -> set[str] | None:
        """What is asked for before a callee sets something that is written out; None if it is something else, or an answer of a model that
        it gets decides if it comes to that."""
        if change.way != "set" or not is_written(inner, change):
            return None
        asked: set[str] = set()
        view, order = inner, change.at.order
        while view.fn is not None and view.above is not None:
            ends = self._inner(view.fn)
            names = ends.comes_to(order) if ends is not None else None
            if names is None:
                return None
            asked |= {view.own(name) for name in names}
            view, order = view.above, view.called_at
        return asked

    def _inner(self, fn: Key) -> Ends | None:
        """The body of a function that is called, None where that is too deep."""
        if fn not in self.inner:
            body = self.view.engine.scope(fn).body
            deep = self.follow <= 0 or body < 0
            self.inner[fn] = None if deep else Ends(View(self.view.engine, fn[0]), body, self.waits, self.reaches, self.follow - 1)
        return self.inner[fn]

    def comes_to(self, order: int) -> set[str] | None:
        """The names that are asked for before a statement is come to: in the conditions around it, and in those of what leaves before it.
        None where an answer of a model may decide that, or a count: that is a limit, which is read elsewhere."""
        blocks, exits = self.own.module.blocks, [o for o in self.orders if o in self.own.exits and o < order]
        if any(blocks[b].kind == "except" for o in (order, *exits) for b in self.own.chain(self.own.block_of(o), self.loop) or ()):
            return None
        tests = [blocks[b].expr for o in (order, *exits) for b in self.conditions(o)]
        parts = [one for test in tests for one in walk(self.own.module, test)]
        if any(one[0] == "call" or (one[0] == "cmp" and any(operator in ORDERS for operator, _ in one[2])) for one in parts):
            return None
        names = {name for one in parts if (name := path(one)) is not None}
        return names if names.isdisjoint(self.by_answers) else None

    @cached_property
    def by_answers(self) -> set[str]:
        """The variables that depend on what a model answered."""
        return self.tainted(self.model_calls)

    def _spread(self, order: int, seeds: set[int], tainted: set[str], replies: bool) -> None:
        under = any(self.depends(self.own.module.blocks[b].expr, seeds, tainted) for b in self.conditions(order))
        for binding in self.own.bindings.get(order, ()):
            if (under and (replies or not self._constant(binding.value))) or self.depends(binding.value, seeds, tainted):
                tainted.add(binding.name)
        for store in self.own.stores.get(order, ()):
            target = path(("attr", store.base, store.attr)) if store.attr is not None else path(store.base)
            set_here = under and (replies or not self._constant(store.value))
            if target is not None and (set_here or self.depends(store.value, seeds, tainted)):
                tainted.add(target)
        if under and replies:
            tainted |= self._surely_set(order)
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

    def _surely_set(self, order: int) -> set[str]:
        """What the functions that a statement calls set whenever it runs (`if reply.final: self.finish()`)."""
        if order not in self.surely:
            views = [v for v in called(self.view, [order]) if v.sure] if self.own.calls.get(order) else []
            changes = [(v, c) for v in views for c in callee_changes(v) if is_straight(v.suites, v.suites.block_of(c.at.order))]
            self.surely[order] = {c.path for _, c in changes if c.way == "set" and ":" not in c.path}
        return self.surely[order]

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

    def conditions(self, order: int) -> list[int]:
        """The blocks with a condition around a statement, up to the loop."""
        chain = self.own.chain(self.own.block_of(order), self.loop) or []
        return [b for b in chain if self.own.module.blocks[b].kind in ("if", "else", "for", "while", "case", "comp")]

    def deciding(self, order: int) -> tuple[int, ...]:
        """The blocks whose conditions decide if a turn comes to a statement: those around it, and those before it that go round."""
        return *self.conditions(order), *self._skipped(order)

    def depends(self, expr: Expr, seeds: set[int], tainted: set[str]) -> bool:
        """Whether an expression mentions one of these variables, or what one of these calls gives."""
        return terms(self.view.engine, self.own.number).mentions(expr, seeds - self.mute if self.mute else seeds, tainted)

    # -- exits

    def _exits(self, model: set[str], human: set[str]) -> Iterator[str]:
        info = self.own.module.blocks[self.loop]
        if info.kind == "while" and not is_true(info.expr):
            found = self._by((self.loop,), model, human)
            if found is not None or not stays(self.view, self.loop):
                yield found or ("event" if only_outside(self.view, self.loop) else "data")
        for order in self.orders:
            exit_ = self.own.exits.get(order)
            if exit_ is None or exit_.kind not in LEAVES or (exit_.kind == "break" and self._breaks(order) != self.loop):
                continue
            yield self._of_exit(order, model, human)

    def _breaks(self, order: int) -> int | None:
        return self.own.nearest_loop(self.own.block_of(order))

    def _of_exit(self, order: int, model: set[str], human: set[str]) -> str:
        blocks = self.own.module.blocks
        conditions = self.conditions(order)
        found = self._by(self.deciding(order), model, human)
        chain = self.own.chain(self.own.block_of(order), self.loop) or []
        failed = any(blocks[b].kind == "except" for b in chain)
        # Who is only asked about an error does not say when it ends.
        if found is not None and not (failed and found == "human"):
            return found
        if failed or (self.own.exits[order].kind == "raise"):
            source = self.source(order)
            return "data" if source is not None and source[1] else "error"
        if conditions:
            return "data"
        return "error" if self._retried(chain) else "data"

    def source(self, order: int) -> tuple[Call, bool] | None:
        """Of an exit in a handler, the call that failed if it gets what a model is asked with, and no model had a part in it; and whether
        the handler only catches that there is no more (`except Empty: break`)."""
        blocks = self.own.module.blocks
        handler = next((b for b in self.own.chain(self.own.block_of(order), self.loop) or () if blocks[b].kind == "except"), None)
        if handler is None:
            return None
        inside = list(self.own.orders(self.own.parts[self.own.statement(handler)][0]))
        calls = [c for o in inside for c in self.own.calls.get(o, ())]
        if any(c.index in self.model_calls for c in calls):
            return None
        got = {b.name for o in inside for b in self.own.bindings.get(o, ()) if self.own.calls.get(o) and not self.by_model(b.value)}
        if not got or not any(self.depends(a, set(), self.spread(set(), set(got))) for a in self._asked_with()):
            return None
        return calls[0], run_dry(self.view.engine, self.own, handler)

    def _asked_with(self) -> Iterator[Expr]:
        """What the models are asked with in a turn."""
        yield from (a for o in self.orders for c in self.own.calls.get(o, ()) if c.index in self.model_calls for a in arguments(c))

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
