"""Steps of a workflow that is a class of the program: the methods that a decorator makes steps."""

from __future__ import annotations

from auditor.graph.build.agent_parts import edge, step_to
from auditor.graph.build.context import Build
from auditor.graph.build.node_runs import runs
from auditor.graph.types import Step
from auditor.program.origins.types import Key


def class_steps(build: Build, agent: str, functions: list[Key]) -> None:
    """A node for each of the methods, which the agent contains and runs."""
    noun = build.graph.nodes[agent]
    for fn in functions:
        node = build.by_function.get(("step", fn))
        if node is None:
            scope, at = build.engine.scope(fn), build.scope_location(fn)
            step = Step(
                id=build.node_id("step", at),
                name=scope.name,
                symbol=scope.qualname,
                at=at,
                role=build.role(fn[0]),
                qualname=scope.qualname,
                callee="def",
                framework=noun.framework,
            )
            node = build.by_function["step", fn] = build.add(step)
            runs(build, step, [fn])
        at = build.graph.nodes[node].at
        edge(build, agent, node, "contains", at.path, at.line)
        step_to(build, agent, node)
