"""Containers: what stands in a list, tuple, dict or comprehension, literal or added later."""

from __future__ import annotations

from typing import Any, cast

from auditor.facts.types import Call, Expr
from auditor.program.origins.added_inside import added_inside
from auditor.program.origins.decorators import contexts
from auditor.program.origins.engine import MOST_ORIGINS, Engine
from auditor.program.origins.held import holders, is_held, item_stores, named
from auditor.program.origins.many import together
from auditor.program.origins.same_key import stored_under
from auditor.program.origins.types import (
    Box,
    Class,
    Const,
    Item,
    Key,
    Member,
    New,
    Origin,
    Origins,
    Place,
    Result,
    Unresolved,
)

ADDERS = {"append": 0, "add": 0, "appendleft": 0, "insert": 1, "put": 0, "put_nowait": 0}
EXTENDERS = {"extend", "update"}
PASSING = {"enumerate", "list", "tuple", "set", "sorted", "reversed", "iter", "frozenset"}


def elements(engine: Engine, origin: Origin) -> list[Origin]:
    """What iterating over it gives."""
    if isinstance(origin, Box):
        return list(engine.query(("elements", origin), _elements, engine, origin))
    if isinstance(origin, Class):
        scope = engine.scope(origin.cls)
        return [Member(origin.cls, n) for n, rows in scope.bindings.items() if any(b.kind == "assign" for b in rows)]
    if isinstance(origin, New) and origin.name.startswith("builtins."):
        return list(engine.query(("elements", origin), _builtin, engine, origin))
    if isinstance(origin, Result) and isinstance(origin.base, Box):
        return list(engine.query(("elements", origin), _view, engine, origin))
    if isinstance(origin, Const):
        return [Unresolved("the characters of a text")]
    return [Item(origin, None)]


def _elements(engine: Engine, box: Box) -> list[Origin]:
    expr, place = engine.refs[box.ref]
    rows: list[Origin] = []
    if expr[0] == "seq":
        for part in expr[2]:
            if part[0] == "star":
                rows.extend(o for base in engine.origins(part[1], place) for o in elements(engine, base))
            else:
                rows.extend(engine.origins(part, place))
    elif expr[0] == "dict":
        rows.extend(o for key, _ in expr[1] if key is not None for o in engine.origins(key, place))
        rows.extend(named(engine, o) for at, key, _ in item_stores(engine, box) for o in engine.origins(key, at))
    elif expr[0] == "comp":
        rows.extend(engine.origins(expr[4] or expr[3], _inside(engine, expr, place)))
    elif expr[0] == "classes":
        rows.extend(Class(cls) for cls in expr[1])
    rows.extend(added(engine, box))
    return rows


def _inside(engine: Engine, expr: Expr, place: Place) -> Place:
    """The place of a comprehension's element: its last statement."""
    module = engine.modules[place.module]
    body = module.scopes[expr[2]].body
    return Place(place.module, module.blocks[body].last_order, place.ctx)


def _builtin(engine: Engine, made: New) -> list[Origin]:
    """range, enumerate, zip, list(...), sorted(...)."""
    name = made.name.removeprefix("builtins.")
    call, place = engine.call(made.site), engine.call_place(made.site, made.ctx)
    if name in PASSING and call.args:
        inner = [o for base in engine.origins(call.args[0], place) for o in elements(engine, base)]
        if name != "enumerate":
            return inner
        expr = engine.made(("enumerate", made.site), lambda: ("pair", None, call.args[0]))
        return [Box("pair", engine.ref(expr, place))]
    if name == "zip":
        expr = engine.made(("zip", made.site), lambda: ("pair", *call.args))
        return [Box("pair", engine.ref(expr, place))]
    return [Unresolved("a counter") if name == "range" else Item(made, None)]


def _view(engine: Engine, view: Result) -> list[Origin]:
    """Iterating over `d.items()`, `d.values()`, `d.keys()`."""
    box = view.base
    assert isinstance(box, Box)
    _, place = engine.refs[box.ref]
    if view.method == "values":
        return values(engine, box)
    if view.method == "items":
        pair = engine.made(("items", box.ref), lambda: ("items", box))
        return [Box("items", engine.ref(pair, place))]
    if view.method in ("keys", "copy"):
        return elements(engine, box)
    return [Item(view, None)]


def values(engine: Engine, box: Box) -> list[Origin]:
    """All values of a dict."""
    return list(engine.query(("values", box), _values, engine, box))


def _values(engine: Engine, box: Box) -> list[Origin]:
    expr, place = engine.refs[box.ref]
    rows: list[Origin] = []
    if expr[0] == "dict":
        for key, value in expr[1]:
            found = engine.origins(value, place)
            rows.extend(
                o for base in found for o in (values(engine, base) if isinstance(base, Box) else [])
            ) if key is None else rows.extend(found)
    elif expr[0] == "comp":
        rows.extend(engine.origins(expr[3], _inside(engine, expr, place)))
    for store_place, _, value in item_stores(engine, box):
        rows.extend(engine.origins(value, store_place))
        if len(rows) > MOST_ORIGINS:
            rows = list(dict.fromkeys(rows))
    return together(engine, rows) if len(rows) > MOST_ORIGINS else rows


