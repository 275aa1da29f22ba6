"""Runs of agents and graphs: which node a run call runs, and which tools are bound to the models inside a graph."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.location import Location
from auditor.core.values import Setting, alternatives, merge
from auditor.graph.build.agent_parts import agents_in, agents_of, edge, step_to, tools_in
from auditor.graph.build.arguments import argument
from auditor.graph.build.builders import Workflow
from auditor.graph.build.calls import Alternative
from auditor.graph.build.collected import collected
from auditor.graph.build.context import Build
from auditor.graph.build.flow import function
from auditor.graph.build.members import class_around, methods_by, subscription
from auditor.graph.build.parts import functions as part_functions
from auditor.graph.build.parts import inner_origins, parts
from auditor.graph.flow import FlowFunction, Site
from auditor.graph.types import NONE, Agent, ModelCall
from auditor.program.origins.objects import mro
from auditor.program.origins.types import Class, Func, Instance, Key, Origin, Partial, Super


def run_edges(build: Build) -> list[Key]:
    """Connects calls with the agents, graphs and functions that they run; returns the functions."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    started: list[Key] = []
    for site, found in sorted(rows.items()):
        node = build.by_site.get(("model_call", site)) or build.by_site.get(("external_call", site))
        if node is None:
            continue
        for alternative in found:
            origins = run_origins(build, alternative, site)
            added = alternative.match.thing if alternative.match.form.runs == "receiver" else None
            more = agents_of(build, added) if added is not None and added.adds else []
            for agent in dict.fromkeys([*(a for o in origins for a in agents_in(build, o)), *more]):
                at = build.call_location(site)
                edge(build, node, agent, "runs", at.path, at.line)
                _site(build, site, node, agent)
                for other in _askers(build, alternative, agent):
                    edge(build, other, agent, "runs", at.path, at.line)
            for agent in _answering(build, alternative, site):
                _site(build, site, node, agent)
            for fn in _functions(build, alternative, origins):
                if ("agent", fn) in build.by_function:
                    at = build.call_location(site)
                    edge(build, node, build.by_function["agent", fn], "runs", at.path, at.line)
                steps = alternative.match.form.steps
                _site(build, site, node, function(build, fn), subscription(build, fn, steps) if steps else None)
                started.append(fn)
    return started


def _askers(build: Build, alternative: Alternative, agent: str) -> list[str]:
    """The agents on which another one is run (`user.initiate_chat(helper)`)."""
    match = alternative.match
    if match.form.runs == "receiver" or match.thing is None:
        return []
    return [a for a in agents_in(build, match.thing.origin) if a != agent]


def _answering(build: Build, alternative: Alternative, site: Key) -> list[str]:
    """The agents with a model of their own on which another one is run, where they answer it; not one that asks in a method of its own."""
    thing = alternative.match.thing
    if not alternative.match.form.answers_back or thing is None:
        return []
    if isinstance(thing.origin, Instance) and class_around(build, site) in mro(build.engine, thing.origin.cls):
        return []
    return [a for a in agents_in(build, thing.origin) if isinstance(n := build.graph.nodes[a], Agent) and n.deadline != NONE]


def run_origins(build: Build, alternative: Alternative, site: Key) -> list[Origin]:
    match = alternative.match
    runs = match.form.runs
    if runs == "receiver":
        return [match.thing.origin] if match.thing is not None else []
    if runs is not None:
        return list(argument(build, runs, site, 0, match.partials) or ())
    return []


def _functions(build: Build, alternative: Alternative, origins: list[Origin]) -> list[Key]:
    """Local functions that the run calls: steps of a chain, callables given."""
    rows: list[Key] = []
    if alternative.match.thing is not None:
        rows.extend(f.fn for f in part_functions(build, alternative.match.thing))
    for origin in origins:
        target = origin
        while isinstance(target, Partial):
            target = target.target
        if isinstance(target, Func):
            rows.append(target.fn)
    rows.extend(_steps(build, alternative))
    return list(dict.fromkeys(rows))


def _steps(build: Build, alternative: Alternative) -> list[Key]:
    """Methods that the framework runs, of a local subclass or of classes that it is given: those with the form's names or decorators."""
    match = alternative.match
    if not match.form.steps or match.thing is None:
        return []
    owner = match.thing.origin
    given = [] if isinstance(owner, (Instance, Super)) else inner_origins(build, match.thing)
    classes = [owner.cls] if isinstance(owner, (Instance, Super)) else [o.cls for o in given if isinstance(o, (Class, Instance))]
    return [fn for cls in classes for fn in methods_by(build, cls, match.form.steps)]


def _site(build: Build, site: Key, node: str, target: str, waits: Location | None = None) -> None:
    """The call node itself leads on to what it runs, so that its regions hold for all inside. `waits`: where a step says for what."""
    noun = build.graph.nodes[node]
    build.graph.flow.functions.setdefault(node, FlowFunction(node, noun.symbol, noun.at))
    made = Site(node, target, noun.at, (), "call") if waits is None else Site(node, target, waits, (), "step")
    if made not in build.graph.flow.sites[-64:]:
        build.graph.flow.sites.append(made)


