"""Workflow graphs built by methods: nodes, edges, branches, commands, and the call that compiles them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from auditor.facts.types import Call
from auditor.graph.build.agent_parts import agents_in, edge, step_to, tools_in
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.built import Said, constructed, groups, method_calls
from auditor.graph.build.collected import opened
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import default_setting
from auditor.graph.build.literal_names import literals
from auditor.graph.build.node_runs import runs, step_call
from auditor.graph.build.retries import Applied, retry_node
from auditor.graph.build.step_agents import step_agents
from auditor.graph.build.things import Thing, objects, unwrap_partial
from auditor.graph.flow import FlowFunction
from auditor.graph.types import Agent, Step
from auditor.knowledge.forms import Ref
from auditor.knowledge.types import ApplyForm
from auditor.knowledge.workflows import BranchForm, BuilderForm
from auditor.program.origins.calls import returns
from auditor.program.origins.containers import elements, values
from auditor.program.origins.many import Many, run_by
from auditor.program.origins.objects import method
from auditor.program.origins.types import Attr, Box, Const, Ext, Func, Instance, Key, New, Op, Origin, Origins, Partial, Result, Text


@dataclass(slots=True)
class Workflow:
    """A graph under construction: its steps by name, its edges (source, target, site), the agents that its compile calls make."""

    form: BuilderForm
    package: str
    origin: New
    steps: dict[str, str] = field(default_factory=dict)
    functions: dict[str, list[Func]] = field(default_factory=dict)
    edges: list[tuple[str, str, Key]] = field(default_factory=list)
    routers: list[tuple[str, Key]] = field(default_factory=list)
    """(step, function that picks what comes after it)"""
    agents: list[str] = field(default_factory=list)
    unnamed: list[Key] = field(default_factory=list)
    """calls that add steps of which no name is known"""


def workflows(build: Build) -> list[Workflow]:
    """All graphs, with steps, edges and agents as nodes; in source order."""
    found = constructed(build)
    calls = method_calls(build, found)
    rows: list[Workflow] = []
    for origin, form, package in found.values():
        for own in groups(calls.get(origin.site, []), partial(_added, build, form)):
            workflow = Workflow(form, package, origin)
            for said in own:
                _nodes(build, workflow, said)
            for said in own:
                _compiled(build, workflow, said)
            for said in own:
                _edges(build, workflow, said)
            _commands(build, workflow)
            rows.append(workflow)
    build.memo["workflows"] = rows
    return rows


def _added(build: Build, form: BuilderForm, said: Said) -> Hashable:
    """What a call adds to a graph as a step: its names, and the functions and objects that it runs."""
    node = next((n for n in form.nodes if n.method == said.call.last), None)
    if node is None:
        return None
    return tuple(_names(build, node.name, said, form)), _content(_runs(build, node.runs, said))


def _content(found: list[Origin]) -> Hashable:
    """Functions and objects, whatever the context that they are seen from."""
    rows: list[Hashable] = []
    for origin in found:
        base = unwrap_partial(origin)[0]
        cls = base.cls if isinstance(base, Instance) else type(base)
        rows.append(base.fn if isinstance(base, Func) else base.site if isinstance(base, (New, Result)) else cls)  # type: ignore[arg-type]
    return tuple(dict.fromkeys(rows))


def connect_workflows(build: Build) -> None:
    """What the steps run, once all agents are known."""
    rows: list[Workflow] = build.memo.get("workflows", [])  # type: ignore[assignment]
    content: dict[str, list[Origin]] = build.memo.get("step content", {})  # type: ignore[assignment]
    for workflow in rows:
        for name, step in workflow.steps.items():
            for agent in workflow.agents:
                at = build.graph.nodes[step].at
                edge(build, agent, step, "contains", at.path, at.line)
                step_to(build, agent, step)
            _step_content(build, workflow, name, step)
            step_agents(build, step, content.get(step, []))
        for source, router in workflow.routers:
            for node in [workflow.steps[source]] if source in workflow.steps else workflow.agents:
                runs(build, build.graph.nodes[node], [router])
        for source, target, site in workflow.edges:
            at = build.call_location(site)
            if source in workflow.steps and target in workflow.steps:
                edge(build, workflow.steps[source], workflow.steps[target], "routes_to", at.path, at.line)


def _names(build: Build, ref: Ref, said: Said, form: BuilderForm) -> list[str]:
    """Names of steps among an argument: constants, functions (their name), lists of these; pseudo-nodes as `start` and `end`."""
    if isinstance(ref, str) and (ref in form.start or ref in form.end):
        return ["start"] if ref in form.start else ["end"]
    return _step_names(build, argument(build, ref, said.site, said.ctx) or (), form)


def _step_names(build: Build, found: Origins, form: BuilderForm, depth: int = 0) -> list[str]:
    rows: list[str] = []
    for given in found:
        origin = given
        while isinstance(origin, Partial):
            origin = origin.target
        if isinstance(origin, Const) and isinstance(origin.value, str):
            rows.append("start" if origin.value in form.start else "end" if origin.value in form.end else origin.value)
        elif isinstance(origin, Ext) and (origin.name in form.start or origin.name in form.end):
            rows.append("start" if origin.name in form.start else "end")
        elif isinstance(origin, Func):
            rows.append(build.engine.scope(origin.fn).name)
        elif isinstance(origin, Instance):
            rows.append(build.engine.scope(origin.cls).name)
        elif isinstance(origin, Text):
            rows.append(origin.pattern)
        elif isinstance(origin, New) and origin.name in form.send:
            rows.extend(_step_names(build, argument(build, ["node", 0], origin.site, origin.ctx) or (), form, depth + 1))
        elif isinstance(origin, New) and origin.name in form.goto:
            rows.extend(_step_names(build, argument(build, "goto", origin.site, origin.ctx) or (), form, depth + 1))
        elif isinstance(origin, Box) and depth < 4:
            rows.extend(_step_names(build, tuple(elements(build.engine, origin)), form, depth + 1))
        else:
            named = origin.base if isinstance(origin, Attr) and origin.name == "name" else origin
            rows.extend(build.graph.nodes[a].name for a in agents_in(build, named) if isinstance(named, (New, Result)))
    return list(dict.fromkeys(rows))


def _nodes(build: Build, workflow: Workflow, said: Said) -> None:
    site, call = said.site, said.call
    form = next((n for n in workflow.form.nodes if n.method == call.last), None)
    if form is None:
        if call.last in workflow.form.sequence:
            _sequence(build, workflow, said)
        return
    names = _names(build, form.name, said, workflow.form)
    if not names:
        workflow.unnamed.append(site)
    for name in names:
        found = _of_name(build, name, names, _runs(build, form.runs, said))
        step = _step(build, workflow, site, call, name, found)
        if form.asks and not any(isinstance(o, (Func, Partial)) for o in found):
            for one in refs(form.runs):
                step_call(build, build.graph.nodes[step], one, site, form.asks)
        if form.retry is not None:
            _node_retry(build, step, form.retry, site, workflow.package)
        if form.destinations is not None:
            for target in _names(build, form.destinations, said, workflow.form):
                workflow.edges.append((name, target, site))


def _runs(build: Build, ref: Ref, said: Said) -> list[Origin]:
    """What a node runs: the first of these arguments that is no name."""
    for one in refs(ref):
        found: list[Origin] = [o for o in argument(build, one, said.site, said.ctx) or () if not isinstance(o, (Const, Text))]
        if found:
            return found
    return []


def _of_name(build: Build, name: str, names: list[str], found: list[Origin]) -> list[Origin]:
    """Of several steps that one call adds, each with an agent of its own (`add_node(agent.name, agent)`), the agent of this name."""
    called = {o: {build.graph.nodes[a].name for a in agents_in(build, o)} for o in found} if len(names) > 1 else {}
    own = [o for o, agents in called.items() if agents == {name}]
    return own if own and all(agents and agents <= set(names) for agents in called.values()) else found


def _step(build: Build, workflow: Workflow, site: Key, call: Call, name: str, found: list[Origin]) -> str:
    at = build.call_location(site)
    made: dict[tuple[Key, str, Hashable], str] = build.memo.setdefault("steps made", {})  # type: ignore[assignment]
    same = (site, name, _content(found))
    suffix = f":{name}" if build.node_id("step", at) in build.graph.nodes else ""
    if same in made:
        suffix = made[same]
    elif build.node_id("step", at, suffix) in build.graph.nodes:
        suffix = f":{name}:{len(made)}"
    made[same] = suffix
    node = Step(
        id=build.node_id("step", at, suffix),
        name=name,
        symbol=name,
        at=at,
        role=build.role(site[0]),
        qualname=build.qualname(site[0], call.order),
        callee=build.callee(site),
        framework=workflow.package,
    )
    build.add(node)
    workflow.steps[name] = node.id
    content: dict[str, list[Origin]] = build.memo.setdefault("step content", {})  # type: ignore[assignment]
    content[node.id] = found
    for origin in found:
        target = origin
        while isinstance(target, Partial):
            target = target.target
        if isinstance(target, Instance):
            fn = method(build.engine, target.cls, "__call__")
            target = Func(fn, target, 0) if fn is not None else target
        if isinstance(target, Func):
            workflow.functions.setdefault(name, []).append(target)
            runs(build, node, [target.fn])
        if isinstance(target, Many):
            runs(build, node, list(run_by(build.engine, target)))
    return node.id


def _sequence(build: Build, workflow: Workflow, said: Said) -> None:
    names: list[str] = []
    site, call = said.site, said.call
    for origin in (e for o in argument(build, 0, site, said.ctx) or () for e in opened(build, o)):
        for name in _step_names(build, (origin,), workflow.form)[:1]:
            _step(build, workflow, site, call, name, [origin])
            names.append(name)
    workflow.edges.extend((a, b, site) for a, b in pairwise(names))


def _node_retry(build: Build, step: str, ref: Ref, site: Key, package: str) -> None:
    """A retry policy given to a node re-runs the whole node."""
    found = argument(build, ref, site, 0)
    for origin in found or ():
        for element in opened(build, origin):
            value = build.base.values.get(element.name) if isinstance(element, New) else None
            if not isinstance(element, New) or value is None or value.as_ != "attempts":
                continue
            form = ApplyForm(names=[element.name], makes="retry", mechanism="framework")
            call = build.engine.call(site)
            region = retry_node(
                build,
                Applied(package, form, element.site, element.ctx, element.name),
                build.call_location(site),
                site[0],
                build.qualname(site[0], call.order),
                build.callee(site),
            )
            attempts = argument(build, value.argument, element.site, element.ctx) if value.argument is not None else None
            from auditor.graph.build.numbers import PLAIN, numbers

            setting = (
                numbers(build, attempts, PLAIN, "")
                if attempts
                else default_setting(build, value.default, build.path(site[0]), package, element.site, 0)
            )
            noun = build.graph.flow.regions[region].noun
            build.change(noun, attempts=setting, on=("*",))
            node = build.graph.nodes[step]
            build.graph.flow.functions[step] = FlowFunction(step, node.symbol, node.at, False, (region,))


def _compiled(build: Build, workflow: Workflow, said: Said) -> None:
    form, site, call = workflow.form.compile, said.site, said.call
    if call.last != form.method or ("agent", site) in build.by_site:
        return
    at = build.call_location(site)
    from auditor.graph.build.arguments import texts

    names = texts(argument(build, form.name, site, 0)) if form.name is not None else []
    symbol = build.symbol(site)
    node = Agent(
        id=build.node_id("agent", at),
        name=names[0] if names else symbol.rsplit(".", 1)[-1],
        symbol=symbol,
        at=at,
        role=build.role(site[0]),
        qualname=build.qualname(site[0], call.order),
        callee=build.callee(site),
        framework=workflow.package,
        api=build.callee(site),
        also=tuple(begun for begun in (build.call_location(workflow.origin.site),) if begun.line != at.line),
    )
    build.by_site["agent", site] = build.add(node)
    build.graph.flow.functions.setdefault(node.id, FlowFunction(node.id, node.symbol, at))
    workflow.agents.append(node.id)


def _edges(build: Build, workflow: Workflow, said: Said) -> None:
    form, site, call = workflow.form, said.site, said.call
    for each in form.edges:
        if each.method == call.last:
            sources, targets = _names(build, each.source, said, form), _names(build, each.target, said, form)
            # That a step leads to itself is said by its name, written twice: a variable that may hold it is asked about before.
            given = [*call.args, *(v for _, v, _ in call.keywords)]
            written = all(arg[0] == "const" for arg in given) or len(set(given)) == 1
            workflow.edges.extend((s, t, site) for s in sources for t in targets if written or s != t)
    for branch in form.branches:
        if branch.method == call.last:
            sources = _names(build, branch.source, said, form)
            workflow.edges.extend((s, t, site) for s in sources for t in _targets(build, workflow, branch, said))
            picks = [unwrap_partial(o)[0] for o in argument(build, branch.router, site, said.ctx) or ()]
            workflow.routers.extend((s, pick.fn) for s in sources for pick in picks if isinstance(pick, Func))


def _targets(build: Build, workflow: Workflow, branch: BranchForm, said: Said) -> list[str]:
    """Where a branch can lead: the values of its map, else what its router returns, else anywhere."""
    found = argument(build, branch.map, said.site, said.ctx) if branch.map is not None else None
    rows: list[str] = []
    for origin in found or ():
        if isinstance(origin, Box):
            inner = values(build.engine, origin) if origin.kind == "dict" else elements(build.engine, origin)
            rows.extend(_step_names(build, tuple(inner), workflow.form))
    if rows:
        return list(dict.fromkeys(rows))
    for origin in argument(build, branch.router, said.site, said.ctx) or ():
        target = unwrap_partial(origin)[0]
        if isinstance(target, Ext):
            rows.extend("end" if r in workflow.form.end else r for r in workflow.form.routes.get(target.name, ()))
        if isinstance(target, Func):
            rows.extend(_step_names(build, returns(build.engine, target.fn, 0), workflow.form))
            rows.extend(literals(build, target.fn))
    known = [r for r in dict.fromkeys(rows) if r in workflow.steps or r in ("start", "end")]
    # A router whose answer cannot be read may lead to any step.
    return known or [*workflow.steps, "end"]


def _commands(build: Build, workflow: Workflow) -> None:
    """Routes that the steps return themselves: `Command(goto=...)`, lists of `Send`, or an annotation that names them."""
    for name, functions in workflow.functions.items():
        for func in functions:
            facts = build.engine.modules[func.fn[0]]
            names = build.spellings(n.rsplit(".", 1)[-1] for n in workflow.form.goto)
            sites = [c for c in facts.calls if c.last in names and build.function_of(func.fn[0], c.order) == func.fn]
            for call in sites:
                site = (func.fn[0], call.index)
                made = build.engine.origins(call.func, build.engine.call_place(site))
                if any(isinstance(o, Ext) and o.name in workflow.form.goto for o in made):
                    targets = _step_names(build, argument(build, "goto", site, 0) or (), workflow.form)
                    workflow.edges.extend((name, t, site) for t in targets)
            if not sites:
                continue
            done = {(s, t) for s, t, _ in workflow.edges}
            for target in literals(build, func.fn):
                if target in workflow.steps and (name, target) not in done:
                    workflow.edges.append((name, target, (func.fn[0], sites[0].index)))


def _step_content(build: Build, workflow: Workflow, name: str, step: str) -> None:
    """Sub-graphs, agents and tool nodes given as a step."""
    content: dict[str, list[Origin]] = build.memo.get("step content", {})  # type: ignore[assignment]
    for origin in content.get(step, ()):
        inner = agents_in(build, origin)
        for agent in inner:
            at = build.graph.nodes[step].at
            edge(build, step, agent, "runs", at.path, at.line)
            step_to(build, step, agent)
        if inner:
            continue
        for thing in objects(build, (origin,)):
            for tool in _tools_of(build, thing, origin):
                at = build.graph.nodes[step].at
                step_to(build, step, tool)
                for agent in workflow.agents:
                    edge(build, agent, tool, "has_tool", at.path, at.line)


def _tools_of(build: Build, thing: Thing, origin: Origin) -> list[str]:
    """What stands in an object; the functions of a chain are no tools."""
    from auditor.graph.build.parts import inner_origins

    rows: list[str] = []
    for inner in inner_origins(build, thing) if not isinstance(origin, Op) else ():
        rows.extend(t for t in tools_in(build, inner) if t not in rows)
    return rows


def cycles(workflow: Workflow) -> list[tuple[set[str], list[Key]]]:
    """Sets of steps that lie on a cycle, with the sites of the edges between them in source order."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((s, t) for s, t, _ in workflow.edges if s in workflow.steps and t in workflow.steps)
    rows = []
    for component in nx.strongly_connected_components(graph):
        sites = sorted({site for s, t, site in workflow.edges if s in component and t in component})
        if len(component) > 1 or any(s == t for s, t, _ in workflow.edges if s in component):
            rows.append((component, sites))
    return sorted(rows, key=lambda r: r[1])
