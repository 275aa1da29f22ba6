"""Which agents an origin is, and how nodes are connected: an edge for reports, a site in the flow."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.parts import parts
from auditor.graph.build.things import objects
from auditor.graph.flow import FlowFunction, Site
from auditor.graph.types import Edge
from auditor.program.origins.types import Instance, New, Origin, Result


def agents_in(build: Build, origin: Origin) -> list[str]:
    """Agent nodes that an origin is or wraps."""
    rows: list[str] = []
    for thing in objects(build, (origin,)):
        for part in parts(build, thing):
            site = part.origin.site if isinstance(part.origin, (New, Result, Instance)) else None
            node = build.by_site.get(("agent", site)) if site is not None else None
            if node is not None and node not in rows:
                rows.append(node)
    if isinstance(origin, (New, Result)) and not rows:
        node = build.by_site.get(("agent", origin.site))
        if node is not None:
            rows.append(node)
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
