"""Cycles of workflow graphs: one loop node each, and how often its steps run within the framework's limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import replace

from auditor.core.location import Location
from auditor.core.values import OneOf, Setting
from auditor.graph.build.builders import Workflow, cycles
from auditor.graph.build.context import Build
from auditor.graph.build.routers import compares
from auditor.graph.build.settings import fallback
from auditor.graph.flow import Region
from auditor.graph.types import NONE, Loop, ModelCall

MOST_STEPS = 64
"""of a cycle with more it is not asked how long a round is"""


def cycle_nodes(build: Build) -> None:
    """One loop node for each cycle of a workflow graph, bounded by the framework's limit; its steps run inside it."""
    workflows: list[Workflow] = build.memo.get("workflows", [])  # type: ignore[assignment]
    for workflow in workflows:
        type_id = build.base.type_id(workflow.package, workflow.form.compile.returns)
        form = build.base.type_settings(type_id).get("loop") if type_id else None
        for names, sites in cycles(workflow):
            first = build.call_location(sites[0])
            limit = fallback(build, "loop", form, workflow.package, sites[0], 0) if form is not None else NONE
            rounds = _rounds(workflow, names)
            call = build.engine.call(sites[0])
            node = Loop(
                id=build.node_id("loop", first, ":cycle"),
                name=" -> ".join(sorted(names)),
                symbol=build.symbol(sites[0]),
                at=first,
                also=tuple(dict.fromkeys(build.call_location(s) for s in sites[1:])),
                role=build.role(sites[0][0]),
                qualname=build.qualname(sites[0][0], call.order),
                callee=build.callee(sites[0]),
                framework=workflow.package,
                shape="graph_cycle",
                times=_turns(limit, min(rounds.values())),
                ends_on="model",
                compares=compares(build, workflow, names, sites),
            )
            build.add(node)
            for steps in sorted(set(rounds.values())):
                region = Region(f"loop:{first.path}:{first.line}:cycle:{steps}", "loop", node.id, first)
                called = [*_given(build, workflow, steps), *((build.graph.nodes[a].at, _turns(limit, steps)) for a in workflow.agents)]
                given = tuple((at, own) for at, own in called if limit != NONE)
                known = build.graph.flow.regions.get(region.id)
                # Graphs that one function makes for several callers go round in the same place, each as often as its own runs allow.
                build.graph.flow.regions[region.id] = replace(known or region, called=(*(known.called if known else ()), *given))
                _surround(build, workflow, {n for n in names if rounds[n] == steps}, region.id)


def _given(build: Build, workflow: Workflow, steps: int) -> Iterator[tuple[Location, Setting]]:
    """The runs of a graph with the turns that their own limits allow."""
    for edge in build.graph.edges:
        run = build.graph.nodes.get(edge.source)
        if edge.kind == "runs" and edge.target in workflow.agents and isinstance(run, ModelCall) and run.loop != NONE:
            yield run.at, _turns(run.loop, steps)


def _rounds(workflow: Workflow, names: Collection[str]) -> dict[str, int]:
    """How many steps the shortest round through each step of a cycle has."""
    if len(names) > MOST_STEPS:
        return dict.fromkeys(names, 1)
    onward: dict[str, set[str]] = {name: set() for name in names}
    for source, target, _ in workflow.edges:
        if source in onward and target in onward:
            onward[source].add(target)
    return {name: _round(onward, name) for name in names}


def _round(onward: dict[str, set[str]], start: str) -> int:
    distance = dict.fromkeys(onward[start], 1)
    todo = deque(sorted(distance))
    while start not in distance:
        current = todo.popleft()
        for target in sorted(onward[current] - distance.keys()):
            distance[target] = distance[current] + 1
            todo.append(target)
    return distance[start]


def _turns(limit: Setting, steps: int) -> Setting:
    """How often a round of so many steps fits into a limit in steps."""
    if isinstance(limit.value, OneOf):
        rows = tuple(_turns(row, steps) for row in limit.value.alternatives)
        return replace(limit, value=replace(limit.value, alternatives=rows), unit="turns")
    number = limit.number
    return limit if number is None else replace(limit, value=max(1, int(number // steps)), unit="turns")


def _surround(build: Build, workflow: Workflow, names: set[str], region: str) -> None:
    steps = {workflow.steps[n] for n in names if n in workflow.steps}
    sites = build.graph.flow.sites
    for i, site in enumerate(sites):
        if site.caller in workflow.agents and site.target in steps:
            sites[i] = replace(site, regions=(*site.regions, region))
