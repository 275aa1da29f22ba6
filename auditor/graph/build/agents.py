"""Agent objects: name, tools, handoffs and model, given to the constructor or added later; runs of agents."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import Setting, merge, unknown
from auditor.facts.types import Call
from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.collected import Row, collected, held, opened
from auditor.graph.build.context import Build
from auditor.graph.build.given_tools import named_tool, tools_in
from auditor.graph.build.matching import callees
from auditor.graph.build.members import class_around, methods_by
from auditor.graph.build.parts import inner_origins, parts
from auditor.graph.build.registrations import runs
from auditor.graph.build.settings import completed, constructor, default_clients, fallback, given, of_thing, package_of_settings
from auditor.graph.build.things import Thing, objects, things
from auditor.graph.build.wiring import agents_in, edge, step_to
from auditor.graph.flow import FlowFunction
from auditor.graph.types import NONE, Agent
from auditor.knowledge.forms import Ref
from auditor.knowledge.types import AgentForm
from auditor.program.origins.objects import external_bases
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

REQUEST = ("deadline", "attempts", "max_output_tokens")


def agent_nodes(build: Build) -> None:
    """A node for every call that makes an agent object; a second pass connects them."""
    names = build.spellings(
        [*(n.rsplit(".", 1)[-1] for n, types in build.base.new.items() if _makes_agent(build, types)), *_subclasses(build)]
    )
    methods = set(_making_methods(build))
    made: list[tuple[Thing, Key]] = []
    for number, call in build.calls():
        if call.last not in names and call.last not in methods:
            continue
        site: Key = (number, call.index)
        for origin, partials in callees(build, site):
            thing = _agent_thing(build, origin, site, call, partials)
            if thing is not None and ("agent", site) not in build.by_site:
                made.append((thing, site))
                _agent_node(build, thing, site)
    build.memo["agent things"] = made


def _making_methods(build: Build) -> Iterator[str]:
    """Last segments of the methods of agents, and of those that give agents."""
    for type_id, form in build.base.types.items():
        for path, method in form.methods.items():
            made = build.base.type_id(type_id.partition(":")[0], method.returns)
            if form.agent or form.noun == "agent" or (made is not None and _form(build, made) is not None):
                yield path.rsplit(".", 1)[-1]


def _makes_agent(build: Build, types: list[str]) -> bool:
    return any(_form(build, t) is not None for t in types)


def _subclasses(build: Build) -> list[str]:
    """Names of the classes of the program that derive from one whose objects are agents."""
    agents = {n for n, types in build.base.new.items() if _makes_agent(build, types)}
    rows = (
        (scope.name, (n, i))
        for n, m in enumerate(build.engine.modules)
        for i, scope in enumerate(m.scopes)
        if scope.kind == "class" and scope.bases
    )
    return [name for name, cls in rows if not agents.isdisjoint(external_bases(build.engine, cls))]


def connect_agents(build: Build) -> None:
    made: list[tuple[Thing, Key]] = build.memo.get("agent things", [])  # type: ignore[assignment]
    for thing, site in made:
        form = _form(build, thing.type)
        if form is not None:
            _connect(build, thing, site, form)


def _form(build: Build, type_id: str) -> AgentForm | None:
    found = build.base.form(type_id, "agent")
    return found if isinstance(found, AgentForm) else None


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
    return next((t for t in found if _form(build, t.type) is not None), None)


def _clones(build: Build, origin: Attr, site: Key) -> list[Thing]:
    """`agent.clone(name=...)`: another agent with the settings of the first."""
    rows = []
    for thing, path in things(build, origin.base):
        method = build.base.method(thing.type, ".".join((*path, origin.name)))
        if (
            method is not None
            and method[1].sets
            and method[1].returns == "self"
            and _form(build, thing.type) is not None
            and origin.name in ("clone", "copy", "model_copy")
        ):
            rows.append(Thing(thing.type, Result(origin.base, origin.name, site, 0)))
    return rows


def _agent_node(build: Build, thing: Thing, site: Key) -> None:
    form = _form(build, thing.type)
    assert form is not None
    at = build.call_location(site)
    call = build.engine.call(site)
    made = constructor(build, thing.origin) or (site, 0, ())
    name = _written_name(argument(build, form.name, *made) or ()) if form.name is not None else ""
    settings = of_thing(build, thing)
    request = {**{n: settings.get(n, NONE) for n in REQUEST}, **_request(build, thing, form, made)}
    limits = {n: completed(_own(build, thing, n, made), request[n]) for n in REQUEST}
    node = Agent(
        id=build.node_id("agent", at),
        name=name or _unnamed(build, thing, form, site),
        symbol=build.symbol(site),
        at=at,
        role=build.role(site[0]),
        qualname=build.qualname(site[0], call.order),
        callee=build.callee(site),
        framework=thing.type.partition(":")[0],
        api=build.callee(site),
        max_turns=settings.get("max_turns") or settings.get("loop") or NONE,
        deadline=limits["deadline"],
        attempts=limits["attempts"],
        max_output_tokens=limits["max_output_tokens"],
    )
    build.by_site["agent", site] = build.add(node)
    build.graph.flow.functions.setdefault(node.id, FlowFunction(node.id, node.symbol, at))


def _written_name(found: Origins) -> str:
    """The name that is given; what is only one of several things that it may be, such as a fallback, is no name."""
    sure = all(isinstance(o, (Const, Text, Env, Param, Unresolved)) for o in found)
    return next(iter(texts(found)), "") if sure else ""


def _unnamed(build: Build, thing: Thing, form: AgentForm, site: Key) -> str:
    """An agent that is given no name: what holds it, or its class where that has no place for a name."""
    if form.name is None and isinstance(thing.origin, Instance):
        return build.engine.scope(thing.origin.cls).name
    return build.symbol(site).rsplit(".", 1)[-1]


def _own(build: Build, thing: Thing, name: str, made: tuple[Key, int, tuple[tuple[Key, int], ...]]) -> Setting | None:
    """What an agent's own arguments, or a clone's, say of one request."""
    form = build.base.type_settings(thing.type).get(name)
    if form is None:
        return None
    sites = [*((site, ctx, ()) for site, ctx, _, _ in reversed(thing.overlays)), made]
    return next((s for s in (given(build, name, form, *site) for site in sites) if s is not None), None)


def _request(build: Build, thing: Thing, form: AgentForm, made: tuple[Key, int, tuple[tuple[Key, int], ...]]) -> dict[str, Setting]:
    """Settings of one model request inside: of the model object that is given, else of the framework's default client."""
    models: list[Thing] = []
    if form.model is not None:
        found = argument(build, form.model, *made) or ()
        models = [p for t in objects(build, found) for p in parts(build, t) if "deadline" in of_thing(build, p)]
        if not models and not found and isinstance(thing.origin, Result):
            models = [t for t in objects(build, (thing.origin.base,)) if "deadline" in of_thing(build, t)]
        if not models and found and all(isinstance(o, Func) for o in found):
            return {}
    models = models or default_clients(build, thing.type.partition(":")[0], build.path(made[0][0]))
    if models:
        rows = [of_thing(build, m) for m in models]
        return {n: merge([r.get(n, unknown("the model has no such setting")) for r in rows]) for n in REQUEST}
    default = build.base.type_id(thing.type.partition(":")[0], form.model_default) if form.model_default else None
    if default is None:
        return {}
    package = package_of_settings(build, default)
    return {n: fallback(build, n, f, package, *made) for n, f in build.base.type_settings(default).items()}


