"""Runs of ready-made agents that a server makes: nowhere in the code is the call, and each request in them is one of the program's."""

from __future__ import annotations

from auditor.graph.build.agent_parts import edge
from auditor.graph.build.context import Build
from auditor.graph.build.handed import add_made_up, made_up
from auditor.graph.flow import FlowFunction, Site
from auditor.graph.types import NONE, Agent, ModelCall, Tool

SERVED = "served runs"
"""key of the memo: the nodes of these runs"""
HANDED_ON = "the server hands the answer on to who asks it"


def served_run(build: Build, agent: str) -> str:
    """The run of an agent by a server, at the agent; the agent itself where its requests are calls of the program, or are not known."""
    site = next((site for (kind, site), node in build.by_site.items() if kind == "agent" and node == agent), None)
    if site is None or not _is_ready_made(build, agent):
        return agent
    noun = build.graph.nodes[agent]
    node = ModelCall(
        id=build.node_id("model_call", noun.at),
        name=noun.name,
        symbol=noun.symbol,
        at=noun.at,
        role=noun.role,
        qualname=noun.qualname,
        callee=noun.callee,
        framework=noun.framework,
        call="agent_run",
    )
    if node.id in build.graph.nodes:
        return node.id
    call = build.engine.call(site)
    build.by_site["model_call", add_made_up(build, site[0], made_up(call, call.func))] = build.add(node)
    build.graph.flow.functions.setdefault(node.id, FlowFunction(node.id, node.symbol, node.at))
    build.graph.flow.sites.append(Site(node.id, agent, node.at, (), "call"))
    edge(build, node.id, agent, "runs", node.at.path, node.at.line)
    runs: set[str] = build.memo.setdefault(SERVED, set())  # type: ignore[assignment]
    runs.add(node.id)
    return node.id


def _is_ready_made(build: Build, agent: str) -> bool:
    """Whether an agent, or one of its steps, makes requests that are no calls of the program, and none of its steps makes another one."""
    onward: dict[str, list[str]] = {}
    for site in build.graph.flow.sites:
        onward.setdefault(site.caller, []).append(site.target)
    seen, todo = {agent}, [agent]
    asks = False
    while todo:
        current = todo.pop()
        noun = build.graph.nodes.get(current)
        if isinstance(noun, ModelCall):
            return False
        asks = asks or (isinstance(noun, Agent) and noun.deadline != NONE)
        new = [t for t in onward.get(current, ()) if t not in seen and not isinstance(build.graph.nodes.get(t), Tool)]
        seen.update(new)
        todo.extend(new)
    return asks
