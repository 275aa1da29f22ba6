"""Which objects of known types an origin is: constructors, module clients, fluent methods, chains, annotations and local subclasses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.decorated import decorations, given
from auditor.graph.build.provided import provided
from auditor.program.origins.annotations import annotation_names
from auditor.program.origins.callers import bases
from auditor.program.origins.objects import external_bases, mro
from auditor.program.origins.parameters import type_argument
from auditor.program.origins.types import (
    Attr,
    Class,
    Ext,
    Func,
    Instance,
    Item,
    Key,
    New,
    Op,
    Origin,
    Origins,
    Param,
    Partial,
    Place,
    Result,
    Super,
)


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a known type. `origin` made it; `overlays` are calls whose keywords override its settings; `wraps` retries around it."""

    type: str
    origin: Origin
    overlays: tuple[tuple[Key, int, str, str], ...] = ()
    wraps: tuple[tuple[Key, int, str, str], ...] = ()
    """(site, context, package, method path) of `with_retry`-like calls"""
    tools: tuple[tuple[Key, int, str, str], ...] = ()
    """likewise of calls that attach tools (`bind_tools`)"""
    adds: tuple[tuple[Key, int, str, int], ...] = ()
    """(site, context, method path, number of `wraps` before) of calls that put other objects into it (`with_fallbacks`)"""


Row: TypeAlias = tuple[Thing, tuple[str, ...]]
Partials: TypeAlias = tuple[tuple[Key, int], ...]


def things(build: Build, origin: Origin) -> tuple[Row, ...]:
    """The known objects that an origin is, each with the attribute path that leads on from it."""
    memo: dict[Origin, tuple[Row, ...]] = build.memo.setdefault("things", {})  # type: ignore[assignment]
    found = memo.get(origin)
    if found is None:
        memo[origin] = ()
        rows = _things(build, origin)
        found = memo[origin] = tuple(dict.fromkeys(rows)) if len(rows) > 1 else tuple(rows)
    return found


def objects(build: Build, origins: Origins) -> list[Thing]:
    """The known objects themselves (with no path left)."""
    return list(dict.fromkeys(t for o in origins for t, path in things(build, o) if not path))


def _things(build: Build, origin: Origin) -> list[Row]:
    if isinstance(origin, New):
        return _new(build, origin)
    if isinstance(origin, Instance):
        return [(Thing(t, origin), ()) for t in derived(build, origin.cls)]
    if isinstance(origin, Super):
        direct = [t for b in bases(build.engine, origin.cls) for t in _of_base(build, b)]
        return [(Thing(t, origin.owner), ()) for t in direct or derived(build, origin.cls)]
    if isinstance(origin, Ext):
        return _module(build, origin)
    if isinstance(origin, Attr):
        handed = provided(build, origin)
        if handed is not None:
            return [row for each in handed for row in things(build, each)]
        found = (
            _held(build, origin)
            or _given_to_base(build, origin)
            or [
                row
                for thing, path in _owner(build, origin.base)
                for row in _kept(build, thing, path, origin) or _step(build, thing, path, origin, origin.name)
            ]
        )
        return found or _declared(build, origin)
    if isinstance(origin, Result):
        if origin.method == "__annotation__":
            return _annotated(build, origin)
        if isinstance(origin.base, New) and origin.base.name in build.base.decorates and origin.method == "__call__":
            return [(Thing(t, origin.base), ()) for t in build.base.decorates[origin.base.name]]
        if (handed := provided(build, Attr(origin.base, origin.method))) is not None:
            return [row for each in handed for row in things(build, Result(each, "__call__", origin.site, origin.ctx))]
        return _held(build, origin) or [
            row
            for thing, path in _owner(build, origin.base)
            for row in _kept(build, thing, path, origin) or _called(build, thing, path, origin)
        ]
    if isinstance(origin, Op):
        return _operation(build, origin)
    if isinstance(origin, Param):
        return _parameter(build, origin)
    if isinstance(origin, Item):
        return _held(build, origin) or [
            row for thing, path in things(build, origin.base) for row in _step(build, thing, path, origin, "[]")
        ]
    if isinstance(origin, Func):
        return _decorated(build, origin)
    return []


