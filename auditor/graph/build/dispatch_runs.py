"""The method that runs a tool which is an object of a class of the program."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method
from auditor.program.origins.types import Instance, Key

RUN_METHODS = ("execute", "run", "__call__", "call", "invoke", "arun", "_run", "forward", "handle")


def run_method(engine: Engine, cls: Key) -> tuple[Key, ...]:
    return tuple(found for name in RUN_METHODS if (found := method(engine, cls, name)) is not None)[:1]


def made_by(build: Build, description: Instance) -> tuple[Key, ...]:
    """The method that runs the tool which an object only describes: another method of it makes that (`def spec(self): return Spec()`)."""
    if description.site is None or run_method(build.engine, description.cls):
        return ()
    module, scope = build.function_of(description.site[0], build.engine.call(description.site).order)
    facts = build.engine.modules[module]
    parent = facts.scopes[scope].parent
    return run_method(build.engine, (module, parent)) if parent >= 0 and facts.scopes[parent].kind == "class" else ()
