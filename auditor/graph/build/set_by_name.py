"""Attributes that are set from outside of the class: `x.name = value`, and those whose name is computed (`setattr(x, name, value)`)."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import mro
from auditor.program.origins.options import OPTIONS
from auditor.program.origins.types import Class, Const, Ext, Func, Instance, Key, Module, New, Origin, Place, Super

SETTING = ("setattr", "__setattr__")


def family(engine: Engine, cls: Key) -> list[Key]:
    """A class, its bases, and what derives from it with all bases."""
    return list(dict.fromkeys((*mro(engine, cls), *(c for s in subclasses(engine, cls) for c in mro(engine, s)))))


def set_elsewhere(build: Build, cls: Key, name: str) -> bool:
    """Whether something outside of the methods may set an attribute of objects of a class, or one whose name is not told."""
    known: dict[tuple[Key, str], bool] = build.memo.setdefault("attributes set elsewhere", {})  # type: ignore[assignment]
    if (cls, name) not in known:
        engine = build.engine
        stores = ((n, s) for n, s in engine.outside_stores.get(name, ()) if not engine.is_test[n])
        known[cls, name] = _by_name(build, cls) or any(_may_be(engine, cls, s.base, Place(n, s.order)) for n, s in stores)
    return known[cls, name]


def set_in_module(build: Build, number: int, name: str) -> bool:
    """Whether something may set a name of a module as its attribute (`config.DEBUG = True`), or one that is not told."""
    engine = build.engine
    stores = ((s.base, Place(n, s.order)) for n, s in engine.outside_stores.get(name, ()) if not engine.is_test[n])
    return any(_may_be_module(engine, number, base, at) for rows in (stores, _by_computed_names(build)) for base, at in rows)


def _may_be_module(engine: Engine, number: int, base: Expr, place: Place) -> bool:
    found = engine.origins(base, place)
    return not found or any(o.index == number if isinstance(o, Module) else not _is_other(engine, o, base, place) for o in found)


def _is_other(engine: Engine, origin: Origin, base: Expr, place: Place) -> bool:
    """Whether something is known to be no module of the program, but one of a library, a class, a function, or an object of a class."""
    if isinstance(origin, New):
        return origin.name in engine.kinds or origin.name.rpartition(".")[2][:1].isupper()
    return isinstance(origin, (Class, Const, Func, Instance, Super)) or (isinstance(origin, Ext) and _is_imported(engine, base, place))


def _is_imported(engine: Engine, expr: Expr, place: Place) -> bool:
    """Whether a dotted name begins with one that is imported, and nothing else (`sys.modules[name]` may be any module)."""
    while expr[0] == "attr":
        expr = expr[1]
    scopes, scope = engine.modules[place.module].scopes, engine.place_scope(place)
    while scope >= 0 and expr[0] == "name" and expr[1] not in scopes[scope].bindings:
        scope = scopes[scope].parent
    return scope >= 0 and expr[0] == "name" and all(b.kind in ("import", "from") for b in scopes[scope].bindings[expr[1]])


def _by_name(build: Build, cls: Key) -> bool:
    known: dict[Key, bool] = build.memo.setdefault("classes set by computed names", {})  # type: ignore[assignment]
    if cls not in known:
        known[cls] = any(_may_be(build.engine, cls, base, at) for base, at in _by_computed_names(build))
    return known[cls]


def _by_computed_names(build: Build) -> list[tuple[Expr, Place]]:
    known: list[tuple[Expr, Place]] | None = build.memo.get("objects set by computed names")  # type: ignore[assignment]
    if known is None:
        known = build.memo["objects set by computed names"] = list(_computed(build))
    return known


def _computed(build: Build) -> Iterator[tuple[Expr, Place]]:
    """The objects whose attributes are set by names that are computed, or by what fills them with the options of a command line."""
    engine = build.engine
    for name in SETTING:
        for number, call in engine.calls_by_last.get(name, ()):
            of_object = call.func[0] == "attr" and len(call.args) == 2
            written = len(call.args) == 3 and call.args[1][0] == "const"
            if call.args and not written and not engine.is_test[number]:
                yield call.func[1] if of_object else call.args[0], Place(number, call.order)
    for number, call in engine.calls_by_last.get("update", ()):
        base = _dict_of(build, number, call.func[1]) if call.func[0] == "attr" and not engine.is_test[number] else None
        if base is not None:
            yield base, Place(number, call.order)
    for name in {name for options in engine.memo.get(OPTIONS, ()) for name in options.parse}:
        for number, call in engine.calls_by_last.get(name, ()):
            filled = (*call.args[1:], *(value for _, value, _ in call.keywords))
            yield from ((arg, Place(number, call.order)) for arg in filled if not engine.is_test[number] and arg[0] in ("name", "attr"))
    for number, store in engine.stores_by_attr.get("__dict__", ()):
        if not engine.is_test[number]:
            yield store.base, Place(number, store.order)
    for name in ("__dict__", ""):
        for number, store in engine.item_stores.get(name, ()):
            base = _dict_of(build, number, store.base) if not engine.is_test[number] else None
            if base is not None:
                yield base, Place(number, store.order)


def _dict_of(build: Build, number: int, expr: Expr) -> Expr | None:
    """The object of `vars(x)` and `x.__dict__`."""
    if expr[0] == "attr" and expr[2] == "__dict__":
        base: Expr = expr[1]
        return base
    call = build.engine.modules[number].calls[expr[1]] if expr[0] == "call" else None
    return call.args[0] if call is not None and call.func == ("name", "vars") and call.args else None


def _may_be(engine: Engine, cls: Key, base: Expr, place: Place) -> bool:
    """Whether an expression may be an object of a class, of a base of it, or of what derives from it."""
    found = engine.origins(base, place)
    if not found:
        return True
    for origin in found:
        if isinstance(origin, (Instance, Class, Super)):
            if origin.cls in mro(engine, cls) or cls in mro(engine, origin.cls):
                return True
        elif not isinstance(origin, Module) and not _is_other(engine, origin, base, place):
            return True
    return False
