"""Calls that block the event loop, and deadlines that stand directly around a call."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import ABSENT, Setting, Unknown
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.decorated import may_be_coroutine
from auditor.graph.build.elsewhere import lambda_runs_here
from auditor.graph.build.handed import is_handed
from auditor.graph.build.lambdas import in_lambda
from auditor.graph.build.lazy_calls import read_apart
from auditor.graph.build.not_settled import not_settled, spread
from auditor.graph.build.regions import argument_regions
from auditor.graph.flow import Site
from auditor.graph.types import DeadlineScope, EntryPoint, ExternalCall
from auditor.program.origins.reaching import ancestors, exclusive
from auditor.program.origins.types import Key


def blocking_calls(build: Build) -> None:
    """Marks calls that wait in their thread, and of these what runs in that of the event loop: written in an `async def`."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    for site, found in rows.items():
        node = build.by_site.get(("model_call", site)) or build.by_site.get(("external_call", site))
        if node is None or build.engine.call(site).awaited or is_handed(build, site) or not _wait(build, node, found):
            continue
        if read_apart(build, site, found):
            continue
        build.change(node, blocks=True)
        if _on_the_loop(build, site):
            build.change(node, blocking_in_async=_blocks(found))


def _blocks(found: list[Alternative]) -> bool | Setting:
    """What a call does to the loop that it runs on."""
    open_ = any(a.match.form.blocking == "unknown" for a in found)
    return Setting(Unknown("it runs code that is not known, which may only define things"), "inferred") if open_ else True


def _on_the_loop(build: Build, site: Key) -> bool:
    """Whether the nearest function around a call is a coroutine; what stands in a lambda or a nested `def` runs elsewhere, unless the
    lambda runs where it is written."""
    call = build.engine.call(site)
    facts = build.engine.modules[site[0]]
    scope = facts.statements[call.order][0]
    here = lambda_runs_here(build, site[0], call.order)
    while facts.scopes[scope].kind == "comp" or (here and facts.scopes[scope].kind == "lambda"):
        scope = facts.scopes[scope].parent
    return facts.scopes[scope].is_async


def _wait(build: Build, node: str, found: list[Alternative]) -> bool:
    """Whether a call waits in its own thread, in each of its forms."""
    noun = build.graph.nodes[node]
    return not (isinstance(noun, ExternalCall) and noun.instant) and all(_waits(build, a) for a in found)


def _waits(build: Build, alternative: Alternative) -> bool:
    """Whether a call of this form waits in its own thread."""
    form = alternative.match.form
    if not form.blocking or form.awaited is True:
        return False
    thing = alternative.match.thing
    if thing is None or form.awaited is False:
        return True
    if may_be_coroutine(build, thing.origin):
        return False
    return not any(build.base.types[a].awaited for a in build.base.ancestors(thing.type))


def blocking_paths(build: Build) -> None:
    """Marks blocking calls in plain functions that a coroutine of a server calls in the same thread, or may call."""
    plain = list(_plain_calls(build))
    seen = _on_loops(build)
    for node, fn, blocks in plain:
        if fn in seen:
            build.change(node, blocking_in_async=blocks)
    unseen = {fn for _, fn, _ in plain} - seen
    doubts = not_settled(build, unseen) if seen else {}
    reasons = spread(doubts, _onward(build), sorted(seen)) if doubts else {}
    for node, fn, _ in plain:
        if fn in unseen and fn in reasons:
            why = f"{reasons[fn]}: it may run this on an event loop"
            build.change(node, blocking_in_async=Setting(Unknown(why), "inferred"))


