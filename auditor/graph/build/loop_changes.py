"""What a loop's turn changes: variables, attributes and entries that are counted up or down or set, in the body and in what it calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.facts.types import Binding, Call, Expr, Store
from auditor.graph.build.loop_blocks import FALL, Suites, suites
from auditor.graph.build.loop_growth import Growth, growth
from auditor.graph.build.loop_terms import callees, path, plain, root, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method
from auditor.program.origins.types import Func, Instance, Key, Place

GROWING = frozenset(
    (
        "append",
        "appendleft",
        "add",
        "extend",
        "insert",
        "update",
        "put",
        "put_nowait",
        "push",
        "add_message",
        "add_messages",
    )
)
SHRINKING = frozenset(["pop", "popleft", "popitem", "get_nowait", "remove", "discard", "clear", "heappop", "dequeue"])
LEFT = frozenset(("break", "return", "raise"))
AWAY = frozenset(("return", "raise"))
DEEPEST = 3
MOST_VISITS = 40
ONE: Expr = ("const", 1)
COMPUTED: Expr = ("other",)


@dataclass(frozen=True, slots=True)
class Change:
    """`way`: up, down or set. `order`: the statement of the loop in which it happens; `block`: where it stands, -1 inside a callee.

    `growth`: of one that is set to a multiple of what it was.
    """

    path: str
    way: str
    order: int
    block: int
    value: Expr
    at: Place
    growth: Growth | None = None


@dataclass(slots=True)
class View:
    """Code that runs in a turn: the loop's own function, or a callee with its names translated.

    `order`: the loop's statement that runs it.
    """

    engine: Engine
    module: int
    renamed: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    order: int | None = None
    fn: Key | None = None
    sure: bool = True
    """whether each call of the callee comes to it"""
    above: View | None = None
    called_at: int = 0
    """the statement of `above` that calls it"""
    call: int = -1
    """the call of `above`"""
    homes: dict[str, str] = field(default_factory=dict)

    @property
    def suites(self) -> Suites:
        return suites(self.engine, self.module)

    def place(self, order: int) -> Place:
        return Place(self.module, order)

    def own(self, text: str) -> str:
        """A path as the loop would write it."""
        head = root(text)
        if head in self.renamed:
            return self.renamed[head] + text[len(head) :]
        return self.home(head) + text

    def home(self, name: str) -> str:
        """What goes before a variable of a callee: its own ones are no others', those around it are the same in all functions."""
        if self.fn is None or self.above is None or self.order is None:
            return self.prefix
        found = self.homes.get(name)
        if found is None:
            facts, bound = self.engine.modules[self.module], binder(self.engine, self.fn, name)
            if bound in (-1, self.fn[1]):
                found = self.prefix
            else:
                top = self.above
                while top.above is not None:
                    top = top.above
                same = top.module == self.module and binder(self.engine, (self.module, facts.statements[self.order][0]), name) == bound
                found = "" if same and top.fn is None else f"{(self.module, bound)}:"
            self.homes[name] = found
        return found

    def path(self, expr: Expr) -> str | None:
        found = path(expr)
        return None if found is None else self.own(found)

    def in_loop(self, order: int) -> int:
        """The statement of the loop in which a statement of this code runs."""
        return order if self.order is None else self.order


def binder(engine: Engine, fn: Key, name: str) -> int:
    """The scope to which a variable belongs in a function: itself or one around it; -1 if none binds it."""
    scopes, scope = engine.modules[fn[0]].scopes, fn[1]
    while scope >= 0 and (name not in scopes[scope].bindings or (scopes[scope].kind == "class" and scope != fn[1])):
        scope = scopes[scope].parent
    return scope


def changes_in(view: View, orders: Iterable[int]) -> Iterator[Change]:
    """The changes that these statements make themselves."""
    own = view.suites
    for order in orders:
        block = own.block_of(order) if view.order is None else -1
        for binding in own.bindings.get(order, ()):
            if binding.kind != "param":
                yield _of_binding(view, binding, order, block)
        for store in own.stores.get(order, ()):
            found = _of_store(view, store, order, block)
            if found is not None:
                yield found
        for expr in own.removed.get(order, ()):
            if (base := view.path(expr)) is not None:
                yield Change(f"len({base})", "down", view.in_loop(order), block, ONE, view.place(order))
        for call in own.calls.get(order, ()):
            if call.func[0] == "attr" and call.last in (GROWING | SHRINKING):
                base = view.path(call.func[1])
                if base is not None:
                    way = "up" if call.last in GROWING else "down"
                    yield Change(f"len({base})", way, view.in_loop(order), block, ONE, view.place(order))


def is_left_after(own: Suites, block: int, loop: int) -> bool:
    """Whether what stands in a block of a loop comes before its end alone (`n = 0` before a `break`): nothing around catches what fails
    after it, and goes round."""
    around = own.chain(block, loop) if block >= 0 else None
    if not around or any(own.module.blocks[b].kind == "try" for b in around):
        return False
    leaving = [own.outcomes(b) for b in around]
    return any(
        found and (found <= AWAY or (found <= LEFT and own.nearest_loop(b) == loop)) for found, b in zip(leaving, around, strict=True)
    )


