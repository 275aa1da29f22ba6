"""Objects as mappings: what `dataclasses.asdict(x)`, `vars(x)`, `x.__dict__` and the dumps of models of libraries have under which key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.facts.types import OTHER, Call, Expr
from auditor.program.origins.callers import subclasses
from auditor.program.origins.containers import elements, is_dict
from auditor.program.origins.engine import Engine
from auditor.program.origins.fields import field_names
from auditor.program.origins.types import Box, Const, Instance, Key, Origin, Origins, Place

MODELS = "classes of models"
"""where it is kept which external classes make models of what derives from them: name -> what is known of these"""
AS_DICT = "dataclasses.asdict"
VARS = "builtins.vars"


@dataclass(frozen=True, slots=True)
class Models:
    """`dumps`: the methods that dump a model; `plain`: their keywords after which it is the same mapping, `leaves_out`: the one with names
    that it is without; `opened_by`: names in the body of a class that may allow keys that it does not declare."""

    dumps: frozenset[str]
    plain: frozenset[str] = frozenset()
    leaves_out: str | None = None
    opened_by: frozenset[str] = frozenset()


def dumped(engine: Engine, base: Instance, method: str, site: Key, place: Place) -> list[Origin]:
    """The mapping that a model gives (`self.args.model_dump()`); nothing where the method is none that does, or what it leaves out is not
    read."""
    call = engine.call(site)
    model = _model(engine, base.cls)
    if model is None or method not in model.dumps or call.args:
        return []
    if any(n is None or (n not in model.plain and n != model.leaves_out) for n, _, _ in call.keywords):
        return []
    left_out = _left_out(engine, call, model, place)
    if left_out is None:
        return []
    names = [n for n in field_names(engine, base.cls) if not n.startswith("_") and n not in left_out]
    return [_box(engine, base, names, site, place, is_open=takes_more(engine, base))]


def as_dict(engine: Engine, name: str, site: Key, place: Place) -> list[Origin]:
    """What `asdict(x)` or `vars(x)` gives, where `x` is an object of the program; nothing where it is not, or not only."""
    call = engine.call(site)
    if name not in (AS_DICT, VARS) or len(call.args) != 1 or call.keywords:
        return []
    found = engine.origins(call.args[0], place)
    objects = [o for o in found if isinstance(o, Instance)]
    if len(objects) < len(found):
        return []
    return [o for each in objects for o in (_of_fields(engine, each, site, place) if name == AS_DICT else attributes(engine, each))]


def _of_fields(engine: Engine, base: Instance, site: Key, place: Place) -> list[Origin]:
    return [_box(engine, base, field_names(engine, base.cls), site, place, is_open=_is_more(engine, base))]


def attributes(engine: Engine, base: Instance) -> list[Origin]:
    """`x.__dict__`: the declared fields, and what methods store."""
    from auditor.program.origins.objects import foreign_bases, mro

    table: dict[Key, list[str]] = engine.memo.setdefault("stored names", {})
    if not table:
        for number, scope, name in engine.own_stores:
            table.setdefault((number, scope), []).append(name)
    names = [*field_names(engine, base.cls), *(n for owner in mro(engine, base.cls) for n in table.get(owner, ()))]
    foreign = bool(foreign_bases(engine, base.cls)) and not is_model(engine, base.cls)
    place = Place(base.cls[0], engine.scope(base.cls).order)
    return [_box(engine, base, list(dict.fromkeys(names)), None, place, is_open=foreign or _is_more(engine, base))]


def of_fields(engine: Engine, owner: Key, name: str, rows: list[Origin]) -> list[Origin]:
    """What a field of a model holds: of a mapping that it is given, where it is declared as another model, an object of that."""
    if not is_model(engine, owner) or not any(is_dict(engine, o) for o in rows):
        return rows
    cls = _declared_as(engine, owner, name)
    return rows if cls is None else [_made_of(engine, cls, o) if isinstance(o, Box) and is_dict(engine, o) else o for o in rows]


def _made_of(engine: Engine, cls: Key, box: Box) -> Instance:
    """An object of a model made of a mapping (`Model(**mapping)`)."""
    place = engine.refs[box.ref][1]
    known: dict[tuple[Key, int], Key] = engine.memo.setdefault("models of mappings", {})
    if (cls, box.ref) not in known:
        line = engine.line(place)
        number = len(engine.modules[place.module].calls) + len(engine.made_up)
        call = Call(number, OTHER, (), ((None, ("known", box), line),), "", place.order, line, 1, line, 1)
        engine.made_up[place.module, number] = call
        known[cls, box.ref] = (place.module, number)
    return Instance(cls, known[cls, box.ref], place.ctx)


def is_model(engine: Engine, cls: Key) -> bool:
    return _model(engine, cls) is not None


def _model(engine: Engine, cls: Key) -> Models | None:
    from auditor.program.origins.objects import external_bases

    models: Mapping[str, Models] = engine.memo.get(MODELS, {})
    return next((models[name] for name in external_bases(engine, cls) if name in models), None) if models else None


def _declared_as(engine: Engine, owner: Key, name: str) -> Key | None:
    """The one model that a field is declared as."""
    from auditor.program.origins.objects import mro
    from auditor.program.origins.parameters import annotated_instances

    for cls in mro(engine, owner):
        for binding in engine.scope(cls).bindings.get(name, ()):
            if binding.annotation is not None:
                found = annotated_instances(engine, binding.annotation, Place(cls[0], binding.order))
                models = {o.cls for o in found if isinstance(o, Instance) and is_model(engine, o.cls)}
                return models.pop() if len(models) == len(found) == 1 else None
    return None


def takes_more(engine: Engine, base: Instance) -> bool:
    """Whether a model may have keys that its class does not declare."""
    from auditor.program.origins.objects import mro

    model = _model(engine, base.cls)
    opened_by = model.opened_by if model is not None else frozenset()
    return _is_more(engine, base) or any(not opened_by.isdisjoint(engine.scope(owner).bindings) for owner in mro(engine, base.cls))


def _is_more(engine: Engine, base: Instance) -> bool:
    """Whether the object may be of a subclass, which has fields of its own."""
    if base.site is not None:
        return False
    own = set(field_names(engine, base.cls))
    return any(not own.issuperset(field_names(engine, sub)) for sub in subclasses(engine, base.cls))


def _left_out(engine: Engine, call: Call, model: Models, place: Place) -> set[str] | None:
    """The names that a dump leaves out; None where they are not all written there."""
    names: set[str] = set()
    for value in (v for n, v, _ in call.keywords if n == model.leaves_out):
        found: list[Origins | list[Origin]] = [elements(engine, o) if isinstance(o, Box) else (o,) for o in engine.origins(value, place)]
        for origin in (o for each in found for o in each):
            if not isinstance(origin, Const):
                return None
            names.add(str(origin.value))
    return names


def _box(engine: Engine, base: Instance, names: list[str], site: Key | None, place: Place, *, is_open: bool) -> Box:
    """A dict with an object's attributes as its entries."""

    def build() -> Expr:
        own: Expr = ("known", base)
        pairs = tuple((("const", n), ("attr", own, n)) for n in names)
        return ("dict", (*pairs, *(((None, OTHER),) if is_open else ())), engine.line(place))

    expr = engine.made(("as mapping", base, site, tuple(names), is_open), build)
    if site is not None:
        engine.made_by[id(expr)] = site
    return Box("dict", engine.ref(expr, place))
