"""What a program keeps in an object of a framework of which it has one, and that each function gets at in its own way: what is put into
`app.state.client` when it starts is `request.app.state.client` later."""

from __future__ import annotations

from typing import NamedTuple

from auditor.facts.types import Expr, Store
from auditor.program.origins.containers import lookup
from auditor.program.origins.engine import Engine
from auditor.program.origins.mutated import keyword_dict
from auditor.program.origins.objects import attribute, external_bases
from auditor.program.origins.tables import last_name
from auditor.program.origins.together import of_one_program
from auditor.program.origins.types import Attr, Box, Const, Ext, Func, Instance, Key, New, Origin, Origins, Param, Place

LONGEST = 3


class Spot(NamedTuple):
    """The object itself (`path` is empty), or what lies below it. `made`: the call that makes it, where that is known."""

    kind: str
    path: tuple[str, ...]
    made: Key | None


def shared_attribute(engine: Engine, base: Origin, name: str, module: int) -> list[Origin]:
    """What `base.name` can be, read in a module: all that is put there anywhere in the program, where the base is such an object."""
    spot = _spot(engine, base) if name in engine.outside_stores else None
    rows = engine.query(("shared attribute", spot, name, module), _stored, engine, spot, name, module) if spot is not None else ()
    return list(rows) or attribute(engine, base, name)


def shared_item(engine: Engine, base: Origin, expr: Expr, keys: Origins, module: int) -> list[Origin]:
    """What is put under a key, written as `expr`, of such an object or of what lies below it; nothing where nothing is."""
    spot = _spot(engine, base) if engine.shared.made and keys else None
    if spot is None or not all(isinstance(o, (Const, New)) for o in keys):
        return []
    return list(engine.query(("shared item", spot, id(expr), keys, module), _put, engine, spot, expr, keys, module))


def _spot(engine: Engine, origin: Origin) -> Spot | None:
    path: list[str] = []
    while engine.shared.made and len(path) <= LONGEST:
        found = _object(engine, origin)
        if found is not None:
            return Spot(found.kind, (*found.path, *reversed(path)), found.made)
        if isinstance(origin, Attr):
            path.append(origin.name)
            origin = origin.base
        elif isinstance(origin, Ext) and "." in origin.name:
            above, _, last = origin.name.rpartition(".")
            path.append(last)
            origin = Ext(above)
        else:
            break
    return None


def passed(engine: Engine, fn: Key, position: int) -> list[Origin]:
    """What is kept below such an object, where a decorator gives that to a function as its first argument."""
    spot = _passed(engine, fn) if position == 0 else None
    return _stored(engine, Spot(spot.kind, spot.path[:-1], None), spot.path[-1], fn[0]) if spot is not None and spot.path else []


def _object(engine: Engine, origin: Origin) -> Spot | None:
    """Which of the objects an origin is, and the call that makes it."""
    shared = engine.shared
    kind: str | None = None
    if isinstance(origin, New):
        kind = shared.made.get(origin.name)
    elif isinstance(origin, Instance):
        kind = next((k for name in external_bases(engine, origin.cls) if (k := shared.made.get(name)) is not None), None)
    elif isinstance(origin, Ext):
        kind = shared.names.get(origin.name)
    elif isinstance(origin, Param):
        kind = next((k for name in _declared(engine, origin) if (k := shared.made.get(name)) is not None), None)
        if kind is None and engine.scope(origin.fn).params[:1] and engine.scope(origin.fn).params[0].name == origin.name:
            kind = _handed(engine, origin)
            if kind is None:
                return _passed(engine, origin.fn)
    elif isinstance(origin, Attr) and origin.name in shared.attributes:
        base = origin.base
        names = _declared(engine, base) if isinstance(base, Param) else [base.name] if isinstance(base, New) else []
        kind = next((k for name in names if (k := shared.ways.get((name, origin.name))) is not None), None)
    if kind is None:
        return None
    return Spot(kind, (), origin.site if isinstance(origin, (New, Instance)) else None)


def _declared(engine: Engine, param: Param) -> list[str]:
    """The external classes that a parameter is declared as."""
    scope = engine.scope(param.fn)
    annotation = next((p.annotation for p in scope.params if p.name == param.name), None)
    return _named(engine, annotation, Place(param.fn[0], scope.order)) if annotation is not None else []


def _named(engine: Engine, annotation: Expr, place: Place) -> list[str]:
    """`Request`, `"Request"`, `Request | None`, `Optional[Request]`, `Annotated[Request, ...]`."""
    kind = annotation[0]
    if kind == "const" and isinstance(annotation[1], str) and annotation[1].isidentifier():
        word = annotation[1]
        return _named(engine, engine.made(("quoted", word), lambda: ("name", word)), place)
    if kind == "sub":
        inner = annotation[2]
        return [name for part in (inner[2] if inner[0] == "seq" else (inner,)) for name in _named(engine, part, place)]
    if kind == "op" and annotation[1] == "|":
        return [name for part in annotation[2:4] for name in _named(engine, part, place)]
    if kind not in ("name", "attr") or last_name(annotation) not in _class_names(engine):
        return []
    return [o.name for o in engine.origins(annotation, place) if isinstance(o, Ext)]


