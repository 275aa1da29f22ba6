"""Settings of a call or an object, by the forms of its type: argument, receiver, variable, default of the locked version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from auditor.core.values import OneOf, Setting, Unknown, alternatives, merge, unknown, with_unit
from auditor.graph.build.arguments import Partials, argument, starred
from auditor.graph.build.carried import carried, unread
from auditor.graph.build.class_fields import class_field
from auditor.graph.build.context import Build
from auditor.graph.build.decorated import decorator
from auditor.graph.build.defaults import default_setting
from auditor.graph.build.editions import editions
from auditor.graph.build.levers import ignores, on_top, setter, with_lever
from auditor.graph.build.makers import maker
from auditor.graph.build.matching import display
from auditor.graph.build.numbers import NOT_WRITTEN, adjusted, numbers
from auditor.graph.build.put_elsewhere import put_elsewhere
from auditor.graph.build.things import Thing, objects, owners
from auditor.knowledge.forms import Default, SettingForm, Settings
from auditor.program.origins.heard import said_of
from auditor.program.origins.objects import attribute, method
from auditor.program.origins.outside import outside_stores
from auditor.program.origins.types import (
    Attr,
    Class,
    Const,
    Ext,
    Frame,
    Func,
    Instance,
    Item,
    Key,
    New,
    Origin,
    Origins,
    Param,
    Place,
    Result,
    Super,
    Unresolved,
    root_of,
    same_object,
)

UNITS = {
    "deadline": "seconds",
    "run_deadline": "seconds",
    "window": "seconds",
    "attempts": "attempts",
    "max_output_tokens": "tokens",
    "loop": "turns",
    "max_turns": "turns",
}


def unit_of(name: str, form: SettingForm | None) -> str | None:
    if form is not None and form.unit not in (None, "milliseconds", "minutes"):
        return form.unit
    return UNITS.get(name)


def given(build: Build, name: str, form: SettingForm, site: Key, ctx: int, partials: Partials = (), package: str = "") -> Setting | None:
    """What a call itself says, in the first of the ways to say it; None: nothing, or None where that means the default."""
    forms = editions(build, form, package, site)
    found: list[Setting] = []
    for edition in forms:
        ways = (way if way.scope or not edition.scope else way.model_copy(update={"scope": edition.scope}) for way in edition.ways)
        rows = (_given(build, name, way, site, ctx, partials) for way in (edition, *ways))
        found.extend([r for r in rows if r is not None][:1])
    if 0 < len(found) < len(forms):
        found.append(NOT_WRITTEN)
    if len(found) > 1:
        return merge([x for row in found for x in alternatives(row)], undecided=True)
    return found[0] if found else None


def _given(build: Build, name: str, form: SettingForm, site: Key, ctx: int, partials: Partials) -> Setting | None:
    if form.value is not None:
        return with_unit(
            default_setting(build, [Default(value=form.value)], build.path(site[0]), None, site, ctx), unit_of(name, form), form.scope
        )
    if form.argument is None:
        return None
    found = argument(build, form.argument, site, ctx, partials)
    if found is None or (form.plain and all(isinstance(o, Unresolved) for o in found)):
        return None
    if all(isinstance(o, Unresolved) and o.why.startswith("comes in by **") for o in found):
        return put_elsewhere(build, form.argument, site, ctx, unit_of(name, form)) or unread("**", unit_of(name, form))
    if starred(build, site, found):
        return unread("*", unit_of(name, form))
    if form.carried:
        texts = carried(build, found)
        return unread("a text", unit_of(name, form)) if texts is None else setting_of(build, name, form, texts)
    return on_top(build, form, setting_of(build, name, form, found), site, ctx, partials)


def setting_of(build: Build, name: str, form: SettingForm, found: Origins) -> Setting | None:
    """Alternatives; those that mean the default are dropped, and where all do there is none."""
    setting = numbers(build, found, form, name)
    rows = [setting] if not hasattr(setting.value, "alternatives") else list(setting.value.alternatives)
    kept = [r for r in rows if r.unit != "default"]
    if not kept:
        return None
    kept = [replace(r, unit=unit_of(name, form), scope=form.scope) for r in kept]
    if len(kept) < len(rows):
        kept.append(NOT_WRITTEN)
    return merge(kept)


def completed(setting: Setting | None, fallback: Setting) -> Setting:
    """A given setting with its default filled in where a branch leaves it or a mapping is not read."""
    if setting is None:
        return fallback
    if setting.value == Unknown("unread"):
        why = fallback.why if isinstance(fallback.value, OneOf) and fallback.why else setting.why
        return replace(fallback, why=why, unread=True) if not isinstance(fallback.value, Unknown) else fallback
    if hasattr(setting.value, "alternatives"):
        rows = [fallback if s.unit == "default" else s for s in setting.value.alternatives]
        flat = [x for s in rows for x in (s.value.alternatives if hasattr(s.value, "alternatives") else (s,))]
        return merge(flat, undecided=isinstance(setting.value, OneOf) and setting.value.undecided)
    return setting


def fallback(build: Build, name: str, form: SettingForm, package: str, site: Key, ctx: int, partials: Partials = ()) -> Setting:
    """What holds when a call says nothing: a variable, else the library's default."""
    variables = [form.variable] if isinstance(form.variable, str) else form.variable or []
    for variable in variables:
        text = build.variable(variable, build.path(site[0]))
        if text is not None:
            found = numbers(build, (Const(text, "str", site[0], 0),), form, name)
            return replace(found, unit=unit_of(name, form), why=f"the environment variable {variable}", scope=form.scope)
    result = default_setting(build, form.default, build.path(site[0]), package, site, ctx, partials, name)
    return with_unit(_adjusted(result, form), unit_of(name, form), form.scope)


