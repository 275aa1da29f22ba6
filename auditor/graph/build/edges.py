"""Edges that follow from the flow and from settings: `calls` between nearest enclosing nouns, `uses_client`."""

from __future__ import annotations

from auditor.core.values import alternatives
from auditor.graph.build.context import Build
from auditor.graph.build.wiring import edge
from auditor.graph.types import ExternalCall, ModelCall

HOLDERS = ("tool", "step", "agent", "entry_point")


def call_edges(build: Build) -> None:
    """`uses_client` from calls to clients; `calls` from the tool, step, agent or entry point whose function makes a call."""
    for node in list(build.graph.nodes.values()):
        if isinstance(node, (ModelCall, ExternalCall)):
            for setting in alternatives(node.client):
                if isinstance(setting.value, str) and setting.value in build.graph.nodes:
                    edge(build, node.id, setting.value, "uses_client", node.at.path, node.at.line)
    holders = _holders(build)
    for site in build.graph.flow.sites:
        target = build.graph.nodes.get(site.target)
        if isinstance(target, (ModelCall, ExternalCall)):
            for holder in holders.get(site.caller, ()):
                edge(build, holder, site.target, "calls", site.at.path, site.at.line)


def _holders(build: Build) -> dict[str, list[str]]:
    """function id -> the nouns made of it."""
    rows: dict[str, list[str]] = {}
    for site in build.graph.flow.sites:
        node = build.graph.nodes.get(site.caller)
        if node is not None and node.kind in HOLDERS and site.target.startswith("fn:"):
            rows.setdefault(site.target, []).append(node.id)
    for entry, functions in build.graph.flow.entries.items():
        for function in functions:
            rows.setdefault(function, []).append(entry)
    return {k: list(dict.fromkeys(v)) for k, v in rows.items()}
