"""Tools of a class that the program brings itself, each told to the model by a schema that its class makes, whoever is given it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.facts.types import Expr, Scope
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_runs import run_method
from auditor.graph.build.dispatch_schemas import Reader, Schema
from auditor.graph.build.dispatch_tools import schema_tool
from auditor.graph.build.loop_terms import plain
from auditor.program.origins.callers import subclasses
from auditor.program.origins.calls import returns
from auditor.program.origins.containers import lookup
from auditor.program.origins.types import Box, Instance, Key

TAKES = ("parameters", "input_schema", "inputSchema")
"""the keys of a schema under which stands what the tool is given"""
NAME_AT = ("function.name", "name")


def own_tools(build: Build) -> None:
    """Once the agents with their tools are known: the tools among the classes of the program that no agent was seen to be given."""
    for number, module in enumerate(build.engine.modules):
        for scope in range(len(module.scopes)):
            if _may_describe(module.scopes[scope]):
                for schema, owner in _described(build, (number, scope)):
                    if ("tool", owner.cls) not in build.by_function:
                        schema_tool(build, schema, list(run_method(build.engine, owner.cls)))


def _may_describe(scope: Scope) -> bool:
    """Whether it is a function that needs nothing but its object, and returns a mapping that is written out."""
    returned = [plain(e.value) for e in scope.exits if e.kind == "return"]
    return scope.kind == "function" and len(scope.params) <= 1 and len(returned) == 1 and _is_mapping(returned[0])


def _is_mapping(expr: Expr) -> bool:
    keys = {key[1] for key, _ in expr[1] if key is not None and key[0] == "const"} if expr[0] == "dict" else set()
    return "function" in keys or ("name" in keys and not keys.isdisjoint(TAKES))


def _described(build: Build, fn: Key) -> Iterator[tuple[Schema, Instance]]:
    """The tools that a method describes, at their classes: its own, or those below that have a name; all with a method that runs them."""
    cls = (fn[0], build.engine.scope(fn).parent)
    if cls[1] < 0 or build.engine.scope(cls).kind != "class":
        return
    reader = Reader(build, NAME_AT)
    for box in returns(build.engine, fn, 0):
        if not isinstance(box, Box) or not _takes(build, box):
            continue
        for schema in reader.of_origin(box):
            owner = schema.owner or Instance(cls, None, 0)
            base = schema.owner is not None and owner.cls == cls and subclasses(build.engine, cls)
            if run_method(build.engine, owner.cls) and not base:
                yield replace(schema, at=build.scope_location(owner.cls), origin=owner, owner=owner), owner


def _takes(build: Build, box: Box) -> bool:
    inner = [o for o in lookup(build.engine, box, "function")[0] if isinstance(o, Box)]
    return any(lookup(build.engine, each, key)[0] or lookup(build.engine, each, key)[1] for each in (box, *inner) for key in TAKES)
