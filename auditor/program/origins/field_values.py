"""What the declared fields of an object hold: what its constructor call gives them, or their defaults, after its validators."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.program.origins.constructed import calls_in, constructed
from auditor.program.origins.engine import Engine
from auditor.program.origins.fields import annotated_names, field_names, is_annotated
from auditor.program.origins.mappings import of_fields
from auditor.program.origins.types import Attr, Instance, Item, Key, New, Origin, Place, Super, Unresolved
from auditor.program.origins.validated import validated
from auditor.program.origins.validators import all_validators

ALSO = "keywords that name a field otherwise"
"""where it is kept which keywords of a declaration say under what other name the constructor takes the field: declaration -> keywords"""


def fields_of(engine: Engine, base: Instance, name: str) -> list[Origin]:
    """A declared field, or what validators put in: what the constructor call gives it; where any instance is meant, what all constructor
    calls give it. Nothing where it is none."""
    found = validated(engine, base, name) if all_validators(engine) else None
    if found is not None:
        return found
    if not is_annotated(engine, base.cls, name):
        return []
    rows, missing = given_values(engine, base, name)
    return [*rows, *(default_values(engine, base, name, rows) if missing else [])]


def given_values(engine: Engine, base: Instance, name: str) -> tuple[list[Origin], bool]:
    """What constructor calls give a field, and whether one gives nothing. A constructor of the class itself hands it to its base."""
    from auditor.program.origins.containers import is_left_out
    from auditor.program.origins.objects import method

    own = method(engine, base.cls, "__init__")
    if own is not None:
        return _handed_to_base(engine, base, own, name), False
    sites: list[tuple[Key, int]] = [(base.site, base.ctx)] if base.site is not None else constructed(engine, base.cls)
    rows: list[Origin] = []
    missing = not sites
    for site, ctx in sites:
        given = _given(engine, base.cls, name, site, ctx)
        rows.extend(of_fields(engine, base.cls, name, [o for o in given or () if not is_left_out(o)]))
        missing = missing or given is None or any(map(is_left_out, given))
    return rows, missing


def default_values(engine: Engine, base: Instance, name: str, given: list[Origin]) -> list[Origin]:
    """What a field is that is not given: its default, else, where no call gives it, any object that it is declared as."""
    from auditor.program.origins.objects import class_level

    default = class_level(engine, base.cls, name, base)
    return default or ([] if given else [Attr(base, name), *_declared(engine, base, name)])


def also_named(engine: Engine, cls: Key) -> Mapping[str, tuple[str, ...]]:
    """Fields of a class that the constructor takes under other names -> these (`Field(alias="timeout")`)."""
    keywords: Mapping[str, tuple[str, ...]] = engine.memo.get(ALSO, {})
    known: dict[Key, dict[str, tuple[str, ...]]] = engine.memo.setdefault("other names of fields", {})
    if cls not in known:
        known[cls] = {}
        names = annotated_names(engine, cls) if keywords else []
        found = engine.apart(lambda: [(name, _other_names(engine, cls, name, keywords)) for name in names])
        known[cls] = {name: others for name, others in found if others}
    return known[cls]


def _other_names(engine: Engine, cls: Key, name: str, keywords: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    from auditor.program.origins.objects import mro

    for owner in mro(engine, cls):
        for binding in reversed(engine.scope(owner).bindings.get(name, ())):
            if binding.value[0] != "call":
                continue
            call, place = engine.call((owner[0], binding.value[1])), Place(owner[0], binding.order)
            written = {n: v[1] for n, v, _ in call.keywords if n is not None and v[0] == "const" and isinstance(v[1], str)}
            made = [o.name for o in engine.origins(binding.value, place) if isinstance(o, New)] if written else []
            return tuple(dict.fromkeys(written[key] for n in made for key in keywords.get(n, ()) if key in written))
    return ()


def _handed_to_base(engine: Engine, base: Instance, own: Key, name: str) -> list[Origin]:
    """What a class's own constructor gives to that of an external base for a declared field (`super().__init__(name=name)`)."""
    from auditor.program.origins.objects import method_context

    rows: list[Origin] = []
    for call in calls_in(engine, own):
        value = next((v for key, v, _ in call.keywords if key == name), None)
        if value is None:
            continue
        place = Place(own[0], call.order, method_context(engine, own, base))
        if any(isinstance(o, Attr) and isinstance(o.base, Super) for o in engine.origins(call.func, place)):
            rows.extend(of_fields(engine, base.cls, name, list(engine.origins(value, place))))
    return rows


def _declared(engine: Engine, base: Instance, name: str) -> list[Origin]:
    """Any instance of the local class that a field is declared as."""
    from auditor.program.origins.objects import mro
    from auditor.program.origins.parameters import annotated_instances

    for owner in mro(engine, base.cls):
        for binding in engine.scope(owner).bindings.get(name, ()):
            if binding.annotation is not None:
                return annotated_instances(engine, binding.annotation, Place(owner[0], binding.order))
    return []


def _given(engine: Engine, cls: Key, name: str, site: Key, ctx: int) -> list[Origin] | None:
    from auditor.program.origins.starred import starred_keyword

    call, place = engine.call(site), engine.call_place(site, ctx)
    names = (name, *also_named(engine, cls).get(name, ()))
    for key, value, _ in call.keywords:
        if key in names:
            return list(engine.origins(value, place))
    fields = field_names(engine, cls)
    position = fields.index(name) if name in fields else len(call.args)
    if position < len(call.args) and not any(a[0] == "star" for a in call.args[: position + 1]):
        return list(engine.origins(call.args[position], place))
    brought = [starred_keyword(engine, call, each, place) or () for each in names]
    # What a mapping from outside holds cannot be told: the field's default stands, as of a variable that may be set.
    told = [rows for rows in brought if not all(isinstance(o, (Unresolved, Item)) for o in rows)]
    return [o for rows in told for o in rows] or None