def _place(build: Build, site: Key, where: Key | None, line: int) -> tuple[str, int]:
    if where is None or where[1] < 0:
        module = where[0] if where is not None else site[0]
        at = build.location(module, line) if line else build.call_location(site)
        return at.path, at.line
    at = build.call_location(where)
    return at.path, at.line


def _connect(build: Build, thing: Thing, site: Key, form: AgentForm) -> None:
    node = build.by_site["agent", site]
    made = constructor(build, thing.origin) or (site, 0, ())
    held = collected(build, thing, form.tools, made, form.tool_attributes)
    if form.loops_with and not held and all(argument(build, name, *made) is None for name in form.loops_with):
        build.one_turn.add(node)
    for origin, where, line in held:
        path, at = _place(build, site, where, line)
        tools = [named_tool(build, origin, site, thing, form)] if isinstance(origin, Ext) else tools_in(build, origin)
        for tool in tools:
            edge(build, node, tool, "has_tool", path, at)
            step_to(build, node, tool)
    for ref, kind in ((form.handoffs, "hands_off"), (form.sub_agents, "hands_off")):
        if ref is None:
            continue
        for origin, where, line in (*collected(build, thing, ref, made, []), *_put_in(build, thing)):
            path, at = _place(build, site, where, line)
            for other in agents_in(build, origin):
                if other != node:
                    edge(build, node, other, kind, path, at)
                    step_to(build, node, other)
            runs(build, build.graph.nodes[node], _executed(build, origin))
    for member in _members(build, site, form):
        at_member = build.graph.nodes[member].at
        edge(build, node, member, "hands_off", at_member.path, at_member.line)
        step_to(build, node, member)
    cls = thing.origin.cls if isinstance(thing.origin, Instance) else class_around(build, site) if form.members else None
    if cls is not None:
        runs(build, build.graph.nodes[node], _steps(build, thing, cls))
    for origin in _callbacks(build, form.callbacks, made):
        runs(build, build.graph.nodes[node], [origin.fn])
    if form.instructions is not None:
        for each in argument(build, form.instructions, *made) or ():
            if isinstance(each, Func):
                runs(build, build.graph.nodes[node], [each.fn])


def _steps(build: Build, thing: Thing, cls: Key) -> list[Key]:
    """Methods of a class that a run of its objects calls."""
    names = build.base.form(thing.type, "steps")
    return methods_by(build, cls, names) if isinstance(names, list) else []


def _executed(build: Build, origin: Origin) -> list[Key]:
    """What runs of a member that is no agent: a function, methods of an object."""
    if isinstance(origin, Func):
        return [origin.fn]
    if not isinstance(origin, Instance) or agents_in(build, origin):
        return []
    return [fn for thing in objects(build, (origin,)) for fn in _steps(build, thing, origin.cls)]


def _put_in(build: Build, thing: Thing) -> Iterator[Row]:
    """What methods put into an agent, and all that is in what it is made of (`builder.participants([...]).build()`)."""
    yield from held(build, thing.origin)
    for whole in objects(build, (thing.origin.base,)) if isinstance(thing.origin, Result) else ():
        if build.base.form(whole.type, "gathers"):
            yield from ((each, None, 0) for each in inner_origins(build, whole))


def _members(build: Build, site: Key, form: AgentForm) -> list[str]:
    """Agents made in decorated methods of the class around a constructor."""
    cls = class_around(build, site) if form.members else None
    if cls is None:
        return []
    methods = set(methods_by(build, cls, form.members))
    made: list[tuple[Thing, Key]] = build.memo.get("agent things", [])  # type: ignore[assignment]
    return [build.by_site["agent", s] for _, s in made if build.function_of(s[0], build.engine.call(s).order) in methods]


def _callbacks(build: Build, ref: Ref | None, made: tuple[Key, int, tuple[tuple[Key, int], ...]]) -> Iterator[Func]:
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
