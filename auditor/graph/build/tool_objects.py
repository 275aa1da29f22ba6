"""Tool objects: what the elements of a tool list are, and the ready-made tools of libraries."""

from __future__ import annotations

from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.context import Build
from auditor.graph.build.registrations import function_tool
from auditor.graph.build.things import objects
from auditor.graph.build.tool_at import tool_at
from auditor.graph.build.tracing_served import note_client
from auditor.graph.build.wrapped import unwrapped
from auditor.program.origins.containers import elements
from auditor.program.origins.objects import mro, owner_class
from auditor.program.origins.types import Box, Class, Func, Instance, Item, Key, New, Origin, Partial, Result


def tool_of(build: Build, origin: Origin) -> list[str]:
    """The tool nodes that an element of a tool list is: a function, a class, an object made by a call, a schema."""
    while isinstance(origin, Partial):
        origin = origin.target
    if isinstance(origin, Func):
        found = [(fn, through) for fn, through in unwrapped(build, origin) if build.engine.scope(fn).kind == "function"]
        return [function_tool(build, fn, build.engine.scope(fn).name, "", through=through) for fn, through in found]
    if isinstance(origin, Class):
        return [function_tool(build, origin.cls, build.engine.scope(origin.cls).name, "")]
    if isinstance(origin, Instance):
        known = build.by_function.get(("tool", origin.cls))
        return [known] if known is not None else list(dict.fromkeys(method_tools(build, origin.cls).values()))
    if isinstance(origin, Item):
        return _named_tools(build, origin.base) if isinstance(origin.base, (New, Result)) else []
    if isinstance(origin, (New, Result)) and origin.site[1] >= 0:
        by_names: dict[Key, list[str]] = build.memo.get("tools by names", {})  # type: ignore[assignment]
        known = build.by_site.get(("tool", origin.site))
        return by_names.get(origin.site) or ([known] if known is not None else _named_tools(build, origin) or _object_tool(build, origin))
    return []


def _named_tools(build: Build, origin: New | Result) -> list[str]:
    """Ready-made tools of a library that one call makes by their names."""
    for thing in objects(build, (origin,)):
        each = build.base.form(thing.type, "each")
        given = argument(build, each, origin.site, origin.ctx) if isinstance(each, (int, str, list)) else None
        names = texts(tuple(e for o in given or () if isinstance(o, Box) for e in elements(build.engine, o)))
        if names:
            return [_library_tool(build, origin.site, name, thing.type, f":{name}") for name in dict.fromkeys(names)]
    return []


def method_tools(build: Build, cls: Key) -> dict[Key, str]:
    """The tools that decorated methods of a class are: an object of it brings them all."""
    known: dict[Key, str] = build.memo.get("method tools", {})  # type: ignore[assignment]
    return {fn: tool for owner in mro(build.engine, cls) for fn, tool in known.items() if owner_class(build.engine, fn) == owner}


def _object_tool(build: Build, origin: New | Result) -> list[str]:
    """A ready-made tool object of a library."""
    found = objects(build, (origin,))
    if not any(_is_tool(build, t.type) for t in found):
        return []
    if found[0].origin != origin:
        return tool_of(build, found[0].origin)
    known = _same_tool(build, origin)
    if known is not None:
        return [known]
    name = next(iter(texts(argument(build, ["name", "tool_name"], origin.site, origin.ctx))), "")
    name = name or (origin.name.rsplit(".", 1)[-1] if isinstance(origin, New) else build.symbol(origin.site))
    node = _library_tool(build, origin.site, name, found[0].type)
    build.by_site["tool", origin.site] = node
    return [node]


def _same_tool(build: Build, origin: New | Result) -> str | None:
    """The tool of the same file that is made of the same class, both without arguments: one tool, made at two places."""
    call = build.engine.call(origin.site)
    if call.args or call.keywords or not isinstance(origin, New):
        return None
    plain: dict[tuple[int, str], Key] = build.memo.setdefault("plain tools", {})  # type: ignore[assignment]
    first = plain.setdefault((origin.site[0], origin.name), origin.site)
    known = build.by_site.get(("tool", first))
    if known is not None and first != origin.site:
        build.by_site["tool", origin.site] = known
        build.change(known, also=tuple(sorted({*build.graph.nodes[known].also, build.call_location(origin.site)})))
    return known


def _library_tool(build: Build, site: Key, name: str, type_id: str, extra: str = "") -> str:
    node = tool_at(build, site, name, type_id.partition(":")[0], extra=extra)
    note_client(build, node.id, type_id)
    return build.add(node)


def _is_tool(build: Build, type_id: str) -> bool:
    return any(build.base.types[a].noun == "tool" or a.endswith((":tool", "_tool")) for a in build.base.ancestors(type_id))