def derived(build: Build, cls: Key) -> tuple[str, ...]:
    """Types of the library classes that a class derives from: named ones, and those that a call makes (`make_base()`, `db.Model`)."""
    memo: dict[Key, tuple[str, ...]] = build.memo.setdefault("derived", {})  # type: ignore[assignment]
    found = memo.get(cls)
    if found is None:
        memo[cls] = ()
        rows = [t for c in mro(build.engine, cls) for b in bases(build.engine, c) for t in _of_base(build, b)]
        found = memo[cls] = tuple(dict.fromkeys(rows))
    return found


def _of_base(build: Build, base: Origin) -> list[str]:
    if isinstance(base, Ext):
        return build.base.new.get(base.name, [])
    return [t.type for t in objects(build, (base,))] if isinstance(base, (New, Attr, Result)) else []


def _owner(build: Build, origin: Origin) -> tuple[Row, ...]:
    """What an attribute or a method is of: a known object, or a class that derives from one of a known type."""
    if isinstance(origin, Class):
        return tuple((Thing(t, origin), ()) for t in derived(build, origin.cls))
    return things(build, origin)


def owners(build: Build, origin: Origin) -> list[Thing]:
    """The known objects, or classes, that an attribute or a method is of."""
    return list(dict.fromkeys(t for t, path in _owner(build, origin) if not path))


def of_class_name(build: Build, origin: Ext) -> list[Row]:
    """What a qualified name that leads on from a known class (`models.User.objects.get`) is of: the longest name of a class wins."""
    parts = origin.name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        owner = Ext(".".join(parts[:end]))
        rows: list[Row] = [(Thing(t, owner), ()) for t in build.base.new.get(owner.name, ())]
        if rows:
            for name in parts[end:]:
                rows = [r for t, p in rows for r in _step(build, t, p, Attr(owner, name), name)]
            return rows
    return []


def _held(build: Build, origin: Attr | Item | Result) -> list[Row]:
    """Objects out of the state that a step of a workflow is given."""
    from auditor.graph.build.state_values import held

    return [row for each in held(build, origin) or () for row in things(build, each)]


def _kept(build: Build, thing: Thing, path: tuple[str, ...], origin: Attr | Result) -> list[Row]:
    """Objects that a known object holds under a key."""
    if thing.type not in build.base.holding:
        return []
    from auditor.graph.build.held_values import held_values

    return [row for each in held_values(build, thing, path, origin) for row in things(build, each)]


def _given_to_base(build: Build, origin: Attr) -> list[Row]:
    """An attribute of a local object that the program does not set: what the constructor of the class that it derives from is given under
    that name."""
    if not isinstance(origin.base, Instance):
        return []
    from auditor.graph.build.arguments import argument
    from auditor.graph.build.settings import base_constructor

    made = base_constructor(build, origin.base) if things(build, origin.base) else None
    found = argument(build, origin.name, *made) if made is not None else None
    return [row for each in found or () for row in things(build, each)]


def _new(build: Build, origin: New) -> list[Row]:
    """A constructor of known types (those with a condition that holds come first), or a function that returns one."""
    rows = _constructed(build, build.base.new.get(origin.name, ()), origin, origin.site, origin.ctx, origin.partials)
    if origin.name in build.base.decorates and given(build, origin):
        rows.extend((Thing(t, origin), ()) for t in build.base.decorates[origin.name])
    if rows:
        return rows
    if origin.name == "typing.cast":
        place = build.engine.call_place(origin.site, origin.ctx)
        return _named(build, build.engine.call(origin.site).args[0], place, origin)
    for named in build.base.calls.function(origin.name):
        if named.form.returns:
            type_id = build.base.type_id(named.package, named.form.returns) or ""
            if type_id:
                rows.append((Thing(type_id, origin), ()))
    if rows:
        return rows
    owner, _, last = origin.name.rpartition(".")
    for type_id in build.base.new.get(owner, ()):
        rows.extend(_constructed(build, build.base.made(type_id, last), origin, origin.site, origin.ctx, origin.partials))
    if rows:
        return rows
    for thing, path in _module(build, Ext(origin.name)):
        rows.extend(_method(build, thing, path, origin, origin.site, origin.ctx))
    return rows


