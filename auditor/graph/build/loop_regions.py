"""Loops that matter as nodes: what they turn, how often, and what waits in them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED, Setting, absent, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_pipes import own_pipe, puts_back
from auditor.graph.build.matching import called_names, matches
from auditor.graph.flow import Site
from auditor.graph.types import ANSWERLESS, Loop, ModelCall, Retry
from auditor.program.origins.types import Func, Key, Place

if TYPE_CHECKING:
    pass


DEEPEST_WAIT = 1
LATER = ("dispatch", "given", "handed")


def number_of(build: Build, expr: Expr, place: Place) -> Setting:
    """A number in a loop's condition; None is no limit, where nothing else can stand there."""
    from auditor.graph.build.numbers import expression

    found = expression(build, expr, place)
    return replace(absent(), at=found.at) if found.unit == "default" else found


def waits(build: Build, module: int, call: Call, depth: int = 0) -> bool:
    """Whether a call waits for a human or an event, itself or in a function of the program that it calls directly."""
    memo: dict[tuple[int, int, int], bool] = build.memo.setdefault("waits", {})  # type: ignore[assignment]
    key = (module, call.index, depth)
    if key not in memo:
        memo[key] = False
        memo[key] = _waits(build, module, call, depth)
    return memo[key]


def _waits(build: Build, module: int, call: Call, depth: int) -> bool:
    if call.last in called_names(build, build.base.waits) and matches(build, build.base.waits, (module, call.index)):
        return not (depth and own_pipe(build.engine, module, call)) and not puts_back(build.engine, module, call)
    if depth >= DEEPEST_WAIT or not _function_name(build, call.last):
        return False
    found = build.engine.origins(call.func, Place(module, call.order))
    if len(found) != 1 or not isinstance(found[0], Func):
        return False
    fn = found[0].fn
    return any(waits(build, fn[0], c, depth + 1) for c in build.engine.modules[fn[0]].calls if build.function_of(fn[0], c.order) == fn)


def _function_name(build: Build, name: str) -> bool:
    """Whether a function of the program has this name."""
    names: set[str] = build.memo.setdefault("function names", set())  # type: ignore[assignment]
    if not names:
        names.add("")
        names.update(s.name for m in build.engine.modules for s in m.scopes if s.kind == "function")
    return name in names


def reaching_model(build: Build, packages: Collection[str] = (), *, answers: bool = False) -> set[str]:
    """Functions and nodes from which a model call is reached; with `packages`, one of these; with `answers`, one that answers."""
    callers: dict[str, list[str]] = {}
    for site in build.graph.flow.sites:
        callers.setdefault(site.target, []).append(site.caller)
    calls = (n for n in build.graph.nodes.values() if isinstance(n, ModelCall) and (not packages or n.framework in packages))
    todo = [n.id for n in calls if not answers or n.call not in ANSWERLESS]
    seen: set[str] = set(todo)
    while todo:
        for caller in callers.get(todo.pop(), ()):
            if caller not in seen:
                seen.add(caller)
                todo.append(caller)
    return seen


def loop_nodes(build: Build) -> None:
    """Nodes for the loops around calls that reach a model; other loops stay regions without a node."""
    from auditor.graph.build.loop_jobs import follows_work
    from auditor.graph.build.loop_raised import added_up, raised_limit
    from auditor.graph.build.loop_resumed import resumed
    from auditor.graph.build.loops import classify

    reached = reaching_model(build)
    limited = _handlers_limit(build)
    _limited_retries(build, reached, limited)
    models = build.memo["model sites"] = _model_sites(build, reaching_model(build, answers=True))
    blocks: dict[str, tuple[int, int]] = build.memo.get("loop blocks", {})  # type: ignore[assignment]
    wanted = {r for site in build.graph.flow.sites if site.target in reached for r in site.regions if r in blocks}
    for identity in sorted(wanted):
        module, block = blocks[identity]
        facts = classify(
            build.engine,
            module,
            block,
            numbers=lambda e, p: number_of(build, e, p),
            waits=lambda m, c: waits(build, m, c),
            reaches_model=lambda m, c: (m, c.index) in models,
        )
        if facts.ends_on == "model" and facts.shape == "while" and not facts.gated and follows_work(build, module, block, models):
            facts = replace(facts, ends_on="data")
        times = facts.times
        if times.value is UNBOUNDED and not facts.gated and facts.ends_on != "data":
            limit = raised_limit(build, module, block, reached) or limited(identity) or resumed(build, module, block, models)
            times = times if limit is None else unknown(limit, unit="turns")
        counts = added_up(build, module, block, reached) if times.value is UNBOUNDED and not facts.gated else ""
        info = build.engine.modules[module].blocks[block]
        at = build.location(module, info.line, info.column, info.end_line)
        node = Loop(
            id=build.node_id("loop", at, f":{block}" if info.kind == "comp" else ""),
            name=info.kind,
            symbol=build.qualname(module, info.order),
            at=at,
            role=build.role(module),
            qualname=build.qualname(module, info.order),
            callee=info.kind,
            shape="comprehension" if info.kind == "comp" else info.kind,
            times=times,
            counts=counts,
            ends_on=facts.ends_on,
            gated=facts.gated,
            bounded=facts.bounded,
        )
        build.add(node)
        build.graph.flow.regions[identity] = replace(build.graph.flow.regions[identity], noun=node.id)


