"""Members of a team that may hand work to the other members by themselves."""

from __future__ import annotations

from auditor.graph.build.agent_parts import edge, step_to
from auditor.graph.build.agents import Made
from auditor.graph.build.arguments import holds
from auditor.graph.build.context import Build


def delegations(build: Build) -> None:
    """Once it is known who is in which team."""
    made: list[Made] = build.memo.get("agent things", [])  # type: ignore[assignment]
    teams = {one.node for one in made if one.form.team}
    free = {one.node for one in made if _may(build, one)}
    members: dict[str, list[str]] = {}
    for e in build.graph.edges:
        if free and e.kind == "hands_off" and e.source in teams:
            members.setdefault(e.source, []).append(e.target)
    for team, found in members.items():
        for node in dict.fromkeys(n for n in found if n in free):
            at = build.graph.nodes[node].at
            for other in _others(build, team, node, list(dict.fromkeys(found))):
                edge(build, node, other, "hands_off", at.path, at.line)
                step_to(build, node, other)


def _others(build: Build, team: str, node: str, found: list[str]) -> list[str]:
    """A team that a base class makes stands for several: then those that are made beside the agent, if there are any."""
    nodes = build.graph.nodes
    others = [n for n in found if n != node]
    if nodes[team].at.path == nodes[node].at.path or "." not in nodes[team].qualname or "." not in nodes[node].qualname:
        return others
    around = nodes[node].at.path, nodes[node].qualname
    return [n for n in others if (nodes[n].at.path, nodes[n].qualname) == around] or others


def _may(build: Build, one: Made) -> bool:
    made = one.constructor(build) if one.form.delegates is not None else None
    return made is not None and one.form.delegates is not None and holds(build, one.form.delegates, *made) is True
