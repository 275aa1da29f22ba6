"""Calls that run tools (`tools[name].invoke(arguments)`): what is around them leads to the tools."""

from __future__ import annotations

from auditor.graph.build.agent_parts import tools_in
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.flow import add_site
from auditor.graph.build.given_functions import native_runs
from auditor.graph.build.owners import owners
from auditor.graph.build.runs import run_origins
from auditor.graph.flow import FlowFunction
from auditor.program.origins.types import Key


def tool_runs(build: Build) -> list[Key]:
    """Adds a site for each tool that such a call can run; returns the functions around the calls."""
    rows: dict[Key, list[Alternative]] = build.memo.get("tool runs", {})  # type: ignore[assignment]
    around: list[Key] = []
    for site, found in sorted(rows.items()):
        call = build.engine.call(site)
        tools = dict.fromkeys(
            t for a in found if a.match.form.noun == "none" for o in run_origins(build, a, site) for t in tools_in(build, o)
        )
        callers = owners(build, site) or [build.function_of(site[0], call.order)]
        for tool in tools:
            noun = build.graph.nodes[tool]
            build.graph.flow.functions.setdefault(tool, FlowFunction(tool, noun.symbol, noun.at))
            for caller in callers:
                add_site(build, caller, tool, site[0], call)
        around.extend(callers if tools else ())
    for site, functions in sorted(native_runs(build).items()):
        call = build.engine.call(site)
        callers = owners(build, site) or [build.function_of(site[0], call.order)]
        for tool in [node for fn in functions if (node := build.by_function.get(("tool", fn))) is not None]:
            noun = build.graph.nodes[tool]
            build.graph.flow.functions.setdefault(tool, FlowFunction(tool, noun.symbol, noun.at))
            for caller in callers:
                add_site(build, caller, tool, site[0], call)
        around.extend(callers)
    return around