def _limited_retries(build: Build, reached: set[str], limited: Callable[[str], str | None]) -> None:
    """Retries without a limit of their own that one below them may end."""
    from auditor.graph.build.loop_raised import raised_limit

    blocks: dict[str, tuple[int, int]] = build.memo.get("retry blocks", {})  # type: ignore[assignment]
    for region, (module, block) in sorted(blocks.items()):
        node = build.graph.nodes[build.graph.flow.regions[region].noun]
        if isinstance(node, Retry) and node.attempts.value is UNBOUNDED:
            limit = raised_limit(build, module, block, reached) or limited(region)
            if limit is not None:
                build.change(node.id, attempts=unknown(limit, unit="attempts"))


def _handlers_limit(build: Build) -> Callable[[str], str | None]:
    """Says of a region whether a handler of callbacks that checks a limit is told of a model call inside."""
    from auditor.graph.build.loop_raised import handler_limits

    rows: list[tuple[set[str], str]] = []
    for packages, why in handler_limits(build):
        told = reaching_model(build, packages)
        rows.append(({r for site in build.graph.flow.sites if site.target in told for r in site.regions}, why))
    return lambda region: next((why for inside, why in rows if region in inside), None)


def _model_sites(build: Build, reached: set[str]) -> set[Key]:
    """Call sites (module, call) through which a model is reached."""
    places = {(s.at.path, s.at.line, s.at.column) for s in build.graph.flow.sites if s.target in reached}
    rows: set[Key] = set()
    paths = {m.path: n for n, m in enumerate(build.engine.modules)}
    wanted = {p for p, _, _ in places}
    for path in wanted:
        number = paths.get(path)
        if number is None:
            continue
        for call in build.engine.modules[number].calls:
            if (path, build.line_in_file(number, call.line), call.column) in places:
                rows.add((number, call.index))
    return rows


def _call_of(build: Build, site: Site) -> tuple[int, Call] | None:
    """The call of a site of the flow."""
    memo: dict[str, tuple[int, dict[Location, Call]]] = build.memo.setdefault("calls by place", {})  # type: ignore[assignment]
    path = site.at.path
    if path not in memo:
        module = next(n for n, m in enumerate(build.engine.modules) if m.path == path)
        calls = build.engine.modules[module].calls
        memo[path] = module, {build.call_location((module, c.index)): c for c in reversed(calls)}
    module, places = memo[path]
    return (module, places[site.at]) if site.at in places else None


def _begins_later(build: Build, site: Site) -> bool:
    """Whether a timer runs the function: one that sets it anew each time is a job that comes again, and no recursion."""
    found = _call_of(build, site) if site.hop in ("thread", "task") else None
    return found is not None and any(m.form.delayed for m in matches(build, build.base.regions, (found[0], found[1].index)))


def _to_base(build: Build, site: Site) -> bool:
    """Whether a site is `super().method()`."""
    found = _call_of(build, site)
    if found is None or found[1].func[0] != "attr":
        return False
    base = found[1].func[1]
    return bool(base[0] == "call" and build.engine.call((found[0], base[1])).last == "super")


def recursion_nodes(build: Build) -> None:
    """Functions that call themselves, directly or through others, on the way to a model."""
    from auditor.graph.build.circles import circle, named, with_circle
    from auditor.graph.build.exclusive_calls import calls_apart
    from auditor.graph.build.recursions import classify_recursion

    reached = reaching_model(build)
    if not reached:
        return
    import networkx as nx

    onward = [s for s in build.graph.flow.sites if s.hop not in LATER and not s.declared and s.target.startswith("fn:")]
    onward = [s for s in onward if s.caller.startswith("fn:") and s.target in reached and not _begins_later(build, s)]
    graph: nx.DiGraph[str] = nx.DiGraph((s.caller, s.target) for s in onward)
    models = _model_sites(build, reaching_model(build, answers=True))
    for component in nx.strongly_connected_components(graph):
        inner = [s for s in onward if s.caller in component and s.target in component]
        if not inner or (len(component) == 1 and not any(s.caller == s.target for s in inner)):
            continue
        # What hands on to the method of a base comes back nowhere by itself.
        inner.sort(key=lambda s: (_to_base(build, s), s.at))
        first = inner[0]
        fn = build.functions[first.target]
        site = _call_of(build, first)
        if site is None:
            continue
        module, call = site
        calls = [(found[0], found[1].index) for s in inner if (found := _call_of(build, s)) is not None]
        facts = classify_recursion(
            build.engine,
            fn,
            (module, call.index),
            numbers=lambda e, p: number_of(build, e, p),
            waits=lambda m, c: waits(build, m, c),
            reaches_model=lambda m, c: (m, c.index) in models,
            round_=([build.functions[f] for f in sorted(component)], calls),
        )
        scope = build.engine.scope(fn)
        identity = build.node_id("loop", first.at, ":recursion")
        round_ = circle(first, inner)
        build.graph.flow.circles[identity] = named(build, round_)
        if len(component) == 1:
            build.graph.flow.apart[identity] = calls_apart(build, fn, calls)
        build.add(
            Loop(
                id=identity,
                name=scope.name,
                symbol=scope.qualname,
                at=first.at,
                also=tuple(dict.fromkeys(s.at for s in inner[1:])),
                role=build.role(module),
                qualname=build.qualname(module, call.order),
                callee=build.callee((module, call.index)),
                shape="recursion",
                times=with_circle(build, facts.times, round_),
                ends_on=facts.ends_on,
                gated=facts.gated,
                bounded=facts.bounded,
                calls_model=True,
            )
        )
