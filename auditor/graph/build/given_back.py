"""What starts only when it is read: generators, coroutines and streams that a function makes and does not run itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from auditor.facts.types import Call, Expr
from auditor.graph.build.called_as import is_coroutine
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_terms import parts
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Func, Key, Place

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative

READERS = frozenset(
    ("next", "anext", "list", "tuple", "set", "sorted", "sum", "any", "all", "enter_context", "enter_async_context", "join")
)
DEEPEST = 3


class Reading(NamedTuple):
    """How the function around a call reads what that gives. `given`: not at all, it gives it back; `at`: the statements that do."""

    given: bool = False
    at: tuple[int, ...] = ()


HERE = Reading()
"""where it is made, or where nobody knows"""


def _starts_later(build: Build, target: str, module: int, call: Call) -> bool:
    """Whether a call only makes what runs its target: a generator, a coroutine that is not awaited, a stream that is entered later."""
    fn = build.functions.get(target)
    if fn is not None:
        return _of_function(build, fn, call)
    matched: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    rows = matched.get((module, call.index), [])
    later = [call.last in row.match.form.lazy or (is_coroutine(build, row) and not call.awaited) for row in rows]
    return bool(later) and all(later)


def _of_function(build: Build, fn: Key, call: Call) -> bool:
    scope = build.engine.scope(fn)
    return bool(scope.yields) or (scope.is_async and not call.awaited)


def read_outside(build: Build, target: str, module: int, call: Call, regions: Sequence[str]) -> tuple[bool, tuple[str, ...] | None]:
    """Whether a call only makes what runs its target, and the regions around it that are not around what reads what it gives."""
    from auditor.graph.build.flow import site_regions

    call = _run_of(build, target, module, call)
    later, read = _starts_later(build, target, module, call), reading(build, module, call)
    if read.given or not read.at:
        return later, None if read.given else ()
    around = [set(site_regions(build, module, order, -1)) for order in read.at]
    return later, tuple(r for r in regions if all(r not in rows for rows in around))


def _run_of(build: Build, target: str, module: int, call: Call) -> Call:
    """The call that runs what a decorator made of the target by hand: `retry(...)(f)()`, or that of the name that this is bound to."""
    fn, own = build.functions.get(target), suites(build.engine, module)
    handed = [arg for arg in call.args if fn is not None and last_name(arg) == build.engine.scope(fn).name]
    if not any(isinstance(o, Func) and o.fn == fn for arg in handed for o in build.engine.origins(arg, Place(module, call.order))):
        return call
    made: Expr = ("call", call.index)
    body = build.engine.modules[module].scopes[build.engine.modules[module].statements[call.order][0]].body
    names: list[Expr] = [("name", b.name) for b in own.bindings.get(call.order, ()) if b.kind == "assign" and b.value == made]
    later = (o for o in own.orders(body) if o > call.order) if names and body >= 0 else ()
    runs = [c for o in (call.order, *later) for c in own.calls.get(o, ()) if c.func == made or c.func in names]
    return runs[0] if len(runs) == 1 else call


def reading(build: Build, module: int, call: Call, depth: int = 0) -> Reading:
    """Where the function around a call reads what the call gives; one that yields itself gives nothing back."""
    memo: dict[Key, Reading] = build.memo.setdefault("readings", {})  # type: ignore[assignment]
    key = (module, call.index)
    if key not in memo:
        memo[key] = HERE
        memo[key] = _reading(build, module, call, depth)
    return memo[key]


def _reading(build: Build, module: int, call: Call, depth: int) -> Reading:
    facts, own = build.engine.modules[module], suites(build.engine, module)
    scope = facts.scopes[facts.statements[call.order][0]]
    made = ("call", call.index)
    if scope.kind != "function" or depth > DEEPEST:
        return HERE
    leaves = own.exits.get(call.order)
    if leaves is not None and leaves.kind == "return" and not scope.yields:
        return Reading(given=made in _values(leaves.value) or _handed_on(build, module, call, ("call", call.index), depth))
    parts_here = (*own.parts.get(call.order, ()), *_comprehensions(build, module).get(call.order, ()))
    if any(made in _values(e) for p in parts_here for e in (facts.blocks[p].expr, *facts.blocks[p].items) if facts.blocks[p].kind != "if"):
        return Reading(at=(call.order,))
    names = {b.name for b in own.bindings.get(call.order, ()) if b.kind == "assign" and made in _values(b.value)}
    if len(names) != 1:
        return HERE
    name: Expr = ("name", names.pop())
    found = [o for o in own.orders(scope.body) if o > call.order]
    read = tuple(o for o in found if _reads(build, module, o, name))
    if read or scope.yields:
        return Reading(at=read)
    for order in found:
        leaves = own.exits.get(order)
        if leaves is not None and leaves.kind == "return" and name in _values(leaves.value):
            return Reading(given=True)
        if _handed_on(build, module, call, name, depth, order):
            return Reading(given=True)
    return HERE


def _values(expr: Expr) -> Iterator[Expr]:
    """What an expression may be as it is, or holds as a part of a tuple."""
    todo = [expr]
    while todo:
        one = todo.pop()
        yield one
        if one[0] in ("await", "if", "bool", "seq", "walrus"):
            todo.extend(parts(one)[1:] if one[0] == "if" else parts(one))


def _handed_on(build: Build, module: int, call: Call, value: Expr, depth: int, order: int | None = None) -> bool:
    """Whether another thing that runs later and is given back reads it: as an argument, or by its name from the function around."""
    here = (module, build.engine.modules[module].statements[call.order][0])
    for outer in suites(build.engine, module).calls.get(call.order if order is None else order, ()):
        if outer.index == call.index:
            continue
        given = value in (*outer.args, *(v for _, v, _ in outer.keywords))
        found = build.engine.origins(outer.func, build.engine.call_place((module, outer.index)))
        later = [
            isinstance(o, Func) and _of_function(build, o.fn, outer) and (given or _read_within(build, o.fn, here, value)) for o in found
        ]
        if later and all(later) and reading(build, module, outer, depth + 1).given:
            return True
    return False


def _read_within(build: Build, fn: Key, around: Key, name: Expr) -> bool:
    """Whether a function that is written in that one reads what a variable of it holds."""
    scope = build.engine.scope(fn)
    if name[0] != "name" or (fn[0], scope.parent) != around or name[1] in scope.bindings:
        return False
    return any(_reads(build, fn[0], order, name) for order in suites(build.engine, fn[0]).orders(scope.body))


def _reads(build: Build, module: int, order: int, name: Expr) -> bool:
    """Whether a statement enters, goes through or awaits what a name holds."""
    own, facts = suites(build.engine, module), build.engine.modules[module]
    blocks = (*own.parts.get(order, ()), *_comprehensions(build, module).get(order, ()))
    heads: list[Expr] = [e for p in blocks for e in (facts.blocks[p].expr, *facts.blocks[p].items)]
    if name in heads or ("await", name) in heads:
        return True
    values: Iterable[Expr] = (
        *(b.value for b in own.bindings.get(order, ())),
        *([own.exits[order].value] if order in own.exits else ()),
        *(value for at, value in facts.dropped if at == order),
        *(arg for c in own.calls.get(order, ()) for arg in (*c.args, *(v for _, v, _ in c.keywords))),
    )
    if any(("await", name) == one for value in values for one in _values(value)):
        return True
    calls = own.calls.get(order, ())
    return any(c.last in READERS and name in c.args for c in calls) or any(
        c.func[0] == "attr" and c.func[1] == name and c.last in ("__enter__", "__aenter__") for c in calls
    )


def _comprehensions(build: Build, module: int) -> dict[int, list[int]]:
    """statement -> the blocks of its comprehensions."""
    memo: dict[int, dict[int, list[int]]] = build.memo.setdefault("comprehensions", {})  # type: ignore[assignment]
    if module not in memo:
        memo[module] = {}
        for number, info in enumerate(build.engine.modules[module].blocks):
            if info.kind == "comp":
                memo[module].setdefault(info.order, []).append(number)
    return memo[module]
