"""Methods of a local class that a framework runs: picked by name or by decorator."""

from __future__ import annotations

from collections.abc import Collection

from auditor.core.location import Location
from auditor.graph.build.context import Build
from auditor.program.origins.objects import mro, owner_class
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


def subscription(build: Build, fn: Key, names: Collection[str]) -> Location | None:
    """Where one of these decorators says when the framework runs a method."""
    scope = build.engine.scope(fn)
    for decorator in scope.decorators if names else ():
        found = build.engine.origins(decorator, Place(fn[0], scope.order))
        if any(isinstance(o, (Ext, New)) and o.name in names for o in found):
            return build.call_location((fn[0], decorator[1])) if decorator[0] == "call" else build.scope_location(fn)
    return None


def class_around(build: Build, site: Key) -> Key | None:
    """The class whose method holds a call."""
    call = build.engine.call(site)
    return owner_class(build.engine, build.function_of(site[0], call.order))
