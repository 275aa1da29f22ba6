"""Values that a framework hands to a function: what a lifespan function returns or yields."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.context import Build
from auditor.knowledge.declared import ProvidesForm
from auditor.program.origins.calls import given_by
from auditor.program.origins.containers import is_dict
from auditor.program.origins.items import item
from auditor.program.origins.objects import attribute
from auditor.program.origins.types import Attr, Const, Ext, Func, Item, Key, Origin, Origins, Param, Partial, Place


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
            rows = [o for row in rows for o in _inside(build, row, step, form.entries)]
        return rows
    return None


def _forms(build: Build) -> list[tuple[ProvidesForm, str]]:
    return [(form, k.package) for k in build.base.files for form in k.provides]


def _is_annotated(build: Build, param: Param, form: ProvidesForm) -> bool:
    from auditor.program.origins.annotations import annotation_names

    annotation = next((p.annotation for p in build.engine.scope(param.fn).params if p.name == param.name), None)
    place = Place(param.fn[0], build.engine.scope(param.fn).order)
    return annotation is not None and any(name in form.names for name in annotation_names(build.engine, annotation, place))


def _inside(build: Build, origin: Origin, step: Attr | Item, entries: bool) -> list[Origin]:
    if isinstance(step, Attr) and not (entries and is_dict(build.engine, origin)):
        return attribute(build.engine, origin, step.name)
    key = step.name if isinstance(step, Attr) else step.key
    return item(build.engine, origin, (Const(key, type(key).__name__, 0, 0),), Place(0, 0))


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
