"""Arguments that come by a `**mapping` that is not read, where the program puts them into the mapping somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import Setting, unknown
from auditor.facts.types import Store
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.knowledge.forms import Ref
from auditor.program.origins.containers import lookup
from auditor.program.origins.types import Attr, Box, Key, New, Origin, Origins, Place, Result


def put_elsewhere(build: Build, ref: Ref, site: Key, ctx: int, unit: str | None) -> Setting | None:
    """An argument that the program writes into what it keeps under the attribute that a `**` of the call is read from: which one is in
    there cannot be told."""
    names = {str(one).partition(".")[0] for one in refs(ref)}
    call, place = build.engine.call(site), build.engine.call_place(site, ctx)
    starred = [o for key, value, _ in call.keywords if key is None for o in build.engine.origins(value, place)]
    for attribute in dict.fromkeys(o.name for o in _originals(build, starred) if isinstance(o, Attr)):
        for number, store in _stores(build, attribute):
            if _puts(build, Place(number, store.order), store, names):
                return unknown(f"it comes in by ** of what {build.path(number)}:{store.line} puts it into", unit=unit)
    return None


def _originals(build: Build, found: list[Origin]) -> Iterator[Origin]:
    """The mappings, and those of which they are copies."""
    for origin in found:
        copied: Origins = ()
        if isinstance(origin, New) and origin.name == "builtins.dict":
            copied = argument(build, 0, origin.site, origin.ctx) or ()
        elif isinstance(origin, Result) and origin.method == "copy":
            copied = (origin.base,)
        yield from copied or (origin,)


def _stores(build: Build, attribute: str) -> Iterator[tuple[int, Store]]:
    """`x.attribute = mapping` and `x.attribute[key] = value`."""
    yield from build.engine.stores_by_attr.get(attribute, ())
    yield from ((number, store) for number, store in build.engine.item_stores.get(attribute, ()) if store.base[0] == "attr")


def _puts(build: Build, place: Place, store: Store, names: set[str]) -> bool:
    if store.key is not None:
        return store.key[0] == "const" and store.key[1] in names
    boxes = [o for o in build.engine.origins(store.value, place) if isinstance(o, Box)]
    return any(lookup(build.engine, box, name)[0] for box in boxes for name in names)
