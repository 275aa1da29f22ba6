"""Hand-written agents: loops around a model call that dispatch what the model asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.graph.build.agent_parts import edge, step_to
from auditor.graph.build.calls import Alternative
from auditor.graph.build.class_steps import class_steps
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_context import context
from auditor.graph.build.dispatch_loops import Turn, grows, turns
from auditor.graph.build.dispatch_named import by_name
from auditor.graph.build.dispatch_schemas import schemas
from auditor.graph.build.dispatch_steering import steered
from auditor.graph.build.dispatch_targets import Targets, forward
from auditor.graph.build.dispatch_tools import (
    FRAMEWORK,
    LEAST_BRANCHES,
    chained_tools,
    declared_tools,
    named_tools,
    picked_steps,
    picked_tools,
)
from auditor.graph.flow import FlowFunction, Site
from auditor.graph.types import NONE, Agent, Loop, ModelCall, Retry
from auditor.program.origins.callers import subclasses
from auditor.program.origins.constructed import constructed
from auditor.program.origins.types import Box, Key


@dataclass(slots=True)
class RawAgent:
    """The loops of one agent, and the node that it became."""

    turns: list[tuple[Turn, Targets]] = field(default_factory=list)
    tools: dict[str, Location] = field(default_factory=dict)
    """tool node, or agent that it hands over to -> the model call that gets it, or picks it"""
    steps: list[Key] = field(default_factory=list)
    """functions of which each turn picks one, where none is a tool"""
    node: str = ""


def raw_agents(build: Build) -> list[RawAgent]:
    """An agent for each class or function with such a loop; its tools with the functions that they run."""
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    kept: dict[Key, RawAgent] = {}
    left, outer = turns(build), False
    while left:
        inner = [t for t, around in _nested(left, left) if not around]
        taken = _keep_all(build, kept, inner, outer)
        done = {id(t) for t in inner}
        left, outer = [t for t, around in _nested(left, taken) if not around and id(t) not in done], True
    for turn in _single(build, {each.site for row in kept.values() for each, _ in row.turns}):
        given, any_given = schemas(build, turn.site, matches.get(turn.site, []), context(build, turn))
        targets = Targets(build, forward(build, list(turn.way)))
        if any_given and any(isinstance(s.origin, Box) and targets.of(s) for s in given):
            _keep(build, kept, turn, targets, declared_tools(build, turn, given, targets))
    for holder, row in sorted(kept.items()):
        row.node = _agent(build, holder, row.turns[0][0])
        if row.steps and not row.tools:
            class_steps(build, row.node, row.steps)
    return [row for _, row in sorted(kept.items())]


def _nested(rows: list[Turn], others: list[Turn]) -> Iterator[tuple[Turn, bool]]:
    """Each loop, and whether one of the others, not only a retry, stands inside it on the same way to the same call."""
    by_site: dict[Key, list[Turn]] = defaultdict(list)
    for other in others:
        if not other.retry:
            by_site[other.site].append(other)
    for turn in rows:
        inside = (o for o in by_site[turn.site] if turn.steps[-len(o.steps) :] == o.steps and _depth(o) > _depth(turn))
        yield turn, any(inside)


def _depth(turn: Turn) -> tuple[int, bool, int]:
    """How far inside a loop stands: by functions, in one of them the loops before the recursion."""
    return -len(turn.steps), turn.block >= 0, len(turn.regions)


def _keep_all(build: Build, kept: dict[Key, RawAgent], inner: list[Turn], outer: bool) -> list[Turn]:
    """Adds the agents among loops none of which stands around another one; gives the loops that are one. `outer`: there are loops inside
    that are none, so that only tools make these one."""
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    untold: list[tuple[Turn, Targets]] = []
    taken: list[Turn] = []
    for turn in inner:
        given, any_given = schemas(build, turn.site, matches.get(turn.site, []), context(build, turn))
        targets = Targets(build, forward(build, list(turn.way)))
        if not any_given:
            untold.append((turn, targets))
        elif targets.picks(turn.steps) or any(targets.of(s) for s in given) or (not turn.retry and grows(build, turn)):
            tools = declared_tools(build, turn, given, targets) or picked_tools(build, turn, targets)
            tools = tools or named_tools(build, targets, by_name(build, turn))
            if tools or not outer:
                _keep(build, kept, turn, targets, tools)
                taken.append(turn)
    rows = [(turn, targets) for turn, targets in untold if _holder(build, turn.fn) not in kept]
    for turn, targets in rows:
        steps = picked_steps(build, turn, targets)
        if len(steps) >= LEAST_BRANCHES:
            _keep(build, kept, turn, targets, [], steps)
            taken.append(turn)
    done = {id(turn) for turn in taken}
    rows = [row for row in rows if id(row[0]) not in done]
    for turn, targets, chained in [(*row, [] if _talks(build, row[0]) else chained_tools(build, *row)) for row in rows]:
        told = _in_words(build, turn, targets, chained)
        if told or (told is not None and not outer):
            _keep(build, kept, turn, targets, told)
            taken.append(turn)
    return taken


def _in_words(build: Build, turn: Turn, targets: Targets, chained: list[str]) -> list[str] | None:
    """The tools of a loop whose model is told of them in words only. None: it is no agent. `chained`: what the answer picks in the loop."""
    if chained:
        return chained
    if _talks(build, turn):
        # What the answer to one message picks, of which no later turn hears, is a choice, and no agent.
        named = named_tools(build, targets, by_name(build, turn)) if steered(build, turn) or grows(build, turn) else []
        return named if len(named) >= LEAST_BRANCHES else None
    # The rounds of a tool that another loop picks are no agent.
    picked: set[Key] = build.memo.setdefault("picked classes", set())  # type: ignore[assignment]
    if _holder(build, turn.fn) in picked or not (steered(build, turn) or grows(build, turn)):
        return None
    found = by_name(build, turn)
    return named_tools(build, targets, found) if found or steered(build, turn) else None


def _keep(build: Build, kept: dict[Key, RawAgent], turn: Turn, targets: Targets, tools: list[str], steps: Collection[Key] = ()) -> None:
    row = kept.setdefault(_holder(build, turn.way[-1] if _talks(build, turn) and turn.way else turn.fn), RawAgent())
    row.turns.append((turn, targets))
    for tool in tools:
        row.tools.setdefault(tool, build.graph.nodes[turn.call].at)
    row.steps.extend(fn for fn in steps if fn not in row.steps)


def _talks(build: Build, turn: Turn) -> bool:
    """A loop that waits for a person is a conversation: the agent is the function that asks the model; what it picks is a command."""
    loop = build.graph.nodes.get(turn.noun)
    return isinstance(loop, Loop) and loop.gated


def _single(build: Build, done: set[Key]) -> Iterator[Turn]:
    """Requests in no loop, in functions that no framework runs: each may be one turn of an agent."""
    stepped = {s.target for s in build.ways() if s.caller in build.graph.nodes}
    for (kind, site), node in sorted(build.by_site.items()):
        noun = build.graph.nodes.get(node)
        if kind == "model_call" and isinstance(noun, ModelCall) and noun.call == "llm" and site not in done:
            fn = build.function_of(site[0], build.engine.call(site).order)
            if fn[1] == 0 or build.function_id(fn) in stepped:
                continue
            yield Turn(fn, -1, "", (), node, site, (fn,), (site,))


def _holder(build: Build, fn: Key) -> Key:
    """The class whose method holds the loop, else the function, else the module."""
    module = build.engine.modules[fn[0]]
    scope = fn[1]
    while scope > 0:
        parent = module.scopes[scope].parent
        if module.scopes[parent].kind == "class":
            return _concrete(build, (fn[0], parent))
        scope = parent
    return fn


def _concrete(build: Build, cls: Key) -> Key:
    """The one class of which objects are made, where the loop stands in a base of it that is only there to be derived from."""
    if constructed(build.engine, cls):
        return cls
    made = [sub for sub in subclasses(build.engine, cls) if constructed(build.engine, sub)]
    return made[0] if len(made) == 1 else cls


def _agent(build: Build, holder: Key, turn: Turn) -> str:
    known = build.by_function.get(("agent", holder))
    if known is not None:
        return known
    scope = build.engine.scope(holder)
    loop = build.graph.nodes.get(turn.noun) or build.graph.nodes[turn.call]
    top = scope.kind == "module"
    at = loop.at if top else build.scope_location(holder)
    node = Agent(
        id=build.node_id("agent", at),
        name=build.path(holder[0]).rsplit("/", 1)[-1].rsplit(".", 1)[0] if top else scope.name,
        symbol=scope.qualname,
        at=at,
        role=build.role(holder[0]),
        qualname=scope.qualname,
        callee=loop.callee if top else "class" if scope.kind == "class" else "def",
        framework=FRAMEWORK,
        max_turns=loop.times if isinstance(loop, Loop) else loop.attempts if isinstance(loop, Retry) else NONE,
    )
    build.by_function["agent", holder] = build.add(node)
    build.graph.flow.functions.setdefault(node.id, FlowFunction(node.id, node.symbol, at))
    return node.id


def connect_raw_agents(build: Build, rows: list[RawAgent]) -> None:
    """The loop leads to its agent, and that to its tools, once: a call in the loop that runs such a tool leads there no other way."""
    own = {(build.function_id(fn), tool) for row in rows for tool in row.tools for _, targets in row.turns for fn in targets.functions}
    stepped = [(turn, fn) for row in rows if not row.tools for turn, _ in row.turns for fn in row.steps]
    own |= {(build.function_id(turn.fn), build.function_id(fn)) for turn, fn in stepped}
    build.graph.flow.sites = [s for s in build.graph.flow.sites if (s.caller, s.target) not in own]
    for row in rows:
        _connect(build, row)


def _connect(build: Build, row: RawAgent) -> None:
    """The function with the loop leads to the agent, in the loop; the agent leads to its tools."""
    seen: set[tuple[Key, int]] = set()
    for turn, _ in row.turns:
        if (turn.fn, turn.block) not in seen:
            seen.add((turn.fn, turn.block))
            at = build.graph.nodes[turn.noun or turn.call].at
            build.graph.flow.sites.append(Site(build.function_id(turn.fn), row.node, at, turn.regions, "dispatch"))
    for tool, at in row.tools.items():
        edge(build, row.node, tool, "hands_off" if isinstance(build.graph.nodes[tool], Agent) else "has_tool", at.path, at.line)
        step_to(build, row.node, tool)
