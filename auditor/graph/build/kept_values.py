"""Constants that an object keeps in an attribute from its constructor on: `self.mode = mode` of `Agent(mode="fast")`.

Known is only what no one can set otherwise: of objects of exactly one class, made where all arguments are written or handed down by calls
that are known, in an attribute that nothing outside of the class stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from auditor.facts.types import OTHER, Call, Expr, Store
from auditor.graph.build.context import Build
from auditor.graph.build.known_entries import is_parameter
from auditor.graph.build.loop_terms import path, walk
from auditor.graph.build.set_by_name import MAKING, family, set_elsewhere
from auditor.program.origins.constructed import calls_in
from auditor.program.origins.feasible import PLAIN_CLASS, is_plain
from auditor.program.origins.fields import field_names, is_annotated
from auditor.program.origins.objects import foreign_bases, method, method_context, mro
from auditor.program.origins.parameters import is_method
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Class, Const, Func, Instance, Key, Origin, Place, Unresolved

KEPT = "&"
"""before the path of an attribute of the object"""
DEEPEST = 3
SPECIAL = ("__new__", "__getattribute__", "__setattr__", "__setstate__", "__copy__")
SIMPLE = frozenset(("const", "name", "bool", "not", "cmp", "if"))


def kept_names(build: Build, fn: Key, test: Expr) -> Iterator[str]:
    """The attributes of the own object that a condition asks for, where they may keep a constant."""
    for part in walk(build.engine.modules[fn[0]], test) if is_method(build.engine, fn) else ():
        name = kept_name(build, fn, part) if part[0] == "attr" else None
        if name is not None:
            yield name


def kept_name(build: Build, fn: Key, expr: Expr) -> str | None:
    """The name of `self.a.b` in a method; None where it surely keeps no constant."""
    params = build.engine.scope(fn).params
    text = path(expr) if expr[0] == "attr" and params and is_method(build.engine, fn) else None
    first, _, rest = (text or "").partition(".")
    if not rest or "[" in rest or first != params[0].name or rest.count(".") >= DEEPEST or not is_parameter(build, fn, first):
        return None
    return f"{KEPT}{rest}" if _may_keep(build, (fn[0], build.engine.scope(fn).parent), rest.partition(".")[0]) else None


def as_written(build: Build, fn: Key, known: Mapping[str, object]) -> dict[str, object]:
    """What is known, under the names by which the function itself reads attributes of its object."""
    params = build.engine.scope(fn).params
    own = {f"{params[0].name}.{name.removeprefix(KEPT)}": value for name, value in known.items() if name.startswith(KEPT)} if params else {}
    return {**known, **own}


def kept_below(build: Build, fn: Key, call: Call, name: str) -> str | None:
    """The name that a caller has for an attribute of the object of a call (`self.inner.run()`)."""
    base = kept_name(build, fn, call.func[1]) if call.func[0] == "attr" else None
    return f"{base}.{name.removeprefix(KEPT)}" if base is not None and base.count(".") + name.count(".") + 1 < DEEPEST else None


def kept_value(build: Build, fn: Key, call: Call, name: str) -> tuple[object] | None:
    """The constant that the objects on which a call runs a method, or the one that it makes, keep in an attribute."""
    found = {_value(build, o, name.removeprefix(KEPT).split(".")) for o in _objects(build, fn, call)}
    if len(found) != 1 or (const := found.pop()) is None:
        return None
    return (const[1],)


def kept_constant(build: Build, base: Instance, name: str) -> Const | None:
    """The constant that an object keeps in an attribute."""
    found = _kept(build, base, name)
    return found if isinstance(found, Const) else None


def _objects(build: Build, fn: Key, call: Call) -> list[Instance]:
    """The objects, where all are made in the function itself, at the top of a module, or by the own object's constructor; else none."""
    engine = build.engine
    place = Place(fn[0], call.order)
    found = engine.origins(call.func, place)
    if len(found) == 1 and isinstance(found[0], Class):
        return [Instance(found[0].cls, (fn[0], call.index), 0)]
    if call.func[0] != "attr" or _is_given(build, fn, call.func[1]):
        return []
    owners = [o.owner for o in found if isinstance(o, Func) and isinstance(o.owner, Instance)]
    kept = call.func[1][0] == "attr" and engine.origins(call.func[1][1], place)
    inside = {o.cls for o in kept or () if isinstance(o, Instance)}
    known = len(owners) == len(found) and all(_is_local(build, fn, o, inside) for o in owners)
    return owners if known else []


