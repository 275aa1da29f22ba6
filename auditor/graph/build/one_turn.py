"""Agents of which a run asks the model once: nothing is given to them that makes them ask again, and that is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from auditor.facts.types import Expr
from auditor.graph.build.agent_classes import fills_attribute
from auditor.graph.build.agent_parts import agents_in
from auditor.graph.build.arguments import Partials, argument, refs
from auditor.graph.build.builders import Workflow, cycles
from auditor.graph.build.collected import collected
from auditor.graph.build.context import Build
from auditor.graph.build.parts import own_steps
from auditor.graph.build.things import Thing
from auditor.graph.types import ModelCall
from auditor.knowledge.agents import AgentForm
from auditor.program.origins.containers import elements
from auditor.program.origins.heard import said_of
from auditor.program.origins.outside import outside_stores
from auditor.program.origins.types import Box, Const, Instance, Key, New, Origin, Place, Unresolved

Made = tuple[Key, int, Partials]


def note_turns(build: Build, thing: Thing, form: AgentForm, node: str, made: Made | None) -> None:
    """Keeps what is known of an agent's turns from its form and its constructor."""
    if made is None or not isinstance(thing.origin, (New, Instance)):
        return
    names = (*form.loops_with, *form.tool_attributes)
    if form.loops_with and not own_steps(build, thing) and not any(_may_be_given(build, thing, name, made) for name in names):
        build.one_turn[node] = [name for name in form.loops_with if not name.isdigit()]
    members = _all_members(build, thing, form, made) if form.each_once else None
    if members:
        build.members_once[node] = members


def _may_be_given(build: Build, thing: Thing, name: str, made: Made) -> bool:
    """Whether anything may be given for an argument, when the object is made or later."""
    found = argument(build, name, *made)
    if found is not None and not (found and all(_is_nothing(build, o) for o in found)):
        return True
    if name.isdigit():
        return False
    if isinstance(thing.origin, Instance) and fills_attribute(build, thing.origin.cls, name):
        return True
    owners = ((owner, at) for owner, at in _owners(build).get(name, ()) if said_of(build.engine, at.module, thing.origin))
    changed = any(thing.origin in build.engine.origins(owner, at) for owner, at in owners)
    return changed or bool(outside_stores(build.engine, thing.origin, name) or collected(build, thing, None, None, [name]))


def _owners(build: Build) -> dict[str, list[tuple[Expr, Place]]]:
    """Attribute -> the objects of which a method of the attribute is called (`x` of `x.tools.append(y)`)."""
    known: dict[str, list[tuple[Expr, Place]]] = build.memo.setdefault("owners of attributes", {})  # type: ignore[assignment]
    if not known:
        known.update({name: [] for form in build.base.types.values() if form.agent is not None for name in form.agent.loops_with})
        for number, call in build.calls():
            if call.func[0] == "attr" and call.func[1][0] == "attr" and call.func[1][2] in known:
                known[call.func[1][2]].append((call.func[1][1], Place(number, call.order)))
    return known


def _is_nothing(build: Build, origin: Origin) -> bool:
    if isinstance(origin, Const):
        return not origin.value
    return isinstance(origin, Box) and not elements(build.engine, origin)


def _all_members(build: Build, thing: Thing, form: AgentForm, made: Made) -> list[str] | None:
    """The agents that a team runs; None: not all of them are known."""
    rows: list[str] = []
    names = [r for r in refs(form.sub_agents) if isinstance(r, str)] if form.sub_agents is not None else []
    for name in names:
        found = argument(build, name, *made)
        given = [e for o in found or () for e in (elements(build.engine, o) if isinstance(o, Box) else [o])]
        agents = [agents_in(build, e) for e in given]
        if not all(agents) or any(isinstance(e, Unresolved) for e in given) or outside_stores(build.engine, thing.origin, name):
            return None
        rows.extend(a for found_agents in agents for a in found_agents)
    return rows or None


def straight_runs(build: Build) -> None:
    """A workflow graph without a cycle does not loop, nor does an agent without tools: the framework's limit bounds nothing there."""
    workflows: list[Workflow] = build.memo.get("workflows", [])  # type: ignore[assignment]
    runs: dict[str, set[str]] = defaultdict(set)
    led: set[str] = set()
    for e in build.graph.edges:
        if e.kind == "runs":
            runs[e.source].add(e.target)
        elif e.kind in ("has_tool", "hands_off"):
            led.add(e.source)
    straight = {a for a in build.one_turn if a not in led} | {a for w in workflows if w.edges and not cycles(w) for a in w.agents}
    _add_members(build, straight)
    nested = {s for s, targets in runs.items() if targets}
    called = {node: site for (kind, site), node in build.by_site.items() if kind == "model_call"}
    for node, targets in runs.items():
        noun = build.graph.nodes.get(node)
        inner = nested & {s for w in workflows for a in w.agents if a in targets for s in w.steps.values()}
        turns = isinstance(noun, ModelCall) and noun.loop_kind == "framework"
        if turns and targets <= straight and not inner and not _is_given(build, called.get(node), targets):
            build.change(node, loop_kind="straight")


def _add_members(build: Build, straight: set[str]) -> None:
    """What runs agents of one turn once each does not loop either."""
    left = {node: set(members) - straight for node, members in build.members_once.items()}
    teams: dict[str, list[str]] = defaultdict(list)
    for node, members in left.items():
        for member in members:
            teams[member].append(node)
    todo = [node for node, members in left.items() if not members]
    while todo:
        node = todo.pop()
        straight.add(node)
        for team in teams[node]:
            left[team].discard(node)
            if not left[team]:
                todo.append(team)


def _is_given(build: Build, site: Key | None, agents: Iterable[str]) -> bool:
    """Whether a run is given what makes its agents ask again."""
    names = sorted({name for agent in agents for name in build.one_turn.get(agent, ())})
    return site is not None and any(argument(build, name, site, 0) is not None for name in names)