def picked(engine: Engine, base: Origin, path: tuple[Any, ...]) -> list[Origin]:
    """Unpacking: the element at a path of indexes."""
    rows = [base]
    for index in path:
        rows = [o for b in rows for o in _pick(engine, b, index)]
    return rows


def _pick(engine: Engine, base: Origin, index: Any) -> list[Origin]:
    if isinstance(base, Box):
        expr, place = engine.refs[base.ref]
        if expr[0] == "seq" and isinstance(index, int) and not any(p[0] == "star" for p in expr[2][: index + 1]) and index < len(expr[2]):
            return list(engine.origins(expr[2][index], place))
        if expr[0] == "pair" and isinstance(index, int) and index + 1 < len(expr):
            part = expr[index + 1]
            return [Unresolved("a counter")] if part is None else [o for b in engine.origins(part, place) for o in elements(engine, b)]
        if expr[0] == "items":
            return elements(engine, expr[1]) if index == 0 else values(engine, expr[1])
        return elements(engine, base)
    return [Item(base, index if isinstance(index, int) else None)]


def lookup(engine: Engine, box: Box, key: Any) -> tuple[list[Origin], bool]:
    """The values under a constant key of a dict, and whether something unread could bring it."""
    found = engine.query(("lookup", box, type(key).__name__, key), lambda: [_lookup(engine, box, key)])
    if found and isinstance(found[0], Unresolved):
        return [], True
    return cast(tuple[list[Origin], bool], found[0]) if found else ([], False)


def _lookup(engine: Engine, box: Box, key: Any) -> Any:
    expr, place = engine.refs[box.ref]
    rows: list[Origin] = []
    unread = False
    if expr[0] == "dict":
        known, rest = entries(engine, expr)
        if key in known:
            rows = list(engine.origins(known[key], place))
        for k, value in rest:
            found, open_ = _computed(engine, k, value, key, place)
            rows = list(found) or rows
            unread = unread or open_
    elif expr[0] == "comp":
        copied = _filtered(engine, expr, key, place)
        return (list(engine.origins(expr[3], _inside(engine, expr, place))), True) if copied is None else copied
    else:
        return [], True
    for store_place, stored, value in item_stores(engine, box, key):
        keys = [named(engine, o) for o in engine.origins(stored, store_place)]
        if any(isinstance(o, Const) and o.value == key for o in keys):
            rows.extend(stored_under(engine, store_place, stored, value, key) if len(keys) > 1 else engine.origins(value, store_place))
        elif any(not isinstance(o, (Const, Member)) for o in keys):
            unread = True
    for other in updates(engine, box):
        if isinstance(other, Box):
            found, inner = lookup(engine, other, key)
            rows.extend(found)
            unread = unread or inner
        else:
            unread = True
    return rows, unread


def _filtered(engine: Engine, expr: Expr, key: Any, place: Place) -> tuple[list[Origin], bool] | None:
    """`{k: v for k, v in d.items() if v is not None}`: what the other mapping has under the key."""
    module = engine.modules[place.module]
    scope = module.scopes[expr[2]]
    source = module.blocks[scope.body].expr
    if expr[4] is None or expr[4][0] != "name" or expr[3][0] != "name" or source[0] != "call":
        return None
    paths = [[b.detail for b in scope.bindings.get(e[1], ()) if b.kind == "for"] for e in (expr[4], expr[3])]
    call = module.calls[source[1]]
    if paths != [[(0,)], [(1,)]] or call.last != "items" or call.func[0] != "attr":
        return None
    rows: list[Origin] = []
    unread = False
    for base in engine.origins(call.func[1], place):
        found, open_ = lookup(engine, base, key) if isinstance(base, Box) else ([Item(base, key)], True)
        rows.extend(found)
        unread = unread or open_
    return rows, unread


def entries(engine: Engine, expr: Expr) -> tuple[dict[Any, Expr], list[tuple[Expr | None, Expr]]]:
    """The constant keys of a dict literal, and its other entries."""
    found = engine.tables.get(id(expr))
    if found is None:
        known = {k[1]: value for k, value in expr[1] if k is not None and k[0] == "const"}
        rest = [(k, value) for k, value in expr[1] if k is None or k[0] != "const"]
        found = engine.tables[id(expr)] = (known, rest)
    return found


def _computed(engine: Engine, k: Expr | None, value: Expr, key: Any, place: Place) -> tuple[list[Origin], bool]:
    """An entry of a dict literal whose key is no constant (or a merged mapping): its value if the key can be this one; if it is open."""
    if k is None:
        rows: list[Origin] = []
        unread = False
        for base in engine.origins(value, place):
            if isinstance(base, Box):
                found, inner = lookup(engine, base, key)
                rows = list(found) or rows
                unread = unread or (inner and not found)
            else:
                unread = True
        return rows, unread
    keys = engine.origins(k, place)
    if any(isinstance(o, Const) and o.value == key for o in keys):
        return list(engine.origins(value, place)), False
    return [], any(not isinstance(o, (Const, Member)) for o in keys)


