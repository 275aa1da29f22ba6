"""Tools of a class that the program brings itself, each told to the model by a schema that its class makes, whoever is given it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_runs import describes, run_method
from auditor.graph.build.dispatch_schemas import Reader, Schema
from auditor.graph.build.dispatch_tools import schema_tool
from auditor.program.origins.callers import subclasses
from auditor.program.origins.calls import returns
from auditor.program.origins.types import Instance, Key

NAME_AT = ("function.name", "name")


def own_tools(build: Build) -> None:
    """Once the agents with their tools are known: the tools among the classes of the program that no agent was seen to be given."""
    told: dict[Key, str] = build.memo.get("described tools", {})  # type: ignore[assignment]
    for number, module in enumerate(build.engine.modules):
        for scope in range(len(module.scopes)):
            for schema, cls in _described(build, (number, scope)) if describes(module.scopes[scope]) else ():
                runs = run_method(build.engine, cls)
                known = {("tool", cls), *(("tool", fn) for fn in runs)}
                if runs and known.isdisjoint(build.by_function) and told.keys().isdisjoint(runs):
                    schema_tool(build, schema, list(runs))


def _described(build: Build, fn: Key) -> Iterator[tuple[Schema, Key]]:
    """The tools that a method describes, at their classes: its own, or those below that have a name."""
    cls = (fn[0], build.engine.scope(fn).parent)
    if cls[1] < 0 or build.engine.scope(cls).kind != "class":
        return
    for box in returns(build.engine, fn, 0):
        for schema in Reader(build, NAME_AT).of_origin(box):
            owner = schema.owner or Instance(cls, None, 0)
            if schema.owner is None or owner.cls != cls or not subclasses(build.engine, cls):
                yield replace(schema, at=build.scope_location(owner.cls), origin=owner, owner=owner), owner.cls
