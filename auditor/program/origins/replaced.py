"""Which subclasses an object is not of inside a method: those that have another method in its place, and do not come back to it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import instance_attribute, method, mro
from auditor.program.origins.shared import shared_attribute
from auditor.program.origins.stored_here import is_super
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Func, Instance, Key, Origin, Place


def replaced(engine: Engine, expr: Expr, place: Place) -> frozenset[Key]:
    """The subclasses that `self` is not of, where an expression is `self` of a method."""
    if expr[0] != "name":
        return frozenset()
    module, scope = engine.modules[place.module], engine.place_scope(place)
    while scope >= 0 and module.scopes[scope].kind in ("comp", "lambda"):
        scope = module.scopes[scope].parent
    here = module.scopes[scope]
    inside = here.kind == "function" and here.parent >= 0 and module.scopes[here.parent].kind == "class"
    if not inside or not here.params or here.params[0].name != expr[1]:
        return frozenset()
    known: dict[Key, frozenset[Key]] = engine.memo.setdefault("replaced methods", {})
    fn = (place.module, scope)
    if fn not in known:
        known[fn] = frozenset(_replacing(engine, fn, here.name, (place.module, here.parent)))
    return known[fn]


def _replacing(engine: Engine, fn: Key, name: str, owner: Key) -> Iterator[Key]:
    back = _coming_back(engine, name)
    for cls in subclasses(engine, owner):
        own = method(engine, cls, name)
        if own is not None and own != fn and back.isdisjoint(c for c in mro(engine, cls) if c != owner):
            yield cls


def _coming_back(engine: Engine, name: str) -> set[Key]:
    """The classes that call a method of that name on `super()` or on one of their bases."""
    known: dict[str, set[Key]] = engine.memo.setdefault("coming back", {})
    if name not in known:
        rows = known[name] = set()
        for number, call in engine.calls_by_last.get(name, ()):
            cls = _class_around(engine, number, call.order) if call.func[0] == "attr" else None
            if cls is not None and cls not in rows:
                base = call.func[1]
                if is_super(engine.modules[number], base) or last_name(base) in {engine.scope(c).name for c in mro(engine, cls)}:
                    rows.add(cls)
    return known[name]


def _class_around(engine: Engine, number: int, order: int) -> Key | None:
    module = engine.modules[number]
    scope = module.statements[order][0]
    while scope >= 0 and module.scopes[scope].kind != "class":
        scope = module.scopes[scope].parent
    return (number, scope) if scope >= 0 else None


def own_attribute(engine: Engine, base: Origin, name: str, module: int, but: frozenset[Key]) -> list[Origin]:
    """What `base.name` can be, read in a module, where the base is of none of some subclasses."""
    if not but or not isinstance(base, Instance) or base.site is not None:
        return shared_attribute(engine, base, name, module)
    return list(engine.query(("attr", base, name, but), instance_attribute, engine, base, name, but))


def without_wrapper(engine: Engine, expr: Expr, place: Place, rows: list[Origin]) -> list[Origin]:
    """Without the function that is written here and put in the place of what is read: `f = x.run`, `x.run = wrapper`, which calls `f`."""
    module, scope = engine.modules[place.module], engine.place_scope(place)
    inner = [o for o in rows if isinstance(o, Func) and o.fn[0] == place.module and module.scopes[o.fn[1]].parent == scope]
    if not inner or module.scopes[scope].kind != "function":
        return rows
    stores = (s for number, s in engine.stores_by_attr.get(expr[2], ()) if number == place.module and s.base == expr[1])
    put = any(s.order > place.order and module.statements[s.order][0] == scope for s in stores)
    return [o for o in rows if o not in inner] if put else rows