def _adjusted(setting: Setting, form: SettingForm) -> Setting:
    """`unit` and `plus` count for a default too, unless it is one of another type, which has its unit."""
    if isinstance(setting.value, OneOf):
        rows = tuple(_adjusted(s, form) for s in setting.value.alternatives)
        return replace(setting, value=replace(setting.value, alternatives=rows))
    return setting if setting.number is None or setting.unit is not None else replace(setting, value=adjusted(setting.number, form))


def of_call(build: Build, forms: Settings, package: str, site: Key, ctx: int, partials: Partials = ()) -> dict[str, Setting]:
    """All settings of a plain function call."""
    rows: dict[str, Setting] = {}
    for name, form in forms.items():
        rows[name] = completed(
            given(build, name, form, site, ctx, partials, package), fallback(build, name, form, package, site, ctx, partials)
        )
    return rows


def constructor(build: Build, origin: Origin) -> tuple[Key, int, Partials] | None:
    """Where the arguments of an object stand: its constructor call, or decorator; of a local subclass the base's constructor call."""
    if isinstance(origin, Func):
        origin = decorator(build, origin) or origin
    if isinstance(origin, New):
        return (origin.site, origin.ctx, origin.partials) if origin.name != "typing.cast" else None
    if isinstance(origin, Result) and origin.site[1] >= 0:
        return origin.site, origin.ctx, ()
    if isinstance(origin, Instance):
        base = base_constructor(build, origin)
        if base is not None:
            return base
        return (origin.site, origin.ctx, origin.partials) if origin.site is not None else None
    return None


def base_constructor(build: Build, origin: Instance) -> tuple[Key, int, Partials] | None:
    """`super().__init__(...)` of a class that derives from an external one, in the context of the instance."""
    own = method(build.engine, origin.cls, "__init__")
    if own is None:
        return None
    ctx = 0
    if origin.site is not None:
        ctx = build.engine.frame(Frame(own, origin.site, origin.ctx, origin, origin.partials, 0, build.engine.depth(origin.ctx) + 1))
    site = _base_call(build, own, "__init__", ctx)
    return (site, ctx, ()) if site is not None else None


def _base_call(build: Build, function: Key, name: str, ctx: int = 0) -> Key | None:
    """The call of a base class's method of that name in a method: `super().name(...)`."""
    for number, call in build.engine.calls_by_last.get(name, ()):
        if number != function[0] or build.engine.modules[number].statements[call.order][0] != function[1]:
            continue
        for callee in build.engine.origins(call.func, Place(number, call.order, ctx)):
            if isinstance(callee, Attr) and isinstance(callee.base, Super):
                return number, call.index
    return None


def _own_way(build: Build, thing: Thing) -> str:
    """A method by which an object is asked, or asks, that its local class replaces without going on to the base's; empty: none."""
    if not isinstance(thing.origin, Instance):
        return ""
    asked = [path for type_id, path in build.base.model_methods if type_id in build.base.ancestors(thing.type)]
    for path in (*asked, *(build.base.form(thing.type, "asks_by") or ())):  # type: ignore[misc]
        own = method(build.engine, thing.origin.cls, path)
        if own is not None and _base_call(build, own, path) is None:
            return str(path)
    return ""


