"""Models of the program that are made of a whole answer, and have a field for its usage: `Reply.model_validate(answer.model_dump())`."""

from __future__ import annotations

from collections.abc import Iterator, Set

from auditor.core.location import Location
from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail
from auditor.graph.build.loop_terms import walk
from auditor.knowledge.models import ModelsForm
from auditor.program.origins.fields import field_names
from auditor.program.origins.objects import external_bases
from auditor.program.origins.types import Attr, Class, Key, Place


def filled(build: Build, entire: Trail, attributes: Set[str]) -> Location | None:
    """Where a model takes over the usage of an answer. `attributes`: under which names answers have it."""
    forms = [form for k in build.base.files for form in k.models if form.fills]
    filling = {name for form in forms for name in form.fills}
    for call in entire.body.calls if forms else ():
        starred = [value for name, value, _ in call.keywords if name is None]
        given = [*starred, *(call.args[:1] if call.last in filling else ())]
        if call.dropped or not any(entire.part(value) for value in given):
            continue
        for cls, by in _classes(build, entire, call):
            form = next((f for f in forms if not set(f.names).isdisjoint(external_bases(build.engine, cls))), None)
            if form is None or (by and by not in form.fills) or attributes.isdisjoint(field_names(build.engine, cls)):
                continue
            if any(entire.part(value) and _is_whole(entire, value, form) for value in (given if by else starred)):
                return build.call_location((entire.body.number, call.index))
    return None


def _classes(build: Build, entire: Trail, call: Call) -> Iterator[tuple[Key, str]]:
    """The classes of which a call makes an object, and by which method; empty: by its constructor."""
    for origin in build.engine.origins(call.func, Place(entire.body.number, call.order)):
        if isinstance(origin, Class):
            yield origin.cls, ""
        elif isinstance(origin, Attr) and isinstance(origin.base, Class):
            yield origin.base.cls, origin.name


def _is_whole(entire: Trail, value: Expr, form: ModelsForm) -> bool:
    """Whether nothing is left out of what is handed over."""
    calls = [entire.body.module.calls[e[1]] for e in walk(entire.body.module, value) if e[0] == "call"]
    return all(name in form.plain for call in calls for name, _, _ in call.keywords)