def _of_binding(view: View, binding: Binding, order: int, block: int) -> Change:
    # A parameter that a callee binds anew is no variable of its caller any more.
    name = view.own(binding.name) if view.fn is None else view.home(binding.name) + binding.name
    if binding.kind == "aug":
        way, amount = _step(binding.detail, binding.value)
    elif binding.kind in ("assign", "unpack") and (counted := returned_step(view, binding)) is not None:
        way, amount = counted
    else:
        way, amount = _assigned(view, binding.value, name) if binding.kind == "assign" else ("set", binding.value)
    grows = way == "set" and binding.kind in ("assign", "aug")
    grown = _growth(view, binding.value, name, binding.detail if binding.kind == "aug" else "") if grows else None
    return Change(name, way, view.in_loop(order), block, amount, view.place(order), grown)


def returned_step(view: View, binding: Binding) -> tuple[str, Expr] | None:
    """`n = f(n)`, `done, n = f(n)`: how a function of the program counts what it is given, and gives back."""
    value = plain(binding.value)
    if value[0] != "call" or not (binding.kind == "assign" or len(binding.detail) == 1):
        return None
    call = view.suites.module.calls[value[1]]
    if not any(plain(a) == ("name", binding.name) for a in (*call.args, *(v for _, v, _ in call.keywords))):
        return None
    position = binding.detail[0] if binding.kind == "unpack" else None
    found = {_counts_on(view, call, func, binding, position) for func in callees(view.engine, call, view.module)}
    return found.pop() if len(found) == 1 else None


def _counts_on(view: View, call: Call, func: Func, binding: Binding, position: object) -> tuple[str, Expr] | None:
    inner = enter(view, call, func, binding.order)
    param = next((p for p, name in inner.renamed.items() if name == view.own(binding.name)), None) if inner is not None else None
    if inner is None or param is None:
        return None
    own, scope = inner.suites, view.engine.scope(func.fn)
    steps = {_step(b.detail, b.value) for b in scope.bindings[param] if b.kind == "aug"}
    orders = frozenset(b.order for b in scope.bindings[param] if b.kind == "aug")
    if len(steps) != 1 or any(b.kind not in ("aug", "param") for b in scope.bindings[param]) or scope.yields:
        return None
    for leave in scope.exits:
        given = plain(leave.value)
        if isinstance(position, int) and given[0] == "seq" and position < len(given[2]):
            given = plain(given[2][position])
        passed = any(o < leave.order and is_before(own, o, leave.order) for o in orders)
        if leave.kind == "return" and not (given == ("name", param) and (passed or _asked(own, leave.order, param))):
            return None
    return next(iter(steps))


def is_before(own: Suites, order: int, other: int) -> bool:
    """Whether a statement surely runs before another one of its function: it stands in a block around that."""
    block = own.block_of(other)
    around = {block}
    while own.module.blocks[block].kind != "function" and block >= 0:
        block = own.module.blocks[block].parent
        around.add(block)
    mine = own.block_of(order)
    while own.module.blocks[mine].kind in ("try", "with", "finally") and mine not in around:
        mine = own.module.blocks[mine].parent
    # What stands in the `else` of an `if` that leaves runs wherever it does not.
    if mine not in around and own.module.blocks[mine].kind == "else":
        opener = own.statement(mine)
        leaves = FALL not in own.outcomes(own.parts[opener][0])
        return leaves and own.block_of(opener) in around and opener < other
    return mine in around


def _asked(own: Suites, order: int, param: str) -> bool:
    """Whether a statement runs only on a condition about a variable."""
    info = own.module.blocks[own.block_of(order)]
    return info.kind in ("if", "else") and any(path(e) == param for e in walk(own.module, info.expr))


def _of_store(view: View, store: Store, order: int, block: int) -> Change | None:
    target: Expr = ("attr", store.base, store.attr) if store.attr is not None else ("sub", store.base, store.key)
    name = view.path(target)
    if name is None or store.operator == "annotation":
        return None
    way, amount = _step(store.operator, store.value) if store.operator else _assigned(view, store.value, name)
    grown = _growth(view, store.value, name, store.operator or "") if way == "set" else None
    return Change(name, way, view.in_loop(order), block, amount, view.place(order), grown)


def _growth(view: View, value: Expr, name: str, operator: str) -> Growth | None:
    if operator:
        return Growth(value) if operator == "*" else None
    return growth(value, view.suites.module.calls, lambda e: _is(view, e, name))


def _step(operator: str, value: Expr) -> tuple[str, Expr]:
    if operator == "+":
        if value[0] == "fstr" or (value[0] == "const" and isinstance(value[1], str)):
            return "set", COMPUTED
        if value[0] == "const" and isinstance(value[1], (int, float)) and value[1] < 0:
            return "down", ("const", -value[1])
        return "up", value
    return ("down", value) if operator in ("-", "//") else ("set", COMPUTED)