def of_thing(build: Build, thing: Thing) -> dict[str, Setting]:
    """Settings of an object: its constructor's, changed by later calls (`with_options`), assignments and mutators."""
    memo: dict[Thing, dict[str, Setting]] = build.memo.setdefault("settings", {})  # type: ignore[assignment]
    if thing not in memo:
        memo[thing] = {}
        memo[thing] = _of_thing(build, thing)
    return memo[thing]


def _of_thing(build: Build, thing: Thing) -> dict[str, Setting]:
    base = build.base
    forms = base.type_settings(thing.type)
    package = package_of_settings(build, thing.type)
    made = constructor(build, thing.origin)
    replaced = _own_way(build, thing) if forms else ""
    if replaced:
        return {n: unknown(f"its class asks the model in its own `{replaced}`", unit=unit_of(n, f)) for n, f in forms.items()}
    inner = together([of_thing(build, t) for t in followed(build, thing) if t != thing])
    rows_: dict[str, Setting] = {}
    for name, form in forms.items():
        if made is None:
            rows_[name] = inner.get(name) or _unmade(build, thing, name, form, package)
            continue
        callee, later = maker(build, thing, made[0], package), setter(build, thing.type, name, display(build, thing))
        heard = not ignores(build, form, callee, name, made)
        own = _assigned(build, thing, name, form) or (given(build, name, form, *made, package) if heard else None)
        declared = () if own else class_field(build, thing, form)
        own = setting_of(build, name, form, declared) if declared else own
        rest = inner.get(name) or fallback(build, name, form, package, *made)
        own_way = name not in inner and build.base.form(thing.type, "agent") is None
        rows_[name] = with_lever(build, completed(own, rest), form, callee, own=own_way, later=later)
    for key, setting in inner.items():
        rows_.setdefault(key, setting)
    for site, ctx, owner, path in thing.overlays:
        special = method_settings(build, owner, path)
        for name, form in {**forms, **special}.items():
            over = given(build, name, form, site, ctx, (), package) or (_chosen(build, name, form, package, site, ctx) if special else None)
            if over is not None:
                rows_[name] = completed(over, rows_.get(name, over))
    return _mutated(build, thing, rows_)


def _chosen(build: Build, name: str, form: SettingForm, package: str, site: Key, ctx: int) -> Setting | None:
    """The default that holds for what a later call chooses (another model), where that is known."""
    found = fallback(build, name, form, package, site, ctx) if any(d.when is not None for d in form.default) else None
    undecided = found is None or isinstance(found.value, Unknown) or (isinstance(found.value, OneOf) and found.value.undecided)
    return None if undecided else found


def followed(build: Build, thing: Thing) -> list[Thing]:
    """The objects whose settings an object has: those in the argument that its type follows."""
    held = build.base.form(thing.type, "class_follows")
    if isinstance(held, str):
        return objects(build, _of_class(build, root_of(thing.origin), held))
    follows = build.base.form(thing.type, "follows")
    if follows == "maker":
        return objects(build, (thing.origin.base,)) if isinstance(thing.origin, Result) else []
    if follows in ("parts", "receiver"):
        return _inside(build, thing if follows == "parts" else None, thing.origin)
    made = constructor(build, thing.origin) if follows is not None else None
    return objects(build, argument(build, follows, *made) or ()) if made is not None else []  # type: ignore[arg-type]


def _of_class(build: Build, origin: Origin, path: str) -> Origins:
    """What stands in an attribute of a class of the program."""
    found: list[Origin] = [origin] if isinstance(origin, (Class, Instance)) else []
    for name in path.split("."):
        found = [o for each in found for o in attribute(build.engine, each, name)]
    return tuple(found)


def _inside(build: Build, whole: Thing | None, origin: Origin) -> list[Thing]:
    """The objects with settings inside an object, or inside that whose method made it."""
    from auditor.graph.build.parts import parts

    base = objects(build, (origin.base,)) if isinstance(origin, Result) else []
    inner = [p for each in ([whole] if whole is not None else base) for p in parts(build, each)[1:]]
    return [p for p in inner if "deadline" in build.base.type_settings(p.type)]


def method_settings(build: Build, package: str, path: str) -> Mapping[str, SettingForm]:
    """Settings that a method itself says how to write (`with_config({"recursion_limit": 9})`)."""
    for name, form in build.base.types.items():
        if name.startswith(f"{package}:") and path in form.methods and form.methods[path].settings:
            return dict(form.methods[path].settings.items())
    return {}


