"""Requests handed to a function that too many calls reach for it to be told what it runs: they would vanish."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.handed import given
from auditor.graph.build.matching import callees, of_callee
from auditor.graph.build.things import unwrap_partial
from auditor.graph.traces import NotUnderstood
from auditor.program.origins.callers import TOO_MANY
from auditor.program.origins.parameters import is_method
from auditor.program.origins.types import Func, Key, Place

LOCAL = ("sleep", "file")
WHY = "it is handed to {}(), which too many calls reach for it to be told what that runs"


def many_callers(build: Build) -> Iterator[NotUnderstood]:
    """One row for each such request, where it is handed over."""
    seen: set[tuple[Key, int]] = set()
    for number, call in build.calls():
        if call.func[0] != "name":
            continue
        site = (number, call.index)
        found = _parameter(build, site, call.func)
        if found is not None and found not in seen and any(o == TOO_MANY for o, _ in callees(build, site)):
            seen.add(found)
            yield from _handed(build, *found)


def _parameter(build: Build, site: Key, func: Expr) -> tuple[Key, int] | None:
    """The function, and the position of its parameter, that a variable is: of the function around the call or around that."""
    module = build.engine.modules[site[0]]
    index = build.engine.place_scope(build.engine.call_place(site))
    while index > 0:
        scope = module.scopes[index]
        position = next((n for n, p in enumerate(scope.params) if p.name == func[1]), None)
        if position is not None:
            return (site[0], index), position
        if func[1] in scope.bindings:
            return None
        index = scope.parent
    return None


def _handed(build: Build, fn: Key, position: int) -> Iterator[NotUnderstood]:
    scope = build.engine.scope(fn)
    where = position - is_method(build.engine, fn)
    for number, call in build.engine.calls_by_last.get(scope.name, ()):
        place = Place(number, call.order)
        value = given(call, [where, scope.params[position].name])
        if value is None or not any(isinstance(o, Func) and o.fn == fn for o in build.engine.origins(call.func, place)):
            continue
        for made in build.engine.origins(value[1], place):
            origin, partials = unwrap_partial(made)
            match = next(
                (m for m in of_callee(build, build.base.calls, origin, partials) if m.form.noun != "none" and m.form.kind not in LOCAL),
                None,
            )
            if match is not None:
                asks = match.form.noun == "model_call"
                yield NotUnderstood(match.package, match.name, build.call_location((number, call.index)), WHY.format(scope.name), asks=asks)
                break