def _plain_calls(build: Build) -> Iterator[tuple[str, str, bool | Setting]]:
    """The calls that wait in plain functions, with these, and what they do to a loop."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    for site, found in rows.items():
        node = build.by_site.get(("model_call", site)) or build.by_site.get(("external_call", site))
        call = build.engine.call(site)
        fn = build.function_id(build.function_of(site[0], call.order))
        if node is None or fn not in build.graph.flow.functions or build.graph.flow.functions[fn].is_async or call.awaited:
            continue
        later = in_lambda(build, site[0], call.order) and not lambda_runs_here(build, site[0], call.order)
        elsewhere = later or is_handed(build, site) or read_apart(build, site, found)
        if not elsewhere and _wait(build, node, found):
            yield node, fn, _blocks(found)


def _on_loops(build: Build) -> set[str]:
    """The functions that coroutines of servers call in their thread, and these, whoever runs the coroutine."""
    flow = build.graph.flow
    servers = {n.id for n in build.graph.nodes.values() if isinstance(n, EntryPoint) and n.server}
    anyhow: dict[str, list[str]] = {}
    for step in build.ways():
        anyhow.setdefault(step.caller, []).append(step.target)
    reached = _reached(anyhow, [f for e in servers for f in flow.entries.get(e, ())])
    return _reached(_onward(build), [f for f in reached if f in flow.functions and flow.functions[f].is_async])


def _onward(build: Build) -> dict[str, list[str]]:
    """Functions -> those that they call in their thread."""
    onward: dict[str, list[str]] = {}
    for step in build.ways():
        called = step.hop in ("call", "await") and step.target in build.graph.flow.functions and step.target.startswith("fn:")
        if called and (step.target not in build.functions or _runs_here(build, step)):
            onward.setdefault(step.caller, []).append(step.target)
    return onward


def _reached(onward: dict[str, list[str]], todo: list[str]) -> set[str]:
    seen: set[str] = set()
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo.extend(onward.get(current, ()))
    return seen


def _runs_here(build: Build, step: Site) -> bool:
    """Whether a call runs the body of what it calls: of a generator only what goes through it does, here or wherever it is handed to."""
    if not build.engine.scope(build.functions[step.target]).yields:
        return True
    caller = build.functions.get(step.caller)
    if caller is None:
        return False
    facts = build.engine.modules[caller[0]]
    calls = {("call", c.index) for c in facts.calls if build.call_location((caller[0], c.index)) == step.at}
    return any(b.kind in ("for", "comp") and not b.is_async and b.expr in calls for b in facts.blocks)


def without_pool(build: Build) -> None:
    """Notes the calls that run a function here only where the other branch does not hand it to other threads or processes."""
    flow = build.graph.flow
    apart: dict[tuple[str, str], list[Site]] = {}
    for site in flow.sites:
        if site.hop in ("thread", "process") and site.target in flow.functions:
            apart.setdefault((site.caller, site.target), []).append(site)
    here = [s for s in flow.sites if s.hop in ("call", "await") and (s.caller, s.target) in apart and s.caller in build.functions]
    flow.instead = frozenset(
        (s.caller, s.target, s.at) for s in here if all(_other_branch(build, s, other) for other in apart[s.caller, s.target])
    )


def _other_branch(build: Build, here: Site, there: Site) -> bool:
    module = build.functions[here.caller][0]
    facts = build.engine.modules[module]
    blocks = {build.call_location((module, c.index)): facts.statements[c.order][1] for c in facts.calls}
    if here.at not in blocks or there.at not in blocks:
        return False
    return exclusive(facts, ancestors(facts, blocks[here.at]), ancestors(facts, blocks[there.at]))


def direct_deadlines(build: Build) -> None:
    """`await wait_for(process.communicate(), 30)`: an API without a limit of its own has the one written directly around the call."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    for site in rows:
        node = build.by_site.get(("external_call", site))
        noun = build.graph.nodes.get(node) if node is not None else None
        if not isinstance(noun, ExternalCall) or noun.deadline.value is not ABSENT:
            continue
        for region in argument_regions(build, site):
            scope = build.graph.nodes.get(build.graph.flow.regions[region].noun)
            if not isinstance(scope, DeadlineScope) or scope.fires is False:
                continue
            if scope.deadline.number is not None and noun.blocking_in_async is not True:
                build.change(noun.id, deadline=scope.deadline)