def _class_names(engine: Engine) -> frozenset[str]:
    """Names under which the classes of such objects, and of what leads to them, may stand in the program: no other is looked up."""
    known: frozenset[str] | None = engine.memo.get("names of shared classes")
    if known is None:
        lasts = {name.rpartition(".")[2] for name in (*engine.shared.made, *(owner for owner, _ in engine.shared.ways))}
        known = frozenset(lasts.union(*(engine.aliases.get(last, ()) for last in lasts)))
        engine.memo["names of shared classes"] = known
    return known


def _handed(engine: Engine, param: Param) -> str | None:
    """The object that hands itself to a function as its first argument: one that it is made with, or that is added to it later."""
    scope = engine.scope(param.fn)
    for number, call, where in engine.value_uses.get(scope.name, ()):
        way = where if isinstance(where, str) else f"{last_name(call.func[1])}.{call.last}" if call.func[0] == "attr" else ""
        kinds = engine.shared.handed.get(way, ())
        place = Place(number, call.order)
        values = [call.args[where]] if isinstance(where, int) else [v for n, v, _ in call.keywords if n == where]
        if not kinds or not any(isinstance(o, Func) and o.fn == param.fn for v in values for o in engine.origins(v, place)):
            continue
        callees = engine.origins(call.func, place)
        if isinstance(where, str):
            found = {engine.shared.made.get(o.name) for o in callees if isinstance(o, Ext)}
        else:
            found = {s.kind for o in callees if (s := _spot(engine, o)) is not None and ".".join(s.path) == way}
        for kind in kinds:
            if kind in found:
                return kind
    return None


def _passed(engine: Engine, fn: Key) -> Spot | None:
    """What a decorator of a function gives it as its first argument."""
    lasts: frozenset[str] | None = engine.memo.get("names of passing decorators")
    if lasts is None:
        names = {name.rpartition(".")[2] for name in engine.shared.passed}
        lasts = engine.memo["names of passing decorators"] = frozenset(names.union(*(engine.aliases.get(n, ()) for n in names)))
    scope = engine.scope(fn)
    for decorator in scope.decorators if lasts else ():
        if decorator[0] in ("name", "attr") and last_name(decorator) in lasts:
            for origin in engine.origins(decorator, Place(fn[0], scope.order)):
                if isinstance(origin, Ext) and origin.name in engine.shared.passed:
                    return Spot(*engine.shared.passed[origin.name], None)
    return None


def _stored(engine: Engine, spot: Spot, name: str, module: int) -> list[Origin]:
    rows: list[Origin] = []
    last = spot.path[-1] if spot.path else ""
    for number, store in of_one_program(engine, engine.outside_stores[name], module):
        place = Place(number, store.order)
        if (not last or store.base[0] != "attr" or store.base[2] == last) and _is(engine, store.base, place, spot):
            rows.extend(engine.origins(store.value, place))
    return rows


def _put(engine: Engine, spot: Spot, expr: Expr, keys: Origins, module: int) -> list[Origin]:
    rows: list[Origin] = []
    wanted = {_key(o) for o in keys}
    table = _by_key(engine)
    names = dict.fromkeys([*(o.value for o in keys if isinstance(o, Const)), ("name", last_name(expr))])
    for number, store in of_one_program(engine, [row for name in names for row in table.get(name, ())], module):
        place = Place(number, store.order)
        found = engine.origins(store.key, place) if store.key is not None else ()
        if any(_key(o) in wanted for o in found if isinstance(o, (Const, New))) and _is(engine, store.base, place, spot):
            rows.extend(engine.origins(store.value, place))
    for number, call in of_one_program(engine, engine.mutations_by_name.get(spot.path[-1], ()) if spot.path else (), module):
        place = Place(number, call.order)
        if call.last == "update" and call.func[0] == "attr" and _is(engine, call.func[1], place, spot):
            box = Box("dict", engine.ref(keyword_dict(engine, (number, call.index)), place))
            rows.extend(o for key in keys if isinstance(key, Const) for o in lookup(engine, box, key.value)[0])
    return rows


def _key(origin: Origin) -> object:
    """What makes two keys the same: a constant, or the place where an object is made that is one."""
    if isinstance(origin, Const):
        return origin.kind, origin.value
    return origin.site if isinstance(origin, New) else None


def _is(engine: Engine, expr: Expr, place: Place, spot: Spot) -> bool:
    found = [_spot(engine, o) for o in engine.origins(expr, place)]
    return any(s is not None and s[:2] == spot[:2] and (s.made == spot.made or None in (s.made, spot.made)) for s in found)


def _by_key(engine: Engine) -> dict[object, list[tuple[int, Store]]]:
    """The stores of items by their constant key, or the last name of it."""
    table: dict[object, list[tuple[int, Store]]] | None = engine.memo.get("items by key")
    if table is None:
        table = engine.memo["items by key"] = {}
        for rows in engine.item_stores.values():
            for number, store in rows:
                key = store.key or ("const", None)
                table.setdefault(key[1] if key[0] == "const" else ("name", last_name(key)), []).append((number, store))
    return table
