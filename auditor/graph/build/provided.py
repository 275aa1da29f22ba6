"""Values that a framework hands to a function: what a dependency or a lifespan function returns or yields."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.knowledge.declared import ProvidesForm
from auditor.program.origins.calls import given_by
from auditor.program.origins.items import item
from auditor.program.origins.objects import attribute
from auditor.program.origins.types import Attr, Const, Ext, Func, Item, Key, Origin, Origins, Param, Partial, Place

ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")


def provided(build: Build, origin: Attr | Item) -> list[Origin] | None:
    """What `ctx.request_context.lifespan_context.db` is, where knowledge says who provides it; None: nobody does."""
    steps: list[Attr | Item] = []
    base: Origin = origin
    while isinstance(base, (Attr, Item)):
        steps.append(base)
        base = base.base
    if not isinstance(base, Param) or len(steps) < 2:
        return None
    path = [s.name if isinstance(s, Attr) else None for s in reversed(steps)]
    for form, package in _forms(build):
        wanted = form.path.split(".")
        if path[: len(wanted)] != wanted or not _is_annotated(build, base, form):
            continue
        rows = _yielded(build, form, package)
        for step in list(reversed(steps))[len(wanted) :]:
            rows = [o for row in rows for o in _inside(build, row, step)]
        return rows
    return None


def _forms(build: Build) -> list[tuple[ProvidesForm, str]]:
    return [(form, k.package) for k in build.base.files for form in k.provides]


def _is_annotated(build: Build, param: Param, form: ProvidesForm) -> bool:
    from auditor.graph.build.annotations import annotation_names

    annotation = next((p.annotation for p in build.engine.scope(param.fn).params if p.name == param.name), None)
    place = Place(param.fn[0], build.engine.scope(param.fn).order)
    return annotation is not None and any(name in form.names for name in annotation_names(build, annotation, place))


def _inside(build: Build, origin: Origin, step: Attr | Item) -> list[Origin]:
    if isinstance(step, Attr):
        return attribute(build.engine, origin, step.name)
    return item(build.engine, origin, (Const(step.key, type(step.key).__name__, 0, 0),), Place(0, 0))


def _yielded(build: Build, form: ProvidesForm, package: str) -> list[Origin]:
    """What the functions given to the constructors return or yield."""
    memo: dict[int, list[Origin]] = build.memo.setdefault("provided", {})  # type: ignore[assignment]
    if id(form) not in memo:
        memo[id(form)] = []
        memo[id(form)] = list(dict.fromkeys(_results(build, form, package)))
    return memo[id(form)]


def _results(build: Build, form: ProvidesForm, package: str) -> Iterator[Origin]:
    from auditor.graph.build.arguments import argument

    wanted = build.base.type_id(package, form.type)
    names = [n for n, types in build.base.new.items() if any(wanted in build.base.ancestors(t) for t in types)] if wanted else []
    for last in sorted({n.rsplit(".", 1)[-1] for n in names}):
        for name in sorted({last} | build.engine.aliases.get(last, set())):
            for number, call in build.engine.calls_by_last.get(name, ()):
                site: Key = (number, call.index)
                if any(isinstance(o, Ext) and o.name in names for o in build.engine.origins(call.func, build.engine.call_place(site))):
                    yield from results(build, argument(build, form.argument, site, 0) or ())


def results(build: Build, functions: Origins) -> Iterator[Origin]:
    """What functions give to those whom the framework hands it."""
    for origin in functions:
        target = origin
        while isinstance(target, Partial):
            target = target.target
        if isinstance(target, Func):
            yield from given_by(build.engine, target)


def metadata(build: Build, annotation: Expr, fn: Key) -> list[Origin]:
    """What an annotation's metadata brings: `Annotated[Session, Depends(get_session)]`, written there or under a name."""
    place = Place(fn[0], build.engine.scope(fn).order)
    found = _written(build, annotation, place)
    if found is None or found[0][0] != "seq":
        return []
    return [o for part in found[0][2][1:] if part[0] == "call" for o in build.engine.origins(part, found[1])]


def _written(build: Build, annotation: Expr, place: Place) -> tuple[Expr, Place] | None:
    """The arguments of `Annotated[...]`; a name is looked up where it is assigned, here or in the module that it is imported from."""
    if annotation[0] == "sub":
        outer = build.engine.origins(annotation[1], place)
        return (annotation[2], place) if any(isinstance(o, Ext) and o.name in ANNOTATED for o in outer) else None
    if annotation[0] != "name":
        return None
    bindings = build.engine.modules[place.module].scopes[0].bindings.get(annotation[1], [])
    for binding in bindings:
        if binding.kind == "assign":
            return _written(build, binding.value, Place(place.module, binding.order)) if binding.value[0] == "sub" else None
        if binding.kind == "from":
            module, name, level = binding.detail
            path = build.path(place.module)
            for number in build.engine.index.relative(path, level, module) if level else build.engine.index.find(module, path):
                return _written(build, ("name", name), Place(number, 0))
    return None