def _constructed(build: Build, types: Sequence[str], origin: Origin, site: Key, ctx: int, partials: Partials = ()) -> list[Row]:
    """Objects of the types that a constructor makes; one that only hands on what it is given is that object itself."""
    from auditor.graph.build.arguments import argument, holds

    rows: list[Row] = []
    plain: list[Row] = []
    for type_id in types:
        form = build.base.types[type_id]
        if form.when is not None:
            if holds(build, form.when, site, ctx, partials) is not False:
                rows.append((Thing(type_id, origin), ()))
            continue
        inner = (
            objects(build, argument(build, form.follows, site, ctx, partials) or ())
            if form.follows is not None and build.base.is_bare(type_id)
            else []
        )
        plain.extend((t, ()) for t in inner)
        if not inner:
            plain.append((Thing(type_id, origin), ()))
    return rows or plain


def _module(build: Build, origin: Ext) -> list[Row]:
    """A module that is a client itself: the longest name wins."""
    parts = origin.name.split(".")
    for end in range(len(parts), 0, -1):
        type_id = build.base.module_types.get(".".join(parts[:end]))
        if type_id is not None:
            rest = tuple(parts[end:])
            thing = Thing(type_id, Ext(".".join(parts[:end])))
            row: list[Row] = [(thing, ())]
            for name in rest:
                row = [r for t, p in row for r in _step(build, t, p, Attr(origin, name), name)]
            return row
    return []


def _decorated(build: Build, origin: Func) -> list[Row]:
    """A function that a decorator made an object of (`@group()`, `@model.call("name")`)."""
    rows: list[Row] = []
    plain = Func(origin.fn, None, 0)
    for made in decorations(build, origin.fn):
        if isinstance(made, (Ext, New)):
            rows.extend((Thing(t, origin), ()) for t in build.base.new.get(made.name, ()))
            rows.extend((Thing(t, plain), ()) for t in build.base.decorates.get(made.name, ()))
        elif isinstance(made, Result):
            rows.extend((Thing(t.type, origin), ()) for t, path in things(build, made) if not path and t.origin is made)
        elif isinstance(made, Attr):
            owners = (t.type for t, path in things(build, made.base) if not path)
            rows.extend((Thing(t, plain), ()) for owner in owners for t in build.base.made(owner, made.name))
    return rows


def _step(build: Build, thing: Thing, path: tuple[str, ...], origin: Attr | Item, name: str) -> list[Row]:
    """An attribute or item (`[]`) of a known object: the object again, also as one of a type below, another type, or a step of the path."""
    if not path:
        kind = build.base.attribute(thing.type, name)
        if kind == "self" or (kind is not None and thing.type in build.base.ancestors(kind)):
            return [(replace(thing, type=kind) if kind != "self" else thing, ())]
        if kind is not None:
            return [(Thing(kind, origin if thing.origin is not origin else thing.origin, thing.overlays, thing.wraps), ())]
    else:
        kind = build.base.attribute(thing.type, ".".join((*path, name)))
        if kind == "self":
            return [(thing, ())]
        if build.base.attribute(thing.type, name) == "self":
            return [(thing, path)]
        if kind is not None:
            return [(Thing(kind, origin, thing.overlays, thing.wraps), ())]
        if build.base.attribute(thing.type, name) == "self":
            return [(thing, path)]
    return [(thing, (*path, name))]


def _called(build: Build, thing: Thing, path: tuple[str, ...], origin: Result) -> list[Row]:
    if isinstance(origin.base, Class):
        names = [f"{name}.{origin.method}" for name in external_bases(build.engine, origin.base.cls)]
        made = [t for name in names for t in build.base.new.get(name, ())]
        if made:
            return _constructed(build, list(dict.fromkeys(made)), origin, origin.site, origin.ctx)
    full = path if origin.method == "__call__" and path else (*path, origin.method)
    return _method(build, thing, full, origin, origin.site, origin.ctx)


