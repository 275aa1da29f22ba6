"""Attributes and items: of modules, classes, instances, enum members, containers and external things."""

from __future__ import annotations

from collections.abc import Collection

from auditor.facts.types import Binding, Scope
from auditor.program.origins.attribute_types import with_declared
from auditor.program.origins.callers import bases, subclasses
from auditor.program.origins.constructed import calls_in
from auditor.program.origins.engine import Engine
from auditor.program.origins.field_values import fields_of
from auditor.program.origins.filled import unfilled
from auditor.program.origins.many import with_name
from auditor.program.origins.mappings import attributes
from auditor.program.origins.options import fixed_option
from auditor.program.origins.outside import outside_stores
from auditor.program.origins.types import (
    Attr,
    Class,
    Const,
    Ext,
    Frame,
    Func,
    Instance,
    Key,
    Member,
    Module,
    New,
    Origin,
    Origins,
    Param,
    Place,
    Super,
    Unresolved,
)

MOST_BASES = 64
OWN_BASES = frozenset(("abc", "builtins", "contextlib", "dataclasses", "enum", "functools", "typing"))
"""modules of Python whose classes run no method of those that derive from them, but for the special ones"""


def attribute(engine: Engine, base: Origin, name: str) -> list[Origin]:
    """What `base.name` can be."""
    if isinstance(base, Ext):
        return [*assigned(engine, base, name), *_external(engine, base.name, name)]
    if isinstance(base, Module):
        from auditor.program.origins.lookup import module_attribute

        rows = module_attribute(engine, base.index, name)
        later = assigned(engine, base, name)
        if rows is not None or later:
            return [*(rows or ()), *later]
        return [Unresolved(f"{engine.modules[base.index].path} has no {name!r}")]
    if isinstance(base, Instance):
        return list(engine.query(("attr", base, name), instance_attribute, engine, base, name))
    if isinstance(base, Class):
        return _class(engine, base, name)
    if isinstance(base, Super):
        return _super(engine, base, name)
    if isinstance(base, Member):
        return _member(engine, base, name)
    if isinstance(base, Unresolved):
        return [with_name(base, name)]
    if isinstance(base, New):
        return [*assigned(engine, base, name), Attr(base, name)]
    if isinstance(base, Param):
        from auditor.program.origins.parameters import of_type_argument

        return of_type_argument(engine, base, name) or [Attr(base, name)]
    return [fixed_option(engine, base, name) or Attr(base, name)]


def _external(engine: Engine, dotted: str, name: str) -> list[Origin]:
    """A name below an external one; folders of the program without `__init__` lead back into it."""
    if dotted.startswith("@folder."):
        path = f"{dotted.removeprefix('@folder.')}.{name}"
        found = engine.index.find(path, "")
        return [Module(found[0])] if found else [Ext(f"@folder.{path}")]
    return [Ext(f"{dotted}.{name}")]


def mro(engine: Engine, cls: Key) -> tuple[Key, ...]:
    """A class and its local bases, depth first, each once."""
    found = engine.orders.get(cls)
    if found is not None:
        return found
    rows: dict[Key, None] = {}
    todo: list[Key] = [cls]
    while todo and len(rows) < MOST_BASES:
        current = todo.pop()
        if current not in rows:
            rows[current] = None
            todo.extend(b.cls for b in reversed(bases(engine, current)) if isinstance(b, Class))
    result = tuple(rows)
    if not engine.resolving:
        engine.orders[cls] = result
    return result


def owner_class(engine: Engine, fn: Key) -> Key | None:
    """The class whose method a function is."""
    cls = (fn[0], engine.scope(fn).parent)
    return cls if cls[1] >= 0 and engine.scope(cls).kind == "class" else None


def external_bases(engine: Engine, cls: Key) -> list[str]:
    """Qualified names of the external classes that a class derives from."""
    return [b.name for c in mro(engine, cls) for b in bases(engine, c) if isinstance(b, Ext)]


def foreign_bases(engine: Engine, cls: Key) -> list[str]:
    """External classes that a class derives from and that may bring methods and attributes of their own."""
    return [name for name in external_bases(engine, cls) if name.partition(".")[0] not in OWN_BASES]


def method(engine: Engine, cls: Key, name: str) -> Key | None:
    """The method of that name that a class has: its own or the first along its bases."""
    if engine.resolving:
        return _method(engine, cls, name)
    known = engine.methods[cls]
    if name not in known:
        known[name] = _method(engine, cls, name)
    return known[name]


def _method(engine: Engine, cls: Key, name: str) -> Key | None:
    for owner in mro(engine, cls):
        found = engine.modules[owner[0]].scopes[owner[1]].bindings.get(name)
        if found is not None:
            for binding in reversed(found):
                if binding.kind == "def":
                    return (owner[0], binding.detail)
    return None


def _decorated(scope: Scope, *names: str) -> bool:
    lasts = (d[2] if d[0] == "attr" else d[1] if d[0] == "name" else "" for d in scope.decorators)
    return any(last in names for last in lasts)