def _is_given(build: Build, fn: Key, expr: Expr) -> bool:
    """Whether an object is a parameter, or a part of one that is not the own object."""
    engine = build.engine
    root = expr
    while root[0] == "attr":
        root = root[1]
    scope = engine.scope(fn)
    if root[0] != "name" or root[1] not in {p.name for p in scope.params}:
        return False
    return root is expr or root[1] != scope.params[0].name or not is_method(engine, fn)


def _is_local(build: Build, fn: Key, made: Instance, inside: set[Key]) -> bool:
    engine = build.engine
    site, ctx = made.site, made.ctx
    if site is None or made.partials:
        return False
    while ctx:
        frame = engine.frames[ctx]
        if frame is None or frame.site[0] < 0:
            return False
        site, ctx = frame.site, frame.site_ctx
    where = engine.modules[site[0]].statements[engine.call(site).order][0]
    here = engine.modules[site[0]].scopes[where]
    own = here.kind == "function" and here.name in MAKING and any((site[0], here.parent) in mro(engine, cls) for cls in inside)
    return (site[0], where) == fn or where == 0 or own


# -- the values of one object


def _value(build: Build, base: Instance, parts: list[str]) -> tuple[str, object] | None:
    """The constant under a path of attributes of an object, with its type."""
    for position, name in enumerate(parts):
        found = _kept(build, base, name)
        if found is None:
            return None
        if isinstance(found, Const):
            return (found.kind, found.value) if position == len(parts) - 1 else None
        base = found
    return None


def _kept(build: Build, base: Instance, name: str) -> Const | Instance | None:
    """The one constant, or object, that an attribute of an object has in all its life."""
    if not _is_plain(build, base) or set_elsewhere(build, base.cls, name):
        return None
    rows: list[Origin] = []
    for owner in mro(build.engine, base.cls):
        for store in build.engine.own_stores.get((*owner, name), ()):
            found = _stored(build, base, owner, store)
            if found is None:
                return None
            rows.append(found)
    rows.extend(_declared(build, base, name, stored=bool(rows)))
    consts = [o for o in rows if isinstance(o, Const)]
    if len(consts) == len(rows):
        return consts[0] if consts and len({(o.kind, o.value) for o in consts}) == 1 else None
    objects = [o for o in rows if isinstance(o, Instance)]
    return objects[0] if len(rows) == 1 and objects else None


def _is_plain(build: Build, made: Instance) -> bool:
    """Whether an object is of exactly this class, each call makes a new one, and its attributes are what is stored in them."""
    engine = build.engine
    if made.site is None or made.partials:
        return False
    name = engine.scope(made.cls).name
    exact = last_name(engine.call(made.site).func) in (name, *engine.aliases.get(name, ()))
    return exact and is_plain_class(build, made.cls)


def is_plain_class(build: Build, cls: Key) -> bool:
    engine = build.engine
    known: dict[Key, bool] = build.memo.setdefault("plain classes", {})  # type: ignore[assignment]
    if cls not in known:
        scopes = [(c, engine.scope(c)) for c in mro(engine, cls)]
        plain = not any(method(engine, cls, name) for name in SPECIAL) and not foreign_bases(engine, cls)
        plain = plain and not any(len(calls_in(engine, made)) > 1 for c, _ in scopes if (made := method(engine, c, MAKING[0])) is not None)
        known[cls] = plain and all(
            not s.keywords
            and all(last_name(engine.call((c[0], d[1])).func if d[0] == "call" else d) in PLAIN_CLASS for d in s.decorators)
            and not any(engine.modules[c[0]].scopes[b.detail].decorators for n in MAKING for b in s.bindings.get(n, ()) if b.kind == "def")
            for c, s in scopes
        )
    return known[cls]


def _stored(build: Build, base: Instance, owner: Key, store: Store) -> Const | Instance | None:
    """What one store puts there, if it is a constant or an object made for it; None: it cannot be told."""
    engine = build.engine
    if store.operator is not None:
        return None
    if store.value[0] == "const":
        return _only(engine.origins(store.value, Place(owner[0], store.order)))
    fn = (owner[0], engine.modules[owner[0]].statements[store.order][0])
    ctx = method_context(engine, fn, base)
    frame = engine.frames[ctx]
    if frame is None or frame.fn != fn:
        return None
    place = Place(owner[0], store.order, ctx)
    found = _only(engine.origins(store.value, place))
    if store.value[0] == "call":
        made = isinstance(found, Instance) and found.site == (owner[0], store.value[1]) and found.ctx == ctx
        return found if made else None
    return found if found is not None and _is_handed_down(build, fn, store.value, place) else None


def _is_handed_down(build: Build, fn: Key, expr: Expr, place: Place) -> bool:
    """Whether an expression is made of constants, and of parameters for which the calls around give one value that is known."""
    for part in walk(build.engine.modules[fn[0]], expr):
        if part[0] not in SIMPLE:
            return False
        if part[0] == "name":
            found = _only(build.engine.origins(part, place)) if is_parameter(build, fn, part[1]) else None
            if found is None or not _is_handed(build, found, place.ctx):
                return False
    return True


