"""Agents that are only written out, as mappings in what another agent is given: `subagents=[{"name": ..., "tools": [...]}]`."""

from __future__ import annotations

from auditor.graph.build.agent_parts import edge, step_to, tools_in
from auditor.graph.build.agents import Made
from auditor.graph.build.arguments import texts
from auditor.graph.build.collected import collected, opened
from auditor.graph.build.context import Build
from auditor.graph.flow import FlowFunction
from auditor.graph.types import Agent
from auditor.knowledge.agents import WrittenForm
from auditor.program.origins.containers import is_dict, lookup
from auditor.program.origins.types import Box, Place


def written_agents(build: Build) -> None:
    """Once all tools are known."""
    made: list[Made] = build.memo.get("agent things", [])  # type: ignore[assignment]
    for one in made:
        written = one.form.written
        if written is None:
            continue
        for origin, _, _ in collected(build, one.thing, one.form.sub_agents, one.constructor(build), []):
            if isinstance(origin, Box) and is_dict(build.engine, origin):
                _add(build, one, written, origin)


def _add(build: Build, one: Made, written: WrittenForm, box: Box) -> None:
    """One agent for each name that the mapping may have; without tools of its own it has those of the agent that runs it."""
    expr, place = build.engine.refs[box.ref]
    given, unread = lookup(build.engine, box, written.tools)
    if not given and not unread and one.form.tools is not None:
        tools = [o for o, _, _ in collected(build, one.thing, one.form.tools, one.constructor(build), one.form.tool_attributes)]
    else:
        tools = [element for origin in given for element in opened(build, origin)]
    for name in texts(tuple(lookup(build.engine, box, written.name)[0])):
        node = _node(build, one, name, place, expr[2])
        for tool in dict.fromkeys(tool for origin in tools for tool in tools_in(build, origin)):
            edge(build, node.id, tool, "has_tool", node.at.path, node.at.line)
            step_to(build, node.id, tool)
        edge(build, one.node, node.id, "hands_off", node.at.path, node.at.line)
        step_to(build, one.node, node.id)


def _node(build: Build, one: Made, name: str, place: Place, line: int) -> Agent:
    at = build.location(place.module, line)
    around = build.qualname(place.module, place.order)
    node = Agent(
        id=build.node_id("agent", at, f":{name}"),
        name=name,
        symbol=f"{around}.{name}",
        at=at,
        role=build.role(place.module),
        qualname=around,
        callee="{}",
        framework=one.thing.type.partition(":")[0],
    )
    if node.id not in build.graph.nodes:
        build.add(node)
        build.graph.flow.functions.setdefault(node.id, FlowFunction(node.id, node.symbol, node.at))
    return node