def _bind(engine: Engine, owner: Key, binding: Binding, receiver: Origin | None, cls: Key) -> list[Origin]:
    """A method of a class: bound to the receiver, read if it is a property."""
    fn: Key = (owner[0], binding.detail)
    scope = engine.scope(fn)
    if _decorated(scope, "staticmethod"):
        return [Func(fn, None, 0)]
    if _decorated(scope, "classmethod"):
        return [Func(fn, Class(cls), 0)]
    if receiver is not None and _decorated(scope, "property", "cached_property", "computed_field"):
        from auditor.program.origins.calls import returns

        site = receiver.site if isinstance(receiver, Instance) else None
        ctx = 0
        if site is not None:
            ctx = engine.frame(Frame(fn, site, getattr(receiver, "ctx", 0), receiver, (), 0, 1))
        return list(returns(engine, fn, ctx))
    return [Func(fn, receiver, 0)]


def class_level(engine: Engine, cls: Key, name: str, receiver: Origin | None) -> list[Origin] | None:
    """The first class along the bases that binds the name in its body; None: no class does."""
    for owner in mro(engine, cls):
        found = [b for b in engine.scope(owner).bindings.get(name, ()) if b.kind != "annotation"]
        if not found:
            continue
        rows: list[Origin] = []
        for binding in found:
            if binding.kind == "def":
                if binding is found[-1] or not _decorated(engine.scope((owner[0], binding.detail)), "overload", "setter"):
                    rows = _bind(engine, owner, binding, receiver, cls)
            else:
                from auditor.program.origins.lookup import binding_origins

                rows.extend(declared(engine, binding_origins(engine, binding, Place(owner[0], binding.order))))
        return rows
    return None


def declared(engine: Engine, rows: list[Origin]) -> list[Origin]:
    """A declaration of a field, or of a parameter (`Body(...)`), stands for its default."""
    result: list[Origin] = []
    for origin in rows:
        places = engine.fields.get(origin.name) if isinstance(origin, New) else None
        if places is None or not isinstance(origin, New):
            result.append(origin)
            continue
        call, place = engine.call(origin.site), engine.call_place(origin.site, origin.ctx)
        refs, factory = places
        default = next((call.args[r] for r in refs if isinstance(r, int) and r < len(call.args)), None)
        default = default or next((v for n, v, _ in call.keywords if n in refs), None)
        if default is not None:
            result.extend(o for o in engine.origins(default, place) if not (isinstance(o, Const) and o.value == "..."))
            continue
        made = next((v for n, v, _ in call.keywords if n == factory), None)
        if made is not None:
            from auditor.program.origins.calls import called

            for callee in engine.origins(made, place):
                result.extend(called(engine, callee, origin.site, call, place, ()) if not isinstance(callee, Ext) else [callee])
    return result


def _class(engine: Engine, base: Class, name: str) -> list[Origin]:
    from auditor.program.origins.calls import is_enum

    if name in engine.scope(base.cls).bindings and is_enum(engine, base.cls) and not name.startswith("_"):
        binding = engine.scope(base.cls).bindings[name][-1]
        if binding.kind == "assign":
            return [Member(base.cls, name)]
    rows = class_level(engine, base.cls, name, None)
    stored = _class_stores(engine, base.cls, name)
    if rows is not None:
        return [*rows, *stored]
    return stored or [Attr(base, name)]


def _class_stores(engine: Engine, cls: Key, name: str) -> list[Origin]:
    """What `cls.name = ...` in the class methods and `Class.name = ...` anywhere give."""
    rows: list[Origin] = []
    for owner in mro(engine, cls) if name in engine.stores_by_attr else ():
        rows.extend(o for place, expr in outside_stores(engine, Class(owner), name) for o in engine.origins(expr, place))
        for store in engine.own_stores.get((*owner, name), ()):
            fn = engine.modules[owner[0]].statements[store.order][0]
            if _decorated(engine.scope((owner[0], fn)), "classmethod"):
                rows.extend(engine.origins(store.value, Place(owner[0], store.order)))
    return rows


def _super(engine: Engine, base: Super, name: str) -> list[Origin]:
    for owner in mro(engine, base.cls)[1:]:
        for binding in reversed(engine.scope(owner).bindings.get(name, ())):
            if binding.kind == "def":
                return [Func((owner[0], binding.detail), base.owner, 0)]
    return [Attr(base, name)]


def _member(engine: Engine, base: Member, name: str) -> list[Origin]:
    if name == "value":
        binding = engine.scope(base.cls).bindings[base.name][-1]
        return list(engine.origins(binding.value, Place(base.cls[0], binding.order)))
    if name == "name":
        return [Const(base.name, "str", base.cls[0], engine.scope(base.cls).line)]
    rows = class_level(engine, base.cls, name, base)
    return rows if rows is not None else [Attr(base, name)]


def instance_attribute(engine: Engine, base: Instance, name: str, but: Collection[Key] = ()) -> list[Origin]:
    """What an attribute of an object can be. `but`: subclasses of which it is none."""
    from auditor.program.origins.set_by_key import with_set_by_key

    return with_set_by_key(engine, base, name, _instance_attribute(engine, base, name, but))


