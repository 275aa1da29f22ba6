"""Program and knowledge to agent graph: the order in which nouns are found and connected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from auditor.core.location import Location
from auditor.facts.environment import Given
from auditor.facts.jobs import Job
from auditor.facts.types import ModuleFacts
from auditor.graph.build.agents import agent_nodes, connect_agents
from auditor.graph.build.alarms import decorated_alarms
from auditor.graph.build.answer_kinds import answer_kinds
from auditor.graph.build.asked_calls import asked_calls
from auditor.graph.build.asked_limits import asked_limits
from auditor.graph.build.blocking import blocking_calls, blocking_paths, direct_deadlines, without_pool
from auditor.graph.build.builders import connect_workflows, workflows
from auditor.graph.build.by_hand import evaluations
from auditor.graph.build.called import called, flow_so_far
from auditor.graph.build.called_loops import called_loops, decorated_retries
from auditor.graph.build.calls import call_nodes, later_calls
from auditor.graph.build.clients import client_nodes
from auditor.graph.build.context import Build, FileInfo, VersionsOf
from auditor.graph.build.contexts import contexts
from auditor.graph.build.cycles import cycle_nodes
from auditor.graph.build.delegation import delegations
from auditor.graph.build.described import described, roots_here
from auditor.graph.build.dispatch import connect_raw_agents, raw_agents
from auditor.graph.build.edges import call_edges
from auditor.graph.build.embedding import note_embedding
from auditor.graph.build.entries import Command, entry_nodes, flow_entries
from auditor.graph.build.error_bases import BASES, bases_of_errors
from auditor.graph.build.exclusive_calls import exclusive_calls
from auditor.graph.build.fails import raised_packages
from auditor.graph.build.flow import close_over_callers, flow_functions
from auditor.graph.build.gone import settings_of_what_is_gone
from auditor.graph.build.installed import installed
from auditor.graph.build.kept_unread import PUBLISHED
from auditor.graph.build.kinds_of_functions import drop_other_kinds
from auditor.graph.build.links import links
from auditor.graph.build.loaded import loaded
from auditor.graph.build.loop_regions import loop_nodes, recursion_nodes
from auditor.graph.build.loop_terms import RANGES
from auditor.graph.build.node_runs import node_flow
from auditor.graph.build.not_settled import unsettled_calls
from auditor.graph.build.one_request import one_request
from auditor.graph.build.one_turn import straight_runs
from auditor.graph.build.own_agents import own_agents
from auditor.graph.build.own_logs import own_logs
from auditor.graph.build.own_tools import own_tools
from auditor.graph.build.possible import possible
from auditor.graph.build.regions import region_forms
from auditor.graph.build.registrations import registrations
from auditor.graph.build.runs import agents_made, bound_tools, drop_idle_runs, run_edges, turns_of_runs
from auditor.graph.build.schema_tools import offered_tools, schema_tools
from auditor.graph.build.self_tests import self_tests
from auditor.graph.build.sends import send_fan_outs
from auditor.graph.build.served_calls import served_calls
from auditor.graph.build.served_tools import served_tools
from auditor.graph.build.servers import server_entries, server_variables
from auditor.graph.build.small_answers import small_answers
from auditor.graph.build.spending import spending
from auditor.graph.build.switched_off import switched_off
from auditor.graph.build.tool_runs import tool_runs
from auditor.graph.build.tracing import tracing
from auditor.graph.build.unknowns import not_understood
from auditor.graph.build.unreached import refer_unreached
from auditor.graph.build.unread_retries import unread_retries
from auditor.graph.build.unused import asked_functions, published, unused_functions
from auditor.graph.build.usage import usage
from auditor.graph.build.written_agents import written_agents
from auditor.graph.called import Wanted
from auditor.graph.graph import AgentGraph
from auditor.knowledge.base import Base
from auditor.knowledge.moved import add_moved
from auditor.knowledge.types import Knowledge
from auditor.program.origins.field_values import ALSO
from auditor.program.origins.lookup import DESCRIBED
from auditor.program.origins.mappings import MODELS, Models
from auditor.program.origins.options import OPTIONS, Options
from auditor.program.origins.parameters import STEPPING
from auditor.program.origins.settable import SETTINGS
from auditor.program.origins.types import Injector, Key, Shared, Starter
from auditor.program.origins.validators import VALIDATING, Decorator
from auditor.program.program import make_program


def runners(knowledge: list[Knowledge]) -> dict[str, int | str]:
    """External functions that run one of their arguments and give its result."""
    return {name: ref for k in knowledge for name, ref in k.runners.items()}


def starters(knowledge: list[Knowledge]) -> dict[str, Starter]:
    """External names that call a function with arguments that they are given for it; methods under each name that makes their object."""
    rows: dict[str, Starter] = {}
    for k in knowledge:
        for form in (f for f in k.regions if f.passes is not None or f.hands):
            refs = form.body if isinstance(form.body, list) else [form.body]
            starter = Starter(tuple(refs), *(form.passes or ("", "")), form.hands)
            for name in form.names:
                made, _, method = name.partition(".")
                kinds = [t for i, t in k.types.items() if made == i or made in t.is_]
                names = [f"{new}.{method}" for t in kinds for new in t.new] or [name]
                rows.update(dict.fromkeys(names, starter))
    return rows


def generics(knowledge: list[Knowledge]) -> dict[str, str]:
    """External generic classes with the attribute that is an object of the type argument."""
    return {name: attribute for k in knowledge for name, attribute in k.generics.items()}


def kinds(base: Base) -> dict[str, tuple[str, ...]]:
    """Names that make an object, with its type and those that it inherits from."""
    return {name: tuple(base.ancestors(types[0])) for name, types in base.new.items() if len(types) == 1}


def shared(base: Base, knowledge: list[Knowledge]) -> Shared:
    """The objects of frameworks of which the program has one."""
    made: dict[str, str] = {}
    names: dict[str, str] = {}
    ways: dict[tuple[str, str], str] = {}
    handed: dict[str, tuple[str, ...]] = {}
    passed: dict[str, tuple[str, tuple[str, ...]]] = {}
    for k in knowledge:
        for form in k.shared:
            kind = base.type_id(k.package, form.type) or form.type
            made.update(dict.fromkeys(form.made, kind))
            names.update(dict.fromkeys(form.names, kind))
            ways.update({(owner, attribute): kind for attribute, owners in form.ways.items() for owner in owners})
            handed.update({way: tuple(dict.fromkeys((*handed.get(way, ()), kind))) for way in form.handed})
            passed.update({name: (kind, tuple(path.split(".")) if path else ()) for name, path in form.passed.items()})
    return Shared(made, names, ways, frozenset(attribute for _, attribute in ways), handed, passed)


def injectors(knowledge: list[Knowledge]) -> dict[str, Injector]:
    """Classes of containers that make objects of the classes that they are asked for."""
    rows: dict[str, Injector] = {}
    for form in (f for k in knowledge for f in k.injectors):
        gives = {method: tuple(ref if isinstance(ref, list) else [ref]) for method, ref in form.gives.items()}
        rows.update(dict.fromkeys(form.names, Injector(gives, frozenset(form.same))))
    return rows


def fields(knowledge: list[Knowledge]) -> dict[str, tuple[tuple[int | str, ...], str]]:
    rows: dict[str, tuple[tuple[int | str, ...], str]] = {}
    for k in knowledge:
        for form in k.fields:
            refs = form.default if isinstance(form.default, list) else [form.default]
            rows.update({name: (tuple(refs), form.factory) for name in form.names})
    return rows


def models(knowledge: list[Knowledge]) -> dict[str, Models]:
    """External classes that make models of what derives from them."""
    rows: dict[str, Models] = {}
    for form in (f for k in knowledge for f in k.models):
        found = Models(frozenset(form.dumps), frozenset(form.plain), form.leaves_out, frozenset(form.opened_by))
        rows.update(dict.fromkeys(form.names, found))
    return rows


def also(knowledge: list[Knowledge]) -> dict[str, tuple[str, ...]]:
    """Declarations of fields, with the keywords that give a field another name for the constructor."""
    return {name: tuple(form.also) for k in knowledge for form in k.fields if form.also for name in form.names}


def decorators(knowledge: list[Knowledge]) -> dict[str, Decorator]:
    """What makes functions of a class validators of its fields."""
    rows: dict[str, Decorator] = {}
    for form in (f for k in knowledge for f in k.validators):
        early = tuple((name, frozenset(values)) for name, values in form.early.items())
        found = Decorator(form.gets == "mapping", early, form.only_early, form.always, form.last_first)
        rows.update(dict.fromkeys(form.names, found))
    return rows


def options(knowledge: list[Knowledge]) -> list[Options]:
    """How options of a command line are declared, where what they store is known."""
    forms = [form for k in knowledge for form in k.declared if form.stores and isinstance(form.default, str)]
    return [
        Options(frozenset(f.parsers), f.add, frozenset(f.parse), f.action, str(f.default), f.stores, frozenset(f.changes)) for f in forms
    ]


def build_graph(
    modules: list[ModuleFacts],
    knowledge: list[Knowledge],
    files: Mapping[str, FileInfo],
    versions: Callable[[str], VersionsOf],
    *,
    environment: Mapping[str, str] | None = None,
    mentioned: Mapping[str, str] | None = None,
    suggested: Mapping[str, Collection[str]] | None = None,
    scripts: Mapping[str, str] | None = None,
    set_at: Mapping[str, Location] | None = None,
    documents: Mapping[str, object] | None = None,
    words: Collection[str] = (),
    distributions: Collection[str] = (),
    jobs: Sequence[Job] = (),
    commands: Sequence[Command] = (),
    runs_on: Mapping[str, Collection[str]] | None = None,
    package: str = "",
    own: Sequence[Knowledge] = (),
    calls: bool | Wanted = False,
    asked: tuple[str, int] | None = None,
) -> AgentGraph:
    """The graph of a program. `calls`: with all that it calls, or what is wanted of it.

    `own`: the part of the knowledge that comes from packs: it goes before the code of what it describes.
    `asked`: path and line of calls to be told about.
    `package`: dotted name of the package that the root lies in. `environment`: variables set in deployment files,
    `set_at`: where; `mentioned`: those that may be set, and what says so, `suggested`: what is written there.
    `scripts`: console script -> `module:function`.
    `documents`: path -> JSON. `words`: what configuration mentions, `distributions`: folders that are built into one, `jobs`: of services
    that run files; `commands`: of a deployment, with the file that starts them. `runs_on`: file of a deployment -> images and kinds of
    resources.
    """
    tests, shows = ({p for p, f in files.items() if f.role in roles} for roles in (("test",), ("example", "notebook")))
    base = Base(knowledge)
    add_moved(base, {name for module in modules for name in module.imports})
    external = (
        starters(knowledge),
        generics(knowledge),
        kinds(base),
        shared(base, knowledge),
        injectors(knowledge),
        installed(base, versions),
    )
    engine = make_program(modules, runners(knowledge), fields(knowledge), package, tests, shows, *external)
    engine.memo[STEPPING] = {n.method for f in base.builders.values() if f.state is not None for n in f.nodes}
    engine.memo[MODELS] = models(knowledge)
    engine.memo[ALSO] = also(knowledge)
    engine.memo[VALIDATING] = decorators(knowledge)
    engine.memo[OPTIONS] = options(knowledge)
    engine.memo[BASES] = bases_of_errors(knowledge)
    engine.memo[RANGES] = frozenset(name for k in knowledge for name in k.ranges)
    engine.memo[SETTINGS] = {name for k in knowledge for f in k.models if f.environment for name in f.names}
    engine.memo[DESCRIBED] = described(engine, own)
    build = Build(engine, base, dict(files), versions, environment=dict(environment or {}), set_at=dict(set_at or {}))
    build.parts_of_environment = environment.parts if isinstance(environment, Given) else {}
    build.described = roots_here(own, modules)
    build.documents = dict(documents or {})
    build.memo["mentioned variables"] = dict(mentioned or {})
    build.memo[PUBLISHED] = published(build, distributions, bool(scripts))
    server_variables(build)
    evaluations(build, (scripts or {}).values())
    client_nodes(build)
    call_nodes(build)
    served_calls(build)
    region_forms(build)
    blocking_calls(build)
    direct_deadlines(build)
    later_calls(build)
    registrations(build)
    agent_nodes(build)
    workflows(build)
    connect_agents(build)
    delegations(build)
    links(build)
    schema_tools(build)
    served_tools(build)
    written_agents(build)
    offered_tools(build)
    connect_workflows(build)
    send_fan_outs(build)
    _flow(build)
    entry_nodes(build, dict(scripts or {}), jobs, commands)
    flow_entries(build)
    server_entries(build)
    asked_limits(build)
    drop_other_kinds(build)
    refer_unreached(build)
    blocking_paths(build)
    unsettled_calls(build)
    without_pool(build)
    note_embedding(build)
    cycle_nodes(build)
    straight_runs(build)
    turns_of_runs(build)
    loop_nodes(build)
    recursion_nodes(build)
    called_loops(build)
    decorated_retries(build)
    decorated_alarms(build)
    bound_tools(build)
    raw = raw_agents(build)
    build.memo["raw agents"] = raw
    own_agents(build, raw)
    own_tools(build)
    connect_raw_agents(build, raw)
    close_over_callers(build, node_flow(build))
    loaded(build)
    possible(build)
    answer_kinds(build)
    small_answers(build)
    exclusive_calls(build)
    tracing(build, commands)
    usage(build)
    own_logs(build)
    spending(build)
    one_request(build, runs_on or {})
    self_tests(build)
    switched_off(build, suggested or {})
    build.graph.flow.sites = build.ways()
    call_edges(build)
    raised_packages(build)
    settings_of_what_is_gone(build)
    not_understood(build)
    unread_retries(build)
    unused_functions(build, words, distributions)
    around = flow_so_far(build) if calls else None
    contexts(build)
    asked_functions(build)
    if around is not None:
        called(build, around, dict(scripts or {}), jobs, commands, None if calls is True else calls or None)
    asked_calls(build, asked)
    build.graph.edges.sort()
    build.graph.files = len(engine.modules)
    build.graph.lines = sum(m.lines for m in engine.modules)
    return build.graph


def _flow(build: Build) -> None:
    """Functions on the way to calls, then those that nodes run."""
    sites: list[tuple[Key, str]] = sorted(
        (site, node)
        for (kind, site), node in build.by_site.items()
        if kind in ("model_call", "external_call") and site not in build.engine.made_up
    )
    flow_functions(build, sites)
    close_over_callers(build, tool_runs(build))
    close_over_callers(build, node_flow(build))
    close_over_callers(build, run_edges(build))
    close_over_callers(build, agents_made(build))
    drop_idle_runs(build)
