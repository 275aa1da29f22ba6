"""Objects that a container makes of the classes that it is asked for (`container.get(Service)`)."""

from __future__ import annotations

from auditor.facts.types import Call
from auditor.program.origins.annotations import annotation_names
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Attr, Class, Injector, Instance, New, Origin, Param, Place, Result

DEEPEST = 4


def given_object(engine: Engine, callee: Attr, call: Call, place: Place) -> list[Origin]:
    """Any object of the local classes that a method of a container is given; nothing if it is no such method, or another class."""
    known = _injector(engine, callee.base)
    wanted = known.gives.get(callee.name, ()) if known is not None else ()
    values = [call.args[at] for at in wanted if isinstance(at, int) and at < len(call.args)]
    values += [value for name, value, _ in call.keywords if name in wanted]
    return [Instance(o.cls, None, 0) for value in values[:1] for o in engine.origins(value, place) if isinstance(o, Class)]


def _injector(engine: Engine, base: Origin) -> Injector | None:
    """What is known of the container that something is: one that is made here, declared, or given by another one."""
    methods: list[str] = []
    while isinstance(base, Result) and len(methods) < DEEPEST:
        methods.append(base.method)
        base = base.base
    names: list[str] = [base.name] if isinstance(base, New) else []
    if isinstance(base, Param):
        scope = engine.scope(base.fn)
        annotation = next((p.annotation for p in scope.params if p.name == base.name), None)
        names = annotation_names(engine, annotation, Place(base.fn[0], scope.order)) if annotation is not None else []
    found = next((engine.injectors[name] for name in names if name in engine.injectors), None)
    return found if found is not None and found.same.issuperset(methods) else None
