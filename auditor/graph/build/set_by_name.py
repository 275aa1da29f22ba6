"""Attributes that are set from outside of the class: `x.name = value`, and those whose name is computed (`setattr(x, name, value)`)."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import OTHER, Call, Expr
from auditor.graph.build.context import Build
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import mro
from auditor.program.origins.options import OPTIONS
from auditor.program.origins.stored_here import is_super, own_name
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Class, Const, Ext, Func, Instance, Key, Module, New, Origin, Place, Super

SETTING = ("setattr", "__setattr__")
MAKING = ("__init__", "__post_init__")
READING = frozenset(("copy", "get", "items", "keys", "values"))
"""methods of a mapping that leave it as it is"""


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
    found = _bases(engine, base, place)
    return not found or any(o.index == number if isinstance(o, Module) else not _is_other(engine, o, base, place) for o in found)


def _bases(engine: Engine, base: Expr, place: Place) -> list[Origin]:
    """What an attribute is set on: no constant has any, so where only these are found, something else is there."""
    return [o for o in engine.origins(base, place) if not isinstance(o, Const)]


def _is_other(engine: Engine, origin: Origin, base: Expr, place: Place) -> bool:
    """Whether something is known to be no module of the program, but one of a library, a class, a function, or an object of a class."""
    if isinstance(origin, New):
        return origin.name in engine.kinds or origin.name.rpartition(".")[2][:1].isupper()
    return isinstance(origin, (Class, Func, Instance, Super)) or (isinstance(origin, Ext) and _is_imported(engine, base, place))


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
    """The objects whose attributes are set by names that are computed, by a constructor that runs again, or by what fills them with the
    options of a command line; `OTHER` where a function that sets attributes is handed on."""
    engine = build.engine
    for name in SETTING:
        for number, call in engine.calls_by_last.get(name, ()):
            of_object = call.func[0] == "attr" and len(call.args) == 2
            written = len(call.args) == 3 and call.args[1][0] == "const"
            if call.args and not written and not engine.is_test[number]:
                yield call.func[1] if of_object else call.args[0], Place(number, call.order)
    for number, call in engine.calls_by_last.get(MAKING[0], ()):
        if call.func[0] == "attr" and not engine.is_test[number] and not _is_of_base(engine, number, call):
            yield call.func[1], Place(number, call.order)
    for name in {name for options in engine.memo.get(OPTIONS, ()) for name in options.parse}:
        for number, call in engine.calls_by_last.get(name, ()):
            filled = (*call.args[1:], *(value for _, value, _ in call.keywords))
            yield from ((arg, Place(number, call.order)) for arg in filled if not engine.is_test[number] and arg[0] in ("name", "attr"))
    for name in ("__dict__", "__class__"):
        for number, store in engine.stores_by_attr.get(name, ()):
            if not engine.is_test[number]:
                yield store.base, Place(number, store.order)
    for name in ("__dict__", ""):
        for number, store in engine.item_stores.get(name, ()):
            base = _dict_of(build, number, store.base) if not engine.is_test[number] else None
            if base is not None:
                yield base, Place(number, store.order)
    for number in range(len(engine.modules)):
        if not engine.is_test[number]:
            yield from _changed_or_handed(build, number)


def _is_of_base(engine: Engine, number: int, call: Call) -> bool:
    """Whether a constructor is called as that of a base, for the object that is just made (`super().__init__()`, `Base.__init__(self)`)."""
    module = engine.modules[number]
    scope = module.statements[call.order][0]
    own = own_name(module, scope)
    base = call.func[1]
    return own is not None and module.scopes[scope].name in MAKING and (is_super(module, base) or (own in call.args[:1] and base != own))


def _changed_or_handed(build: Build, number: int) -> Iterator[tuple[Expr, Place]]:
    """The objects whose attributes, as a mapping, are changed by a method, kept under a name, or handed to a function of the program."""
    engine, module = build.engine, build.engine.modules[number]
    for call in module.calls:
        place = Place(number, call.order)
        given = (*call.args, *(value for _, value, _ in call.keywords))
        if any(last_name(arg) in SETTING for arg in given):
            yield OTHER, place
        if call.func[0] == "attr" and call.last not in READING and (base := _dict_of(build, number, call.func[1])) is not None:
            yield base, place
        handed = [base for arg in given if (base := _dict_of(build, number, arg)) is not None]
        if handed and any(isinstance(o, Func) for o in engine.origins(call.func, place)):
            yield from ((base, place) for base in handed)
    for scope in module.scopes:
        for binding in (b for rows in scope.bindings.values() for b in rows):
            if last_name(binding.value) in SETTING:
                yield OTHER, Place(number, binding.order)
            if (base := _dict_of(build, number, binding.value)) is not None:
                yield base, Place(number, binding.order)


def _dict_of(build: Build, number: int, expr: Expr) -> Expr | None:
    """The object of `vars(x)` and `x.__dict__`."""
    if expr[0] == "attr" and expr[2] == "__dict__":
        base: Expr = expr[1]
        return base
    call = build.engine.call((number, expr[1])) if expr[0] == "call" else None
    return call.args[0] if call is not None and call.func == ("name", "vars") and call.args else None


def _may_be(engine: Engine, cls: Key, base: Expr, place: Place) -> bool:
    """Whether an expression may be an object of a class, of a base of it, or of what derives from it."""
    found = _bases(engine, base, place)
    if not found:
        return True
    for origin in found:
        if isinstance(origin, (Instance, Class, Super)):
            if origin.cls in mro(engine, cls) or cls in mro(engine, origin.cls):
                return True
        elif not isinstance(origin, Module) and not _is_other(engine, origin, base, place):
            return True
    return False
