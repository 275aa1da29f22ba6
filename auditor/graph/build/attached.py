"""Tools that are given to an agent by a decorator or a call on it: `@agent.tool`."""

from __future__ import annotations

from auditor.graph.build.agent_parts import agents_in, edge, step_to
from auditor.graph.build.context import Build


def attached_tools(build: Build) -> None:
    """Once all agents are known."""
    for receiver, tool, at in build.attached:
        for agent in agents_in(build, receiver):
            edge(build, agent, tool, "has_tool", at.path, at.line)
            step_to(build, agent, tool)
            build.one_turn.discard(agent)
