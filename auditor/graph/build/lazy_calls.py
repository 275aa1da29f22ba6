"""Calls that only make what asks when it is gone through (pages of results): where a thread goes through it, nobody waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.elsewhere import runs_it
from auditor.graph.build.given_back import reading
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_terms import arguments, walk
from auditor.program.origins.callers import all_callers
from auditor.program.origins.types import Key

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative

DEEPEST = 2


def read_apart(build: Build, site: Key, found: list[Alternative]) -> bool:
    """Whether a call asks nothing itself, and other threads alone go through what it gives."""
    last = build.engine.call(site).last
    return all(last in a.match.form.lazy for a in found) and _read_apart(build, site, 0)


def _read_apart(build: Build, site: Key, depth: int) -> bool:
    call = build.engine.call(site)
    read = reading(build, site[0], call)
    if read.at:
        return False
    if not read.given:
        return _handed_to_threads(build, site[0], call)
    sites = [frame.site for frame in all_callers(build.engine, build.function_of(site[0], call.order))] if depth < DEEPEST else []
    return bool(sites) and all(_read_apart(build, one, depth + 1) for one in sites)


def _handed_to_threads(build: Build, module: int, call: Call) -> bool:
    """Whether each use of what a call gives, in its function, hands it to another thread."""
    own, facts = suites(build.engine, module), build.engine.modules[module]
    scope = facts.scopes[facts.statements[call.order][0]]
    made: Expr = ("call", call.index)
    names = [b.name for b in own.bindings.get(call.order, ()) if b.kind == "assign" and b.value == made]
    if names and (len(names) > 1 or len(scope.bindings.get(names[0], ())) != 1):
        return False
    value: Expr = ("name", names[0]) if names else made
    orders = [o for o in own.orders(scope.body) if o > call.order] if names else [call.order]
    calls = [c for o in orders for c in own.calls.get(o, ())]
    takers = [c for c in calls if value in arguments(c)]
    asked = any(value == (e[1] if e[0] == "attr" else None) for c in calls for e in walk(facts, c.func))
    return bool(takers) and not asked and all(runs_it(build, (module, c.index)) in ("thread", "process") for c in takers)