def agents_made(build: Build) -> list[Key]:
    """Agents of which no run was resolved are run by others later: from where they are made; returns the functions around these places."""
    targets = {site.target for site in build.ways()}
    rows: list[Key] = []
    for (kind, site), node in sorted(build.by_site.items()):
        if kind == "agent" and node not in targets and site not in build.engine.made_up:
            around = build.function_of(site[0], build.engine.call(site).order)
            at = build.call_location(site)
            noun = build.graph.nodes[node]
            build.graph.flow.functions.setdefault(node, FlowFunction(node, noun.symbol, noun.at))
            handed = Site(function(build, around), node, at, (), "handed")
            build.graph.flow.sites.append(handed)
            build.memo.setdefault("referring sites", set()).add(handed)  # type: ignore[attr-defined]
            rows.append(around)
    return rows


def bound_tools(build: Build) -> None:
    """Tools bound to the model calls inside a graph's steps belong to the graph."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    tools: dict[str, list[str]] = {}
    for site, found in rows.items():
        node = build.by_site.get(("model_call", site))
        if node is None:
            continue
        names = [t for a in found for t in _tools(build, a)]
        if names:
            tools[node] = list(dict.fromkeys(names))
    if not tools:
        return
    onward: dict[str, list[str]] = {}
    for s in build.graph.flow.sites:
        onward.setdefault(s.caller, []).append(s.target)
    workflows: list[Workflow] = build.memo.get("workflows", [])  # type: ignore[assignment]
    for workflow in workflows:
        for agent in workflow.agents:
            inside = _inside(build, agent, onward)
            for call in sorted(inside & tools.keys()):
                for tool in tools[call]:
                    at = build.graph.nodes[call].at
                    edge(build, agent, tool, "has_tool", at.path, at.line)
                    if tool not in inside:
                        step_to(build, agent, tool)


def _tools(build: Build, alternative: Alternative) -> list[str]:
    rows: list[str] = []
    things = [t for t in (alternative.match.thing, alternative.client) if t is not None]
    for thing in [p for t in things for p in parts(build, t)]:
        for site, ctx, package, path in thing.tools:
            refs = [
                t.methods[path].tools
                for n, t in build.base.types.items()
                if n.startswith(f"{package}:") and path in t.methods and t.methods[path].tools is not None
            ]
            for origin, _, _ in collected(build, thing, refs[0], (site, ctx, ()), []):
                rows.extend(tools_in(build, origin))
    return rows


def _inside(build: Build, agent: str, onward: dict[str, list[str]]) -> set[str]:
    """What is reached from an agent without going through another agent."""
    seen: set[str] = set()
    todo = list(onward.get(agent, ()))
    while todo:
        current = todo.pop()
        if current in seen or (current != agent and isinstance(build.graph.nodes.get(current), Agent)):
            continue
        seen.add(current)
        todo.extend(onward.get(current, ()))
    return seen


def drop_idle_runs(build: Build) -> None:
    """A run of a workflow graph in which no model is called, and of which every step is known, is no model call: what calls it leads
    straight on to the graph."""
    workflows: list[Workflow] = build.memo.get("workflows", [])  # type: ignore[assignment]
    content: dict[str, list[Origin]] = build.memo.get("step content", {})  # type: ignore[assignment]
    built = {a: w for w in workflows for a in w.agents}
    onward: dict[str, list[str]] = {}
    for s in build.graph.flow.sites:
        onward.setdefault(s.caller, []).append(s.target)
    dropped = set()
    for site_key, node in list(build.by_site.items()):
        started = onward.get(node, [])
        if site_key[0] != "model_call" or not started or not all(t in built for t in started):
            continue
        reached = _reached(started, onward)
        models = [n for t in reached if isinstance(n := build.graph.nodes.get(t), (ModelCall, Agent)) and t not in built]
        known = all(content.get(step) for t in started for step in built[t].steps.values())
        if not models and known and all(built[t].steps for t in started):
            dropped.add(node)
            del build.by_site[site_key]
            build.graph.nodes.pop(node, None)
    if dropped:
        sites = [s for s in build.graph.flow.sites if s.caller not in dropped]
        build.graph.flow.sites = [
            r for s in sites for r in ([replace(s, target=t) for t in onward[s.target]] if s.target in dropped else [s])
        ]
        build.graph.edges = [e for e in build.graph.edges if e.source not in dropped and e.target not in dropped]


def _reached(start: list[str], onward: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo.extend(onward.get(current, ()))
    return seen


def turns_of_runs(build: Build) -> None:
    """An agent for which nothing is written has the limit that its runs are given."""
    given: dict[str, list[Setting]] = {}
    for e in build.graph.edges:
        noun = build.graph.nodes.get(e.source)
        if e.kind == "runs" and isinstance(noun, ModelCall) and noun.loop_kind == "framework":
            given.setdefault(e.target, []).append(noun.loop)
    for agent, limits in given.items():
        noun = build.graph.nodes[agent]
        if isinstance(noun, Agent) and _is_default(noun.max_turns) and not any(_is_default(s) or s == NONE for s in limits):
            build.change(agent, max_turns=limits[0] if len(limits) == 1 else merge(limits))


def _is_default(setting: Setting) -> bool:
    return any(s.origin == "default" for s in alternatives(setting))
