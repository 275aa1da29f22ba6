"""Loops and recursions that shorten what they work on before each next try, by a function that raises where too little of it is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Expr, ModuleFacts, Scope
from auditor.graph.build.loop_changes import View, called, changes_in, enter, is_straight
from auditor.graph.build.loop_checks import FLIPPED, NEGATED
from auditor.graph.build.loop_slices import Part, fewest, is_filled, is_shorter, slices
from auditor.graph.build.loop_terms import builtin, callees, path, paths, plain, root, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key

LESS = ("<", "<=", "==")
DEEPEST = 3
MOST_NAMES = 12


def shortened(engine: Engine, module: int, orders: Iterable[int], top: int) -> str | None:
    """Why it is not known that nothing limits it. `orders`: the statements that each way to the next try passes; `top`: the block of the
    loop or of the function, out of which it has to raise."""
    view = View(engine, module)
    own = view.suites
    orders = list(orders)
    filled = {c.path for c in changes_in(view, orders) if c.way == "up"}
    for order in orders:
        chain = own.chain(own.block_of(order), top)
        if chain is None or any(own.module.blocks[b].kind == "try" for b in chain):
            continue
        for call in own.calls.get(order, ()):
            funcs = callees(engine, call, module)
            if (
                not funcs
                or len(funcs) != len(engine.origins(call.func, view.place(order)))
                or (any(engine.scope(f.fn).is_async for f in funcs) and not call.awaited)
            ):
                continue
            views = [enter(view, call, func, order) for func in funcs]
            names = [_name(inner) if inner is not None else None for inner in views]
            if None not in names and not any(f"len({name})" in filled for name in names):
                return f"{call.last}() in line {call.line} shortens {names[0]}, and raises where too little of it is left"
    return None


def parted(engine: Engine, sites: Iterable[Key], tests: list[Part]) -> str | None:
    """Why a recursion may end that goes on with a slice of what it was given, in words, where a condition asks for that before. `sites`:
    the calls on the way round; `tests`: the conditions before them, each with its value at the end."""
    for site in sites:
        call, module = engine.call(site), engine.modules[site[0]]
        scope = module.scopes[module.statements[call.order][0]]
        params = {p.name for p in scope.params[1:] if p.name} | {p.name for p in scope.params[:1] if p.name not in ("self", "cls")}
        for value in (*call.args, *(v for _, v, _ in call.keywords)):
            for part in (one for written in _written(scope, value) for one in slices(written)):
                names = {e[1]: None for e in _behind(module, scope, part[1]) if e[0] == "name"}
                given = next((name for name in names if name in params), None)
                asked = [(test, leave) for test, leave in tests if any(root(p) in names for p in paths(module, test))]
                if given is None or not asked or not is_shorter(part[2], fewest(module, asked, names)):
                    continue
                if not is_filled(engine, site[0], call.order, set(names), scope.body):
                    return f"line {call.line} goes on with a part of {given}, until there is too little of it"
    return None


def _written(scope: Scope, value: Expr) -> Iterator[Expr]:
    """An expression, and what the names that it is, or has as its elements, are set to in their function."""
    todo, seen = [plain(value)], set[str]()
    while todo:
        one = todo.pop()
        yield one
        if one[0] == "seq":
            todo.extend(plain(e) for e in one[2] if plain(e)[0] == "name")
        elif one[0] == "name" and one[1] not in seen and len(seen) < MOST_NAMES:
            seen.add(one[1])
            todo.extend(plain(b.value) for b in scope.bindings.get(one[1], ()) if b.kind in ("assign", "unpack", "walrus"))


def _behind(module: ModuleFacts, scope: Scope, expr: Expr) -> Iterator[Expr]:
    """The parts of an expression, and of what its names are set to in their function."""
    todo, seen = [expr], set[str]()
    while todo:
        for part in walk(module, todo.pop()):
            yield part
            if part[0] == "name" and part[1] not in seen and len(seen) < MOST_NAMES:
                seen.add(part[1])
                todo.extend(b.value for b in scope.bindings.get(part[1], ()) if b.kind in ("assign", "unpack", "walrus"))


def _name(inner: View) -> str | None:
    """What a function surely shortens on each way on which it does not raise, if it asks how much there is."""
    assert inner.fn is not None
    own, body = inner.suites, inner.engine.scope(inner.fn).body
    if inner.engine.scope(inner.fn).yields:
        return None
    for name, few in sorted(set(_asked(inner, inner.fn))):
        cuts = frozenset(o for o in own.orders(body) if inner.own(name) in _cut_at(inner, o, few))
        if cuts and own.outcomes(body, cuts) <= {"raise"}:
            return inner.own(name)
    return None


def _asked(inner: View, fn: Key) -> Iterator[tuple[str, float]]:
    """The attributes of whose size, or of that of a part of them, too little makes a function raise, and with how many elements it does."""
    own, body = inner.suites, inner.engine.scope(fn).body
    for order in own.orders(body):
        parts = own.parts.get(order, ())
        if not parts or own.module.blocks[parts[0]].kind != "if" or not is_straight(own, own.block_of(order)):
            continue
        for part, holds in zip(parts[:2], (True, False), strict=False):
            test = plain(own.module.blocks[parts[0]].expr)
            if own.outcomes(part) != {"raise"} or test[0] != "cmp" or len(test[2]) != 1:
                continue
            operator, right = test[2][0]
            operator = operator if holds else NEGATED.get(operator, "")
            for counted, sign, bound in ((test[1], operator, right), (right, FLIPPED.get(operator, ""), test[1])):
                if sign in LESS and bound[0] == "const" and (name := _measured(inner, fn, plain(counted))) is not None:
                    yield name, (bound[1] if isinstance(bound[1], (int, float)) else 0) - (1 if sign == "<" else 0)


def _measured(inner: View, fn: Key, expr: Expr) -> str | None:
    """The attribute of which `len(...)` measures a part, or all."""
    call = inner.suites.module.calls[expr[1]] if expr[0] == "call" else None
    if call is None or len(call.args) != 1 or builtin(inner.engine, call, inner.module) != "len":
        return None
    value = plain(call.args[0])
    for _ in range(DEEPEST):
        if value[0] == "sub" and value[2][0] == "slice":
            value = plain(value[1])
        rows = inner.engine.scope(fn).bindings.get(value[1], ()) if value[0] == "name" else ()
        if len(rows) == 1 and rows[0].kind == "assign":
            value = plain(rows[0].value)
    text = path(value)
    return text if text is not None and "." in text else None


def _cut_at(inner: View, order: int, few: float) -> set[str]:
    """The attributes, as the loop names them, of which a statement keeps a part alone, itself or in what it surely calls. `few`: with how
    many elements, or fewer, it does not come to that."""
    rows = set(_cut(inner, [order], few))
    for one in called(View(inner.engine, inner.module, inner.renamed, inner.prefix, None, inner.fn), [order], 1):
        assert one.fn is not None
        body = one.suites.orders(one.engine.scope(one.fn).body)
        rows.update(_cut(one, [o for o in body if is_straight(one.suites, one.suites.block_of(o))], few))
    return rows


def _cut(view: View, orders: list[int], few: float) -> Iterator[str]:
    own = view.suites
    for order in orders:
        for store in own.stores.get(order, ()):
            target = view.path(("attr", store.base, store.attr)) if store.attr is not None else None
            if target is not None and store.operator is None and target in _sliced(view, store.value, few):
                yield target
    for change in changes_in(view, orders):
        if change.way == "down" and change.path.startswith("len("):
            yield change.path.removeprefix("len(").removesuffix(")")


def _sliced(view: View, value: Expr, few: float) -> set[str]:
    """What an expression has a shorter slice of; of a name what its only value has."""
    facts = view.suites.module
    rows = view.engine.scope(view.fn).bindings.get(value[1], ()) if value[0] == "name" and view.fn is not None else ()
    value = rows[0].value if len(rows) == 1 and rows[0].kind == "assign" else value
    parts = [e for e in walk(facts, value) if e[0] == "sub" and e[2][0] == "slice" and is_shorter(e[2], few)]
    return {text for e in parts if (text := view.path(plain(e[1]))) is not None}
