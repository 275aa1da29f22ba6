"""Failures that a function swallows, and who gets what it gives in place of an answer raises again after all."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.facts.types import Call, Expr
from auditor.graph.build.caught import error_names, swallowing
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import calls_by_scope
from auditor.graph.build.failed_values import UNKNOWN, Values
from auditor.graph.build.failed_walks import Errors, walk_of
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_escapes import family
from auditor.graph.build.loop_terms import callees, plain
from auditor.graph.build.retry_regions import over_data, recursive_retry
from auditor.graph.flow import Region
from auditor.program.origins.types import Key

DEEPEST = 3
MOST_VALUES = 4
BLOCKS = "swallowing blocks"
"""where it is kept which `try` a region is of"""

Raised = list[tuple[int, Errors]]
Given = list[tuple[str, object]]
"""regions in which failures end, each with what the function gives then"""


def again_around(build: Build, module: int, call: int, rows: Sequence[str]) -> list[str]:
    """The regions around a call, with those in which what it gives for a failure is raised again."""
    from auditor.graph.build.flow import site_regions

    found = list(rows)
    for order, errors, ends in _raised_after(build, module, call, rows):
        around = set(site_regions(build, module, order, -1))
        last = max(
            (i for i, r in enumerate(found) if r not in around and build.graph.flow.regions[r].kind in ("retry", "handler")), default=-1
        )
        at = build.location(module, build.engine.modules[module].statements[order][2])
        names = error_names(build, family(build.engine, errors))
        identity = f"again:{at.path}:{at.line}:{module}:{call}:{order}"
        found.insert(last + 1, build.region(Region(identity, "handler", "", at, becomes=names, failed=True, again=ends)))
    return found


def _changes(region: Region) -> bool:
    """Whether a failure is tried again or ends in a region."""
    return region.kind in ("retry", "handler") and not region.again


def _raised_after(build: Build, module: int, call: int, rows: Sequence[str]) -> list[tuple[int, Errors, tuple[str, ...]]]:
    """The statements that raise, with the errors, and the regions in which the failures ended. `rows`: those around the call itself."""
    site = build.engine.call((module, call))
    fn = build.function_of(module, site.order)
    if build.engine.modules[module].statements[site.order][0] != fn[1]:
        return []
    found: dict[tuple[int, Errors], list[str]] = {}
    for region, raised in _raised_on(build, fn, site):
        for row in raised:
            found.setdefault(row, []).append(region)
    blocks: dict[str, tuple[int, int]] = build.memo.get(BLOCKS, {})  # type: ignore[assignment]
    for region in rows:
        for row in _behind(build, *blocks[region], site.order)[0] if region in blocks else ():
            found.setdefault(row, []).append(region)
    return [(order, errors, tuple(dict.fromkeys(ends))) for (order, errors), ends in found.items()]


def _raised_on(build: Build, fn: Key, site: Call) -> list[tuple[str, Raised]]:
    """What a function raises on what a call gives in place of an answer, with the region in which the failure ended."""
    memo: dict[Key, list[tuple[str, Raised]]] = build.memo.setdefault("raised on what is given", {})  # type: ignore[assignment]
    key = (fn[0], site.index)
    if key not in memo:
        memo[key] = []
        for region, value in given_by(build, fn[0], site):
            walk = walk_of(build, fn, given={site.index: value})
            walk.from_statement(site.order)
            memo[key].append((region, walk.raised))
    return memo[key]


def raises_again(build: Build, fn: Key, order: int) -> bool:
    """Whether a statement of a function raises where what something else gave in place of an answer is none."""
    memo: dict[Key, set[int]] = build.memo.setdefault("raising again", {})  # type: ignore[assignment]
    if fn not in memo:
        memo[fn] = set()
        for call in calls_by_scope(build, fn[0]).get(fn[1], ()):
            memo[fn].update(o for o, _, _ in _raised_after(build, fn[0], call.index, ()))
        for block in _tries(build, fn[0]).get(fn[1], ()):
            memo[fn].update(o for o, _ in _behind(build, fn[0], block)[0] if swallowed(build, fn[0], block) is not None)
    return order in memo[fn]


# -- what is given in place of an answer


def given_by(build: Build, module: int, call: Call, depth: int = 0) -> Given:
    """What a call gives where something failed in the function that it calls, with the region in which that ended."""
    rows: Given = []
    for func in callees(build.engine, call, module) if depth < DEEPEST else ():
        memo: dict[Key, Given] = build.memo.setdefault("given on failure", {})  # type: ignore[assignment]
        if func.fn not in memo:
            memo[func.fn] = []
            memo[func.fn] = _given(build, func.fn, depth)
        rows.extend(memo[func.fn])
    return rows[:MOST_VALUES]


def _given(build: Build, fn: Key, depth: int) -> Given:
    module, scope = build.engine.modules[fn[0]], build.engine.scope(fn)
    if scope.kind != "function" or scope.yields:
        return []
    rows: Given = []
    for block in _tries(build, fn[0]).get(fn[1], ()):
        region = swallowed(build, fn[0], block)
        if region is not None:
            rows.extend((region, value) for value in _behind(build, fn[0], block)[1] if value is not UNKNOWN)
    values: list[Expr] = [e.value for e in scope.exits if e.kind == "return"]
    returned = {e[1] for e in values if e[0] == "name"}
    values += [b.value for name in returned for b in scope.bindings.get(name, ()) if b.kind == "assign"]
    for index in dict.fromkeys(e[1] for e in map(plain, values) if e[0] == "call"):
        for region, value in given_by(build, fn[0], module.calls[index], depth + 1):
            walk = walk_of(build, fn, given={index: value})
            walk.from_statement(module.calls[index].order)
            rows.extend((region, one) for one in walk.returned if one is not UNKNOWN)
    return rows[:MOST_VALUES]


def swallowed(build: Build, module: int, block: int) -> str | None:
    """The region of a `try` in which all failures end, and no call of the same function starts again."""
    if recursive_retry(build, module, block) is not None:
        return None
    region = swallowing(build, module, block, may_fall=over_data(build, module, block))
    if region is not None:
        build.memo.setdefault(BLOCKS, {})[region] = (module, block)  # type: ignore[index]
    return region


def _tries(build: Build, module: int) -> dict[int, list[int]]:
    """The `try`s of each function of a module."""
    memo: dict[int, dict[int, list[int]]] = build.memo.setdefault("tries by scope", {})  # type: ignore[assignment]
    if module not in memo:
        rows = memo[module] = {}
        for block, info in enumerate(build.engine.modules[module].blocks):
            if info.kind == "try" and info.handlers:
                rows.setdefault(info.scope, []).append(block)
    return memo[module]


# -- behind handlers of the function itself


def _behind(build: Build, module: int, block: int, failed: int = -1) -> tuple[Raised, list[object]]:
    """Where a function raises behind the handlers of a `try`, and what it gives. `failed`: the statement that failed; what the body sets
    before it is not known."""
    memo: dict[tuple[int, int, int], tuple[Raised, list[object]]] = build.memo.setdefault("behind handlers", {})  # type: ignore[assignment]
    key = (module, block, failed)
    if key not in memo:
        own = suites(build.engine, module)
        start = own.statement(block)
        fn = build.function_of(module, start)
        done = {b.name for o in own.orders(block) if o < failed for b in own.bindings.get(o, ())}
        walk = walk_of(build, fn, held={n: v for n, v in _held(build, fn, start).items() if n not in done})
        walk.tracked = {b.name for o in own.orders(block) for b in own.bindings.get(o, ())} - done
        walk.from_handlers(block)
        memo[key] = walk.raised, [*walk.returned, *([None] if walk.falls else ())]
    return memo[key]


def _held(build: Build, fn: Key, before: int) -> dict[str, object]:
    """What variables hold at a statement to which a constant was set; what is given back, also by default."""
    scope = build.engine.scope(fn)
    values = Values(build.engine, fn[0])
    returned = {e.value[1] for e in scope.exits if e.kind == "return" and e.value[0] == "name"}
    rows = {p.name: values.of(p.default) for p in scope.params if p.default is not None and p.name in returned}
    for name, bindings in scope.bindings.items():
        earlier = [b for b in bindings if b.order < before and b.kind != "param"]
        if len(earlier) == 1 and earlier[0].kind == "assign" and earlier[0].value[0] in ("const", "seq", "dict"):
            rows[name] = values.of(earlier[0].value)
        elif earlier:
            rows.pop(name, None)
    return {name: value for name, value in rows.items() if value is not UNKNOWN}
