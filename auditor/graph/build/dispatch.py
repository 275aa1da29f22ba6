"""Hand-written agents: loops around a model call that dispatch what the model asks for, and their tools."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.facts.types import Expr
from auditor.graph.build.agent_parts import edge, step_to, tools_in
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import follow
from auditor.graph.build.dispatch_classes import Made, made_by_answer
from auditor.graph.build.dispatch_context import context
from auditor.graph.build.dispatch_loops import Turn, grows, turns
from auditor.graph.build.dispatch_named import Picked, by_name
from auditor.graph.build.dispatch_schemas import Reader, Schema, schemas
from auditor.graph.build.dispatch_steering import steered
from auditor.graph.build.dispatch_targets import Targets, alike, chain_entries, forward
from auditor.graph.build.dispatch_trails import inside, trails
from auditor.graph.build.registrations import described, function_tool, runs
from auditor.graph.flow import FlowFunction, Site
from auditor.graph.types import NONE, Agent, Loop, ModelCall, Retry, Tool
from auditor.program.origins.callers import subclasses
from auditor.program.origins.constructed import constructed
from auditor.program.origins.containers import values
from auditor.program.origins.objects import method
from auditor.program.origins.types import Box, Class, Func, Instance, Key, New, Origin, Place, Result

FRAMEWORK = "raw"
LEAST_BRANCHES = 2


@dataclass(slots=True)
class RawAgent:
    """The loops of one agent, and the node that it became."""

    turns: list[tuple[Turn, Targets]] = field(default_factory=list)
    tools: dict[str, Location] = field(default_factory=dict)
    """tool node -> the model call that gets it"""
    node: str = ""


def raw_agents(build: Build) -> list[RawAgent]:
    """An agent for each class or function with such a loop; its tools with the functions that they run."""
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    kept: dict[Key, RawAgent] = {}
    plain: list[tuple[Turn, Targets]] = []
    for turn in turns(build):
        given, any_given = schemas(build, turn.site, matches.get(turn.site, []), context(build, turn))
        targets = Targets(build, forward(build, list(turn.way)))
        if any_given:
            dispatched = targets.picks() or any(targets.of(s) for s in given)
            if not dispatched and (turn.retry or not grows(build, turn)):
                continue
            tools = _tools(build, turn, given, targets) or _picked(build, turn, targets)
            _keep(build, kept, turn, targets, tools)
        elif not _talks(build, turn):
            plain.append((turn, targets))
    with_tools = set(kept)
    picked: set[Key] = build.memo.setdefault("picked classes", set())  # type: ignore[assignment]
    found = [(turn, targets, _chained(build, turn, targets)) for turn, targets in plain if _holder(build, turn.fn) not in with_tools]
    for turn, targets, tools in found:
        # The rounds of a tool that another loop picks are no agent.
        if tools or (_holder(build, turn.fn) not in picked and (steered(build, turn) or grows(build, turn))):
            named = [] if tools else by_name(build, turn)
            if tools or named or steered(build, turn):
                _keep(build, kept, turn, targets, tools or _named(build, targets, named))
    for turn in _single(build, {each.site for row in kept.values() for each, _ in row.turns}):
        given, any_given = schemas(build, turn.site, matches.get(turn.site, []), context(build, turn))
        targets = Targets(build, forward(build, list(turn.way)))
        if any_given and any(isinstance(s.origin, Box) and targets.of(s) for s in given):
            _keep(build, kept, turn, targets, _tools(build, turn, given, targets))
    for holder, row in sorted(kept.items()):
        row.node = _agent(build, holder, row.turns[0][0])
    return [row for _, row in sorted(kept.items())]


def _keep(build: Build, kept: dict[Key, RawAgent], turn: Turn, targets: Targets, tools: list[str]) -> None:
    row = kept.setdefault(_holder(build, turn.way[-1] if _talks(build, turn) and turn.way else turn.fn), RawAgent())
    row.turns.append((turn, targets))
    for tool in tools:
        row.tools.setdefault(tool, build.graph.nodes[turn.call].at)


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
        edge(build, row.node, tool, "has_tool", at.path, at.line)
        step_to(build, row.node, tool)


# -- tools


def _tools(build: Build, turn: Turn, given: list[Schema], targets: Targets) -> list[str]:
    rows: list[str] = []
    for schema in given:
        functions = targets.of(schema)
        if not functions and isinstance(schema.origin, Box):
            place = build.engine.refs[schema.origin.ref][1]
            functions = targets.named(schema.name, [place.module, turn.site[0], turn.fn[0]])
            if not functions and len(given) == 1:
                functions = _only(build, turn)
        rows.extend(tool_nodes(build, schema, functions))
    return list(dict.fromkeys(rows))


def _only(build: Build, turn: Turn) -> list[Key]:
    """The function that runs the only tool: it gets a part of the answer, and its result is kept."""
    rows: list[Key] = []
    for fn, trail, block in trails(build, turn, loose=False):
        for call in trail.body.calls:
            place = Place(fn[0], call.order)
            kept = build.symbol((fn[0], call.index)) != build.callee((fn[0], call.index))
            if not kept or call.index in trail.calls or not inside(build, fn, build.engine.place_block(place), block):
                continue
            if any(a[0] in ("attr", "sub") and trail.part(a) for a in (*call.args, *(v for _, v, _ in call.keywords))):
                rows.extend(o.fn for o in build.engine.origins(call.func, place) if isinstance(o, Func))
    return list(dict.fromkeys(rows)) if len(set(rows)) == 1 else []


def tool_nodes(build: Build, schema: Schema, functions: list[Key]) -> list[str]:
    """The node of a tool: of a framework, of a function, of a class, or of the schema."""
    origin = schema.origin
    if isinstance(origin, Func):
        return [function_tool(build, origin.fn, schema.name, FRAMEWORK)]
    if isinstance(origin, (Instance, Class)) and ("tool", origin.cls) in build.by_function:
        return [build.by_function["tool", origin.cls]]
    if isinstance(origin, (New, Result)):
        known = tools_in(build, origin)
        if known:
            return known
    return [schema_tool(build, schema, functions)]


def schema_tool(build: Build, schema: Schema, functions: list[Key]) -> str:
    origin = schema.origin
    at = schema.at
    site = origin.site if isinstance(origin, (New, Result)) else None
    module, symbol, callee = _written(build, schema, site)
    node = Tool(
        id=build.node_id("tool", at, "" if at.column > 1 or not isinstance(origin, Box) else f":{schema.name}"),
        name=schema.name,
        symbol=symbol,
        at=at,
        role=build.role(module),
        qualname=build.qualname(site[0], build.engine.call(site).order) if site is not None else symbol,
        callee=callee,
        framework=FRAMEWORK,
        description=schema.description,
        also=tuple(p for f in functions if (p := build.scope_location(f)) != at),
    )
    if node.id in build.graph.nodes:
        return node.id
    build.add(node)
    if site is not None:
        build.by_site["tool", site] = node.id
    if isinstance(origin, (Instance, Class)):
        build.memo.setdefault("tools of classes", {})[node.id] = origin.cls  # type: ignore[index]
    runs(build, node, functions)
    for fn in functions:
        _described(build).setdefault(fn, node.id)
    return node.id


def _described(build: Build) -> dict[Key, str]:
    """Function -> the tool that a schema says it is."""
    return build.memo.setdefault("described tools", {})  # type: ignore[return-value]


def _written(build: Build, schema: Schema, site: Key | None) -> tuple[int, str, str]:
    """(module, symbol, callee) of a tool."""
    origin = schema.origin
    if site is not None:
        return site[0], build.symbol(site), build.callee(site)
    if isinstance(origin, Box):
        place = build.engine.refs[origin.ref][1]
        return place.module, schema.name, "{}"
    cls = origin.cls if isinstance(origin, (Instance, Class)) else None
    assert cls is not None
    given = isinstance(origin, Instance) and origin.site is not None and build.call_location(origin.site) == schema.at
    if given and isinstance(origin, Instance) and origin.site is not None:
        return origin.site[0], build.symbol(origin.site), build.callee(origin.site)
    return cls[0], build.engine.scope(cls).qualname, "class"


def _chained(build: Build, turn: Turn, targets: Targets) -> list[str]:
    """No schema is given: what a table holds that the answer picks from are the tools, or the functions of at least two branches on it.

    Where there is such a table, the branches on its key are special cases of it.
    """
    made = made_by_answer(build, turn)
    known = {each.cls for each in made}
    build.memo.setdefault("picked classes", set()).update(known)  # type: ignore[attr-defined]
    picked = dict.fromkeys([*(_made(build, each) for each in made), *_picked(build, turn, targets, known)])
    if len(picked) < LEAST_BRANCHES:
        picked.update((_function(build, fn), None) for fn in _branches(build, turn))
    return list(picked)


def _picked(build: Build, turn: Turn, targets: Targets, but: Collection[Key] = ()) -> list[str]:
    """What a table holds that the answer picks from. `but`: classes that are tools anyway."""
    picked: dict[str, None] = {}
    for fn, trail, block in trails(build, turn):
        for call in trail.body.calls:
            place = Place(fn[0], call.order)
            if trail.mentions(call.func) and inside(build, fn, build.engine.place_block(place), block):
                for taken, last in ((call.func, "__call__"), *([(call.func[1], call.func[2])] if call.func[0] == "attr" else ())):
                    held = (o for b in targets.picked(taken, place) for o in values(build.engine, b))
                    others = (o for o in held if not (isinstance(o, Class) and o.cls in but))
                    picked.update((t, None) for o in others for t in _held(build, targets, o, last))
    return list(picked)


def _named(build: Build, targets: Targets, found: list[Picked]) -> list[str]:
    """The tools in the tables of the program that the answer picks from further down: functions, and objects that carry a name."""
    rows: dict[str, None] = {}
    for each in found:
        for origin in (o for box in targets.mappings(each.base, each.place) for o in values(build.engine, box)):
            if isinstance(origin, Instance):
                run = list(dict.fromkeys(targets.run_by(origin, each.run)))
                rows.update((t, None) for s in Reader(build, ()).of_origin(origin) for t in tool_nodes(build, s, run))
            elif not isinstance(origin, Class):
                rows.update((t, None) for t in _held(build, targets, origin, each.run))
    return list(rows)


def _made(build: Build, made: Made) -> str:
    """A class of which the answer has an object made, at the class: it runs the method that is called on the object."""
    known = build.by_function.get(("tool", made.cls)) or build.by_function.get(("tool", made.run))
    at = build.scope_location(made.cls)
    return known or schema_tool(
        build, Schema(made.name, at, Class(made.cls), None, described(build.engine.scope(made.cls).doc)), [made.run]
    )


def _held(build: Build, targets: Targets, origin: Origin, last: str) -> Iterator[str]:
    """The tools that a value of a table is: its functions, or the object itself where it carries a name and no function."""
    functions = list(dict.fromkeys(targets.run_by(origin, last)))
    carried: list[Schema] = []
    if isinstance(origin, Instance) and method(build.engine, origin.cls, last) is None:
        carried = list(Reader(build, ()).of_origin(origin))
    if not functions:
        yield from (t for s in carried for t in tool_nodes(build, s, []))
        return
    own = build.engine.scope(origin.cls).name if isinstance(origin, Instance) else ""
    name = carried[0].name if len(carried) == 1 == len(functions) else own
    yield from (_function(build, fn, name) for fn in functions)


def _function(build: Build, fn: Key, name: str = "") -> str:
    return _described(build).get(fn) or function_tool(build, fn, name or build.engine.scope(fn).name, FRAMEWORK)


def _branches(build: Build, turn: Turn) -> list[Key]:
    """The functions that branches on the answer run."""
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    asked = next((a.match.form.answers for a in matches.get(turn.site, ())), "")
    rows: dict[Key, str] = {}
    for fn, trail, block in trails(build, turn):
        # What a tool tests in the answer that it is handed is how it reads its arguments.
        for subject, names, found, inner in chain_entries(build, fn, shared=False) if fn not in rows else ():
            if trail.mentions(subject) and inside(build, fn, inner, block):
                meant = [f for f in found if any(alike(build.engine.scope(f).name, n) for n in names)] or found
                if not (asked and _beside(build, fn, turn, subject, asked)):
                    rows.update({f: names[0] for f in meant if len(meant) == 1})
    return list(rows) if len(set(rows.values())) >= LEAST_BRANCHES else []


def _beside(build: Build, fn: Key, turn: Turn, subject: Expr, asked: str) -> bool:
    """Whether it is another attribute of the whole result than the one with what the model asks for."""
    whole = follow(build, fn, calls={turn.site[1]}, names=set(), entire=True)
    return subject[0] == "attr" and subject[2] != asked and whole.part(subject[1])
