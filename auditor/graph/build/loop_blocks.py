"""Blocks of a module as a structure: what a suite can end in, what a loop owns, and where control goes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from auditor.facts.types import Binding, Call, Exit, Expr, ModuleFacts, Store
from auditor.program.origins.engine import Engine

FALL = "fall"
LEAVES = frozenset(("break", "return", "raise"))
ROUND = frozenset((FALL, "continue"))
OWN_SCOPES = ("function", "class", "lambda")
LOOPS = ("for", "while")
Outcomes = frozenset[str]
NOTHING: Outcomes = frozenset()
FALLS: Outcomes = frozenset((FALL,))


class Suites:
    """Statements, exits, calls, bindings and nested blocks of one module, by block or statement."""

    def __init__(self, number: int, module: ModuleFacts) -> None:
        self.number = number
        self.module = module
        blocks = module.blocks
        self.children: dict[int, list[int]] = defaultdict(list)
        self.parts: dict[int, list[int]] = defaultdict(list)
        """statement -> the blocks it opens"""
        self.opener: dict[int, int] = {}
        """block -> the statement that opens it"""
        self.statements: dict[int, list[int]] = defaultdict(list)
        self.exits: dict[int, Exit] = {e.order: e for s in module.scopes for e in s.exits}
        self.calls: dict[int, list[Call]] = defaultdict(list)
        self.bindings: dict[int, list[Binding]] = defaultdict(list)
        self.stores: dict[int, list[Store]] = defaultdict(list)
        self.removed: dict[int, list[Expr]] = defaultdict(list)
        self.yields: set[int] = {order for s in module.scopes for _, order in s.yields}
        self.memo: dict[int, Outcomes] = {}
        self.ordered: dict[int, tuple[int, ...]] = {}
        for call in module.calls:
            self.calls[call.order].append(call)
        for scope in module.scopes:
            for rows in scope.bindings.values():
                for binding in rows:
                    self.bindings[binding.order].append(binding)
        for store in module.stores:
            self.stores[store.order].append(store)
        for order, expr in module.removed:
            self.removed[order].append(expr)
        handlers = {b.order for b in blocks if b.kind == "except"}
        for order, (_, block, line) in enumerate(module.statements):
            if order not in handlers and line >= 0:
                self.statements[block].append(order)
        last_try: dict[int, int] = {}
        for index, info in enumerate(blocks):
            self.children[info.parent].append(index)
            if info.kind == "try":
                last_try[info.parent] = info.group
            owner = last_try.get(info.parent, -1) if info.kind == "finally" else info.group
            if owner >= 0 and info.kind not in ("function", "class", "lambda", "comp", "module"):
                self.parts[owner].append(index)
                self.opener[index] = owner

    # -- places

    def statement(self, block: int) -> int:
        """The statement that opens a block."""
        return self.opener.get(block, self.module.blocks[block].order)

    def block_of(self, order: int) -> int:
        return self.module.statements[order][1]

    def chain(self, block: int, top: int) -> list[int] | None:
        """The blocks from `block` out to `top` (left out); None if it does not run inside `top`."""
        rows: list[int] = []
        blocks = self.module.blocks
        while block != top:
            if block < 0 or blocks[block].kind in OWN_SCOPES:
                return None
            rows.append(block)
            block = blocks[block].parent
        return rows

    def inside(self, order: int, loop: int) -> bool:
        """Whether a statement runs in each turn of a loop (its test included, its iterable and nested functions not)."""
        if self.module.blocks[loop].kind == "while" and order == self.statement(loop):
            return True
        return self.chain(self.block_of(order), loop) is not None

    def orders(self, block: int) -> tuple[int, ...]:
        """The statements that run inside a block, nested ones included, nested functions not."""
        found = self.ordered.get(block)
        if found is None:
            info = self.module.blocks[block]
            first = self.statement(block) if info.kind == "while" else min(self.statements[block], default=info.order)
            inside: dict[int, bool] = {}
            rows = []
            for order in range(first, info.last_order + 1):
                around = self.block_of(order)
                if around not in inside:
                    inside[around] = self.chain(around, block) is not None
                if inside[around] or (info.kind == "while" and order == first):
                    rows.append(order)
            found = self.ordered[block] = tuple(rows)
        return found

    def calls_in(self, block: int) -> Iterator[Call]:
        for order in self.orders(block):
            yield from self.calls.get(order, ())

    def nested(self, block: int) -> Iterator[int]:
        """Blocks inside a block, nested functions not."""
        for child in self.children.get(block, ()):
            if self.module.blocks[child].kind not in OWN_SCOPES:
                yield child
                yield from self.nested(child)

    def nearest_loop(self, block: int) -> int | None:
        blocks = self.module.blocks
        while block >= 0 and blocks[block].kind not in OWN_SCOPES:
            if blocks[block].kind in LOOPS:
                return block
            block = blocks[block].parent
        return None

    # -- control flow

    def outcomes(self, block: int, blocked: frozenset[int] = frozenset()) -> Outcomes:
        """What the suite can end in: fall, break, continue, return, raise. Paths through a `blocked` statement are left out."""
        if blocked:
            return self.sequence(self.statements[block], blocked)
        found = self.memo.get(block)
        if found is None:
            found = self.memo[block] = self.sequence(self.statements[block], blocked)
        return found

    def sequence(self, orders: list[int], blocked: frozenset[int] = frozenset()) -> Outcomes:
        result: set[str] = set()
        for order in orders:
            if order in blocked:
                return frozenset(result)
            found = self.of_statement(order, blocked)
            result |= found - FALLS
            if FALL not in found:
                return frozenset(result)
        return frozenset(result | FALLS)

    def of_statement(self, order: int, blocked: frozenset[int]) -> Outcomes:
        exit_ = self.exits.get(order)
        if exit_ is not None:
            return frozenset((exit_.kind,))
        parts = self.parts.get(order)
        if not parts:
            return frozenset(("return",)) if any(is_stop(c) for c in self.calls.get(order, ())) else FALLS
        kind = self.module.blocks[parts[0]].kind
        if kind == "if":
            found = self.outcomes(parts[0], blocked)
            return found | (self.outcomes(parts[1], blocked) if len(parts) > 1 else FALLS)
        if kind in LOOPS:
            return self._loop(parts, blocked)
        if kind == "try":
            return self._try(parts, blocked)
        if kind == "case":
            found = frozenset(o for p in parts for o in self.outcomes(p, blocked))
            return found if self.module.blocks[parts[-1]].items == (("other",),) else found | FALLS
        found = self.outcomes(parts[0], blocked)
        return found | FALLS if suppresses(self.module, parts[0]) else found

    def _loop(self, parts: list[int], blocked: frozenset[int]) -> Outcomes:
        info = self.module.blocks[parts[0]]
        inner = self.outcomes(parts[0], blocked)
        after = self.outcomes(parts[1], blocked) if len(parts) > 1 else FALLS
        found = inner & frozenset(("return", "raise"))
        if "break" in inner:
            found |= FALLS
        return found if info.kind == "while" and is_true(info.expr) else found | after

    def _try(self, parts: list[int], blocked: frozenset[int]) -> Outcomes:
        blocks = self.module.blocks
        body = self.outcomes(parts[0], blocked)
        handlers = blocks[parts[0]].handlers
        found = body - FALLS
        if FALL in body:
            other = next((p for p in parts if blocks[p].kind == "try_else"), None)
            found |= FALLS if other is None else self.outcomes(other, blocked)
        if handlers:
            found -= frozenset(("raise",))
        if self.fails(parts[0], blocked):
            for handler in handlers:
                found |= self.outcomes(handler, blocked)
        last = next((p for p in parts if blocks[p].kind == "finally"), None)
        if last is not None:
            end = self.outcomes(last, blocked)
            found = found | (end - FALLS) if FALL in end else end
        return found

    def fails(self, body: int, blocked: frozenset[int]) -> bool:
        """Whether a `try` can fail before it meets a blocked statement: what comes before its first call cannot."""
        for order in self.statements[body]:
            if order in blocked:
                return False
            if self.calls.get(order) or self.parts.get(order):
                return True
        return True

    def onward(self, order: int, loop: int, blocked: frozenset[int] = frozenset()) -> Outcomes:
        """What can happen after a statement up to the end of the loop's turn; `fall` and `continue` go round."""
        blocks = self.module.blocks
        result: set[str] = set()
        block = self.block_of(order)
        while True:
            found = self.sequence([o for o in self.statements[block] if o > order], blocked)
            result |= found - FALLS
            if FALL not in found or block == loop or block < 0 or blocks[block].kind in OWN_SCOPES:
                return frozenset(result | (found & FALLS))
            order = self.statement(block)
            if blocks[block].kind == "try":
                other = next((p for p in self.parts[order] if blocks[p].kind == "try_else"), None)
                after = FALLS if other is None else self.outcomes(other, blocked)
                result |= after - FALLS
                if FALL not in after:
                    return frozenset(result)
            block = blocks[block].parent


def suites(engine: Engine, module: int) -> Suites:
    found: Suites | None = engine.memo.get(("suites", module))
    if found is None:
        found = engine.memo["suites", module] = Suites(module, engine.modules[module])
    return found


def is_true(expr: Expr) -> bool:
    return expr[0] == "const" and bool(expr[1])


def is_stop(call: Call) -> bool:
    """`sys.exit()`, `exit()`, `quit()`, `os._exit()`."""
    return call.func in (("attr", ("name", "sys"), "exit"), ("name", "exit"), ("name", "quit"), ("attr", ("name", "os"), "_exit"))


def suppresses(module: ModuleFacts, block: int) -> bool:
    """`with suppress(...)`: what fails inside goes on after it."""
    return any(i[0] == "call" and module.calls[i[1]].last == "suppress" for i in module.blocks[block].items)
