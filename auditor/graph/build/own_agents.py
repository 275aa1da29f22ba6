"""Agents of a class that the program brings itself: objects that carry the tools, and more, of a request that a loop makes for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.graph.build.agent_parts import edge, step_to
from auditor.graph.build.arguments import texts
from auditor.graph.build.calls import Alternative
from auditor.graph.build.collected import opened
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch import RawAgent
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.dispatch_schemas import Reader
from auditor.graph.build.dispatch_targets import Targets
from auditor.graph.build.dispatch_tools import FRAMEWORK, tool_nodes
from auditor.graph.build.own_sources import NOWHERE, Field, Sources, holders, tool_arguments
from auditor.graph.flow import FlowFunction
from auditor.graph.types import NONE, Agent
from auditor.program.origins.callers import subclasses
from auditor.program.origins.calls import returns
from auditor.program.origins.constructed import constructed
from auditor.program.origins.heard import said_of
from auditor.program.origins.mutated import ADDERS
from auditor.program.origins.objects import attribute, mro
from auditor.program.origins.types import Box, Func, Instance, Key, Origin, Partial, Place

MOST_AGENTS = 64


@dataclass(slots=True)
class _Carrier:
    """A class whose objects carry the tools of a request in an attribute. `own`: its methods make the request.

    `inner`: attributes of other objects that the tools are read from (of a collection that the attribute holds).
    """

    cls: Key
    attr: str
    own: bool
    inner: list[tuple[Key, str]]
    raw: RawAgent
    turn: Turn
    targets: Targets
    name_at: tuple[str, ...]


@dataclass(slots=True)
class _Made:
    node: str
    owner: Instance
    carrier: _Carrier


def own_agents(build: Build, raw: list[RawAgent]) -> None:
    """A node for each object (or class, where the class fills the attribute itself) that carries its tools to a hand-written loop."""
    made: dict[str, _Made] = {}
    for row in raw:
        found = {(c.cls, c.attr): c for turn, targets in reversed(row.turns) for c in _carriers(build, row, turn, targets)}
        classes = {cls for cls, _ in found}
        for carrier in found.values():
            if _holds_tools(build, carrier, classes):
                for one in _agents(build, carrier):
                    made.setdefault(one.node, one)
    for one in made.values():
        _connect(build, one)
    for one in made.values():
        _hand_offs(build, one)


def _carriers(build: Build, raw: RawAgent, turn: Turn, targets: Targets) -> Iterator[_Carrier]:
    """Classes of which an object gives a request both its tools and something else, or makes the request itself."""
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    own = holders(build, turn)
    for alternative in matches.get(turn.site, [])[:1]:
        tools, others = _read(build, turn, alternative)
        for cls, attr in tools:
            mine = any(_related(build, cls, o) for o in own)
            if mine or any(_related(build, cls, o) for o in others):
                inner = [f for f in tools if f[0] != cls]
                yield _Carrier(cls, attr, mine, inner, raw, turn, targets, tuple(alternative.match.form.tool_name_at))


def _read(build: Build, turn: Turn, alternative: Alternative) -> tuple[list[Field], set[Key]]:
    """Attributes that the tools of a request are read from, and classes that give it something else."""
    form, call = alternative.match.form, build.engine.call(turn.site)
    fn, level = turn.way[-1], len(turn.way) - 1
    tools, direct, rest = (Sources(build, turn, through=through) for through in (True, False, False))
    given = tool_arguments(build, turn.site, form.tools) if form.tools is not None else []
    for expr in given:
        tools.read((fn, expr, call.order), level)
        direct.read((fn, expr, call.order), level)
    for thing in (alternative.match.thing, alternative.client):
        for site, *_ in thing.tools if thing is not None else ():
            bound = build.engine.call(site)
            for expr in bound.args[:1]:
                tools.read((build.function_of(site[0], bound.order), expr, bound.order), NOWHERE)
    for expr in (*call.args, *(v for _, v, _ in call.keywords)):
        if not any(expr is g for g in given):
            rest.read((fn, expr, call.order), level)
    return list(tools.found), {cls for cls, attr in rest.found if (cls, attr) not in direct.found}


def _holds_tools(build: Build, carrier: _Carrier, classes: set[Key]) -> bool:
    """Whether the attribute is a collection, and one of something else than agents (`response.agents`)."""
    found = list(attribute(build.engine, Instance(carrier.cls, None, 0), carrier.attr))
    inside = [e for o in found for e in _opened(build, carrier, o)]
    agents = any(isinstance(o, Instance) and any(_related(build, o.cls, c) for c in classes) for o in (*found, *inside))
    return not agents and any(isinstance(o, Box) or _collection(build, carrier, o) for o in found)


def _opened(build: Build, carrier: _Carrier, origin: Origin) -> Iterator[Origin]:
    """A list, or a collection object of the program, opened to its elements."""
    inner = _collection(build, carrier, origin)
    for each in (o for attr in inner for o in attribute(build.engine, origin, attr)) if inner else (origin,):
        yield from opened(build, each)


def _collection(build: Build, carrier: _Carrier, origin: Origin) -> list[str]:
    """The attributes of a collection object that the tools are read from (`self.tools + [self.last]`)."""
    return [attr for cls, attr in carrier.inner if _related(build, cls, origin.cls)] if isinstance(origin, Instance) else []


def _related(build: Build, one: Key, other: Key) -> bool:
    return one in mro(build.engine, other) or other in mro(build.engine, one)


# -- the objects


def _agents(build: Build, carrier: _Carrier) -> Iterator[_Made]:
    owners = _owners(build, carrier)[:MOST_AGENTS]
    reader = Reader(build, carrier.name_at)
    if any(True for owner, _ in owners for o, _ in _elements(build, carrier, owner) for _ in reader.of_origin(o)):
        for owner, by_class in owners:
            yield _Made(_node(build, carrier, owner, by_class), owner, carrier)
    elif carrier.own and not carrier.raw.tools:
        yield from (_Made(carrier.raw.node, only, carrier) for only in _only(build, carrier))


def _owners(build: Build, carrier: _Carrier) -> list[tuple[Instance, bool]]:
    """(object, whether its class says it all). Of a class that makes the request itself, one object is the loop's own agent."""
    rows: list[tuple[Instance, bool]] = []
    for cls in (carrier.cls, *subclasses(build.engine, carrier.cls)):
        sites = constructed(build.engine, cls)
        if carrier.own and cls != carrier.cls and attribute_of_class(build, cls, carrier.attr):
            rows.append((Instance(cls, None, 0), True))
        else:
            rows.extend((Instance(cls, site, ctx), False) for site, ctx in sites if _carries(build, carrier, Instance(cls, site, ctx)))
    return rows if not carrier.own or len(rows) > 1 else []


