"""A team: objects of which the answer of a turn picks one, where each of them asks a model itself, are agents and no tools."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.dispatch_targets import Targets
from auditor.graph.build.loop_regions import reaching_model
from auditor.graph.build.node_runs import runs
from auditor.graph.types import Agent
from auditor.program.origins.objects import mro, owner_class
from auditor.program.origins.types import Instance, Key, Origin

LEAST = 2


def team(build: Build, turn: Turn, targets: Targets, picked: Iterable[tuple[Origin, str]]) -> list[str]:
    """The agents that the picked objects are; none where one of them is no object, asks no model, or is not of the family of the class
    that picks it: what a tool asks in passing makes no agent of it. `picked`: each with a method that is called on it: several may be, of
    which those that ask a model are its run."""
    asking: dict[Key, dict[Key, None]] = {}
    own = owner_class(build.engine, turn.fn)
    if own is None:
        return []
    if "reaching a model" not in build.memo:
        build.memo["reaching a model"] = reaching_model(build)
    reached: set[str] = build.memo["reaching a model"]  # type: ignore[assignment]
    for origin, last in picked:
        if not isinstance(origin, Instance) or not set(mro(build.engine, own)).intersection(mro(build.engine, origin.cls)):
            return []
        methods = asking.setdefault(origin.cls, {})
        methods.update((fn, None) for fn in targets.run_by(origin, last) if build.function_id(fn) in reached)
    if len(asking) < LEAST or not all(asking.values()):
        return []
    return [_agent(build, cls, list(methods)) for cls, methods in asking.items()]


def _agent(build: Build, cls: Key, methods: list[Key]) -> str:
    known = build.by_function.get(("agent", cls))
    if known is not None:
        return known
    scope, at = build.engine.scope(cls), build.scope_location(cls)
    node = Agent(
        id=build.node_id("agent", at),
        name=scope.name,
        symbol=scope.qualname,
        at=at,
        role=build.role(cls[0]),
        qualname=scope.qualname,
        callee="class",
        framework="raw",
    )
    build.by_function["agent", cls] = build.add(node)
    runs(build, node, methods)
    return node.id