def _method(build: Build, thing: Thing, path: tuple[str, ...], origin: Origin, site: Key, ctx: int) -> list[Row]:
    """What a method call gives: the object with other settings, wrapped in a retry, or an object of another type."""
    dotted = ".".join(path)
    made = build.base.made(thing.type, dotted)
    if made:
        return _constructed(build, made, origin, site, ctx)
    found = build.base.method(thing.type, dotted)
    if found is not None:
        package, method = found
        adds = (*thing.adds, (site, ctx, dotted, len(thing.wraps))) if method.adds is not None else thing.adds
        if method.returns == "self":
            overlays = (*thing.overlays, (site, ctx, package, dotted)) if method.sets else thing.overlays
            wraps = (*thing.wraps, (site, ctx, package, dotted)) if method.wraps else thing.wraps
            tools = (*thing.tools, (site, ctx, package, dotted)) if method.tools is not None else thing.tools
            return [(Thing(thing.type, thing.origin, overlays, wraps, tools, adds), ())]
        type_id = build.base.type_id(package, method.returns)
        if type_id is not None:
            overlays = (*thing.overlays, (site, ctx, package, dotted)) if method.sets else thing.overlays
            tools = (*thing.tools, (site, ctx, package, dotted)) if method.tools is not None else thing.tools
            return [(Thing(type_id, origin, overlays, thing.wraps, tools, adds), ())]
    for named in build.base.calls.method(build.base, thing.type, dotted):
        if named.form.returns:
            if named.form.returns == "self":
                return [(thing, ())]
            type_id = build.base.type_id(named.package, named.form.returns)
            if type_id is not None:
                return [(Thing(type_id, origin, thing.overlays), ())]
    return []


def _operation(build: Build, origin: Op) -> list[Row]:
    """`a | b` where a side is of a package that makes chains of it."""
    expr, place = build.engine.refs[origin.ref]
    if origin.op not in ("|", "&", "+"):
        return []
    for side in expr[2:4]:
        for thing in objects(build, build.engine.origins(side, place)):
            for type_id in build.base.ancestors(thing.type):
                package = type_id.partition(":")[0]
                known = build.base.operators.get(f"{package}:{origin.op}")
                chain = chain_type(build, package)
                if known is not None and known[1] == "chain" and chain is not None:
                    return [(Thing(chain, origin), ())]
    return []


def chain_type(build: Build, package: str) -> str | None:
    """The type of a chain: the one named `runnable` or `chain` in the file of the operator."""
    return build.base.type_id(package, "chain") or build.base.type_id(package, "runnable")


def _annotated(build: Build, origin: Result) -> list[Row]:
    base = origin.base
    if not isinstance(base, Func):
        return []
    annotation = build.engine.scope(base.fn).returns_annotation
    return _of_annotation(build, annotation, base.fn, origin)


def _declared(build: Build, origin: Attr) -> list[Row]:
    """A field whose class declares its type, or what a framework hands over by a type argument (`Context[Client]`)."""
    base = origin.base
    if isinstance(base, Instance):
        for owner in mro(build.engine, base.cls):
            for binding in build.engine.scope(owner).bindings.get(origin.name, ()):
                if binding.annotation is not None:
                    return _named(build, binding.annotation, Place(owner[0], binding.order), origin)
    if isinstance(base, Param):
        found = type_argument(build.engine, base, origin.name)
        return _named(build, *found, origin) if found is not None else []
    return []


def _parameter(build: Build, origin: Param) -> list[Row]:
    annotation = next((p.annotation for p in build.engine.scope(origin.fn).params if p.name == origin.name), None)
    return _of_annotation(build, annotation, origin.fn, origin)


def _of_annotation(build: Build, annotation: Expr | None, fn: Key, origin: Origin) -> list[Row]:
    """The types that an annotation names; `Optional`, unions and quotes are looked through."""
    if annotation is None:
        return []
    return _named(build, annotation, Place(fn[0], build.engine.scope(fn).order), origin)


def _named(build: Build, annotation: Expr, place: Place, origin: Origin) -> list[Row]:
    names = annotation_names(build.engine, annotation, place)
    return [(Thing(t, origin), ()) for name in names for t in build.base.new.get(name, ())]


def unwrap_partial(origin: Origin) -> tuple[Origin, tuple[tuple[Key, int], ...]]:
    partials: tuple[tuple[Key, int], ...] = ()
    while isinstance(origin, Partial):
        partials = ((origin.site, origin.ctx), *partials)
        origin = origin.target
    return origin, partials