def _only(found: tuple[Origin, ...]) -> Const | Instance | None:
    return found[0] if len(found) == 1 and isinstance(found[0], (Const, Instance)) else None


def _is_handed(build: Build, origin: Origin, ctx: int) -> bool:
    """Whether a value comes into a context by arguments that are written, from call to call, or by the default of what these call."""
    engine = build.engine
    frame = engine.frames[ctx]
    if frame is None or frame.site[0] < 0 or frame.partials or frame.decorated is not None or not is_plain(engine, frame.fn):
        return False
    call = engine.call(frame.site)
    place = engine.call_place(frame.site, frame.site_ctx)
    for arg in _arguments(call):
        if arg is None or arg[0] == "star":
            return False
        if arg[0] == "const" or origin not in engine.origins(arg, place):
            continue
        if arg[0] == "call" and isinstance(origin, Instance) and origin.site == (frame.site[0], arg[1]):
            continue
        return _is_known(build, origin, arg, place)
    return True


def _arguments(call: Call) -> Iterable[Expr | None]:
    """The arguments of a call; None stands for a mapping of some."""
    yield from call.args
    yield from (value if key is not None else None for key, value, _ in call.keywords)


def _is_known(build: Build, origin: Origin, arg: Expr, place: Place) -> bool:
    """Whether an argument is a value that a call around gives, or that the own object keeps."""
    engine = build.engine
    fn = (place.module, engine.place_scope(place))
    if arg[0] == "name":
        return is_parameter(build, fn, arg[1]) and _is_handed(build, origin, place.ctx)
    owner = frame.owner if (frame := engine.find_frame(place.ctx, fn)) is not None else None
    params = engine.scope(fn).params
    if arg[0] != "attr" or not params or arg[1] != ("name", params[0].name) or not is_parameter(build, fn, params[0].name):
        return False
    return isinstance(owner, Instance) and _kept(build, owner, arg[2]) == origin


def _declared(build: Build, base: Instance, name: str, *, stored: bool) -> Iterator[Origin]:
    """What the class says, or the call of a constructor that is made of its fields."""
    engine = build.engine
    owner = next((c for c in mro(engine, base.cls) if engine.scope(c).bindings.get(name)), None)
    if owner is None:
        return
    bindings = [b for b in engine.scope(owner).bindings[name] if b.kind != "annotation"]
    value, place = (bindings[0].value if len(bindings) == 1 and bindings[0].kind == "assign" else OTHER), Place(owner[0], 0)
    if is_annotated(engine, base.cls, name) and method(engine, base.cls, "__init__") is None:
        given = _given(build, base, name)
        value, place = given or (value, place)
    if value[0] == "const":
        yield from engine.origins(value, place)
    elif bindings or not stored:
        yield Unresolved(f"{name} is not written as a constant")


def _given(build: Build, base: Instance, name: str) -> tuple[Expr, Place] | None:
    """What the call of a constructor that is made of the fields of its class gives one; None: nothing."""
    engine = build.engine
    site = base.site or (0, 0)
    call, place = engine.call(site), engine.call_place(site, base.ctx)
    if any(arg is None or arg[0] == "star" for arg in _arguments(call)):
        return OTHER, place
    fields = field_names(engine, base.cls)
    position = fields.index(name) if name in fields else len(call.args)
    given = call.args[position] if position < len(call.args) else next((v for key, v, _ in call.keywords if key == name), None)
    return None if given is None else (given, place)


def _may_keep(build: Build, cls: Key, name: str) -> bool:
    """Whether an attribute of objects of a class, or of one below it, may keep a constant, or an object that is made for it."""
    known: dict[tuple[Key, str], bool] = build.memo.setdefault("attributes that may keep constants", {})  # type: ignore[assignment]
    if (cls, name) not in known:
        engine = build.engine
        rows = {c: engine.own_stores.get((*c, name), ()) for c in family(engine, cls)}
        stores = [(c, s) for c, found in rows.items() for s in found]
        fns = {(c[0], engine.modules[c[0]].statements[s.order][0]): s for c, s in stores if s.value[0] != "const"}
        one = all(engine.scope(fn).name in MAKING and s.value[0] in ("call", *SIMPLE) for fn, s in fns.items())
        one = one and all(s.operator is None for _, s in stores)
        level = any(b.value[0] == "const" for c in rows for b in engine.scope(c).bindings.get(name, ()) if b.kind == "assign")
        known[cls, name] = one and (bool(stores) or level) and not set_elsewhere(build, cls, name)
    return known[cls, name]
