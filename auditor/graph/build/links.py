"""What becomes an agent's after it was made: tools by decorators and calls, handoffs to agents that are given or named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from auditor.core.location import Location
from auditor.graph.build.agent_parts import agents_in, edge, step_to, tools_in
from auditor.graph.build.agents import Made
from auditor.graph.build.arguments import argument, refs, texts
from auditor.graph.build.collected import opened
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match, called_names, matches
from auditor.graph.types import Agent
from auditor.knowledge.agents import AgentForm, LinkForm
from auditor.knowledge.forms import Ref
from auditor.program.origins.containers import elements, lookup, values
from auditor.program.origins.types import Attr, Box, Key, New, Origin


def links(build: Build) -> None:
    """Once all agents are known."""
    for receiver, tool, at, executes in build.attached:
        for agent in agents_in(build, receiver):
            _has_tool(build, agent, tool, at, executes=executes)
    names = called_names(build, build.base.links) if build.base.links.functions or build.base.links.methods else set()
    for number, call in build.calls():
        if call.last in names:
            for match in matches(build, build.base.links, (number, call.index)):
                _link(build, match, (number, call.index))
    _named_handoffs(build)


def _has_tool(build: Build, agent: str, tool: str, at: Location, *, executes: bool) -> None:
    """A run of the agent leads to the tool; it is the agent's unless that only executes what others call."""
    if not executes:
        edge(build, agent, tool, "has_tool", at.path, at.line)
    step_to(build, agent, tool)
    build.one_turn.pop(agent, None)


def _link(build: Build, match: Match[LinkForm], site: Key) -> None:
    form, at = match.form, build.call_location(site)
    if form.each is not None:
        _link_each(build, match, site)
        return
    handed_on: dict[Key, list[tuple[int, str]]] = build.memo.get("registered tools", {})  # type: ignore[assignment]
    for ctx, tool in handed_on.get(site, ()) if form.tools is not None else ():
        for agent in dict.fromkeys(a for o in _given(build, match, form.source, site, ctx) for a in agents_in(build, o)):
            _has_tool(build, agent, tool, at, executes=form.executes)
    if site in handed_on:
        return
    agents = list(dict.fromkeys(a for o in _given(build, match, form.source, site) for a in agents_in(build, o)))
    made = build.by_site.get(("tool", site))
    given = _given(build, match, form.tools, site) if agents else ()
    for tool in [made] if made is not None else [t for origin in given for t in tools_in(build, origin)]:
        for agent in agents:
            _has_tool(build, agent, tool, at, executes=form.executes)
    for origin in _given(build, match, form.targets, site) if agents else ():
        for other in _agents_of(build, origin):
            for agent in agents:
                _hands_off(build, agent, other, at)


def _link_each(build: Build, match: Match[LinkForm], site: Key) -> None:
    """`chats([{"from": a, "to": b}, ...])`: of each mapping the two agents that are in it."""
    for ref in refs(match.form.each) if match.form.each is not None else ():
        for element in [e for o in argument(build, ref, site, 0, match.partials) or () for e in opened(build, o)]:
            if isinstance(element, Box) and isinstance(match.form.source, str) and isinstance(match.form.targets, str):
                sources, targets = (
                    [a for o in lookup(build.engine, element, key)[0] for a in agents_in(build, o)]
                    for key in (match.form.source, match.form.targets)
                )
                for agent in sources:
                    for other in targets:
                        _hands_off(build, agent, other, build.call_location(site))


def _given(build: Build, match: Match[LinkForm], ref: Ref | None, site: Key, ctx: int = 0) -> Iterator[Origin]:
    """The receiver, or elements of lists, keys and values of mappings, single objects."""
    if ref == "receiver":
        yield from (match.thing.origin,) if match.thing is not None else ()
        return
    for one in refs(ref) if ref is not None else ():
        for origin in argument(build, one, site, ctx, match.partials) or ():
            if isinstance(origin, Box) and origin.kind == "dict":
                yield from values(build.engine, origin)
            yield from opened(build, origin)


def _agents_of(build: Build, origin: Origin) -> list[str]:
    """The agents that an origin is, wraps, or is the name of (`agent.name`)."""
    if isinstance(origin, Attr) and origin.name == "name":
        return agents_in(build, origin.base)
    return agents_in(build, origin)


def _hands_off(build: Build, agent: str, other: str, at: Location) -> None:
    if agent != other:
        edge(build, agent, other, "hands_off", at.path, at.line)
        step_to(build, agent, other)


def _named_handoffs(build: Build) -> None:
    """Handoffs to agents that are named: to those of that name in the same team, without a team to the only one in the file."""
    made: list[Made] = build.memo.get("agent things", [])  # type: ignore[assignment]
    wanted = {one.node: _names(build, one) for one in made}
    if not any(wanted.values()):
        return
    teams: dict[str, set[str]] = defaultdict(set)
    members: dict[str, set[str]] = defaultdict(set)
    for e in build.graph.edges:
        if e.kind == "hands_off":
            members[e.source].add(e.target)
            teams[e.target].add(e.source)
    for node, found in wanted.items():
        peers = sorted({m for team in teams[node] for m in members[team]} - {node})
        for name, at in found:
            named = [p for p in peers if build.graph.nodes[p].name == name] or _alone(build, name, at)
            for other in named:
                _hands_off(build, node, other, at)


def _alone(build: Build, name: str, at: Location) -> list[str]:
    rows = [n.id for n in build.graph.nodes.values() if isinstance(n, Agent) and n.name == name and n.at.path == at.path]
    return rows if len(rows) == 1 else []


def _names(build: Build, one: Made) -> list[tuple[str, Location]]:
    """Names of agents in the list of handoffs, and in the objects in it."""
    made = one.constructor(build)
    if one.form.handoffs is None or made is None:
        return []
    given = [o for ref in refs(one.form.handoffs) for o in argument(build, ref, *made) or ()]
    at = build.graph.nodes[one.node].at
    return list(dict.fromkeys((name, at) for origin in given for name in _texts(build, origin, one.form)))


def _texts(build: Build, origin: Origin, form: AgentForm) -> list[str]:
    if isinstance(origin, Box):
        return [name for each in elements(build.engine, origin) for name in _texts(build, each, form)]
    if isinstance(origin, New) and form.handoff_target is not None:
        return texts(argument(build, form.handoff_target, origin.site, origin.ctx, origin.partials))
    return texts((origin,))
