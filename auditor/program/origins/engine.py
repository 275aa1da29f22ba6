"""The query engine: memoised, cycle-safe and budgeted answers to "what can reach this expression?"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, cast

from auditor.facts.types import Call, Expr, ModuleFacts, Scope, Store
from auditor.program.names import ModuleIndex
from auditor.program.origins.types import Const, Frame, Key, Origin, Origins, Place, Unresolved, unique

MOST_ORIGINS = 64
MOST_STEPS = 2000
DEEPEST = 3
NEVER = 1 << 30


class OverBudget(Exception):
    """A query took too many steps; it unwinds to the outermost one."""


class Engine:
    """Holds the indexes of all modules and the memo. `readers`: how each form of expression is read. `runners`: external name -> argument (position or name) that it calls.

    `fields`: external name -> (where its default stands, where its factory stands), for class-level field declarations.
    """

    def __init__(
        self,
        modules: list[ModuleFacts],
        readers: Mapping[str, Callable[[Engine, Expr, Place], list[Origin]]],
        runners: Mapping[str, int | str] | None = None,
        fields: Mapping[str, tuple[tuple[int | str, ...], str]] | None = None,
    ) -> None:
        self.modules = sorted(modules, key=lambda m: m.path)
        self.readers = readers
        self.index = ModuleIndex(self.modules)
        self.runners = dict(runners or {})
        self.fields = dict(fields or {})
        self.frames: list[Frame | None] = [None]
        self.frame_ids: dict[Frame, int] = {}
        self.refs: list[tuple[Expr, Place]] = []
        self.ref_ids: dict[tuple[int, Place], int] = {}
        self.synthetic: dict[Any, Expr] = {}
        self.memo: dict[Any, Any] = {}
        self.provisional: dict[Any, tuple[Any, int]] = {}
        self.stack: list[Any] = []
        self.active: dict[Any, int] = {}
        self.low = NEVER
        self.steps = 0
        self._index()

    def _index(self) -> None:
        self.calls_by_last: dict[str, list[tuple[int, Call]]] = defaultdict(list)
        self.stores_by_attr: dict[str, list[tuple[int, Store]]] = defaultdict(list)
        self.item_stores: dict[int, list[Store]] = defaultdict(list)
        self.value_uses: dict[str, list[tuple[int, Call, int | str]]] = defaultdict(list)
        self.aliases: dict[str, set[str]] = defaultdict(set)
        functions = {s.name for m in self.modules for s in m.scopes if s.kind in ("function", "class")}
        self.scope_of_body: list[dict[int, int]] = []
        for number, module in enumerate(self.modules):
            for call in module.calls:
                self.calls_by_last[call.last].append((number, call))
                for position, arg in enumerate(call.args):
                    self._value_use(functions, number, call, position, arg)
                for name, arg, _ in call.keywords:
                    self._value_use(functions, number, call, name or "**", arg)
            for store in module.stores:
                if store.attr is not None:
                    self.stores_by_attr[store.attr].append((number, store))
                else:
                    self.item_stores[number].append(store)
            for scope in module.scopes:
                for name, bindings in scope.bindings.items():
                    for b in bindings:
                        if b.kind == "from" and b.detail[1] != name:
                            self.aliases[b.detail[1]].add(name)

    def _value_use(self, functions: set[str], number: int, call: Call, where: int | str, arg: Expr) -> None:
        kind = arg[0]
        if kind == "name" and arg[1] in functions:
            self.value_uses[arg[1]].append((number, call, where))
        elif kind == "attr" and arg[2] in functions:
            self.value_uses[arg[2]].append((number, call, where))

    # -- places and contexts

    def scope(self, key: Key) -> Scope:
        return self.modules[key[0]].scopes[key[1]]

    def call(self, site: Key) -> Call:
        return self.modules[site[0]].calls[site[1]]

    def call_place(self, site: Key, ctx: int = 0) -> Place:
        return Place(site[0], self.call(site).order, ctx)

    def place_scope(self, place: Place) -> int:
        return self.modules[place.module].statements[place.order][0]

    def place_block(self, place: Place) -> int:
        return self.modules[place.module].statements[place.order][1]

    def line(self, place: Place) -> int:
        return self.modules[place.module].statements[place.order][2]

    def end_place(self, module: int, scope: int, ctx: int = 0) -> Place:
        """The end of a scope, for uses from elsewhere."""
        facts = self.modules[module]
        body = facts.scopes[scope].body
        order = next((o for o in range(facts.blocks[body].last_order, -1, -1) if facts.statements[o][:2] == (scope, body)), 0)
        return Place(module, order, ctx)

    def frame(self, frame: Frame) -> int:
        found = self.frame_ids.get(frame)
        if found is None:
            found = self.frame_ids[frame] = len(self.frames)
            self.frames.append(frame)
        return found

    def depth(self, ctx: int) -> int:
        frame = self.frames[ctx]
        return 0 if frame is None else frame.depth

    def find_frame(self, ctx: int, fn: Key) -> Frame | None:
        """The frame of a function in a context: the call by which we are inside it."""
        frame = self.frames[ctx]
        while frame is not None:
            if frame.fn == fn:
                return frame
            frame = self.frames[frame.parent]
        return None

    def ref(self, expr: Expr, place: Place) -> int:
        key = (id(expr), place)
        found = self.ref_ids.get(key)
        if found is None:
            found = self.ref_ids[key] = len(self.refs)
            self.refs.append((expr, place))
        return found

    def made(self, key: Any, build: Callable[[], Expr]) -> Expr:
        """An expression that stands nowhere in the source, the same object for the same key."""
        found = self.synthetic.get(key)
        if found is None:
            found = self.synthetic[key] = build()
        return found

    # -- queries

    def origins(self, expr: Expr, place: Place) -> Origins:
        """What can reach `expr` at `place`: up to 64 origins."""
        if expr[0] == "const":
            value = expr[1]
            return (Const(value, type(value).__name__, place.module, self.line(place)),)
        reader = self.readers.get(expr[0])
        if reader is None:
            return (Unresolved("an expression that is not followed"),)
        return self.query((id(expr), place), lambda: reader(self, expr, place))

    def query(self, key: Any, compute: Callable[[], list[Any]]) -> Origins:
        """The answer of `compute`, remembered. A query met again while it runs yields nothing; what depended on that is remembered only
        until the query it depended on ends."""
        found = self.memo.get(key)
        if found is not None:
            return cast(Origins, found)
        provisional = self.provisional.get(key)
        if provisional is not None:
            self.low = min(self.low, provisional[1])
            return cast(Origins, provisional[0])
        depth = self.active.get(key)
        if depth is not None:
            self.low = min(self.low, depth)
            return ()
        if not self.active:
            return self._outermost(key, compute)
        return self._run(key, compute)

    def _outermost(self, key: Any, compute: Callable[[], list[Any]]) -> Origins:
        self.steps, self.low = 0, NEVER
        try:
            return self._run(key, compute)
        except (OverBudget, RecursionError):
            self.active.clear()
            self.provisional.clear()
            self.stack.clear()
            result: Origins = (Unresolved("too much reaches it to be followed"),)
            self.memo[key] = result
            return result

    def _run(self, key: Any, compute: Callable[[], list[Any]]) -> Origins:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise OverBudget
        depth = self.active[key] = len(self.active)
        outer, self.low, mark = self.low, NEVER, len(self.stack)
        rows = unique(compute())
        del self.active[key]
        result: Origins = rows if len(rows) <= MOST_ORIGINS else (Unresolved(f"more than {MOST_ORIGINS} values can reach it"),)
        low = self.low
        if low >= depth:
            for entry in self.stack[mark:]:
                self.provisional.pop(entry, None)
            del self.stack[mark:]
            self.memo[key] = result
            self.low = outer
        else:
            self.provisional[key] = (result, low)
            self.stack.append(key)
            self.low = min(outer, low)
        return result

    def too_deep(self, ctx: int) -> bool:
        return self.depth(ctx) >= DEEPEST
