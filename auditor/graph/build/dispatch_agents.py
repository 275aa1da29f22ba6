"""A team: objects of which the answer of a turn picks one, where each of them asks a model itself, are agents and no tools."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_targets import Targets
from auditor.graph.build.loop_regions import reaching_model
from auditor.graph.build.node_runs import runs
from auditor.graph.types import Agent
from auditor.program.origins.types import Instance, Key, Origin

LEAST = 2


def team(build: Build, targets: Targets, picked: Iterable[tuple[Origin, str]]) -> list[str]:
    """The agents that the picked objects are; none where one of them is no object, or asks no model. `picked`: each with a method that is
    called on it: several may be, of which those that ask a model are its run."""
    asking: dict[Key, dict[Key, None]] = {}
    reached: set[str] = build.memo.get("reaching a model") or build.memo.setdefault("reaching a model", reaching_model(build))  # type: ignore[assignment]
    for origin, last in picked:
        if not isinstance(origin, Instance):
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
