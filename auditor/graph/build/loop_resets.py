"""What begins a loop's count anew in a turn: a called function sets it back, or another object keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import Suites
from auditor.graph.build.loop_changes import DEEPEST, MOST_VISITS, Change, View, changes_in, enter, is_left_after, is_straight
from auditor.graph.build.loop_checks import Check
from auditor.graph.build.loop_terms import builtin, callees, path, paths, plain, root
from auditor.program.origins.types import Class

MADE = frozenset(("dict", "list", "set", "deque", "Counter", "defaultdict", "OrderedDict"))
BINDING = frozenset(("assign", "walrus", "aug", "annotation"))


@dataclass(frozen=True, slots=True)
class Reset:
    """`certain`: whether it is known to happen whenever its statement runs; `order`: the statement of the loop; `later`: whether what comes
    after it in that statement may fail."""

    certain: bool
    order: int
    why: str
    later: bool = False


def below(
    view: View, orders: Iterable[int], alone: bool = True, depth: int = 0, seen: set[object] | None = None
) -> Iterator[tuple[View, bool]]:
    """The functions that statements call, each once for what it is called on and with, and whether nothing else may be called there."""
    seen = set() if seen is None else seen
    for order in orders if depth < DEEPEST else ():
        for call in view.suites.calls.get(order, ()):
            funcs = callees(view.engine, call, view.module)
            only = alone and len(funcs) == 1 and len(view.engine.origins(call.func, view.place(order))) == 1
            for func in funcs:
                inner = enter(view, call, func, order)
                key = (func.fn, tuple(sorted(inner.renamed.items()))) if inner is not None else None
                if inner is None or key in seen or len(seen) >= MOST_VISITS:
                    continue
                seen.add(key)
                yield inner, only
                yield from below(inner, inner.suites.orders(inner.engine.scope(func.fn).body), only, depth + 1, seen)


def bare(name: str) -> str:
    """What a counter counts in: `rows` of `len(rows)`."""
    return name.removeprefix("len(").removesuffix(")") if name.startswith("len(") else name


class Resets:
    """The resets of one loop. `changes`: those of its own code."""

    def __init__(self, view: View, loop: int, changes: Sequence[Change]) -> None:
        self.view, self.loop, self.changes = view, loop, changes
        self.own = view.suites

    @cached_property
    def orders(self) -> list[int]:
        """The statements of a turn after which there may be another one."""
        return [o for o in self.own.orders(self.loop) if not self._is_last(o)]

    @cached_property
    def lasting(self) -> frozenset[int]:
        return frozenset(self.orders)

    def _is_last(self, order: int) -> bool:
        block, leave = self.own.block_of(order), self.own.exits.get(order)
        if leave is not None and leave.kind == "return":
            return not any(self.own.module.blocks[b].kind == "try" for b in self.own.chain(block, self.loop) or ())
        return is_left_after(self.own, block, self.loop)

    @cached_property
    def inner(self) -> list[tuple[View, bool, Change]]:
        return list(self._inner(self.orders))

    def _inner(self, orders: Iterable[int]) -> Iterator[tuple[View, bool, Change]]:
        for view, alone in below(self.view, orders):
            assert view.fn is not None
            body = view.suites.orders(view.engine.scope(view.fn).body)
            yield from ((view, alone, c) for c in changes_in(view, body) if c.way == "set")

    def of(self, check: Check, name: str) -> Reset | None:
        """One that may come between two turns of the count, the most certain one."""
        rows = [*self._of_call(check.view, name), *self._own(name), *self._of(check, name, self.inner)]
        return next((r for r in rows if r.certain), rows[0] if rows else None)

    def is_another(self, view: View, name: str) -> bool:
        """Whether each turn surely counts in another object."""
        return any(r.certain for r in (*self._of_call(view, name), *self._own(name)))

    def each(self, check: Check, name: str) -> Iterator[Reset]:
        """All of them, with the statements of the loop at which they happen."""
        yield from self._of_call(check.view, name)
        yield from self._own(name)
        if any(True for _ in self._of(check, name, self.inner)):
            for order in self.orders:
                yield from self._of(check, name, self._inner([order]))

    def _of(self, check: Check, name: str, rows: Iterable[tuple[View, bool, Change]]) -> Iterator[Reset]:
        for view, alone, change in rows:
            whole = change.path == name
            if not (whole or is_part(name, change.path)) or _is_bound(view, change, check) or is_first(view, change):
                continue
            anew = _is_constant(change.value) if whole else self.another(view, change, name)
            if anew is not None:
                straight = view.sure and is_straight(view.suites, view.suites.block_of(change.at.order))
                said = "sets" if anew and alone and straight else "may set"
                why = f"{self._place(view, change)} {said} the counter {name} back"
                yield Reset(anew and alone and straight, change.order, why, _goes_on(view, change.at.order))

    def _place(self, view: View, change: Change) -> str:
        line = view.suites.module.statements[change.at.order][2]
        return f"line {line}" if view.module == self.view.module else f"{view.suites.module.path}:{line}"

    def _own(self, name: str) -> Iterator[Reset]:
        """Where the loop itself sets what keeps the count to something else."""
        opener = [self.own.statement(self.loop)] if self.own.module.blocks[self.loop].kind == "for" else []
        for change in (*self.changes, *changes_in(self.view, opener)):
            if change.way != "set" or not is_part(name, change.path) or is_first(self.view, change, self.loop):
                continue
            anew = True if change.order in opener else self.another(self.view, change, name)
            if anew is not None:
                said = "makes" if anew else "may make"
                yield Reset(anew, change.order, f"{self._place(self.view, change)} {said} {change.path} anew, which counts {name}")

    def _of_call(self, view: View, name: str) -> Iterator[Reset]:
        """Of a variable of a called function: each call begins with another one."""
        text = bare(name)
        while view.above is not None and view.fn is not None and view.order is not None:
            inner = text.removeprefix(view.prefix)
            variable = root(inner)
            if text.startswith(view.prefix) and view.home(variable) == view.prefix:
                rows = [b for b in view.engine.scope(view.fn).bindings.get(variable, ()) if b.kind != "param"]
                why = f"each call of {view.engine.scope(view.fn).name}() begins {inner} anew"
                if inner == variable and text == name:
                    yield Reset(True, view.order, why)
                changes = [c for c in changes_in(view, [b.order for b in rows]) if c.path == f"{view.prefix}{variable}" and c.way == "set"]
                kinds = [a for c in changes if (a := self.another(view, c, name)) is not None]
                if inner != variable and (kinds or _called_on_a_new_one(view, variable)):
                    yield Reset(all(kinds), view.order, why)
                return
            view = view.above

    def another(self, view: View, change: Change, name: str, depth: int = 0) -> bool | None:
        """Whether something is set to another object; None: to one that is kept, False: it is not known to which."""
        own, value = view.suites, plain(change.value)
        facts = own.module
        names = {f"{view.home(b.name)}{b.name}": b.kind for b in own.bindings.get(change.at.order, ())}
        if names.get(change.path, "assign") not in BINDING:
            return False
        kept = view.path(value)
        if kept is not None:
            return self._is_set(kept, bare(name)[len(change.path) :], depth)
        before = {view.own(p) for p in paths(facts, value)}
        if change.path in before:
            return None if value[:2] == ("bool", "or") and view.path(plain(value[2][0])) == change.path else False
        if value[0] in ("const", "dict", "seq", "comp", "fstr"):
            return True
        return value[0] == "call" and _makes(view, facts.calls[value[1]])

    def _is_set(self, kept: str, rest: str, depth: int) -> bool | None:
        """What becomes of what goes by another name, too (`state = self.state`)."""
        if depth >= DEEPEST:
            return False
        name = kept + rest
        rows = [(self.view, c) for c in self.changes if c.way == "set"] + [(view, c) for view, _, c in self.inner]
        found = [self.another(v, c, name, depth + 1) for v, c in rows if c.path == kept or is_part(kept, c.path)]
        known = [one for one in found if one is not None]
        return all(known) if known else None


def _called_on_a_new_one(view: View, name: str) -> bool:
    """Whether a variable is the object of a called method, which is made for the call (`Budget().spend()`)."""
    params = view.engine.scope(view.fn).params if view.fn is not None else ()
    if view.above is None or view.call < 0 or not params or params[0].name != name:
        return False
    calls = view.above.suites.module.calls
    call = calls[view.call]
    base = plain(call.func[1]) if call.func[0] == "attr" else call.func
    return _makes(view.above, calls[base[1]] if base[0] == "call" else call)


def is_part(name: str, whole: str) -> bool:
    return name == f"len({whole})" or bare(name).startswith((f"{whole}.", f"{whole}["))


def _is_bound(view: View, change: Change, check: Check) -> bool:
    """Whether a counter is set to the very limit that it is compared with."""
    value, bound = plain(change.value), plain(check.bound)
    kept = view.path(value)
    return value == bound if value[0] == "const" else kept is not None and kept == check.view.path(bound)


def _is_constant(value: Expr) -> bool:
    value = plain(value)
    return value[0] == "const" or (value[0] == "neg" and value[1][0] == "const") or value in (("dict", ()), ("seq", "list", ()))


def _makes(view: View, call: Call) -> bool:
    """Whether a call makes an object each time."""
    found = view.engine.origins(call.func, view.place(call.order))
    return (bool(found) and all(isinstance(o, Class) for o in found)) or builtin(view.engine, call, view.module) in MADE


def is_first(view: View, change: Change, top: int = -1) -> bool:
    """Whether something is set only where it is not there yet (`if self.budget is None`)."""
    own = view.suites
    block = own.block_of(change.at.order)
    while block not in (top, -1) and own.module.blocks[block].kind not in ("function", "module"):
        info = own.module.blocks[block]
        if info.kind == "if" and _asks_if_missing(view, own, plain(info.expr), change.path):
            return True
        block = info.parent
    return False


def _asks_if_missing(view: View, own: Suites, test: Expr, name: str) -> bool:
    if test[0] == "bool":
        return any(_asks_if_missing(view, own, plain(t), name) for t in test[2]) if test[1] == "and" else False
    if test[0] == "cmp" and len(test[2]) == 1:
        operator, right = test[2][0]
        if operator in ("is", "=="):
            return right == ("const", None) and view.path(plain(test[1])) == name
        base = view.path(plain(right))
        return operator == "not in" and base is not None and test[1][0] == "const" and name == f"{base}[{test[1][1]!r}]"
    if test[0] != "not":
        return False
    inner = plain(test[1])
    call = own.module.calls[inner[1]] if inner[0] == "call" else None
    if call is not None and call.func == ("name", "hasattr") and len(call.args) == 2 and call.args[1][0] == "const":
        base = path(plain(call.args[0]))
        return base is not None and name == f"{view.own(base)}.{call.args[1][1]}"
    return view.path(inner) == name


def _goes_on(view: View, order: int) -> bool:
    """Whether something is called behind a statement of a called function before the loop's own code goes on."""
    at, one = order, view
    while one.fn is not None and one.above is not None:
        own = one.suites
        if any(o > at and own.calls.get(o) for o in own.orders(one.engine.scope(one.fn).body)):
            return True
        at, one = one.called_at, one.above
    return False