def _only(build: Build, carrier: _Carrier) -> list[Instance]:
    """The one object of a class that makes the request itself: it is the loop's own agent, the tools of which its request did not tell."""
    classes = (carrier.cls, *subclasses(build.engine, carrier.cls))
    found = [Instance(cls, site, ctx) for cls in classes for site, ctx in constructed(build.engine, cls)]
    return found if len(found) == 1 else []


def attribute_of_class(build: Build, cls: Key, name: str) -> bool:
    """Whether a class fills an attribute in its own body or methods."""
    return name in build.engine.scope(cls).bindings or (*cls, name) in build.engine.own_stores


def _carries(build: Build, carrier: _Carrier, owner: Instance) -> bool:
    """An object without a name and without tools of its own is no agent of its own; one of the class with the loop needs the name."""
    return bool(_name(build, owner)) or (not carrier.own and any(True for _ in _elements(build, carrier, owner)))


def _name(build: Build, owner: Instance) -> str:
    return next(iter(texts(tuple(attribute(build.engine, owner, "name")))), "")


def _node(build: Build, carrier: _Carrier, owner: Instance, by_class: bool) -> str:
    known = build.by_function.get(("agent", owner.cls)) if by_class else build.by_site.get(("agent", owner.site or (0, 0)))
    if known is not None:
        return known
    scope = build.engine.scope(owner.cls)
    site = owner.site
    at = build.scope_location(owner.cls) if by_class or site is None else build.call_location(site)
    module = owner.cls[0] if by_class or site is None else site[0]
    named = _name(build, owner)
    loop = build.graph.nodes[carrier.raw.node]
    node = Agent(
        id=build.node_id("agent", at),
        name=named or (scope.name if by_class or site is None else build.symbol(site).rsplit(".", 1)[-1]),
        symbol=scope.qualname if by_class or site is None else build.symbol(site),
        at=at,
        role=build.role(module),
        qualname=scope.qualname if by_class or site is None else build.qualname(module, build.engine.call(site).order),
        callee="class" if by_class or site is None else build.callee(site),
        framework=FRAMEWORK,
        max_turns=loop.max_turns if isinstance(loop, Agent) else NONE,
    )
    key, place = (("agent", owner.cls), build.by_function) if by_class or site is None else (("agent", site), build.by_site)
    place[key] = build.add(node)
    build.graph.flow.functions.setdefault(node.id, FlowFunction(node.id, node.symbol, at))
    return node.id


