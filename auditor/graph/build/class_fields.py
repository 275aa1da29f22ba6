"""Defaults of arguments that a local subclass of a library's class declares (`class Patient(Model): timeout = 20`)."""

from __future__ import annotations

from auditor.graph.build.arguments import refs
from auditor.graph.build.context import Build
from auditor.graph.build.things import Thing
from auditor.knowledge.forms import SettingForm
from auditor.program.origins.objects import declared, mro
from auditor.program.origins.types import Instance, Origins, Place


def class_field(build: Build, thing: Thing, form: SettingForm) -> Origins:
    """What the nearest class along the bases of an object declares for an argument; nothing where none does."""
    if not isinstance(thing.origin, Instance) or form.argument is None or not build.base.form(thing.type, "fields"):
        return ()
    names = [ref for ref in refs(form.argument) if isinstance(ref, str)]
    for owner in mro(build.engine, thing.origin.cls):
        bindings = build.engine.scope(owner).bindings
        for binding in (b for name in names for b in reversed(bindings.get(name, ())) if b.kind == "assign"):
            return tuple(declared(build.engine, list(build.engine.origins(binding.value, Place(owner[0], binding.order)))))
    return ()
