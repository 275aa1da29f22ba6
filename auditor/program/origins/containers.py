"""Containers: what stands in a list, tuple, dict or comprehension, literal or added later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from auditor.facts.types import Expr
from auditor.program.origins.engine import MOST_ORIGINS, RUNNING, Engine
from auditor.program.origins.filtered import filtered, inside
from auditor.program.origins.held import item_stores, named
from auditor.program.origins.many import together
from auditor.program.origins.mapped import mapped
from auditor.program.origins.mutated import ADDERS, mutations, said_to, updates
from auditor.program.origins.same_key import same_key, stored_under
from auditor.program.origins.types import (
    LEFT_OUT,
    Box,
    Class,
    Const,
    Entries,
    Item,
    Member,
    New,
    Origin,
    Origins,
    Place,
    Result,
    Unresolved,
)

PASSING = {"enumerate", "list", "tuple", "set", "sorted", "reversed", "iter", "frozenset"}
SOME_OF = {
    "builtins.filter": slice(1, 2),
    "itertools.filterfalse": slice(1, 2),
    "itertools.takewhile": slice(1, 2),
    "itertools.dropwhile": slice(1, 2),
    "itertools.islice": slice(1),
    "itertools.cycle": slice(1),
    "itertools.chain": slice(None),
}
"""function -> the arguments whose elements it gives"""
ONE_OF = frozenset(("builtins.max", "builtins.min", "random.choice", "secrets.choice"))


def elements(engine: Engine, origin: Origin) -> list[Origin]:
    """What iterating over it gives."""
    if isinstance(origin, Box):
        return list(engine.query(("elements", origin), _elements, engine, origin))
    if isinstance(origin, Class):
        scope = engine.scope(origin.cls)
        return [Member(origin.cls, n) for n, rows in scope.bindings.items() if any(b.kind == "assign" for b in rows)]
    if isinstance(origin, New) and (origin.name in SOME_OF or origin.name.startswith(("builtins.", "itertools.chain."))):
        return list(engine.query(("elements", origin), _builtin, engine, origin))
    if isinstance(origin, Result) and isinstance(origin.base, Box):
        return list(engine.query(("elements", origin), _view, engine, origin))
    if isinstance(origin, Const):
        return [] if origin.value is None else [Unresolved("the characters of a text")]
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
        rows.extend(engine.origins(expr[4] or expr[3], inside(engine, expr, place)))
    elif expr[0] == "classes":
        rows.extend(Class(cls) for cls in expr[1])
    rows.extend(added(engine, box))
    return rows


def _builtin(engine: Engine, made: New) -> list[Origin]:
    """range, enumerate, zip, list(...), sorted(...), filter(...), chain(...)."""
    name = made.name.removeprefix("builtins.")
    call, place = engine.call(made.site), engine.call_place(made.site, made.ctx)
    if made.name in SOME_OF:
        return [o for arg in call.args[SOME_OF[made.name]] for o in _inner(engine, arg, place)]
    if name == "itertools.chain.from_iterable" and call.args:
        return [o for each in _inner(engine, call.args[0], place) for o in elements(engine, each)]
    if name in PASSING and call.args:
        if name != "enumerate":
            return _inner(engine, call.args[0], place)
        expr = engine.made(("enumerate", made.site), lambda: ("pair", None, call.args[0]))
        return [Box("pair", engine.ref(expr, place))]
    if name == "map":
        found = mapped(engine, made, place)
        return found if found is not None else [Item(made, None)]
    if name == "zip":
        expr = engine.made(("zip", made.site), lambda: ("pair", *call.args))
        return [Box("pair", engine.ref(expr, place))]
    return [Unresolved("a counter") if name == "range" else Item(made, None)]


def _inner(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """The elements of what is given; of `*rows`, those of each row."""
    if expr[0] == "star":
        return [o for each in _inner(engine, expr[1], place) for o in elements(engine, each)]
    return [o for base in engine.origins(expr, place) for o in elements(engine, base)]


def one_of(engine: Engine, name: str, args: tuple[Expr, ...], place: Place) -> list[Origin]:
    """The objects or functions of which a call gives one: `random.choice(clients)`, `min(workers, key=...)`."""
    found = _inner(engine, args[0], place) if name in ONE_OF and len(args) == 1 else []
    return found if any(isinstance(o, RUNNING) for o in found) else []


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
        rows.extend(engine.origins(expr[3], inside(engine, expr, place)))
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
    rows, unread = entry(engine, box, key)
    return given(rows), unread


def entry(engine: Engine, box: Box, key: Any) -> tuple[list[Origin], bool]:
    """Like `lookup`, with a None that is left out where a call whose keywords a dict is made of surely gives none of that name."""
    found = engine.query(("lookup", box, type(key).__name__, key), lambda: [_lookup(engine, box, key)])
    if found and isinstance(found[0], Unresolved):
        return [], True
    rows, unread = cast(tuple[list[Origin], bool], found[0]) if found else ([], False)
    if rows or unread or id(engine.refs[box.ref][0]) not in engine.keywords_in:
        return rows, unread
    return [Const(None, LEFT_OUT, engine.refs[box.ref][1].module, 0)], False


def given(rows: Iterable[Origin]) -> list[Origin]:
    """Without what says that one of several calls gives nothing."""
    return [o for o in rows if not is_left_out(o)]


def is_left_out(origin: Origin) -> bool:
    """Whether it says that one of several calls gives nothing."""
    return isinstance(origin, Const) and origin.kind == LEFT_OUT


def _lookup(engine: Engine, box: Box, key: Any) -> Any:
    expr, place = engine.refs[box.ref]
    rows: list[Origin] = []
    unread = False
    if expr[0] == "dict":
        written = entries(engine, expr)
        value, before = written.known.get(key, (None, 0))
        rows = list(engine.origins(value, place)) if value is not None else []
        for k, value in written.rest[before:]:
            found, open_ = _computed(engine, k, value, key, place)
            rows = [*given(found), *rows] if rows and any(map(is_left_out, found)) else found or rows
            unread = unread or open_
    elif expr[0] == "comp":
        copied = filtered(engine, expr, key, place)
        return (list(engine.origins(expr[3], inside(engine, expr, place))), True) if copied is None else copied
    else:
        return [], True
    later: list[Origin] = []
    for store_place, stored, value in item_stores(engine, box, key):
        keys = [named(engine, o) for o in engine.origins(stored, store_place)]
        if any(isinstance(o, Const) and o.value == key for o in keys):
            later.extend(stored_under(engine, store_place, stored, value, key) if len(keys) > 1 else engine.origins(value, store_place))
        elif any(not isinstance(o, (Const, Member)) for o in keys):
            later.extend(stored_under(engine, store_place, stored, value, key) if same_key(engine, store_place, stored, value) else ())
            unread = True
    for other in updates(engine, box):
        if isinstance(other, Box):
            found, inner = entry(engine, other, key)
            later.extend(given(found) if rows else found)
            unread = unread or inner
        else:
            unread = True
    preset, open_ = _preset(engine, box, key) if not given((*rows, *later)) else ([], False)
    return [*(given(rows) if later or preset else rows), *later, *preset], unread or open_


def _preset(engine: Engine, box: Box, key: Any) -> tuple[list[Origin], bool]:
    """What `d.setdefault(key, value)` gives a dict that has no such key, and whether a key is not known."""
    rows: list[Origin] = []
    unread = False
    for at, call in said_to(engine, box, ("setdefault",)):
        keys = engine.origins(call.args[0], at) if len(call.args) > 1 else ()
        if any(isinstance(o, Const) and o.value == key for o in keys):
            rows.extend(engine.origins(call.args[1], at))
        elif not all(isinstance(o, (Const, Member)) for o in keys):
            unread = True
    return rows, unread


def entries(engine: Engine, expr: Expr) -> Entries:
    """The entries of a dict literal."""
    found = engine.tables.get(id(expr))
    if found is None:
        found = engine.tables[id(expr)] = Entries({}, [])
        for key, value in expr[1]:
            if key is not None and key[0] == "const":
                found.known[key[1]] = value, len(found.rest)
            else:
                found.rest.append((key, value))
    return found


def _computed(engine: Engine, k: Expr | None, value: Expr, key: Any, place: Place) -> tuple[list[Origin], bool]:
    """An entry of a dict literal whose key is no constant (or a merged mapping): its value if the key can be this one; if it is open."""
    if k is None:
        rows: list[Origin] = []
        unread = False
        for base in engine.origins(value, place):
            if isinstance(base, Box):
                found, inner = entry(engine, base, key)
                rows.extend(found)
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
        else:
            part = _part_at(expr, key.value) if isinstance(key, Const) and isinstance(key.value, int) else None
            rows.extend(elements(engine, box) if part is None else engine.origins(part, place))
    return rows


def _part_at(expr: Expr, position: int) -> Expr | None:
    """The item at a position of a list that is written out; None where something of unknown length stands before it."""
    if expr[0] != "seq" or not -len(expr[2]) <= position < len(expr[2]):
        return None
    before = expr[2][: position + 1] if position >= 0 else expr[2][position:]
    return None if any(part[0] == "star" for part in before) else cast(Expr, expr[2][position])


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


def added(engine: Engine, box: Box) -> Origins:
    """Elements added by `append`, `extend` and the like, anywhere in the module; order ignored."""
    if box.kind not in ("list", "set", "dict", "comp"):
        return ()
    return engine.query(("added", box), _added, engine, box)


def _added(engine: Engine, box: Box) -> list[Origin]:
    rows: list[Origin] = []
    for place, value, _ in mutations(engine, box, tuple(ADDERS)):
        rows.extend(engine.origins(value, place))
    for place, value, _ in mutations(engine, box, ("update",) if box.kind == "set" else ("extend",)):
        rows.extend(o for base in engine.origins(value, place) for o in elements(engine, base))
    return rows


def summed(engine: Engine, expr: Expr, found: Iterable[Origin], place: Place) -> Box:
    """`a + b` of lists or tuples: one with the items of both, in their order."""
    kind = "tuple" if all(o.kind == "tuple" for o in found if isinstance(o, Box)) else "list"
    made: Expr = engine.made(("sum", id(expr), kind), lambda: ("seq", kind, tuple(_summands(expr))))
    if id(expr) in engine.box_names:
        engine.box_names[id(made)] = engine.box_names[id(expr)]
    return Box(kind, engine.ref(made, place))


def _summands(expr: Expr) -> Iterator[Expr]:
    if expr[0] == "op" and expr[1] == "+":
        yield from _summands(expr[2])
        yield from _summands(expr[3])
    elif expr[0] == "seq":
        yield from expr[2]
    else:
        yield ("star", expr)
