"""What agents are given and what leads to them: agents and tools among origins, edges."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.agent_classes import nodes_of
from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.context import Build
from auditor.graph.build.parts import inner_origins, parts
from auditor.graph.build.registrations import function_tool
from auditor.graph.build.things import Thing, objects, things
from auditor.graph.build.tool_at import tool_at
from auditor.graph.build.tool_objects import tool_of
from auditor.graph.flow import FlowFunction, Site
from auditor.graph.graph import Edge
from auditor.program.origins.objects import mro
from auditor.program.origins.types import Attr, Func, Instance, Key, Module, New, Origin, Result


def agents_in(build: Build, origin: Origin) -> list[str]:
    """Agent nodes that an origin is or wraps."""
    rows = list(dict.fromkeys(node for thing in objects(build, (origin,)) for node in agents_of(build, thing)))
    if isinstance(origin, (New, Result)) and not rows:
        node = build.by_site.get(("agent", origin.site))
        if node is not None:
            rows.append(node)
    return rows


def agents_of(build: Build, thing: Thing) -> list[str]:
    """Agent nodes that an object is or wraps."""
    rows: list[str] = []
    for part in parts(build, thing):
        site = part.origin.site if isinstance(part.origin, (New, Result)) else None
        node = build.by_site.get(("agent", site)) if site is not None else None
        found = nodes_of(build, part.origin) if isinstance(part.origin, Instance) else [node] if node is not None else []
        rows.extend(n for n in found if n not in rows)
    return rows


def edge(build: Build, source: str, target: str, kind: str, path: str, line: int) -> None:
    made = Edge(source, target, kind, path, line)  # type: ignore[arg-type]
    known: set[Edge] = build.memo.setdefault("edges", set())  # type: ignore[assignment]
    if made not in known:
        known.add(made)
        build.graph.edges.append(made)


def step_to(build: Build, source: str, target: str, hop: str = "dispatch") -> None:
    """A site in the flow from one node to another."""
    node = build.graph.nodes[source]
    for each in (source, target):
        noun = build.graph.nodes[each]
        build.graph.flow.functions.setdefault(each, FlowFunction(each, noun.symbol, noun.at))
    build.graph.flow.sites.append(Site(source, target, node.at, (), hop))  # type: ignore[arg-type]


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
    rows: list[str] = _registered(build, origin)
    for thing in objects(build, (origin,)):
        if thing.origin != origin:
            rows.extend(tools_in(build, thing.origin))
        for part in parts(build, thing)[1:]:
            rows.extend(tool_of(build, part.origin))
        for inner_tools in _inner_tools(build, thing):
            rows.extend(inner_tools)
    return list(dict.fromkeys(rows))


def _registered(build: Build, origin: Origin) -> list[str]:
    """Tools that a set of tools adds to itself (`self.register(self.search)`)."""
    if isinstance(origin, Instance):
        order = mro(build.engine, origin.cls)
        return [tool for owner, tool, *_ in build.attached if isinstance(owner, Instance) and owner.cls in order]
    return [tool for owner, tool, *_ in build.attached if owner == origin] if isinstance(origin, (New, Result)) else []


def _main_function(build: Build, origin: Module) -> list[Key]:
    """The function of a module that has the module's own name."""
    name = build.path(origin.index).rsplit("/", 1)[-1].rsplit(".", 1)[0]
    bindings = build.engine.modules[origin.index].scopes[0].bindings.get(name, [])
    return [(origin.index, b.detail) for b in bindings[-1:] if b.kind == "def"]


def _inner_tools(build: Build, thing: Thing) -> Iterator[list[str]]:
    for origin in inner_origins(build, thing):
        if isinstance(origin, Func):
            yield [function_tool(build, origin.fn, build.engine.scope(origin.fn).name, "")]


def _agent_tool(build: Build, origin: New | Result, inner: list[str]) -> list[str]:
    site = origin.site
    name = next(iter(texts(argument(build, ["tool_name", "name"], site, origin.ctx))), "") or build.graph.nodes[inner[0]].name
    node = tool_at(build, site, name, build.graph.nodes[inner[0]].framework)
    build.by_site["tool", site] = build.add(node)
    return [node.id]
