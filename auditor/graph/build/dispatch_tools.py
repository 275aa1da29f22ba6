"""The tools of hand-written agents: those of schemas, and what the answer of a turn picks where none is given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from auditor.facts.types import Expr
from auditor.graph.build.agent_parts import tools_in
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_agents import team
from auditor.graph.build.dispatch_answers import follow
from auditor.graph.build.dispatch_classes import Made, made_by_answer
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.dispatch_named import Picked, by_name
from auditor.graph.build.dispatch_schemas import Reader, Schema
from auditor.graph.build.dispatch_targets import Targets, alike, chain_entries
from auditor.graph.build.dispatch_trails import inside, trails
from auditor.graph.build.dispatch_tried import tried_in_turn
from auditor.graph.build.node_runs import runs
from auditor.graph.build.registrations import described, function_tool
from auditor.graph.build.written_parts import class_of
from auditor.graph.types import Tool
from auditor.program.origins.containers import lookup, values
from auditor.program.origins.objects import method
from auditor.program.origins.types import Box, Class, Func, Instance, Key, New, Origin, Place, Result

FRAMEWORK = "raw"
LEAST_BRANCHES = 2


def declared_tools(build: Build, turn: Turn, given: list[Schema], targets: Targets) -> list[str]:
    rows: list[str] = []
    picked: list[Picked] | None = None
    for schema in given:
        functions = targets.of(schema)
        if not functions and isinstance(schema.origin, Box):
            place = build.engine.refs[schema.origin.ref][1]
            functions = targets.named(schema.name, [place.module, turn.site[0], turn.fn[0]])
            if not functions:
                picked = picked if picked is not None else by_name(build, turn)
                functions = _under_key(build, targets, picked, schema.name) or _by_own_name(build, targets, picked).get(schema.name, [])
                functions = functions or _of_own_class(build, targets, picked, schema.origin)
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


def tool_nodes(build: Build, schema: Schema, functions: list[Key], framework: str = FRAMEWORK) -> list[str]:
    """The node of a tool: of a framework, of a function, of a class, or of the schema."""
    origin = schema.origin
    if isinstance(origin, Func):
        return [function_tool(build, origin.fn, schema.name, framework)]
    if isinstance(origin, (Instance, Class)) and ("tool", origin.cls) in build.by_function:
        return [build.by_function["tool", origin.cls]]
    if isinstance(origin, (New, Result)):
        known = tools_in(build, origin)
        if known:
            return known
    return [schema_tool(build, schema, functions, framework)]


def schema_tool(build: Build, schema: Schema, functions: list[Key], framework: str = FRAMEWORK) -> str:
    """A node for a schema, unless another schema of the same name runs the same function."""
    known = _described(build).get(functions[0]) if len(functions) == 1 else None
    if known is not None and build.graph.nodes[known].name == schema.name:
        return known
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
        framework=framework,
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


def chained_tools(build: Build, turn: Turn, targets: Targets) -> list[str]:
    """No schema is given: what a table holds that the answer picks from are the tools, or the functions of at least two branches on it.

    Where there is such a table, the branches on its key are special cases of it.
    """
    made = made_by_answer(build, turn)
    known = {each.cls for each in made}
    build.memo.setdefault("picked classes", set()).update(known)  # type: ignore[attr-defined]
    picked = dict.fromkeys([*(_made(build, each) for each in made), *picked_tools(build, turn, targets, known)])
    if len(picked) < LEAST_BRANCHES:
        picked.update((_function(build, fn), None) for fn in _branches(build, turn))
    if not picked:
        picked.update((_made(build, each), None) for each in tried_in_turn(build, turn))
    return list(picked)


def picked_tools(build: Build, turn: Turn, targets: Targets, but: Collection[Key] = ()) -> list[str]:
    """What a table holds that the answer picks from: tools, or agents. `but`: classes that are tools anyway."""
    found = [(o, last) for site, o, last in _picks(build, turn, targets) if site not in turn.steps]
    agents = team(build, turn, targets, found)
    if agents:
        return agents
    others = ((o, last) for o, last in found if not (isinstance(o, Class) and o.cls in but))
    return list(dict.fromkeys(t for o, last in others for t in _held(build, targets, o, last)))


def picked_steps(build: Build, turn: Turn, targets: Targets) -> list[Key]:
    """The functions in a table from which each turn picks the next: what the last one gave back says which, and the model call itself
    is reached through one of them. These are the nodes of a graph, and no tools."""
    found = ((o, last) for site, o, last in _picks(build, turn, targets) if site in turn.steps)
    return list(dict.fromkeys(fn for o, last in found for fn in targets.run_by(o, last)))


def _picks(build: Build, turn: Turn, targets: Targets) -> Iterator[tuple[Key, Origin, str]]:
    """What the tables hold that the answer picks from: (call that runs it, what it is, method that is called)."""
    for fn, trail, block in trails(build, turn):
        for call in trail.body.calls:
            place = Place(fn[0], call.order)
            if trail.mentions(call.func) and inside(build, fn, build.engine.place_block(place), block):
                for taken, last in ((call.func, "__call__"), *([(call.func[1], call.func[2])] if call.func[0] == "attr" else ())):
                    for box in targets.picked(taken, place):
                        yield from (((fn[0], call.index), o, last) for o in values(build.engine, box))


def named_tools(build: Build, targets: Targets, found: list[Picked]) -> list[str]:
    """The tools in the tables of the program that the answer picks from further down: functions, and objects that carry a name."""
    rows: dict[str, None] = {}
    for each in found:
        for origin in _held_by(build, targets, each):
            if isinstance(origin, Instance):
                run = list(dict.fromkeys(targets.run_by(origin, each.run)))
                rows.update((t, None) for s in Reader(build, ()).of_origin(origin) for t in tool_nodes(build, s, run))
            elif not isinstance(origin, Class):
                rows.update((t, None) for t in _held(build, targets, origin, each.run))
    return list(rows)


def _under_key(build: Build, targets: Targets, found: list[Picked], name: str) -> list[Key]:
    """The functions that tables which the answer picks from hold under the name of a tool."""
    boxes = [(box, each) for each in found if not each.sought for box in targets.mappings(each.base, each.place)]
    held = [(o, each.run) for box, each in boxes if isinstance(box, Box) for o in lookup(build.engine, box, name)[0]]
    return list(dict.fromkeys(fn for o, run in held for fn in targets.run_by(o, run)))


def _of_own_class(build: Build, targets: Targets, found: list[Picked], origin: Box) -> list[Key]:
    """The methods that run of the objects which the answer picks, where the class of these says what the tool is."""
    own = class_of(build, origin)
    held = ((o, each.run) for each in found for o in _held_by(build, targets, each))
    return list(dict.fromkeys(fn for o, run in held if isinstance(o, Instance) and o.cls == own for fn in targets.run_by(o, run)))


def _by_own_name(build: Build, targets: Targets, found: list[Picked]) -> dict[str, list[Key]]:
    """The functions that the answer picks from tables or lists of the program, by their own names."""
    rows: dict[str, list[Key]] = defaultdict(list)
    for origin in (o for each in found for o in _held_by(build, targets, each)):
        if isinstance(origin, Func):
            rows[build.engine.scope(origin.fn).name].append(origin.fn)
    return rows


def _held_by(build: Build, targets: Targets, picked: Picked) -> Iterator[Origin]:
    """What can be picked; of a record what the entry holds that is run, where that is known."""
    if picked.sought:
        found: Iterable[Origin] = build.engine.origins(picked.base, picked.place)
    else:
        found = (o for box in targets.mappings(picked.base, picked.place) for o in values(build.engine, box))
    for origin in found:
        inner = lookup(build.engine, origin, picked.entry)[0] if picked.entry is not None and isinstance(origin, Box) else []
        yield from inner or (origin,)


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
    """The functions that at least two branches of one function on the answer run."""
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    asked = next((a.match.form.answers for a in matches.get(turn.site, ())), "")
    kept: dict[Key, None] = {}
    for fn, trail, block in trails(build, turn):
        rows: dict[Key, str] = {}
        # What a tool tests in the answer that it is handed is how it reads its arguments.
        for subject, names, found, inner in chain_entries(build, fn, shared=False) if fn not in kept else ():
            if trail.mentions(subject) and inside(build, fn, inner, block):
                meant = [f for f in found if any(alike(build.engine.scope(f).name, n) for n in names)] or found
                if not (asked and _beside(build, fn, turn, subject, asked)):
                    rows.update({f: names[0] for f in meant if len(meant) == 1})
        kept.update(dict.fromkeys(rows if len(set(rows.values())) >= LEAST_BRANCHES else ()))
    return list(kept)


def _beside(build: Build, fn: Key, turn: Turn, subject: Expr, asked: str) -> bool:
    """Whether it is another attribute of the whole result than the one with what the model asks for."""
    whole = follow(build, fn, calls={turn.site[1]}, names=set(), entire=True)
    return subject[0] == "attr" and subject[2] != asked and whole.part(subject[1])
