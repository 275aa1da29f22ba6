"""Names that surely hold an object, so that what would stand in for it never does: `client or self.client`."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.callers import bases
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method, mro
from auditor.program.origins.types import Class, Ext, Func, Instance, Key, Module, New, Origin, Origins, Place

DECIDING = ("__bool__", "__len__")
PLAIN = frozenset(("builtins.object", "abc.ABC"))
"""bases that bring none of these"""


def is_something(engine: Engine, expr: Expr, place: Place, found: Origins) -> bool:
    """Whether a name is an object, and true, whoever calls: of a function that others may call who are not seen, a parameter never is."""
    return may_be_sure(engine, expr, place) and bool(found) and all(_true(engine, o) for o in found)


def may_be_sure(engine: Engine, expr: Expr, place: Place) -> bool:
    """Whether it needs to be asked what a name is: of a parameter that others may give, nothing is sure whatever the program gives."""
    return expr[0] == "name" and not _open(engine, expr[1], place)


def _true(engine: Engine, origin: Origin) -> bool:
    if isinstance(origin, New):
        return origin.name in engine.kinds and origin.name.rpartition(".")[2][:1].isupper()
    if isinstance(origin, Instance):
        above = [b for cls in mro(engine, origin.cls) for b in bases(engine, cls)]
        known = all(isinstance(b, Class) or (isinstance(b, Ext) and b.name in PLAIN) for b in above)
        return known and not any(method(engine, origin.cls, name) for name in DECIDING)
    return isinstance(origin, (Class, Func, Module))


def _open(engine: Engine, name: str, place: Place) -> bool:
    """Whether a name is a parameter of a function that is not for the own file alone."""
    scopes, scope = engine.modules[place.module].scopes, engine.place_scope(place)
    while scope >= 0 and (name not in scopes[scope].bindings or scopes[scope].kind == "class"):
        scope = scopes[scope].parent
    own = scopes[scope] if scope >= 0 else None
    if own is None or not any(p.name == name for p in own.params):
        return False
    return not (own.name.startswith("_") and not own.name.endswith("__")) and not _is_inner(engine, (place.module, scope))


def _is_inner(engine: Engine, fn: Key) -> bool:
    """Whether a function stands inside another one."""
    scopes = engine.modules[fn[0]].scopes
    parent = scopes[fn[1]].parent
    return parent >= 0 and scopes[parent].kind in ("function", "lambda")
