"""What the checks around all calls of a method say of its object: `if isinstance(self.model, C): self.run_with_c()`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from auditor.facts.types import Call, Expr, Store
from auditor.program.origins.callers import subclasses
from auditor.program.origins.checked import Check, checked_attributes, checks_of, passes
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method, mro
from auditor.program.origins.presence import path_of
from auditor.program.origins.types import Instance, Key, Origin, Place

MOST_CALLS = 16
Gates = list[list[tuple[str, Check, int]]]
"""of each call the checks of the object's attributes: (attribute, check, module)"""


def let_through(engine: Engine, expr: Expr, place: Place, rows: list[Origin]) -> list[Origin]:
    """What an attribute of a method's object can be by the checks that stand around the calls of the method; all, where none is left."""
    if len(rows) < 2 or expr[0] != "attr" or expr[1][0] != "name":
        return rows
    fn = _method_around(engine, place.module, engine.place_scope(place))
    if fn is None or not _is_object(engine, fn, expr[1]):
        return rows
    gates = gates_of(engine, fn)
    if not gates or _stored(engine, fn, expr[2], place.order):
        return rows
    return [o for o in rows if any(_through(engine, o, expr[2], gate) for gate in gates)] or rows


def objects(engine: Engine, fn: Key, owner: Key) -> list[Origin]:
    """The object of a method: any of its class, but of those subclasses alone whose attributes the checks around its calls let through."""
    gates = gates_of(engine, fn)
    rows = list(_let_in(engine, owner, gates)) if gates else []
    return [Instance(cls, None, 0) for cls in rows or [owner]]


def _let_in(engine: Engine, cls: Key, gates: Gates) -> Iterator[Key]:
    """A class, or the topmost of its subclasses, of which any object may come in."""
    out = [c for c in (cls, *subclasses(engine, cls)) if not _may_enter(engine, c, gates)]
    name = engine.scope(cls).name
    named = (row[0] for rows in (engine.calls_by_last.get(name, ()), engine.value_uses.get(name, ())) for row in rows)
    if not out or (cls not in out and any(engine.speaks_of(number, cls[0]) for number in named)):
        yield cls
        return
    direct = engine.subclasses.get(cls, ()) if engine.subclasses else ()
    for sub in dict.fromkeys(direct):
        yield from _let_in(engine, sub, gates)


def _may_enter(engine: Engine, cls: Key, gates: Gates) -> bool:
    return any(all(_fits(engine, cls, attr, check, number) for attr, check, number in gate) for gate in gates)


def _fits(engine: Engine, cls: Key, attr: str, check: Check, number: int) -> bool:
    """Whether an attribute of an object of exactly this class may pass a check; what is not known may."""
    rows = _own_values(engine, cls, attr)
    return not rows or any(passes(engine, o, check, Place(number, check.order)) for o in rows)


def _own_values(engine: Engine, cls: Key, attr: str) -> list[Origin]:
    """What the methods of a class store in an attribute, calls of its own methods read in this class; none where others store it too."""
    if any(engine.speaks_of(number, cls[0]) for number, _ in engine.outside_stores.get(attr, ())):
        return []
    rows: list[Origin] = []
    for owner in mro(engine, cls):
        for store in engine.own_stores.get((*owner, attr), ()):
            found = () if store.operator is not None else _given(engine, cls, owner[0], store)
            if not found:
                return []
            rows.extend(found)
    return rows


def _given(engine: Engine, cls: Key, number: int, store: Store) -> tuple[Origin, ...]:
    from auditor.program.origins.calls import returns

    if store.value[0] != "call":
        return ()
    func = engine.call((number, store.value[1])).func
    fn = method(engine, cls, func[2]) if func[0] == "attr" and func[1] == store.base else None
    return () if fn is None else returns(engine, fn, 0)


def gates_of(engine: Engine, fn: Key) -> Gates:
    """The checks around each call of a method; empty where one has none, or where it may be called otherwise."""
    known: dict[Key, Gates] = engine.memo.setdefault("gates of methods", {})
    if fn not in known:
        known[fn] = _gates(engine, fn)
    return known[fn]


def _gates(engine: Engine, fn: Key) -> Gates:
    name = engine.scope(fn).name
    calls = list(islice(((n, c) for n, c in engine.calls_by_last.get(name, ()) if engine.speaks_of(n, fn[0])), MOST_CALLS + 1))
    handed = len(calls) <= MOST_CALLS and any(engine.speaks_of(number, fn[0]) for number, _, _ in engine.value_uses.get(name, ()))
    if len(calls) > MOST_CALLS or handed or not all(checked_attributes(engine, number) for number, _ in calls):
        return []
    rows: Gates = []
    for number, call in calls:
        caller = _method_around(engine, number, engine.modules[number].statements[call.order][0])
        if caller is None or call.func[0] != "attr" or not _is_object(engine, caller, call.func[1]):
            return []
        if caller == fn or not _related(engine, caller, fn):
            continue
        gate = list(_checks_at(engine, number, call))
        if not gate:
            return []
        rows.append(gate)
    return rows


def _checks_at(engine: Engine, number: int, call: Call) -> Iterator[tuple[str, Check, int]]:
    """Checks of the receiver's attributes around a call."""
    base = path_of(call.func[1])
    for path in checked_attributes(engine, number):
        if path.startswith(f"{base}.") and path.count(".") == 1:
            yield from ((path.partition(".")[2], check, number) for check in checks_of(engine, path, Place(number, call.order)))


def _related(engine: Engine, caller: Key, fn: Key) -> bool:
    """Whether the object of one method can be that of another."""
    one: Key = (caller[0], engine.scope(caller).parent)
    other: Key = (fn[0], engine.scope(fn).parent)
    return other in mro(engine, one) or any(other in mro(engine, sub) for sub in subclasses(engine, one)) or one in mro(engine, other)


def _method_around(engine: Engine, number: int, scope: int) -> Key | None:
    scopes = engine.modules[number].scopes
    while scope > 0 and scopes[scope].kind in ("comp", "lambda"):
        scope = scopes[scope].parent
    found = scopes[scope].kind == "function" and scopes[scope].params and scopes[scopes[scope].parent].kind == "class"
    return (number, scope) if found else None


def _is_object(engine: Engine, fn: Key, expr: Expr) -> bool:
    return bool(expr == ("name", engine.scope(fn).params[0].name))


def _stored(engine: Engine, fn: Key, attr: str, order: int) -> bool:
    """Whether a method stores an attribute before a use."""
    module = engine.modules[fn[0]]
    return any(s.attr == attr and s.order < order and module.statements[s.order][0] == fn[1] for s in module.stores)


def _through(engine: Engine, origin: Origin, attr: str, gate: list[tuple[str, Check, int]]) -> bool:
    return all(passes(engine, origin, check, Place(number, check.order)) for name, check, number in gate if name == attr)