# -- what they carry


def _elements(build: Build, carrier: _Carrier, owner: Instance) -> Iterator[tuple[Origin, Key | None]]:
    """What stands in the attribute, each with the call that adds it later."""
    for origin in attribute(build.engine, owner, carrier.attr):
        yield from ((o, None) for o in _opened(build, carrier, origin))
    for adder in (*ADDERS, "extend"):
        for number, call in build.engine.calls_by_last.get(adder, ()):
            func = call.func
            if func[0] != "attr" or func[1][0] != "attr" or func[1][2] != carrier.attr or not call.args:
                continue
            place = Place(number, call.order)
            if said_of(build.engine, number, owner) and any(_same(o, owner) for o in build.engine.origins(func[1][1], place)):
                for origin in build.engine.origins(call.args[-1], place):
                    yield from ((o, (number, call.index)) for o in _opened(build, carrier, origin))


def _same(origin: Origin, owner: Instance) -> bool:
    return isinstance(origin, Instance) and origin.cls == owner.cls and origin.site == owner.site and owner.site is not None


def _connect(build: Build, one: _Made) -> None:
    """The loop runs the agent; the agent has the tools that it carries."""
    node, raw = build.graph.nodes[one.node], one.carrier.raw
    if one.node != raw.node:
        edge(build, raw.node, one.node, "runs", node.at.path, node.at.line)
        step_to(build, raw.node, one.node)
    reader = Reader(build, one.carrier.name_at)
    for origin, added in _elements(build, one.carrier, one.owner):
        at = build.call_location(added) if added is not None else node.at
        for schema in reader.of_origin(origin):
            for tool in tool_nodes(build, schema, one.carrier.targets.of(schema)):
                edge(build, one.node, tool, "has_tool", at.path, at.line)
                step_to(build, one.node, tool)
                if not one.carrier.own:
                    raw.tools.pop(tool, None)


def _hand_offs(build: Build, one: _Made) -> None:
    """A tool that gives back an agent, by itself or in the result that it makes, hands over to it."""
    for origin, added in _elements(build, one.carrier, one.owner):
        target = origin
        while isinstance(target, Partial):
            target = target.target
        if not isinstance(target, Func):
            continue
        at = build.call_location(added) if added is not None else build.graph.nodes[one.node].at
        for given in returns(build.engine, target.fn, target.ctx):
            for other in _agents_in(build, given):
                if other != one.node:
                    edge(build, one.node, other, "hands_off", at.path, at.line)
                    step_to(build, one.node, other)


def _agents_in(build: Build, origin: Origin) -> Iterator[str]:
    """The agent that an object is, or that it is made with."""
    if not isinstance(origin, Instance) or origin.site is None:
        return
    known = build.by_site.get(("agent", origin.site))
    if known is not None:
        yield known
        return
    call, place = build.engine.call(origin.site), build.engine.call_place(origin.site, origin.ctx)
    for expr in (*call.args, *(v for _, v, _ in call.keywords)):
        for given in build.engine.origins(expr, place) if expr[0] != "star" else ():
            site = given.site if isinstance(given, Instance) else None
            known = build.by_site.get(("agent", site)) if site is not None else None
            if known is not None:
                yield known
