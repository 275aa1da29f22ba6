"""Regions around a call: loops, retries, deadlines, spans and fan-outs, from the inside out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, TypeAlias

from auditor.core.values import Setting
from auditor.facts.types import Call, Expr
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_terms import parts
from auditor.graph.build.matching import Match, called_names, matches
from auditor.graph.build.settings import of_call
from auditor.graph.build.shielded import ended_after
from auditor.graph.build.waited import waited
from auditor.graph.build.widths import width_of
from auditor.graph.flow import Region, RegionKind
from auditor.graph.types import NONE, DeadlineScope, FanOut
from auditor.knowledge.types import RegionForm
from auditor.program.origins.containers import elements
from auditor.program.origins.reaching import reaching
from auditor.program.origins.types import Box, Func, Key, Partial

KINDS: dict[str, RegionKind] = {
    "deadline": "deadline",
    "fan_out": "fan_out",
    "thread": "thread",
    "task": "task",
    "span": "span",
    "lock": "lock",
}
WAITS = ("join", "wait", "get")
Ends: TypeAlias = Literal["", "failures", "all"]


def region_forms(build: Build) -> None:
    """Finds all region calls and notes which calls stand in their arguments or in the body of their `with`."""
    inside: dict[Key, list[str]] = defaultdict(list)
    bodies: dict[Key, str] = {}
    started: dict[Key, str] = {}
    handed: dict[Key, list[Key]] = defaultdict(list)
    names = called_names(build, build.base.regions)
    for number, call in build.calls():
        if call.last not in names:
            continue
        site = (number, call.index)
        for match in matches(build, build.base.regions, site)[:1]:
            for waiting in waited(build, site, match):
                for inner in (site,) if match.form.callable else _body_calls(build, number, call, match.form):
                    inside[inner].append(waiting)
            region = _region(build, site, call, match)
            if region is None:
                continue
            if match.form.body == "with":
                bodies[site] = region
                for inner in _awaited_in(build, site) if match.form.makes == "deadline" else ():
                    inside[inner].append(region)
            elif match.form.callable:
                started[site] = region
                for fn in _handed(build, site, match) if match.form.makes == "span" else ():
                    handed[fn].append(site)
            else:
                for inner in _body_calls(build, number, call, match.form):
                    if region not in inside[inner]:
                        inside[inner].append(region)
    build.memo["inside regions"] = inside
    build.memo["with regions"] = bodies
    build.memo["started regions"] = started
    build.memo["handed to regions"] = handed


def _handed(build: Build, site: Key, match: Match[RegionForm]) -> Iterator[Key]:
    """Functions of the program that a call runs inside its region: given to it, also in a list or through a variable."""
    for ref in refs(match.form.body):
        for given in argument(build, ref, site, 0, match.partials) or ():
            for element in elements(build.engine, given) if isinstance(given, Box) else (given,):
                origin = element
                while isinstance(origin, Partial):
                    origin = origin.target
                if isinstance(origin, Func):
                    yield origin.fn


def handed_to_regions(build: Build) -> dict[Key, list[Key]]:
    """function -> calls that run it inside a region."""
    found: dict[Key, list[Key]] = build.memo.get("handed to regions", {})  # type: ignore[assignment]
    return found


def _region(build: Build, site: Key, call: Call, match: Match[RegionForm]) -> str | None:
    kind = KINDS.get(match.form.makes)
    if kind is None:
        return None
    at = build.call_location(site)
    noun = ""
    settings = of_call(build, match.form.settings, match.package, site, 0, match.partials)
    common = {
        "at": at,
        "name": call.last,
        "symbol": build.callee(site),
        "role": build.role(site[0]),
        "qualname": build.qualname(site[0], call.order),
        "callee": build.callee(site),
        "framework": match.package,
        "api": match.name,
    }
    if kind == "deadline":
        node = DeadlineScope(id=build.node_id("deadline_scope", at), deadline=settings.get("deadline", NONE), **common)  # type: ignore[arg-type]
        noun = build.add(node)
    elif kind == "fan_out":
        width = settings.get("width") or width_of(build, site, call, match.form)
        limit = settings.get("limit") or _limit(build, match)
        noun = build.add(FanOut(id=build.node_id("fan_out", at), width=width, limit=limit, **common))  # type: ignore[arg-type]
    ends = _ends(build, site, match.form)
    return build.region(Region(f"{kind}:{at.path}:{at.line}:{at.column}", kind, noun, at, ends=ends))


def _ends(build: Build, site: Key, form: RegionForm) -> Ends:
    """What does not come out of code that is only started. Whoever waits for it later in the same function may look at its answer."""
    if not form.failures_end or (form.failures_end == "dropped" and not _is_dropped(build, site)):
        return ""
    facts, order = build.engine.modules[site[0]], build.engine.call(site).order
    waits: dict[tuple[int, int], int] = build.memo.setdefault("last waits", {})  # type: ignore[assignment]
    if not waits:
        waits[-1, -1] = -1
        for number, call in (row for name in WAITS for row in build.engine.calls_by_last.get(name, ())):
            key = (number, build.engine.modules[number].statements[call.order][0])
            waits[key] = max(call.order, waits.get(key, -1))
    return "failures" if waits.get((site[0], facts.statements[order][0]), -1) > order else "all"


def _is_dropped(build: Build, site: Key) -> bool:
    """Whether a call is a statement of its own, so that nobody keeps what it gives."""
    own, call = suites(build.engine, site[0]), build.engine.call(site)
    used: set[tuple[int, int]] = build.memo.setdefault("used statements", set())  # type: ignore[assignment]
    if (site[0], -1) not in used:
        used.update(
            ((site[0], -1), *((site[0], s.order) for s in own.module.stores), *((site[0], order) for order, _ in own.module.dropped))
        )
    if (
        call.awaited
        or (site[0], call.order) in used
        or call.order in own.exits
        or own.bindings.get(call.order)
        or own.parts.get(call.order)
    ):
        return False
    return not any(_has(expr, site[1]) for c in own.calls[call.order] if c.index != site[1] for expr in (c.func, *_given(c)))


def _given(call: Call) -> Iterator[Expr]:
    yield from call.args
    yield from (value for _, value, _ in call.keywords)


def _has(expr: Expr, call: int) -> bool:
    """Whether a call stands in an expression, outside of other calls."""
    todo = [expr]
    while todo:
        one = todo.pop()
        if one == ("call", call):
            return True
        todo.extend(parts(one))
    return False


def _limit(build: Build, match: Match[RegionForm]) -> Setting:
    from auditor.graph.build.settings import of_thing

    return of_thing(build, match.thing).get("limit", NONE) if match.thing is not None else NONE


def _body_calls(build: Build, module: int, call: Call, form: RegionForm) -> Iterator[Key]:
    """Calls in the arguments that a region runs; names and comprehensions are followed to where the calls are written."""
    exprs: list[Expr] = []
    if form.body == "*":
        exprs.extend(a[1] if a[0] == "star" else a for a in call.args)
    else:
        for ref in refs(form.body):
            if isinstance(ref, int) and ref < len(call.args):
                exprs.append(call.args[ref])
            exprs.extend(v for n, v, _ in call.keywords if n == ref)
    seen: set[int] = set()
    for expr in exprs:
        yield from _calls_in(build, module, call.order, expr, seen, 0)


def _awaited_in(build: Build, site: Key) -> Iterator[Key]:
    """The calls behind variables that are awaited in the body of a `with`: tasks that were started before it."""
    facts, own = build.engine.modules[site[0]], suites(build.engine, site[0])
    for number, info in enumerate(facts.blocks):
        if info.kind != "with" or ("call", site[1]) not in info.items:
            continue
        for order in own.orders(number):
            values = [b.value for b in own.bindings.get(order, ())]
            values += [own.exits[order].value] if order in own.exits else []
            values += [value for at, value in facts.dropped if at == order]
            for value in values:
                if value[0] == "await" and value[1][0] == "name":
                    yield from _calls_in(build, site[0], order, value[1], set(), 0)


def _calls_in(build: Build, module: int, order: int, expr: Expr, seen: set[int], depth: int) -> Iterator[Key]:
    if depth > 6 or id(expr) in seen:
        return
    seen.add(id(expr))
    facts = build.engine.modules[module]
    kind = expr[0]
    if kind == "call":
        yield module, expr[1]
        inner = facts.calls[expr[1]]
        for arg in inner.args:
            if arg[0] in ("call", "comp", "star") or (arg[0] == "name" and _hands_on(build, module, expr, arg)):
                yield from _calls_in(build, module, inner.order, arg, seen, depth + 1)
    elif kind in ("await", "star"):
        yield from _calls_in(build, module, order, expr[1], seen, depth + 1)
    elif kind == "seq":
        for part in expr[2]:
            yield from _calls_in(build, module, order, part, seen, depth + 1)
    elif kind == "comp":
        yield from _calls_in(build, module, order, expr[3], seen, depth + 1)
    elif kind in ("name", "attr"):
        yield from _named(build, module, order, expr, seen, depth)


def _hands_on(build: Build, module: int, expr: Expr, task: Expr) -> bool:
    """Whether a call only stands for the task that it is given, and what waits for it ends that task, too, when it waits no longer."""
    call = build.engine.call((module, expr[1]))
    found = matches(build, build.base.regions, (module, call.index))[:1]
    return any(m.form.outlives for m in found) and ended_after(build, module, call.order, task)


def _named(build: Build, module: int, order: int, expr: Expr, seen: set[int], depth: int) -> Iterator[Key]:
    """The calls behind a variable: what it is assigned, and what is appended to it in the same function."""
    facts = build.engine.modules[module]
    scope, block, _ = facts.statements[order]
    if expr[0] != "name":
        return
    bindings = facts.scopes[scope].bindings.get(expr[1], [])
    for binding in reaching(facts, bindings, order, block) if bindings else ():
        if binding.kind == "assign":
            yield from _calls_in(build, module, binding.order, binding.value, seen, depth + 1)
    for method in ("append", "add"):
        for number, call in build.engine.calls_by_last.get(method, ()):
            if (
                number == module
                and call.func[0] == "attr"
                and call.func[1] == expr
                and call.args
                and facts.statements[call.order][0] == scope
            ):
                yield from _calls_in(build, module, call.order, call.args[0], seen, depth + 1)


def argument_regions(build: Build, site: Key) -> list[str]:
    """Regions whose argument the call is."""
    table: dict[Key, list[str]] = build.memo.get("inside regions", {})  # type: ignore[assignment]
    return table.get(site, [])


def with_region(build: Build, module: int, expr: Expr) -> str | None:
    """The region that a `with` item opens."""
    table: dict[Key, str] = build.memo.get("with regions", {})  # type: ignore[assignment]
    while expr[0] == "await":
        expr = expr[1]
    return table.get((module, expr[1])) if expr[0] == "call" else None
