"""Arguments that come by a `**mapping` that is not read, where the program puts them into the mapping somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import Setting, unknown
from auditor.facts.types import Expr, Store
from auditor.graph.build.arguments import refs
from auditor.graph.build.context import Build
from auditor.knowledge.forms import Ref
from auditor.program.origins.containers import lookup
from auditor.program.origins.held import item_stores
from auditor.program.origins.types import Attr, Box, Const, Key, New, Place, Result
from auditor.program.origins.written_keys import may_bring


def put_elsewhere(build: Build, ref: Ref, site: Key, ctx: int, unit: str | None) -> Setting | None:
    """An argument that the program writes into what it keeps under the attribute that a `**` of the call is read from: which one is in
    there cannot be told."""
    names = {str(one).partition(".")[0] for one in refs(ref)}
    call, place = build.engine.call(site), build.engine.call_place(site, ctx)
    starred = [(value, place) for key, value, _ in call.keywords if key is None]
    line = next((line for value, at in starred if value[0] == "name" for line in _put_here(build, value, at, names)), None)
    if line is not None:
        return unknown(f"it comes in by ** of what {build.path(place.module)}:{line} puts it into", unit=unit)
    at_key = next((where for value, at in starred for where in _under_a_key(build, value, at)), None)
    if at_key is not None:
        where = f"{build.path(at_key.module)}:{build.engine.line(at_key)}"
        return unknown(f"it comes in by ** of what {where} puts it into, maybe under that key, which is not known", unit=unit)
    for attribute in dict.fromkeys(name for value, at in starred for name in _attributes(build, value, at)):
        for number, store in _stores(build, attribute):
            if _puts(build, Place(number, store.order), store, names):
                return unknown(f"it comes in by ** of what {build.path(number)}:{store.line} puts it into", unit=unit)
    why = next((why for name in sorted(names) if (why := may_bring(build.engine, call, name, place)) is not None), None)
    return None if why is None else unknown(why, unit=unit)


def _put_here(build: Build, mapping: Expr, place: Place, names: set[str]) -> Iterator[int]:
    """The lines of the same function that put such an argument into a variable (`given["key"] = 3`, `given.setdefault("key", 3)`)."""
    stores = [(n, s.order, s.line, s.key) for n, s in build.engine.item_stores.get(mapping[1], ()) if s.base == mapping]
    set_to = ("attr", mapping, "setdefault")
    calls = [(n, c.order, c.line, c.args[0]) for n, c in build.engine.calls_by_last.get("setdefault", ()) if c.func == set_to and c.args]
    fn = build.function_of(place.module, place.order)
    for number, order, line, key in (*stores, *calls):
        here = number == fn[0] and build.function_of(number, order) == fn
        if here and key is not None and key[0] == "const" and key[1] in names:
            yield line


def _under_a_key(build: Build, mapping: Expr, place: Place) -> Iterator[Place]:
    """Where something is put into a mapping under one key that is not known (`given[limits.field] = 3`). Keys that are gone through are
    those of another mapping, which is not read."""
    for box in build.engine.origins(mapping, place):
        for at, key, _ in item_stores(build.engine, box) if isinstance(box, Box) else ():
            module = build.engine.modules[at.module]
            scope = module.scopes[build.engine.place_scope(at)]
            walked = key[0] == "name" and all(row.kind != "assign" for row in scope.bindings.get(key[1], ()))
            if not walked and not all(isinstance(o, Const) for o in build.engine.origins(key, at)):
                yield at


def _attributes(build: Build, value: Expr, place: Place) -> Iterator[str]:
    """The attributes that a mapping, or what it is a copy of, may be read from, whatever object has them."""
    if value[0] == "attr":
        yield value[2]
    for origin in build.engine.origins(value, place):
        if isinstance(origin, Attr):
            yield origin.name
        elif isinstance(origin, New) and origin.name == "builtins.dict":
            copied = build.engine.call(origin.site).args[:1]
            yield from (name for expr in copied for name in _attributes(build, expr, build.engine.call_place(origin.site, origin.ctx)))
        elif isinstance(origin, Result) and origin.method == "copy" and isinstance(origin.base, Attr):
            yield origin.base.name


def _stores(build: Build, attribute: str) -> Iterator[tuple[int, Store]]:
    """`x.attribute = mapping` and `x.attribute[key] = value`."""
    yield from build.engine.stores_by_attr.get(attribute, ())
    yield from ((number, store) for number, store in build.engine.item_stores.get(attribute, ()) if store.base[0] == "attr")


def _puts(build: Build, place: Place, store: Store, names: set[str]) -> bool:
    if store.key is not None:
        return store.key[0] == "const" and store.key[1] in names
    boxes = [o for o in build.engine.origins(store.value, place) if isinstance(o, Box)]
    return any(lookup(build.engine, box, name)[0] for box in boxes for name in names)