def _instance_attribute(engine: Engine, base: Instance, name: str, but: Collection[Key]) -> list[Origin]:
    """Assigned in the methods, declared, defined in the class; overridden in subclasses (not in `but`) where any instance is meant."""
    rows = [*stored(engine, base, name), *_class_stores(engine, base.cls, name)]
    rows = with_declared(engine, base.cls, name, rows)
    fields = fields_of(engine, base, name)
    # What a class only declares, those that derive from it define (`if TYPE_CHECKING: _client: Callable[[], Client]` in a mixin).
    alone = base.site is None and fields and all(o == Attr(base, name) for o in (*rows, *fields))
    below = _overrides(engine, base, name, but) if alone else []
    if below:
        return [*rows, *below]
    if fields:
        return [*rows, *unfilled(engine, base.cls, name, fields)]
    level = class_level(engine, base.cls, name, base)
    if level is not None:
        rows.extend(level)
        if base.site is None:
            rows.extend(_overrides(engine, base, name, but))
        return rows
    if base.site is None:
        rows.extend(_overrides(engine, base, name, but))
    if name == "__class__":
        return [Class(base.cls)]
    if name == "__dict__":
        return list(attributes(engine, base))
    return rows or [Attr(base, name)]


def _overrides(engine: Engine, base: Instance, name: str, but: Collection[Key]) -> list[Origin]:
    rows: list[Origin] = []
    for sub in (s for s in subclasses(engine, base.cls) if s not in but):
        receiver = Instance(sub, None, 0)
        for binding in engine.scope(sub).bindings.get(name, ()):
            if binding.kind == "def":
                rows.extend(_bind(engine, sub, binding, receiver, sub))
            elif binding.kind == "assign":
                rows.extend(engine.origins(binding.value, Place(sub[0], binding.order)))
        rows.extend(_own_stores(engine, sub, name, receiver))
    return rows


def stored(engine: Engine, base: Instance, name: str) -> list[Origin]:
    """What `self.name = ...` in the methods of the class and its bases, and `x.name = ...` elsewhere, give."""
    rows: list[Origin] = []
    if name not in engine.stores_by_attr:
        return rows
    for owner in mro(engine, base.cls):
        rows.extend(_own_stores(engine, owner, name, base))
    rows.extend(o for place, expr in outside_stores(engine, base, name) for o in engine.origins(expr, place))
    return rows


def _own_stores(engine: Engine, owner: Key, name: str, receiver: Instance) -> list[Origin]:
    from auditor.program.origins.guards import reached
    from auditor.program.origins.overwritten import overwritten, replaced_below

    rows: list[Origin] = []
    stores = engine.own_stores.get((*owner, name), ())
    gone = overwritten(engine, owner, name) if len(stores) > 1 else frozenset()
    if stores and owner != receiver.cls and (*receiver.cls, name) in engine.own_stores:
        gone |= replaced_below(engine, receiver.cls, owner, name)
    for store in (s for s in stores if s.order not in gone):
        fn, block, _ = engine.modules[owner[0]].statements[store.order]
        place = Place(owner[0], store.order, method_context(engine, (owner[0], fn), receiver))
        if not place.ctx or reached(engine, block, place) is not False:
            rows.extend(engine.origins(store.value, place))
    return rows


def method_context(engine: Engine, fn: Key, receiver: Instance) -> int:
    """A constructor's stores are read with its parameters bound where the instance was made."""
    if receiver.site is None or engine.scope(fn).name not in ("__init__", "__post_init__") or engine.too_deep(receiver.ctx):
        return 0
    if method(engine, receiver.cls, "__init__") != fn:
        return _super_context(engine, fn, receiver)
    return engine.frame(Frame(fn, receiver.site, receiver.ctx, receiver, receiver.partials, 0, engine.depth(receiver.ctx) + 1))


def _super_context(engine: Engine, fn: Key, receiver: Instance) -> int:
    """A base's constructor, called by `super().__init__(...)` in the constructor of the instance's class."""
    own = method(engine, receiver.cls, "__init__")
    if own is None:
        return 0
    for call in calls_in(engine, own):
        outer = engine.frame(
            Frame(own, receiver.site or (0, 0), receiver.ctx, receiver, receiver.partials, 0, engine.depth(receiver.ctx) + 1)
        )
        for origin in engine.origins(call.func, Place(own[0], call.order, outer)):
            if isinstance(origin, Func) and origin.fn == fn:
                owner = receiver if origin.owner is not None else None
                return engine.frame(Frame(fn, (own[0], call.index), outer, owner, (), 0, engine.depth(outer) + 1))
    return 0


def assigned(engine: Engine, base: New | Module | Ext, name: str) -> Origins:
    """What is assigned to an attribute of a module, or of an external object after it was made."""
    if name not in engine.outside_stores:
        return ()

    def build() -> list[Origin]:
        return [o for place, expr in outside_stores(engine, base, name) for o in engine.origins(expr, place)]

    return engine.query(("assigned", base, name), build)
