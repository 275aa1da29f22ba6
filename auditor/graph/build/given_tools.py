"""The tools that an element of an agent's list is: functions, objects, agents, names of ready-made ones."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.context import Build
from auditor.graph.build.parts import inner_origins, parts
from auditor.graph.build.registrations import function_tool, tool_of
from auditor.graph.build.things import Thing, objects, things
from auditor.graph.build.wiring import agents_in, edge, step_to
from auditor.graph.types import Tool
from auditor.knowledge.types import AgentForm
from auditor.program.origins.types import Attr, Ext, Func, Key, Module, New, Origin, Result


def tools_in(build: Build, origin: Origin) -> list[str]:
    """Tool nodes of an element of a tool list; an agent given as a tool is a tool that runs it."""
    inner = agents_in(build, origin)
    if inner and isinstance(origin, (New, Result)):
        tool = tool_of(build, origin) or _agent_tool(build, origin, inner)
        for agent in inner:
            for each in tool:
                step_to(build, each, agent)
                at = build.graph.nodes[each].at
                edge(build, each, agent, "runs", at.path, at.line)
        return tool
    found = tool_of(build, origin)
    if found:
        return found
    if isinstance(origin, Module):
        return [function_tool(build, fn, build.engine.scope(fn).name, "") for fn in _main_function(build, origin)]
    if isinstance(origin, Attr):
        return [t for thing, path in things(build, origin.base) if not path for t in tool_of(build, thing.origin)]
    rows: list[str] = []
    for thing in objects(build, (origin,)):
        if thing.origin != origin:
            rows.extend(tools_in(build, thing.origin))
        for part in parts(build, thing)[1:]:
            rows.extend(tool_of(build, part.origin))
        for inner_tools in _inner_tools(build, thing):
            rows.extend(inner_tools)
    return list(dict.fromkeys(rows))


def _main_function(build: Build, origin: Module) -> list[Key]:
    """The function of a module that has the module's own name."""
    name = build.path(origin.index).rsplit("/", 1)[-1].rsplit(".", 1)[0]
    bindings = build.engine.modules[origin.index].scopes[0].bindings.get(name, [])
    return [(origin.index, b.detail) for b in bindings[-1:] if b.kind == "def"]


def _inner_tools(build: Build, thing: Thing) -> Iterator[list[str]]:
    for origin in inner_origins(build, thing):
        if isinstance(origin, Func):
            yield [function_tool(build, origin.fn, build.engine.scope(origin.fn).name, "")]


def named_tool(build: Build, origin: Ext, site: Key, thing: Thing, form: AgentForm) -> str:
    """A ready-made tool of a library, given by its name: it stands where the agent gets it."""
    at = build.call_location(site)
    line = next((line for key, _, line in build.engine.call(site).keywords if key == form.tools), at.line)
    if at.cell is None:
        at = build.location(site[0], line)
    name = origin.name.rpartition(".")[2]
    return build.add(
        Tool(
            id=build.node_id("tool", at, f":{name}"),
            name=name,
            symbol=name,
            at=at,
            role=build.role(site[0]),
            qualname=build.qualname(site[0], build.engine.call(site).order),
            callee=name,
            framework=thing.type.partition(":")[0],
        )
    )


def _agent_tool(build: Build, origin: New | Result, inner: list[str]) -> list[str]:
    site = origin.site
    at = build.call_location(site)
    call = build.engine.call(site)
    name = next(iter(texts(argument(build, ["tool_name", "name"], site, origin.ctx))), "") or build.graph.nodes[inner[0]].name
    node = Tool(
        id=build.node_id("tool", at),
        name=name,
        symbol=build.symbol(site),
        at=at,
        role=build.role(site[0]),
        qualname=build.qualname(site[0], call.order),
        callee=build.callee(site),
        framework=build.graph.nodes[inner[0]].framework,
    )
    build.by_site["tool", site] = build.add(node)
    return [node.id]
