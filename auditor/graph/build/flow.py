"""The call graph with regions, backwards from the nouns: who calls whom, inside which loops, retries, deadlines and spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from auditor.facts.types import Call, Expr
from auditor.graph.build.alarms import alarm_around, manager_alarm
from auditor.graph.build.caught import converting, left_by, only_raises
from auditor.graph.build.client_retries import client_layers
from auditor.graph.build.context import Build
from auditor.graph.build.decorated_apart import runs_apart
from auditor.graph.build.elsewhere import calls_it, has_own_loop, lambda_runs_here, own_pool, runs_it
from auditor.graph.build.entered import entered
from auditor.graph.build.given_back import read_outside
from auditor.graph.build.handed import is_handed
from auditor.graph.build.indirect import handed_by_some, indirect, runs_here
from auditor.graph.build.kept_unread import only_kept_unread
from auditor.graph.build.lambdas import in_lambda, lambda_calls, lambda_takers, nodes_of_lambda
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_terms import walk
from auditor.graph.build.matching import matches
from auditor.graph.build.members import subscription
from auditor.graph.build.never import source
from auditor.graph.build.owners import owners, run_by_runners
from auditor.graph.build.passed_through import spans_on_the_way
from auditor.graph.build.possible import note
from auditor.graph.build.referred import referred
from auditor.graph.build.regions import argument_regions, with_region
from auditor.graph.build.retries import applied, apply_region, call_retries, decorator_regions
from auditor.graph.build.retry_regions import loop_region, recursive_retry
from auditor.graph.build.swallowed import again_around, swallowed
from auditor.graph.flow import FlowFunction, Site
from auditor.program.origins.callers import all_callers, holders
from auditor.program.origins.objects import foreign_bases
from auditor.program.origins.receivers import declared_only
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Attr, Class, Ext, Func, Instance, Key, Module, Place, Unresolved

BRANCHES = ("if", "else", "case", "except")
Hop = Literal["call", "await", "thread", "process", "task", "dispatch", "given", "handed"]


def flow_functions(build: Build, nodes: Iterable[tuple[Key, str]]) -> None:
    """The functions from which nodes are reached, with a site for every call on the way. `nodes`: (call site, node id)."""
    todo: list[Key] = []
    for site, node in nodes:
        call = build.engine.call(site)
        fn = build.function_of(site[0], call.order)
        add_site(build, fn, node, site[0], call, own=True)
        todo.append(fn)
    close_over_callers(build, todo)


def close_over_callers(build: Build, todo: list[Key]) -> None:
    """Adds the callers of these functions, and theirs, until nothing is new."""
    seen: set[Key] = build.memo.setdefault("flow seen", set())  # type: ignore[assignment]
    todo = list(dict.fromkeys(todo))
    while todo:
        fn = todo.pop(0)
        if fn in seen:
            continue
        seen.add(fn)
        function(build, fn)
        sites, passed = calling_sites(build, fn), handed_by_some(build, fn)
        for site, hop in sites:
            call = build.engine.call(site)
            if hop in ("call", "await") or runs_apart(build, fn, site):
                note(build, site, fn, function(build, fn))
            for caller in owners(build, site) or [build.function_of(site[0], call.order)]:
                add_site(build, caller, function(build, fn), site[0], call, hop=hop, declared=declared_only(build.engine, site, fn))
                todo.append(caller)
        for site, frame in passed:
            call = build.engine.call(site)
            caller = build.function_of(site[0], call.order)
            how = _of_lambda(build, frame.site[0], build.engine.call(frame.site).order)
            how = how or ("thread" if runs_apart(build, fn, frame.site) else None)
            add_site(build, caller, function(build, fn), site[0], call, hop=how, inner=[frame.site])
            todo.append(caller)
        around = _entering(build, fn)
        todo.extend(around)
        if not passed and not around and not any(_leads(build, fn, site) for site, _ in sites):
            todo.extend(handed_from(build, fn))


def _entering(build: Build, fn: Key) -> list[Key]:
    """Adds a site for each `with` that calls a method by itself; returns the functions around them."""
    rows: list[Key] = []
    for number, order, expr, call in entered(build, fn):
        at = build.call_location((number, call)) if call >= 0 else build.location(number, build.engine.modules[number].statements[order][2])
        caller, target = build.function_of(number, order), function(build, fn)
        written = f"with {build.written(number, expr)}" if build.engine.scope(caller).is_async else ""
        site = Site(
            source(build, function(build, caller), number, order),
            target,
            at,
            tuple(dict.fromkeys(site_regions(build, number, order, call))),
            "await" if build.engine.scope(fn).is_async else "call",
            branches=_branches(build, number, order),
            written=written,
        )
        build.graph.flow.sites.append(site)
        rows.append(caller)
    return rows


def handed_from(build: Build, fn: Key) -> list[Key]:
    """Adds a site for each place where a function is referred to; returns the functions around them."""
    rows = referred(build, fn) if not _runs_by_node(build, fn) else []
    if not rows and only_kept_unread(build, fn):
        build.graph.flow.split |= {function(build, fn)}
    spans = spans_on_the_way(build, fn) if rows else {}
    for caller, at, made in rows:
        site = Site(function(build, caller), function(build, fn), at, spans.get(at, ()), "handed", made=made)
        build.graph.flow.sites.append(site)
        build.memo.setdefault("referring sites", set()).add(site)  # type: ignore[attr-defined]
    return [caller for caller, _, _ in rows]


def _leads(build: Build, fn: Key, site: Key) -> bool:
    """Whether a call leads to a function from elsewhere, tests aside."""
    return build.engine.speaks_of(site[0], fn[0]) and build.function_of(site[0], build.engine.call(site).order) != fn


def _runs_by_node(build: Build, fn: Key) -> bool:
    """Whether an entry point, a tool, a step or an agent is made of a function."""
    known: set[Key] = build.memo.get("run by nodes", set())  # type: ignore[assignment]
    return fn in known or ("entry_point", fn) in build.by_function


def function(build: Build, fn: Key) -> str:
    """The flow function of a function or module body."""
    scope = build.engine.scope(fn)
    identity = build.function_id(fn)
    if identity not in build.graph.flow.functions:
        at = build.scope_location(fn)
        build.functions[identity] = fn
        build.graph.flow.functions[identity] = FlowFunction(identity, scope.qualname, at, scope.is_async)
        wrappers = decorator_regions(build, fn)
        reading = decorator_regions(build, fn, given_back=True) if wrappers and not scope.yields else wrappers
        build.graph.flow.functions[identity] = FlowFunction(identity, scope.qualname, at, scope.is_async, wrappers, reading)
    return identity


def calling_sites(build: Build, fn: Key) -> list[tuple[Key, Hop]]:
    """Call sites of a function: direct ones, callbacks, dispatch tables, and places where it is handed to something external."""
    rows: dict[Key, Hop] = {}
    passed = {f.site for _, f in handed_by_some(build, fn)}
    awaited: Hop = "thread" if has_own_loop(build, fn) else "await"
    for frame in all_callers(build.engine, fn):
        if frame.site in passed:
            continue
        call = build.engine.call(frame.site)
        rows.setdefault(frame.site, "thread" if runs_apart(build, fn, frame.site) else awaited if call.awaited else "call")
    for site in indirect(build, fn):
        rows.setdefault(site, (awaited if build.engine.call(site).awaited else "call") if runs_here(build, fn, site) else "dispatch")
    for site, hop in handed_over(build, fn):
        rows.setdefault(site, hop)
    rows.update((site, "dispatch") for site in run_by_runners(build, fn) if site not in rows)
    heard = passed or any(build.engine.speaks_of(number, fn[0]) for number, _ in rows)
    if not heard and subscription(build, fn, build.base.step_names) is None:
        rows.update(dict.fromkeys(template_sites(build, fn), "dispatch"))
    return sorted(rows.items())


def template_sites(build: Build, fn: Key) -> list[Key]:
    """A public method that overrides one of an external base class runs when a method of that base is called on an instance."""
    scope = build.engine.scope(fn)
    owner: Key = (fn[0], scope.parent)
    if scope.parent < 0 or build.engine.scope(owner).kind != "class" or scope.name.startswith("_"):
        return []
    external = foreign_bases(build.engine, owner)
    if not external:
        return []
    starting = {method for base in external for method in build.base.started_by.get(base, ())}
    receivers = _by_receiver(build)
    rows: list[Key] = []
    for name in sorted(holders(build.engine, owner)):
        for number, call in receivers.get(name, ()):
            if (starting and call.last not in starting) or (scope.is_async and _is_asked(build, number, call)):
                continue
            made = build.engine.origins(call.func, Place(number, call.order))
            if any(isinstance(o, Attr) and isinstance(o.base, Instance) and o.base.cls == owner for o in made):
                rows.append((number, call.index))
    return list(dict.fromkeys(rows))


def _is_asked(build: Build, number: int, call: Call) -> bool:
    """Whether a call gives a condition its answer at once: it runs no coroutine."""
    own = suites(build.engine, number)
    tests = [own.module.blocks[part].expr for part in own.parts.get(call.order, ()) if own.module.blocks[part].kind in ("if", "while")]
    return not call.awaited and any(one == ("call", call.index) for test in tests for one in walk(own.module, test))


def _by_receiver(build: Build) -> dict[str, list[tuple[int, Call]]]:
    """Method calls by the last name of their receiver."""
    known = build.memo.get("by receiver")
    if known is not None:
        return known  # type: ignore[return-value]
    table: dict[str, list[tuple[int, Call]]] = defaultdict(list)
    for number, call in build.calls():
        if call.func[0] == "attr":
            table[last_name(call.func[1])].append((number, call))
    build.memo["by receiver"] = table
    return table


def handed_over(build: Build, fn: Key) -> list[tuple[Key, Hop]]:
    """Calls of external functions that get this function as an argument: threads, tasks, retries, registrations of unknown kind."""
    rows: list[tuple[Key, Hop]] = []
    name = build.engine.scope(fn).name
    for number, call, where in build.engine.value_uses.get(name, ()):
        place = Place(number, call.order)
        value = call.args[where] if isinstance(where, int) else next(v for n, v, _ in call.keywords if (n or "**") == where)
        if not any(isinstance(o, Func) and o.fn == fn for o in build.engine.origins(value, place)):
            continue
        site: Key = (number, call.index)
        found = build.engine.origins(call.func, place)
        pool = own_pool(build, found, call.last)
        if pool is not None:
            rows.append((site, "process" if pool.process else "thread"))
        if not found or all(isinstance(o, (Func, Module, Unresolved)) for o in found):
            continue
        if calls_it(found, where):
            rows.append((site, "call"))
            continue
        if any(isinstance(o, Ext) and o.name.startswith("builtins.") for o in found):
            continue
        if matches(build, build.base.registrations, site) or is_builder_call(build, site, call):
            continue
        if any(isinstance(o, Ext) and o.name in build.base.step_names for o in found):
            # It names the step that is waited for.
            continue
        hop = "handed" if all(isinstance(o, (Class, Instance)) for o in found) else runs_it(build, site)
        rows.append((site, "given" if hop == "dispatch" else hop))
    return rows


def is_builder_call(build: Build, site: Key, call: Call) -> bool:
    """Whether a call adds to a workflow graph: its functions are run by the graph."""
    from auditor.graph.build.things import objects

    if call.func[0] != "attr":
        return False
    methods = {n.method for f in build.base.builders.values() for n in f.nodes} | {
        b.method for f in build.base.builders.values() for b in f.branches
    }
    if call.func[2] not in methods:
        return False
    found = objects(build, build.engine.origins(call.func[1], build.engine.call_place(site)))
    return any(a in build.base.builders for t in found for a in build.base.ancestors(t.type))


def add_site(
    build: Build,
    caller: Key,
    target: str,
    module: int,
    call: Call,
    *,
    hop: Hop | None = None,
    own: bool = False,
    inner: Sequence[Key] = (),
    declared: bool = False,
) -> None:
    """A site with the regions around it. `inner`: calls in another function that run the target when it is passed there."""
    nodes = nodes_of_lambda(build, module, call.order)
    regions = list(site_regions(build, module, call.order, call.index, alone=bool(nodes)))
    called = lambda_calls(build, module, call.order)
    inner = [*inner, *called]
    if inner:
        regions = [*inner_regions(build, inner[0]), *regions]
    if own:
        regions = [*client_layers(build, (module, call.index)), *regions]
    regions = [*call_retries(build, (module, call.index)), *regions]
    started: dict[Key, str] = build.memo.get("started regions", {})  # type: ignore[assignment]
    if (module, call.index) in started and (not own or is_handed(build, (module, call.index))):
        regions = [started[module, call.index], *regions]
    if hop in (None, "call") and in_lambda(build, module, call.order):
        inside = [_of_lambda(build, site[0], build.engine.call(site).order) for site in called]
        hop = next(filter(None, inside), hop) if called else _of_lambda(build, module, call.order) or "dispatch"
    later, unread = read_outside(build, target, module, call, regions) if not nodes and not inner else (False, ())
    written = build.callee((module, call.index)) if build.engine.scope(caller).is_async else ""
    for running in nodes or [source(build, function(build, caller), module, call.order)]:
        site = Site(
            running,
            target,
            build.call_location((module, call.index)),
            tuple(dict.fromkeys(regions)),
            hop or ("await" if call.awaited else "call"),
            declared,
            later=later,
            unread=unread,
            branches=_branches(build, module, call.order),
            written=written,
        )
        build.graph.flow.sites.append(site)


def _of_lambda(build: Build, module: int, order: int) -> Hop | None:
    """How a lambda that a statement stands in is run by what gets it, where that is a thread, another process or right there."""
    takers = (runs_it(build, site) for site in lambda_takers(build, module, order))
    found = next((how for how in takers if how in ("thread", "process")), None)
    return found or ("call" if lambda_runs_here(build, module, order) else None)


def _branches(build: Build, module: int, order: int) -> int:
    """How many branches lie around a statement in its function."""
    facts = build.engine.modules[module]
    block, count = facts.statements[order][1], 0
    while block >= 0 and facts.blocks[block].kind not in ("function", "module", "class"):
        count += facts.blocks[block].kind in BRANCHES
        block = facts.blocks[block].parent
    return count


def inner_regions(build: Build, site: Key) -> list[str]:
    """Regions around a call of a parameter, and those that decorate the function around it."""
    call = build.engine.call(site)
    fn = build.function_of(site[0], call.order)
    return [*site_regions(build, site[0], call.order, site[1]), *decorator_regions(build, fn)]


def site_regions(build: Build, module: int, order: int, call: int, *, alone: bool = False) -> list[str]:
    """Regions around a call inside its function, from the inside out; what stands in an `except` body is not retried by its loop.
    `alone`: a lambda runs without what is around it."""
    facts = build.engine.modules[module]
    rows: list[str] = []
    for site in ((module, call), *lambda_takers(build, module, order)):
        for one in (site, *_enclosing_calls(build, *site)):
            rows.extend(r for r in argument_regions(build, one) if r not in rows)
    block = facts.statements[order][1]
    trail: list[int] = []
    handlers: list[str] = []
    converted: list[str] = []
    """what failures come out as of a `try` that a loop around it may try again: of the loop, that is"""
    alarm = alarm_around(build, module, order)
    while block >= 0:
        info = facts.blocks[block]
        if alarm is not None and alarm[0] == block:
            rows.append(alarm[1])
        if info.kind in ("function", "module", "class") or (alone and info.kind == "lambda"):
            region = recursive_retry(build, module, block) if info.kind == "function" else None
            rows.extend([*([region] if region is not None else []), *converted])
            break
        if info.kind == "with":
            for item in reversed(info.items):
                region = with_region(build, module, item) or _applied_context(build, module, item, info.order)
                if region is not None:
                    rows.append(region)
        elif info.kind in ("for", "while", "comp"):
            loops = loop_region(build, module, block, trail, order)
            rows.extend((*loops, *converted))
            converted = []
            handlers = left_by(build, handlers, loops)
        elif info.kind == "try":
            region = recursive_retry(build, module, block)
            if region is None and (region := swallowed(build, module, block)) is not None:
                handlers.append(region)
            elif region is None and (other := converting(build, module, block)) is not None:
                (rows if only_raises(build, module, block) else converted).append(other)
            if region is not None:
                rows.append(region)
        trail.append(block)
        block = info.parent
    return again_around(build, module, call, rows) if call >= 0 else rows


def _enclosing_calls(build: Build, module: int, call: int) -> list[Key]:
    """Calls in whose arguments this call is written, in the same statement."""
    tables: dict[int, dict[Key, list[Key]]] = build.memo.setdefault("enclosing", {})  # type: ignore[assignment]
    if module not in tables:
        tables[module] = {}
        _fill_enclosing(build, module, tables[module])
    return tables[module].get((module, call), [])


def _fill_enclosing(build: Build, module: int, table: dict[Key, list[Key]]) -> None:
    for call in build.engine.modules[module].calls:
        for arg in (*call.args, *(v for _, v, _ in call.keywords)):
            inner = arg
            while inner[0] in ("await", "star"):
                inner = inner[1]
            if inner[0] == "call":
                table.setdefault((module, inner[1]), []).append((module, call.index))


def _applied_context(build: Build, module: int, expr: Expr, order: int) -> str | None:
    """`with span(...)`: a span, retry or deadline value used as context manager; or one of the program that sets an alarm."""
    line = build.engine.modules[module].statements[order][2]
    at = build.call_location((module, expr[1])) if expr[0] == "call" else build.location(module, line)
    for value in applied(build, build.engine.origins(expr, Place(module, order))):
        if "context" in value.form.as_:
            return apply_region(build, value, at, module, build.qualname(module, order), build.written(module, expr))
    return manager_alarm(build, module, expr, order, at)
