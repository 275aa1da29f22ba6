"""What an object of a library holds under a constant key, for the methods of the class that put it there: the context of a workflow."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.members import class_around
from auditor.graph.build.things import Thing, things
from auditor.knowledge.declared import HoldsForm
from auditor.program.origins.objects import mro, owner_class
from auditor.program.origins.types import Attr, Const, Instance, Key, Origin, Param, Place, Result


def held_values(build: Build, thing: Thing, path: tuple[str, ...], origin: Result | Attr) -> list[Origin]:
    """What `context.get("model")`, or `event.model`, is."""
    form = build.base.form(thing.type, "holds")
    cls = _class_of(build, thing.origin)
    if not isinstance(form, HoldsForm) or cls is None:
        return []
    if isinstance(origin, Attr):
        return list(_given_to_runs(build, form, origin.name, cls)) if not path else []
    if ".".join((*path, origin.method)) not in form.get:
        return []
    key = _text(argument(build, form.key, origin.site, origin.ctx) or ())
    default = argument(build, form.default, origin.site, origin.ctx) if form.default is not None else None
    rows = [*_put(build, thing.type, form, key, cls), *_given_to_runs(build, form, key, cls)] if key else []
    return list(dict.fromkeys([*rows, *(default or ())]))


def _class_of(build: Build, origin: Origin) -> Key | None:
    """The class whose method gets the object."""
    return owner_class(build.engine, origin.fn) if isinstance(origin, Param) else None


def _text(found: tuple[Origin, ...]) -> str:
    return found[0].value if len(found) == 1 and isinstance(found[0], Const) and isinstance(found[0].value, str) else ""


def _put(build: Build, type_id: str, form: HoldsForm, key: str, cls: Key) -> Iterator[Origin]:
    """Values that a method of the class puts under the key."""
    for last in dict.fromkeys(path.rsplit(".", 1)[-1] for path in form.set):
        for number, call in build.engine.calls_by_last.get(last, ()):
            site: Key = (number, call.index)
            if not build.engine.speaks_of(number, cls[0]):
                continue
            if _text(argument(build, form.key, site, 0) or ()) != key or not _related(build, class_around(build, site), cls):
                continue
            callees = build.engine.origins(call.func, Place(number, call.order))
            if any(t.type == type_id and ".".join(path) in form.set for o in callees for t, path in things(build, o)):
                yield from argument(build, form.value, site, 0) or ()


def _given_to_runs(build: Build, form: HoldsForm, key: str, cls: Key) -> Iterator[Origin]:
    """What runs of an object of the class are given by that name."""
    for name in form.runs:
        for number, call in build.engine.calls_by_last.get(name, ()):
            if call.func[0] == "attr" and any(k == key for k, _, _ in call.keywords) and build.engine.speaks_of(number, cls[0]):
                receivers = build.engine.origins(call.func[1], Place(number, call.order))
                if any(isinstance(o, Instance) and _related(build, o.cls, cls) for o in receivers):
                    yield from argument(build, key, (number, call.index), 0) or ()


def _related(build: Build, one: Key | None, other: Key) -> bool:
    return one is not None and (one in mro(build.engine, other) or other in mro(build.engine, one))
