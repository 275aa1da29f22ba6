"""Tools that an agent is given as schemas, written out as mappings."""

from __future__ import annotations

from auditor.graph.build.agent_parts import edge, step_to
from auditor.graph.build.agents import Made
from auditor.graph.build.calls import Alternative
from auditor.graph.build.collected import collected
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_schemas import Reader, schemas
from auditor.graph.build.dispatch_tools import schema_tool
from auditor.program.origins.types import Box, Key


def schema_tools(build: Build) -> None:
    """Once all agents are known."""
    made: list[Made] = build.memo.get("agent things", [])  # type: ignore[assignment]
    for one in made:
        if not one.form.tool_name_at:
            continue
        at = build.graph.nodes[one.node].at
        reader = Reader(build, tuple(one.form.tool_name_at))
        for origin, _, _ in collected(build, one.thing, one.form.tools, one.constructor(build), []):
            for schema in reader.of_origin(origin) if isinstance(origin, Box) else ():
                tool = schema_tool(build, schema, list(schema.functions))
                edge(build, one.node, tool, "has_tool", at.path, at.line)
                step_to(build, one.node, tool)


def offered_tools(build: Build) -> None:
    """Marks the requests whose model may choose a tool."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    for site, found in rows.items():
        node = build.by_site.get(("model_call", site))
        if node is not None and schemas(build, site, found, 0)[1]:
            build.change(node, offers_tools=True)
