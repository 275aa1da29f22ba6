"""Agents that a step of a workflow hands to what it calls (`lambda state: turn(state, agents["writer"])`, `partial(turn, agent=writer)`):
the step runs them, with the tools that each of them is given where it is made."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.agent_classes import form_of
from auditor.graph.build.agent_parts import agents_of, edge, tools_in
from auditor.graph.build.collected import collected
from auditor.graph.build.context import Build
from auditor.graph.build.lambdas import calls_in
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing, objects
from auditor.program.origins.types import Func, Key, Origin, Partial


def step_agents(build: Build, step: str, content: list[Origin]) -> None:
    """Edges from a step to the agents that it hands on, and to their tools."""
    at = build.graph.nodes[step].at
    for thing in dict.fromkeys(t for origin in content for site in _sites(build, origin) for t in _given(build, site)):
        for agent in agents_of(build, thing):
            edge(build, step, agent, "runs", at.path, at.line)
        for tool in _tools(build, thing):
            edge(build, step, tool, "has_tool", at.path, at.line)


def _sites(build: Build, origin: Origin) -> Iterator[Key]:
    """The calls in a step's function, or the `partial` that makes it of one."""
    while isinstance(origin, Partial):
        yield origin.site
        origin = origin.target
    if isinstance(origin, Func):
        yield from calls_in(build, origin.fn)


def _given(build: Build, site: Key) -> Iterator[Thing]:
    """Agents among the arguments of a call."""
    call, place = build.engine.call(site), build.engine.call_place(site)
    for value in (*call.args, *(v for _, v, _ in call.keywords)):
        if value[0] not in ("const", "fstr", "dict", "lambda"):
            yield from (t for t in objects(build, build.engine.origins(value, place)) if form_of(build, t.type) is not None)


def _tools(build: Build, thing: Thing) -> list[str]:
    form = form_of(build, thing.type)
    made = constructor(build, thing.origin)
    if form is None or made is None:
        return []
    return [tool for origin, _, _ in collected(build, thing, form.tools, made, form.tool_attributes) for tool in tools_in(build, origin)]
