"""Tools that a call makes."""

from __future__ import annotations

from auditor.core.values import Setting
from auditor.graph.build.context import Build
from auditor.graph.types import NONE, Tool
from auditor.program.origins.types import Key


def tool_at(build: Build, site: Key, name: str, framework: str, *, extra: str = "", description: Setting = NONE) -> Tool:
    """The node of a tool that stands at a call; `extra` tells several at one place apart."""
    at, call = build.call_location(site), build.engine.call(site)
    return Tool(
        id=build.node_id("tool", at, extra),
        name=name,
        symbol=build.symbol(site),
        at=at,
        role=build.role(site[0]),
        qualname=build.qualname(site[0], call.order),
        callee=build.callee(site),
        framework=framework,
        description=description,
    )
