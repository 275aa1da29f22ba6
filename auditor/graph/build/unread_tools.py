"""Model calls that are given tools which are not read, in no agent of which tools were found: these are missing in the graph."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.arguments import argument
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch import RawAgent
from auditor.graph.build.dispatch_schemas import nothing, schemas
from auditor.graph.traces import NotUnderstood
from auditor.graph.types import ModelCall
from auditor.program.origins.types import Key, Origin, Param

WHY = "it is given tools that are not read: what picks and runs them, and the loop of that agent, are not known"
TOOLS = "it is given tools that are not read: what its agent runs is not known"


def unread_tools(build: Build, raw: list[RawAgent]) -> Iterator[NotUnderstood]:
    """Such calls, one row each. What nobody is seen to give (`tools=None` of a wrapper, a parameter that no caller sets) is none."""
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    agents = {turn.site for row in raw for turn, _ in row.turns}
    inside = {turn.site for row in raw if row.tools for turn, _ in row.turns}
    for (kind, site), node in sorted(build.by_site.items()):
        noun = build.graph.nodes.get(node)
        if kind != "model_call" or not isinstance(noun, ModelCall) or noun.call != "llm" or site in inside:
            continue
        rows = matches.get(site, [])
        if any(_given(build, o) for row in rows for o in _tools(build, row, site)) and not schemas(build, site, rows, 0)[0]:
            call = build.engine.call(site)
            yield NotUnderstood(
                noun.framework, build.written(site[0], call.func), build.call_location(site), TOOLS if site in agents else WHY, agent=True
            )


def _tools(build: Build, row: Alternative, site: Key) -> tuple[Origin, ...]:
    form = row.match.form
    return (argument(build, form.tools, site, 0, row.match.partials) or ()) if form.tools is not None else ()


def _given(build: Build, origin: Origin) -> bool:
    return not isinstance(origin, Param) and not nothing(build, origin)