def _assigned(view: View, value: Expr, name: str) -> tuple[str, Expr]:
    """`x = x + 1`, `x = 1 + x`, `x = d.get("x", 0) + 1`, `x = max(0, x - 1)`."""
    value = plain(value)
    if value[0] == "op" and value[1] in ("+", "-"):
        if _is(view, value[2], name):
            return _step(value[1], value[3])
        if value[1] == "+" and _is(view, value[3], name):
            return "up", value[2]
    if value[0] == "call":
        call = view.suites.module.calls[value[1]]
        if call.func in (("name", "max"), ("name", "min")):
            for arg in call.args:
                way, amount = _assigned(view, arg, name)
                if way == ("down" if call.last == "max" else "up"):
                    return way, amount
    return "set", value


def _is(view: View, expr: Expr, name: str) -> bool:
    """Whether an expression reads this path (`state.get("n", 0)` reads `state["n"]`)."""
    if view.path(expr) == name:
        return True
    entry = getter(view, expr)
    return entry is not None and view.path(entry) == name


def getter(view: View, expr: Expr) -> Expr | None:
    """`d.get("k", 0)` as `d["k"]`."""
    expr = plain(expr)
    if expr[0] != "call":
        return None
    call = view.suites.module.calls[expr[1]]
    if call.last == "get" and call.func[0] == "attr" and call.args and call.args[0][0] == "const":
        return view.engine.made(("getter", view.module, call.index), lambda: ("sub", call.func[1], call.args[0]))
    return None


def called(view: View, orders: Iterable[int], depth: int = 0, seen: set[Key] | None = None) -> Iterator[View]:
    """The functions of the program that these statements call, up to three deep, each once."""
    seen = set() if seen is None else seen
    if depth >= DEEPEST:
        return
    own = view.suites
    for order in orders:
        for call in own.calls.get(order, ()):
            for func in callees(view.engine, call, view.module):
                if func.fn in seen or len(seen) >= MOST_VISITS:
                    continue
                seen.add(func.fn)
                inner = enter(view, call, func, order)
                if inner is not None:
                    yield inner
                    yield from called(inner, inner.suites.orders(inner.engine.scope(func.fn).body), depth + 1, seen)


def enter(view: View, call: Call, func: Func, order: int) -> View | None:
    """A callee's code seen from the loop: its parameters are what the call passes."""
    scope = view.engine.scope(func.fn)
    if scope.body < 0 or scope.kind != "function":
        return None
    renamed: dict[str, str] = {}
    params = list(scope.params)
    if func.owner is not None and params:
        base = _receiver(view, call)
        if base is not None:
            renamed[params[0].name] = base
        params = params[1:]
    for param, arg in zip(params, call.args, strict=False):
        _rename(view, renamed, param.name, arg)
    for name, arg, _ in call.keywords:
        if name is not None and any(b.kind == "param" for b in scope.bindings.get(name, ())):
            _rename(view, renamed, name, arg)
    own = view.suites
    sure = view.sure and (view.order is None or is_straight(own, own.block_of(order)))
    return View(view.engine, func.fn[0], renamed, f"{func.fn}:", view.in_loop(order), func.fn, sure, view, order, call.index)


def read_properties(view: View, expr: Expr, order: int) -> Iterator[View]:
    """The properties of classes of the program that an attribute reads."""
    base = view.path(expr[1])
    if base is None:
        return
    for origin in view.engine.origins(expr[1], view.place(order)):
        fn = method(view.engine, origin.cls, expr[2]) if isinstance(origin, Instance) else None
        if fn is not None and ("name", "property") in view.engine.scope(fn).decorators:
            scope = view.engine.scope(fn)
            renamed = {scope.params[0].name: base} if scope.params else {}
            yield View(view.engine, fn[0], renamed, f"{fn}:", view.in_loop(order), fn, view.sure, view, order)


def _receiver(view: View, call: Call) -> str | None:
    base = call.func[1] if call.func[0] == "attr" else None
    if base is None:
        return None
    found = view.path(base)
    if found is None and base[0] == "call" and view.suites.module.calls[base[1]].last == "super":
        return view.own("self")
    return found


def _rename(view: View, renamed: dict[str, str], name: str, arg: Expr) -> None:
    found = view.path(plain(arg))
    if found is not None:
        renamed[name] = found


def is_straight(own: Suites, block: int) -> bool:
    """Whether a function always comes to a block (no condition, no handler, no loop around it)."""
    blocks = own.module.blocks
    while blocks[block].kind in ("try", "with", "finally"):
        block = blocks[block].parent
    return blocks[block].kind in ("function", "module")


def callee_changes(inner: View) -> Iterator[Change]:
    """The changes that a callee surely makes (counted) or may make (set)."""
    own = inner.suites
    for change in all_changes(inner):
        straight = inner.sure and is_straight(own, own.block_of(change.at.order))
        if change.way == "set" or straight:
            yield change


def all_changes(inner: View) -> Iterator[Change]:
    """All changes that a callee may make."""
    assert inner.fn is not None
    yield from changes_in(inner, inner.suites.orders(inner.engine.scope(inner.fn).body))
