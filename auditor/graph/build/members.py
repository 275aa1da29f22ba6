"""Methods of a local class that a framework runs: picked by name or by decorator."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.program.origins.objects import mro
from auditor.program.origins.types import Ext, Key, New, Place


def methods_by(build: Build, cls: Key, names: list[str]) -> list[Key]:
    """Methods of a class and its local bases that have one of these names, or a decorator with such a qualified name."""
    rows: list[Key] = []
    for owner in mro(build.engine, cls):
        for index, scope in enumerate(build.engine.modules[owner[0]].scopes):
            if scope.kind != "function" or scope.parent != owner[1]:
                continue
            place = Place(owner[0], scope.order)
            decorators = {o.name for d in scope.decorators for o in build.engine.origins(d, place) if isinstance(o, (Ext, New))}
            if scope.name in names or not decorators.isdisjoint(names):
                rows.append((owner[0], index))
    return rows


def class_around(build: Build, site: Key) -> Key | None:
    """The class whose method holds a call."""
    call = build.engine.call(site)
    fn = build.function_of(site[0], call.order)
    parent = build.engine.scope(fn).parent
    return (fn[0], parent) if parent >= 0 and build.engine.scope((fn[0], parent)).kind == "class" else None
