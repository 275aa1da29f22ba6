"""Agent objects: name, tools, handoffs and model, given to the constructor or added later; runs of agents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from auditor.facts.types import Call
from auditor.graph.build.agent_classes import agent_classes, fills_attribute, form_of, given_to_do, made_by_others, objects_of_class
from auditor.graph.build.agent_parts import agents_in, edge, step_to, tools_in
from auditor.graph.build.agent_requests import REQUEST, asked_packages, request_settings
from auditor.graph.build.arguments import argument, holds, texts
from auditor.graph.build.class_steps import class_steps
from auditor.graph.build.collected import Row, collected, held, opened
from auditor.graph.build.context import Build
from auditor.graph.build.matching import callees
from auditor.graph.build.members import class_around, methods_by
from auditor.graph.build.model_names import made_for
from auditor.graph.build.node_runs import runs
from auditor.graph.build.one_turn import note_turns
from auditor.graph.build.parts import inner_origins, made_step, own_steps
from auditor.graph.build.settings import constructor, of_thing
from auditor.graph.build.things import Thing, objects, things, unwrap_partial
from auditor.graph.build.tool_objects import method_tools
from auditor.graph.flow import FlowFunction
from auditor.graph.types import NONE, Agent, Team, Tool
from auditor.knowledge.agents import AgentForm
from auditor.knowledge.forms import Ref
from auditor.program.origins.calls import returns
from auditor.program.origins.objects import attribute
from auditor.program.origins.types import (
    Attr,
    Class,
    Const,
    Env,
    Ext,
    Func,
    Instance,
    Key,
    New,
    Origin,
    Origins,
    Param,
    Partial,
    Result,
    Text,
    Unresolved,
)

Call3: TypeAlias = tuple[Key, int, tuple[tuple[Key, int], ...]]
"""a call site, its context, and the sites of `partial` before it"""


@dataclass(slots=True)
class Made:
    """An agent object with its node. `site`: the call that makes it; none of a class whose objects are made elsewhere."""

    thing: Thing
    form: AgentForm
    node: str
    site: Key | None

    def constructor(self, build: Build) -> Call3 | None:
        return constructor(build, self.thing.origin) or ((self.site, 0, ()) if self.site is not None else None)


def agent_nodes(build: Build) -> None:
    """A node for every call that makes an agent object, and for classes of agents that others make; a second pass connects them."""
    classes = agent_classes(build)
    names = {n.rsplit(".", 1)[-1] for n, types in build.base.new.items() if any(form_of(build, t) for t in types)}
    names = build.spellings(names | {build.engine.scope(cls).name for cls in classes})
    methods = set(_making_methods(build))
    made: list[Made] = []
    for number, call in build.calls():
        if call.last not in names and call.last not in methods and call.func[0] != "if" and not (classes and call.func[0] == "sub"):
            continue
        site: Key = (number, call.index)
        for origin, partials in callees(build, site):
            thing = _agent_thing(build, origin, site, call, partials)
            form = form_of(build, thing.type) if thing is not None else None
            if thing is not None and form is not None and ("agent", site) not in build.by_site:
                made.append(_agent_node(build, thing, form, site))
    for cls, type_id in classes.items():
        form = form_of(build, type_id)
        if form is not None and made_by_others(build, cls):
            made.append(_agent_node(build, Thing(type_id, Instance(cls, None, 0)), form, None))
    build.memo["agent things"] = made


def _making_methods(build: Build) -> Iterator[str]:
    """Last segments of the methods of agents, and of those that give agents."""
    for type_id, form in build.base.types.items():
        for path, method in form.methods.items():
            made = build.base.type_id(type_id.partition(":")[0], method.returns)
            if form.agent or form.noun == "agent" or (made is not None and form_of(build, made) is not None):
                yield path.rsplit(".", 1)[-1]


def connect_agents(build: Build) -> None:
    made: list[Made] = build.memo.get("agent things", [])  # type: ignore[assignment]
    for one in made:
        _connect(build, one)


def _agent_thing(build: Build, origin: Origin, site: Key, call: Call, partials: tuple[tuple[Key, int], ...]) -> Thing | None:
    if isinstance(origin, Ext) and origin.name in build.base.new:
        found = objects(build, (New(origin.name, site, 0, partials),))
    elif isinstance(origin, Class):
        found = objects(build, (Instance(origin.cls, site, 0, partials),))
    elif isinstance(origin, Attr):
        found = [
            t
            for t in objects(build, (Result(origin.base, origin.name, site, 0),))
            if not any(t.origin == o.origin for o in objects(build, (origin.base,)))
        ]
        found += _clones(build, origin, site)
    else:
        return None
    return next((t for t in found if form_of(build, t.type) is not None), None)


def _clones(build: Build, origin: Attr, site: Key) -> list[Thing]:
    """`agent.clone(name=...)`: another agent with the settings of the first."""
    rows = []
    for thing, path in things(build, origin.base):
        method = build.base.method(thing.type, ".".join((*path, origin.name)))
        if (
            method is not None
            and method[1].sets
            and method[1].returns == "self"
            and form_of(build, thing.type) is not None
            and origin.name in ("clone", "copy", "model_copy")
        ):
            rows.append(Thing(thing.type, Result(origin.base, origin.name, site, 0)))
    return rows


def _agent_node(build: Build, thing: Thing, form: AgentForm, site: Key | None) -> Made:
    """Stands at the call, or at the class where the program makes no object of it."""
    one = Made(thing, form, "", site)
    made = one.constructor(build)
    found = argument(build, form.name, *made) if form.name is not None and made is not None else None
    if isinstance(thing.origin, Instance):
        found = found if site is not None else tuple(o for o in found or () if _in_class(build, o, thing.origin.cls))
        found = found or tuple(attribute(build.engine, thing.origin, "name") if fills_attribute(build, thing.origin.cls, "name") else ())
    name = _written_name(found or ())
    settings = of_thing(build, thing)
    limits = request_settings(build, thing, form, made, settings) if not _is_silent(build, form, made) else dict.fromkeys(REQUEST, NONE)
    where = _at_class(build, thing.origin.cls) if site is None and isinstance(thing.origin, Instance) else _at_call(build, site or (0, 0))
    make = Team if form.team else Agent
    node = make(
        id=build.node_id(make.kind, where["at"]),  # type: ignore[arg-type]
        **where,  # type: ignore[arg-type]
        name=name or str(_held_by(build, thing.origin, site) or where["symbol"]).rsplit(".", 1)[-1],
        framework=thing.type.partition(":")[0],
        model=made_for(build, thing, where["at"]),  # type: ignore[arg-type]
        max_turns=settings.get("max_turns") or settings.get("loop") or NONE,
        deadline=limits["deadline"],
        attempts=limits["attempts"],
        max_output_tokens=limits["max_output_tokens"],
        ordered=_is_ordered(build, form, made),
    )
    one.node = build.add(node)
    asked: dict[str, set[str]] = build.memo.setdefault("asked by agents", {})  # type: ignore[assignment]
    asked.setdefault(one.node, set()).update(asked_packages(build, thing, form, made))
    if site is not None:
        build.by_site["agent", site] = node.id
    elif isinstance(thing.origin, Instance):
        build.by_function["agent", thing.origin.cls] = node.id
    if isinstance(thing.origin, Instance):
        objects_of_class(build, thing.origin.cls).append(node.id)
    build.graph.flow.functions.setdefault(node.id, FlowFunction(node.id, node.symbol, node.at))
    return one


def _is_ordered(build: Build, form: AgentForm, made: Call3 | None) -> bool:
    if isinstance(form.ordered, bool):
        return form.ordered
    return made is not None and holds(build, form.ordered, *made) is True


def _is_silent(build: Build, form: AgentForm, made: Call3 | None) -> bool:
    return form.silent is not None and made is not None and holds(build, form.silent, *made) is True


def _held_by(build: Build, origin: Origin, site: Key | None) -> str:
    """The class of an object that no variable holds."""
    held = site is None or build.symbol(site) != build.qualname(site[0], build.engine.call(site).order)
    return "" if held or not isinstance(origin, Instance) else build.engine.scope(origin.cls).name


def _at_call(build: Build, site: Key) -> dict[str, object]:
    at, callee = build.call_location(site), build.callee(site)
    return {
        "symbol": build.symbol(site),
        "at": at,
        "role": build.role(site[0]),
        "qualname": build.qualname(site[0], build.engine.call(site).order),
        "callee": callee,
        "api": callee,
    }


def _at_class(build: Build, cls: Key) -> dict[str, object]:
    at, scope = build.scope_location(cls), build.engine.scope(cls)
    return {
        "symbol": scope.qualname,
        "at": at,
        "role": build.role(cls[0]),
        "qualname": scope.qualname,
        "callee": "class",
        "api": scope.name,
    }


def _in_class(build: Build, origin: Origin, cls: Key) -> bool:
    """Whether a constant is written in a class."""
    scope = build.engine.scope(cls)
    return isinstance(origin, Const) and origin.module == cls[0] and scope.line <= origin.line <= scope.end_line


def _written_name(found: Origins) -> str:
    """The name that is given; what is only one of several things that it may be, such as a fallback, or one of several names, is none."""
    sure = all(isinstance(o, (Const, Text, Env, Param, Unresolved)) for o in found)
    names = set(texts(found)) if sure else ()
    return next(iter(names)) if len(names) == 1 else ""


def _place(build: Build, one: Made, where: Key | None, line: int) -> tuple[str, int]:
    if where is not None and where[1] >= 0:
        at = build.call_location(where)
    elif where is not None and line:
        at = build.location(where[0], line)
    else:
        at = build.graph.nodes[one.node].at
    return at.path, at.line


def _connect(build: Build, one: Made) -> None:
    node, form, made = one.node, one.form, one.constructor(build)
    tools = collected(build, one.thing, form.tools, made, form.tool_attributes)
    note_turns(build, one.thing, form, node, made)
    for origin, where, line in tools:
        path, at = _place(build, one, where, line)
        for tool in [_named_tool(build, origin, one, form)] if isinstance(origin, Ext) else tools_in(build, origin):
            edge(build, node, tool, "has_tool", path, at)
            step_to(build, node, tool)
        for other in _named_agents(build, origin) or _given_back(build, one, origin):
            edge(build, node, other, "hands_off", path, at)
            step_to(build, node, other)
    _own_tools(build, one)
    for ref, kind in ((form.handoffs, "hands_off"), (form.sub_agents, "hands_off")):
        if ref is None:
            continue
        for origin, where, line in (*collected(build, one.thing, ref, made, []), *_put_in(build, one.thing)):
            path, at = _place(build, one, where, line)
            for other in agents_in(build, origin):
                if other != node:
                    edge(build, node, other, kind, path, at)
                    step_to(build, node, other)
            runs(build, build.graph.nodes[node], _executed(build, origin))
    for member in _members(build, one.site, form) if one.site is not None else ():
        at_member = build.graph.nodes[member].at
        edge(build, node, member, "hands_off", at_member.path, at_member.line)
        step_to(build, node, member)
    functions = [o.fn for o in _callbacks(build, form.callbacks, made)] if made is not None else []
    if form.instructions is not None and made is not None:
        functions += [o.fn for o in argument(build, form.instructions, *made) or () if isinstance(o, Func)]
    own = own_steps(build, one.thing)
    class_steps(build, node, [fn for fn in own if made_step(build, one.thing, fn)])
    functions += [fn for fn in own if not made_step(build, one.thing, fn)]
    functions += _around(build, one)
    runs(build, build.graph.nodes[node], [*functions, *given_to_do(build, one.thing.origin, form)])


def _own_tools(build: Build, one: Made) -> None:
    """The methods of its class in the program that are tools, of a framework whose agents collect them, and the agents that these give."""
    owner = one.thing.origin
    if not one.form.own_tools or not isinstance(owner, Instance):
        return
    for fn, tool in method_tools(build, owner.cls).items():
        at = build.graph.nodes[tool].at
        edge(build, one.node, tool, "has_tool", at.path, at.line)
        step_to(build, one.node, tool)
        for other in _given_back(build, one, Func(fn, owner, 0)):
            edge(build, one.node, other, "hands_off", at.path, at.line)
            step_to(build, one.node, other)


def _around(build: Build, one: Made) -> list[Key]:
    """Methods that a run calls of the class around an agent that is made of the `members` there."""
    names = build.base.form(one.thing.type, "steps")
    cls = class_around(build, one.site) if one.site is not None and one.form.members and isinstance(names, list) else None
    return methods_by(build, cls, names) if cls is not None else []  # type: ignore[arg-type]


def _executed(build: Build, origin: Origin) -> list[Key]:
    """What runs of a member that is no agent: a function, methods of an object."""
    if isinstance(origin, Func):
        return [origin.fn]
    if not isinstance(origin, Instance) or agents_in(build, origin):
        return []
    return [fn for thing in objects(build, (origin,)) for fn in own_steps(build, thing)]


def _put_in(build: Build, thing: Thing) -> Iterator[Row]:
    """What methods put into an agent, and all that is in what it is made of (`builder.participants([...]).build()`)."""
    yield from held(build, thing.origin)
    for whole in objects(build, (thing.origin.base,)) if isinstance(thing.origin, Result) else ():
        if build.base.form(whole.type, "gathers"):
            yield from ((each, None, 0) for each in inner_origins(build, whole))


def _named_agents(build: Build, origin: Origin) -> list[str]:
    """The agents that a ready-made tool hands over to, by their name: those of the same file, else of the program."""
    if not isinstance(origin, (New, Result)):
        return []
    refs = [f for t in objects(build, (origin,)) if isinstance(f := build.base.form(t.type, "hands_to"), (int, str, list))]
    names = {n for ref in refs for n in texts(argument(build, ref, origin.site, origin.ctx))}
    made: list[Made] = build.memo.get("agent things", [])  # type: ignore[assignment]
    found = [one.node for one in made if build.graph.nodes[one.node].name in names] if names else []
    path = build.path(origin.site[0])
    return [node for node in found if build.graph.nodes[node].at.path == path] or found


def _given_back(build: Build, one: Made, origin: Origin) -> list[str]:
    """The agents that a tool function of a framework that hands over so gives back, alone or with more."""
    target = unwrap_partial(origin)[0]
    if not one.form.tools_give_agents or not isinstance(target, Func):
        return []
    given = (each for origin in returns(build.engine, target.fn, target.ctx) for each in opened(build, origin))
    return list(dict.fromkeys(a for each in given for a in agents_in(build, each) if a != one.node))


def _members(build: Build, site: Key, form: AgentForm) -> list[str]:
    """Agents made in decorated methods of the class around a constructor."""
    cls = class_around(build, site) if form.members else None
    if cls is None:
        return []
    methods = set(methods_by(build, cls, form.members))
    made: list[Made] = build.memo.get("agent things", [])  # type: ignore[assignment]
    return [m.node for m in made if m.site and build.function_of(m.site[0], build.engine.call(m.site).order) in methods]


def _callbacks(build: Build, ref: Ref | None, made: Call3) -> Iterator[Func]:
    if ref is None:
        return
    for one in ref if isinstance(ref, list) else [ref]:
        for origin in argument(build, one, *made) or ():
            for element in opened(build, origin):
                target = element
                while isinstance(target, Partial):
                    target = target.target
                if isinstance(target, Func):
                    yield target


def _named_tool(build: Build, origin: Ext, one: Made, form: AgentForm) -> str:
    """A ready-made tool of a library, given by its name: it stands where the agent gets it."""
    agent = build.graph.nodes[one.node]
    at = agent.at
    if one.site is not None and at.cell is None:
        at = build.location(one.site[0], next((ln for key, _, ln in build.engine.call(one.site).keywords if key == form.tools), at.line))
    name = origin.name.rpartition(".")[2]
    return build.add(
        Tool(
            id=build.node_id("tool", at, f":{name}"),
            name=name,
            symbol=name,
            at=at,
            role=agent.role,
            qualname=agent.qualname,
            callee=name,
            framework=one.thing.type.partition(":")[0],
        )
    )
