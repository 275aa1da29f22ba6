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
    for found in members.values():
        for node in dict.fromkeys(n for n in found if n in free):
            at = build.graph.nodes[node].at
            for other in dict.fromkeys(n for n in found if n != node):
                edge(build, node, other, "hands_off", at.path, at.line)
                step_to(build, node, other)


def _may(build: Build, one: Made) -> bool:
    made = one.constructor(build) if one.form.delegates is not None else None
    return made is not None and one.form.delegates is not None and holds(build, one.form.delegates, *made) is True
