"""Limits of runs that a request brings: a field of the object that an endpoint is given, with or without a maximum."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.values import Asked, OfParameter, OneOf, Setting, leaves
from auditor.facts.types import Binding, Expr
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.graph.types import EntryPoint, ModelCall
from auditor.program.origins.mappings import is_model
from auditor.program.origins.objects import mro
from auditor.program.origins.parameters import annotated_instances
from auditor.program.origins.types import Const, Ext, Instance, Key, New, Place

ASKED = ("http", "websocket")
PLAIN = frozenset(("builtins.int", "builtins.float", "typing.Optional", "typing.Union"))


def asked_limits(build: Build) -> None:
    """Says of the limits of runs that are read from a request that whoever sends it sets them, or up to which number they can."""
    entries: dict[str, list[Key]] = build.memo.get("entries", {})  # type: ignore[assignment]
    asked: dict[Key, str] = {}
    for node, functions in entries.items():
        entry = build.graph.nodes[node]
        if isinstance(entry, EntryPoint) and entry.entry in ASKED:
            asked.update(dict.fromkeys(functions, entry.name))
    for noun in list(build.graph.nodes.values()) if asked else ():
        if isinstance(noun, ModelCall) and any(isinstance(leaf.value, OfParameter) for leaf in leaves(noun.loop)):
            build.change(noun.id, loop=_told(build, noun.loop, asked))


def _told(build: Build, setting: Setting, asked: dict[Key, str]) -> Setting:
    value = setting.value
    if isinstance(value, OneOf):
        return replace(setting, value=replace(value, alternatives=tuple(_told(build, s, asked) for s in value.alternatives)))
    entry = asked.get(value.function) if isinstance(value, OfParameter) else None
    if entry is None or not isinstance(value, OfParameter):
        return setting
    found = _field(build, value)
    if found is None:
        return setting
    cls, binding = found
    at = build.location(cls[0], binding.line)
    most = _most(build, cls, binding, value.name)
    if most is None:
        why = f"whoever calls {entry} sets it, without a maximum: {build.engine.scope(cls).qualname}.{value.name} at {at}"
        return Setting(Asked(why), "declared", at=at, why=why, unit=setting.unit)
    return (
        setting if most < 0 else Setting(most, "declared", at=at, why=f"the most that whoever calls {entry} may ask for", unit=setting.unit)
    )


def _field(build: Build, value: OfParameter) -> tuple[Key, Binding] | None:
    """The class of the model that a parameter is, and where it declares the field."""
    engine = build.engine
    param = next((p for p in engine.scope(value.function).params if p.name == value.parameter), None)
    if param is None or param.annotation is None:
        return None
    place = Place(value.function[0], engine.scope(value.function).order)
    classes = {o.cls for o in annotated_instances(engine, param.annotation, place) if isinstance(o, Instance)}
    if len(classes) != 1 or not is_model(engine, cls := classes.pop()):
        return None
    for owner in mro(engine, cls):
        rows = engine.scope(owner).bindings.get(value.name, [])
        if rows:
            return (owner, rows[0]) if len(rows) == 1 and not _checked(build, mro(engine, cls), value.name) else None
    return None


def _checked(build: Build, classes: tuple[Key, ...], name: str) -> bool:
    """Whether something in the class may check a field: a method whose decorator names it, or takes all."""
    for module, index in classes:
        facts = build.engine.modules[module]
        for scope in facts.scopes:
            for decorator in scope.decorators if scope.parent == index else ():
                call = facts.calls[decorator[1]] if decorator[0] == "call" else None
                if call is not None and (not call.args or any(a in (("const", name), ("const", "*")) for a in call.args)):
                    return True
    return False


def _most(build: Build, cls: Key, binding: Binding, name: str) -> float | None:
    """The maximum that a field declares; None: there is none; negative: it cannot be told."""
    place = Place(cls[0], binding.order)
    if binding.annotation is None or not _is_plain(build, binding.annotation, place):
        return -1
    forms = {n: f for k in build.base.files for f in k.fields for n in f.names}
    found = build.engine.origins(binding.value, place) if binding.kind == "assign" else ()
    for origin in found:
        form = forms.get(origin.name) if isinstance(origin, New) else None
        if form is None or not isinstance(origin, New):
            if not isinstance(origin, Const):
                return -1
            continue
        if any(n is None for n, _, _ in build.engine.call(origin.site).keywords):
            return -1
        given = [o for ref in refs(form.most) for o in argument(build, ref, origin.site, origin.ctx) or ()]
        if given:
            numbers = [o.value for o in given if isinstance(o, Const) and isinstance(o.value, (int, float))]
            return min(numbers) if len(numbers) == len(given) else -1
    return None


def _is_plain(build: Build, annotation: Expr, place: Place, depth: int = 0) -> bool:
    """Whether an annotation only names a number, which may be missing."""
    kind = annotation[0]
    if depth > 4 or kind == "const":
        return depth <= 4 and annotation[1] is None
    if kind in ("name", "attr"):
        return all(isinstance(o, Ext) and o.name in PLAIN for o in build.engine.origins(annotation, place) or (None,))
    parts = annotation[2:4] if kind == "op" else annotation[1:3] if kind == "sub" else annotation[2] if kind == "seq" else (annotation,)
    return kind in ("op", "sub", "seq") and all(_is_plain(build, part, place, depth + 1) for part in parts)
