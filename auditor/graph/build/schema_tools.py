"""Tools that an agent is given as schemas, written out as mappings."""

from __future__ import annotations

from auditor.graph.build.agents import edge, form_of, step_to
from auditor.graph.build.collected import collected
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch import schema_tool
from auditor.graph.build.dispatch_schemas import Reader
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing
from auditor.program.origins.types import Box, Key


def schema_tools(build: Build) -> None:
    """Once all agents are known."""
    made: list[tuple[Thing, Key]] = build.memo.get("agent things", [])  # type: ignore[assignment]
    for thing, site in made:
        form = form_of(build, thing.type)
        if form is None or not form.tool_name_at:
            continue
        node = build.by_site["agent", site]
        at = build.call_location(site)
        reader = Reader(build, tuple(form.tool_name_at))
        for origin, _, _ in collected(build, thing, form.tools, constructor(build, thing.origin) or (site, 0, ()), []):
            for schema in reader.of_origin(origin) if isinstance(origin, Box) else ():
                tool = schema_tool(build, schema, list(schema.functions))
                edge(build, node, tool, "has_tool", at.path, at.line)
                step_to(build, node, tool)