def is_dict(engine: Engine, origin: Origin) -> bool:
    """Whether it is a dict that stands in the code."""
    if not isinstance(origin, Box):
        return False
    expr = engine.refs[origin.ref][0]
    return bool(expr[0] == "dict" or (expr[0] == "comp" and expr[1] == "dict"))


def index(engine: Engine, box: Box, keys: Origins) -> list[Origin]:
    """`box[key]`: the entry of a constant key, else any."""
    expr, place = engine.refs[box.ref]
    mapping = is_dict(engine, box)
    rows: list[Origin] = []
    for key in keys:
        if mapping:
            rows.extend(_entry(engine, box, key))
        elif isinstance(key, Const) and isinstance(key.value, int) and expr[0] == "seq" and -len(expr[2]) <= key.value < len(expr[2]):
            part = expr[2][key.value]
            rows.extend(engine.origins(part, place) if part[0] != "star" else elements(engine, box))
        else:
            rows.extend(elements(engine, box))
    return rows


def _entry(engine: Engine, box: Box, key: Origin) -> list[Origin]:
    if isinstance(key, Const):
        found, unread = lookup(engine, box, key.value)
        return found or ([Unresolved(f"the key {key.value!r} is not in the mapping")] if not unread else values(engine, box))
    if isinstance(key, Member):
        expr, place = engine.refs[box.ref]
        if expr[0] == "dict":
            for k, value in expr[1]:
                if k is not None and key in engine.origins(k, place):
                    return list(engine.origins(value, place))
    return values(engine, box)


def _mutations(engine: Engine, box: Box, names: tuple[str, ...]) -> list[tuple[Place, Expr, str]]:
    """Calls of adding methods on a container under a name that holds it, in its own module; in all if it stands at module level; and in
    functions that it is handed to."""
    place = engine.refs[box.ref][1]
    shared = engine.place_scope(place) == 0
    rows = []
    for held in sorted(holders(engine, box)):
        for number, call in engine.mutations_by_name.get(held, ()):
            if call.last not in names or not (number == place.module or (shared and engine.speaks_of(number, place.module))):
                continue
            for ctx in contexts(engine, number, call.order, place.ctx):
                at = Place(number, call.order, ctx)
                if is_held(engine, box, call.func[1], at):
                    rows.append((at, _added_by(engine, number, call), call.last))
    for at, call in added_inside(engine, holders(engine, box), place):
        if call.last in names and is_held(engine, box, call.func[1], at):
            rows.append((at, _added_by(engine, at.module, call), call.last))
    return sorted(rows, key=lambda r: r[0])


def _added_by(engine: Engine, number: int, call: Call) -> Expr:
    position = min(ADDERS.get(call.last, 0), len(call.args) - 1)
    return call.args[position] if call.args else keyword_dict(engine, (number, call.index))


def keyword_dict(engine: Engine, site: Key) -> Expr:
    """The keywords of a call as a dict, after what it copies: its arguments, or the receiver of `d.copy()`."""
    call = engine.call(site)
    copied = tuple((None, a) for a in ((call.func[1],) if call.last == "copy" and not call.args else call.args))
    keywords = tuple((None if n is None else ("const", n), v) for n, v, _ in call.keywords)
    expr = engine.made(("dict", site), lambda: ("dict", (*copied, *keywords), call.line))
    engine.made_by[id(expr)] = site
    return expr


def added(engine: Engine, box: Box) -> Origins:
    """Elements added by `append`, `extend` and the like, anywhere in the module; order ignored."""
    if box.kind not in ("list", "set", "dict", "comp"):
        return ()
    return engine.query(("added", box), _added, engine, box)


def _added(engine: Engine, box: Box) -> list[Origin]:
    rows: list[Origin] = []
    for place, value, _ in _mutations(engine, box, tuple(ADDERS)):
        rows.extend(engine.origins(value, place))
    for place, value, _ in _mutations(engine, box, ("update",) if box.kind == "set" else ("extend",)):
        rows.extend(o for base in engine.origins(value, place) for o in elements(engine, base))
    return rows


def spliced(engine: Engine, expr: Expr, found: Origins, place: Place) -> list[Origin]:
    """What is joined to a list and is not written out (`[a] + load()`), as a list of its elements."""
    if not any(isinstance(o, (New, Result)) for o in found):
        return []
    joined: Expr = engine.made(("spliced", id(expr)), lambda: ("seq", "list", (("star", expr),)))
    return [Box("list", engine.ref(joined, place))]


def updates(engine: Engine, box: Box) -> Origins:
    """What `d.update(...)` merges into a dict."""

    def build() -> list[Origin]:
        return [o for place, value, _ in _mutations(engine, box, ("update",)) for o in engine.origins(value, place)]

    return engine.query(("updates", box), build)
