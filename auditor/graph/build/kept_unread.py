"""Functions that are only put into an attribute which nothing in the program reads: they do not run by that."""

from __future__ import annotations

from collections import defaultdict

from auditor.facts.types import Store
from auditor.graph.build.context import Build
from auditor.graph.build.kept_objects import members_used
from auditor.program.dynamic import ATTRIBUTES, dynamic
from auditor.program.origins.callers import subclasses
from auditor.program.origins.constructed import constructed
from auditor.program.origins.objects import foreign_bases, mro
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Attr, Func, Instance, Item, Key, Origin, Param, Place, Result, Unresolved
from auditor.program.unused import words_of_texts

PUBLISHED = "published modules"
"""where it is kept what whoever installs the program may use"""
NOBODY = Unresolved("nothing is known of it")


def unread_stores(build: Build) -> dict[int, tuple[int, Store]]:
    """By identity: `self.run = run` where no code reads `run` of anything, nor may by a name that it makes up."""
    known: dict[int, tuple[int, Store]] | None = build.memo.get("unread stores")  # type: ignore[assignment]
    if known is None:
        known = {}
        build.memo["unread stores"] = known
        rows = [(n, c, s) for (n, c, _), stores in build.engine.own_stores.items() for s in stores if s.value[0] in ("name", "attr")]
        known.update((id(store), (number, store)) for number, cls, store in rows if _is_unread(build, (number, cls), store))
    return known


def only_kept_unread(build: Build, fn: Key) -> bool:
    """Whether a function stands in such a store."""
    by_name: dict[str, list[tuple[int, Store]]] | None = build.memo.get("unread stores by value")  # type: ignore[assignment]
    if by_name is None:
        by_name = defaultdict(list)
        build.memo["unread stores by value"] = by_name
        for number, store in unread_stores(build).values():
            by_name[last_name(store.value)].append((number, store))
    stores = by_name.get(build.engine.scope(fn).name, [])
    found = (o for number, store in stores for o in build.engine.origins(store.value, Place(number, store.order)))
    return any(isinstance(o, Func) and o.fn == fn for o in found)


def _is_unread(build: Build, cls: Key, store: Store) -> bool:
    name = str(store.attr)
    published: set[int] = build.memo.get(PUBLISHED, set())  # type: ignore[assignment]
    if name in _read(build) or (cls[0] in published and not name.startswith("_")) or cls[0] in dynamic(build.engine).modules:
        return False
    classes = {*mro(build.engine, cls), *subclasses(build.engine, cls)}
    if any(foreign_bases(build.engine, each) for each in classes) or _by_computed_name(build, classes):
        return False
    return name.startswith("_") or all(_stays(build, each) for each in classes)


def _stays(build: Build, cls: Key) -> bool:
    """Whether the program keeps the objects of a class to itself: nobody else can ask them for a public name."""
    return all(members_used(build, cls, site) is not None for site, _ in constructed(build.engine, cls))


def _by_computed_name(build: Build, classes: set[Key]) -> bool:
    """Whether an attribute may be read by a name that is computed, of an object of one of these classes or of what is not known."""
    known: set[Origin] | None = build.memo.get("asked by computed names")  # type: ignore[assignment]
    if known is None:
        known = set()
        build.memo["asked by computed names"] = known
        for last in (*ATTRIBUTES, "vars"):
            for number, call in build.engine.calls_by_last.get(last, ()):
                if call.args and not any(e[0] == "const" for e in call.args[1:2]) and not build.engine.is_test[number]:
                    known.update(build.engine.origins(call.args[0], Place(number, call.order)) or (NOBODY,))
    return any(o.cls in classes if isinstance(o, Instance) else isinstance(o, (Param, Unresolved, Attr, Item, Result)) for o in known)


def _read(build: Build) -> set[str]:
    """The attributes that the program reads, the words of its texts and the names that its classes bind: what is stored hides those."""
    known: set[str] | None = build.memo.get("read attributes")  # type: ignore[assignment]
    if known is None:
        known = set(words_of_texts(build.engine))
        build.memo["read attributes"] = known
        for module in build.engine.modules:
            known.update(module.reads)
            known.update(name for scope in module.scopes if scope.kind == "class" for name in scope.bindings)
    return known
