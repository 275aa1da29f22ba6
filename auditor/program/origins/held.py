"""Which names hold a container, and what is stored under a key of it by them: `d[k] = v`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from auditor.facts.types import Call, Expr, Store
from auditor.program.origins.callers import filled_in
from auditor.program.origins.decorators import contexts
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Attr, Box, Class, Const, Func, Instance, Key, Member, Origin, Origins, Place

Filled = TypeVar("Filled", Store, Call)
ANY = object()
"""any key"""


def holders(engine: Engine, box: Box) -> set[str]:
    """Names under which a container is held where it is written; empty: it is returned or passed on without a name."""
    expr = engine.refs[box.ref][0]
    site = engine.made_by.get(id(expr))
    return engine.box_names.get(id(expr), set()) if site is None else engine.made_names.get(site, set())


def reaching_rows(engine: Engine, box: Box, table: Mapping[str, list[tuple[int, Filled]]]) -> Iterator[tuple[int, Filled]]:
    """What a table has under the names that hold a container: of its own module; of all if it stands at module level; of the function that
    takes the keywords of a call as one, where it is these."""
    place = engine.refs[box.ref][1]
    names = sorted(holders(engine, box))
    own = engine.keywords_in.get(id(engine.refs[box.ref][0]))
    if own is not None:
        for name in names:
            yield from _inside(engine, table, name, own)
        return
    shared = engine.place_scope(place) == 0
    for name in names:
        for number, row in table.get(name, ()):
            if number == place.module or (shared and engine.speaks_of(number, place.module)):
                yield number, row


def _inside(engine: Engine, table: Mapping[str, list[tuple[int, Filled]]], name: str, fn: Key) -> list[tuple[int, Filled]]:
    """The rows of a table under a name that stand in a function, or in one inside of it."""
    memo: dict[tuple[int, str], dict[Key, list[tuple[int, Filled]]]] = engine.memo.setdefault("rows of functions", {})
    found = memo.get((id(table), name))
    if found is None:
        found = memo[id(table), name] = {}
        for number, row in table.get(name, ()):
            scopes, scope = engine.modules[number].scopes, engine.modules[number].statements[row.order][0]
            while scope > 0:
                found.setdefault((number, scope), []).append((number, row))
                scope = scopes[scope].parent
    return found.get(fn, [])


def is_held(engine: Engine, box: Box, expr: Expr, place: Place) -> bool:
    """Whether an expression is this container; in another function, or another context, whatever context it has there."""
    found = engine.origins(expr, place)
    if box in found:
        return True
    written, at = engine.refs[box.ref]
    elsewhere = at.ctx != place.ctx or bool(at.ctx and at.module == place.module and engine.place_scope(at) != engine.place_scope(place))
    return elsewhere and any(isinstance(o, Box) and engine.refs[o.ref][0] is written for o in found)


def item_stores(engine: Engine, box: Box, wanted: Any = ANY) -> list[tuple[Place, Expr, Expr]]:
    """`d[k] = v` on a container under a name that holds it, in its own module or, at module level, in all: (place, key, value). Of those in
    a decorator only what it stores under the key that is wanted, or may."""
    place = engine.refs[box.ref][1]
    rows: list[tuple[Place, Expr, Expr]] = []
    for number, store in reaching_rows(engine, box, engine.item_stores):
        if store.key is None:
            continue
        places = [Place(number, store.order, ctx) for ctx in filled_in(engine, number, store, place.ctx)]
        places = places or _decorating(engine, number, store, place.ctx, wanted)
        rows.extend((at, store.key, store.value) for at in places if is_held(engine, box, store.base, at))
    return sorted(rows, key=lambda r: r[0])


def _decorating(engine: Engine, number: int, store: Store, ctx: int, wanted: Any) -> list[Place]:
    """Where a store runs: in a decorator once for each function that is decorated."""
    found = [c for c in contexts(engine, number, store.order, ctx) if not _of_another(engine, number, store, c, ctx)]
    places = [Place(number, store.order, c) for c in found]
    if len(places) < 2 or store.key is None:
        return places
    engine.ahead(("stored", number, store.order), ((e, at) for at in places for e in (store.key, store.base, store.value) if e is not None))
    return places if wanted is ANY else [at for at in places if _may_be(engine, engine.origins(store.key, at), wanted)]


def _of_another(engine: Engine, number: int, store: Store, ctx: int, own: int) -> bool:
    """Whether a method stores it in its object (`self.items[k] = v`), which is not the one in whose constructor the container is made."""
    made = engine.frames[own]
    if made is None or not isinstance(made.owner, Instance) or made.owner.site is None or store.base[0] != "attr":
        return False
    frame = engine.frames[ctx]
    while frame is not None and frame.depth:
        params = engine.scope(frame.fn).params
        if frame.owner is not None and params and store.base[1] == ("name", params[0].name):
            owner = frame.owner
            return isinstance(owner, Instance) and owner.site not in (None, made.owner.site)
        frame = engine.frames[frame.parent]
    return False


def _may_be(engine: Engine, keys: Origins, wanted: Any) -> bool:
    found = [named(engine, o) for o in keys]
    return any(o.value == wanted if isinstance(o, Const) else not isinstance(o, Member) for o in found)


def named(engine: Engine, key: Origin) -> Origin:
    """`function.__name__` and `cls.__name__` as the text that it is."""
    if isinstance(key, Attr) and key.name == "__name__" and isinstance(key.base, (Func, Class)):
        named = key.base.fn if isinstance(key.base, Func) else key.base.cls
        return Const(engine.scope(named).name, "str", named[0], engine.scope(named).line)
    return key