def package_of_settings(build: Build, type_id: str) -> str:
    """The package whose version decides a type's defaults: that of the nearest ancestor with settings."""
    for ancestor in build.base.ancestors(type_id):
        if build.base.types[ancestor].settings:
            return ancestor.partition(":")[0]
    return type_id.partition(":")[0]


def _unmade(build: Build, thing: Thing, name: str, form: SettingForm, package: str) -> Setting:
    """An object of which only the type is known, or a module that is a client: the latter has assigned attributes and defaults."""
    if isinstance(thing.origin, Ext):
        own = _assigned(build, thing, name, form)
        anywhere = (0, 0)
        module = next(
            (
                n
                for n, m in enumerate(build.engine.modules)
                if m.calls and any(i.split(".")[0] == thing.origin.name.split(".")[0] for i in m.imports)
            ),
            None,
        )
        if module is not None:
            anywhere = (module, 0)
        return completed(own, fallback(build, name, form, package, anywhere, 0))
    module_of = _module_of(build, thing.origin)
    if module_of is not None and not any(d.when for d in form.default):
        return fallback(build, name, form, package, (module_of, 0), 0)
    if isinstance(thing.origin, Attr) and isinstance(thing.origin.base, Instance):
        return unknown("only its type is known: it comes in from outside", unit=unit_of(name, form))
    if isinstance(thing.origin, (Attr, Item)):
        return _of_owner(build, thing.origin, name, form, package)
    if isinstance(thing.origin, (New, Param, Func)) or (isinstance(thing.origin, Result) and thing.origin.method == "__annotation__"):
        return unknown("only its type is known: it comes in from outside", unit=unit_of(name, form))
    return unknown("where it was made is not known", unit=unit_of(name, form))


def _module_of(build: Build, origin: Origin) -> int | None:
    """The module of a class, or of a function with a bare decorator."""
    if isinstance(origin, Func):
        return origin.fn[0] if decorator(build, origin) is not None else None
    return origin.cls[0] if isinstance(origin, Class) else None


def _of_owner(build: Build, origin: Attr | Item, name: str, form: SettingForm, package: str) -> Setting:
    """An attribute of an object has the object's setting, else its own type's default where the object was made."""
    for owner in owners(build, origin.base):
        inherited = of_thing(build, owner).get(name)
        if inherited is not None:
            return inherited
    base: Origin = origin
    while isinstance(base, (Attr, Item)):
        base = base.base
    made = constructor(build, base)
    if made is None:
        return unknown("where it was made is not known", unit=unit_of(name, form))
    return fallback(build, name, form, package, *made)


def _assigned(build: Build, thing: Thing, name: str, form: SettingForm) -> Setting | None:
    """`client.timeout = 5`, `client.options = {"timeout": 5}`: an argument's name used as attribute after the object was made."""
    from auditor.graph.build.arguments import below, refs

    for ref in refs(form.argument) if form.argument is not None else ():
        attribute, _, rest = str(ref).partition(".")
        if not isinstance(ref, str) or attribute not in build.engine.stores_by_attr:
            continue
        stored = outside_stores(build.engine, thing.origin, attribute)
        found = below(build, tuple(o for place, expr in stored for o in build.engine.origins(expr, place)), rest)
        if found:
            return setting_of(build, name, form, found)
    return None


def _mutated(build: Build, thing: Thing, rows: dict[str, Setting]) -> dict[str, Setting]:
    """Methods that change an object's settings wherever they are called on it (`sock.settimeout(5)`)."""
    for ancestor in build.base.ancestors(thing.type):
        for mutator, forms in build.base.types[ancestor].mutators.items():
            for number, call in build.engine.calls_by_last.get(mutator, ()):
                if call.func[0] != "attr" or not said_of(build.engine, number, thing.origin):
                    continue
                place = Place(number, call.order)
                if any(same_object(o, thing.origin) for o in build.engine.origins(call.func[1], place)):
                    for name, form in forms.items():
                        changed = given(build, name, form, (number, call.index), 0, (), ancestor.partition(":")[0])
                        if changed is not None:
                            rows[name] = changed
    return rows


def together(rows: list[dict[str, Setting]], group: str = "") -> dict[str, Setting]:
    """Settings of several objects as parallel alternatives; settings that one of them lacks are left out."""
    if not rows:
        return {}
    if len(rows) == 1:
        return dict(rows[0])
    names = [n for n in rows[0] if all(n in r for r in rows)]
    result: dict[str, Setting] = {}
    for name in names:
        result[name] = merge([r[name] for r in rows], group=group)
    return result
