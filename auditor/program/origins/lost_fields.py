"""Mappings that a function gets, and what of them cannot be told afterwards: they are handed on, renamed and changed, or lose entries."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from auditor.facts.types import Call, Expr, ModuleFacts, Store
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Ext, Func, Key, New, Origin, Place, root_of

EVERY = "*"
READING = frozenset(("builtins", *sys.stdlib_module_names)) - {"operator"}
"""modules of which nothing changes a mapping that it is given"""
DEEPEST = 3


def written(engine: Engine, fn: Key) -> tuple[list[Store], list[Call]]:
    """The stores of items, and the calls, in a function."""
    known: dict[int, dict[int, tuple[list[Store], list[Call]]]] = engine.memo.setdefault("writes of mappings", {})
    if fn[0] not in known:
        module, rows = engine.modules[fn[0]], known.setdefault(fn[0], {})
        for store in module.stores:
            if store.attr is None:
                rows.setdefault(_function(module, store.order), ([], []))[0].append(store)
        for call in module.calls:
            rows.setdefault(_function(module, call.order), ([], []))[1].append(call)
    return known[fn[0]].get(fn[1], ([], []))


def lost(engine: Engine, fn: Key, own: str, depth: int = 0) -> dict[str, str]:
    """Keys of a mapping, by the name of the parameter, that may be others afterwards -> why; `*`: any. What the function itself puts in by
    that name is not among them."""
    found: dict[str, str] = {}
    stores, calls = written(engine, fn)
    names = {own, *_renamed(engine, fn, own)}
    title = engine.scope(fn).qualname
    for store in stores:
        if store.base[0] == "name" and store.base[1] in names - {own}:
            found.setdefault(_key(store.key), f"{title} puts it in by another name of the mapping")
    for call in calls:
        named = call.func[1][1] if call.func[0] == "attr" and call.func[1][0] == "name" else ""
        if named in names and call.last in ("pop", "popitem", "clear"):
            taken = _key(call.args[0]) if call.last == "pop" and call.args else EVERY
            if taken != EVERY or not _is_other(engine.modules[fn[0]], call):
                found.setdefault(taken, f"{title} takes it out of what is given")
        elif named in names - {own} and call.last in ("update", "setdefault"):
            found.setdefault(EVERY, f"{title} puts something in by another name of the mapping")
        for where, value in (*enumerate(call.args), *((n, v) for n, v, _ in call.keywords)):
            if any(part[:1] == ("name",) and part[1] in names for part in _whole(value)):
                for key, why in _handed(engine, fn, call, where, depth).items():
                    found.setdefault(key, why)
    return found


def _handed(engine: Engine, fn: Key, call: Call, where: int | str | None, depth: int) -> dict[str, str]:
    """What may be lost of a mapping that a call gets."""
    if depth == 0 and call.func[0] == "name" and any(p.name == call.func[1] for p in engine.scope(fn).params):
        return {}  # It is what runs the validation itself.
    found: dict[str, str] = {}
    callees = engine.origins(call.func, Place(fn[0], call.order))
    for callee in callees:
        if where is None or _is_reading(callee) or (isinstance(callee, Ext) and not _gives_it_back(engine, fn, call)):
            continue
        taken = _parameter(engine, callee, where) if isinstance(callee, Func) and depth < DEEPEST else None
        if taken is None or not isinstance(callee, Func):
            name = callee.name if isinstance(callee, Ext) else engine.scope(callee.cls).name if isinstance(callee, Class) else call.last
            return {EVERY: f"{engine.scope(fn).qualname} hands it on to {name}, which is not read"}
        found.update(_changed(engine, callee.fn, taken, depth + 1))
    return found if callees else {EVERY: f"{engine.scope(fn).qualname} hands it on to {call.last}, which is not read"}


def _changed(engine: Engine, fn: Key, own: str, depth: int) -> dict[str, str]:
    """What may be lost of a mapping in a function that it is handed to, made once."""
    memo: dict[tuple[Key, str, int], dict[str, str]] = engine.memo.setdefault("changes of mappings", {})
    if (fn, own, depth) not in memo:
        stores, calls = written(engine, fn)
        puts = [_key(s.key) for s in stores if s.base == ("name", own)]
        puts += [EVERY for c in calls if c.last in ("update", "setdefault") and c.func[:2] == ("attr", ("name", own))]
        found = dict.fromkeys(puts, f"{engine.scope(fn).qualname} puts it into the mapping that it gets")
        memo[fn, own, depth] = {**found, **lost(engine, fn, own, depth)}
    return memo[fn, own, depth]


def _is_reading(callee: Origin) -> bool:
    """Whether it is a function, or an object's method, of Python itself: `print`, `json.dumps`, `logging.getLogger().debug`."""
    root = root_of(callee)
    return isinstance(root, (Ext, New)) and root.name.partition(".")[0] in READING


def _gives_it_back(engine: Engine, fn: Key, call: Call) -> bool:
    """Whether what a call gives is returned, or gets a name: it may be the mapping. So may be changed what is handed to a call of which
    nobody takes what it gives. A library that gives something for one key of it only reads it."""
    scope = engine.scope(fn)
    if call.dropped:
        return True
    values = [e.value for e in scope.exits] + [b.value for rows in scope.bindings.values() for b in rows if b.kind in ("assign", "walrus")]
    return any(part == ("call", call.index) for value in values for part in _whole(value))


def _is_other(module: ModuleFacts, call: Call) -> bool:
    """Whether a key is taken out that was asked not to be among others before: `if name not in fields: extra[name] = values.pop(name)`."""
    block = module.statements[call.order][1]
    key = call.args[0] if call.last == "pop" and call.args else None
    while block >= 0 and key is not None:
        info = module.blocks[block]
        if info.kind == "if" and info.expr[0] == "cmp" and info.expr[1] == key and [op for op, _ in info.expr[2]] == ["not in"]:
            return True
        block = info.parent
    return False


def _parameter(engine: Engine, callee: Func, where: int | str) -> str | None:
    """The parameter that holds a mapping itself: not `*args`, not `**kwargs`."""
    params = engine.scope(callee.fn).params
    if isinstance(where, str):
        return next((p.name for p in params if p.name == where and p.kind in ("positional", "keyword")), None)
    at = where + (1 if callee.owner is not None else 0)
    return params[at].name if at < len(params) and params[at].kind == "positional" else None


def _renamed(engine: Engine, fn: Key, own: str) -> Iterator[str]:
    for name, rows in engine.scope(fn).bindings.items():
        if name != own and any(("name", own) in _whole(b.value) for b in rows if b.kind in ("assign", "walrus")):
            yield name


def _whole(expr: Expr) -> Iterator[Expr]:
    """The values that an expression hands over as they are."""
    yield expr
    if expr[0] == "if":
        yield from (part for one in expr[2:] for part in _whole(one))
    elif expr[0] in ("bool", "seq"):
        yield from (part for one in expr[2] for part in _whole(one))


def _key(key: Expr | None) -> str:
    return key[1] if key is not None and key[0] == "const" and isinstance(key[1], str) else EVERY


def _function(module: ModuleFacts, order: int) -> int:
    scope = module.statements[order][0]
    while scope > 0 and module.scopes[scope].kind == "comp":
        scope = module.scopes[scope].parent
    return scope
