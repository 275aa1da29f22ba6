"""Decorators of the program: what stands around the call of the function that they are given, inside the wrappers that they return."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.flow import site_regions
from auditor.graph.build.retries import call_retries, decorator_regions
from auditor.program.origins.types import Func, Key, Origins


def around_parameter(build: Build, fn: Key, found: Origins, *, generator: bool) -> list[str]:
    """The regions around the calls of a decorator's parameter, from the inside out. A generator that the wrapper only gives back fails
    outside of its retries. `found`: what the decorator is."""
    made: dict[tuple[Key, str], set[int]] = build.memo.setdefault("made by decorators", {})  # type: ignore[assignment]
    asking: set[Key] = build.memo.setdefault("decorators that are asked", set())  # type: ignore[assignment]
    rows: list[str] = []
    for origin in found:
        if not isinstance(origin, Func) or origin.fn in asking:
            continue
        asking.add(origin.fn)
        runs: dict[Key, list[tuple[Call, list[str]]]] = build.memo.setdefault("runs of decorators", {})  # type: ignore[assignment]
        if origin.fn not in runs:
            runs[origin.fn] = list(_runs(build, origin.fn))
        for call, around in runs[origin.fn]:
            outside = generator and _given_back(build, origin.fn[0], call)
            regions = [r for r in around if not (outside and build.graph.flow.regions[r].kind == "retry")]
            rows.extend(r for r in regions if r not in rows)
            for region in regions:
                made.setdefault((fn, region), set()).add(origin.ctx)
        asking.discard(origin.fn)
    return rows


def _runs(build: Build, decorator: Key) -> Iterator[tuple[Call, list[str]]]:
    """The calls that run what a decorator is given, in its nested functions, and what stands around them up to the decorator."""
    names = {p.name for p in build.engine.scope(decorator).params}
    for call, retries in _running(build, decorator, names):
        yield call, [*retries, *_outwards(build, decorator, call)]


def _running(build: Build, decorator: Key, names: Collection[str]) -> Iterator[tuple[Call, list[str]]]:
    """The calls of names in the nested functions of a decorator, and those of retries that they are handed to."""
    for call in build.engine.modules[decorator[0]].calls:
        named = call.func[0] == "name" and call.func[1] in names
        if (named or any(a[0] == "name" and a[1] in names for a in call.args)) and _nested(build, decorator, call.order):
            retries = [] if named else call_retries(build, (decorator[0], call.index))
            if named or retries:
                yield call, retries


def _outwards(build: Build, decorator: Key, call: Call) -> list[str]:
    """What stands around a call, around the nested functions that it is in, and around the calls of these, up to the decorator."""
    module = decorator[0]
    facts = build.engine.modules[module]
    rows = site_regions(build, module, call.order, call.index)
    scope = facts.statements[call.order][0]
    while scope not in (decorator[1], -1):
        if facts.scopes[scope].kind == "function":
            rows.extend(r for r in decorator_regions(build, (module, scope)) if r not in rows)
            for other, retries in _running(build, decorator, (facts.scopes[scope].name,)):
                around = [*retries, *site_regions(build, module, other.order, other.index)]
                rows.extend(r for r in around if r not in rows)
        scope = facts.scopes[scope].parent
    return rows


def _given_back(build: Build, module: int, call: Call) -> bool:
    """Whether a function that is no generator itself returns what a call gives, as it is."""
    facts = build.engine.modules[module]
    scope = facts.scopes[facts.statements[call.order][0]]
    return not scope.yields and any(e.kind == "return" and e.order == call.order and e.value == ("call", call.index) for e in scope.exits)


def _nested(build: Build, fn: Key, order: int) -> bool:
    facts = build.engine.modules[fn[0]]
    scope = facts.statements[order][0]
    if scope == fn[1]:
        return False
    while scope >= 0:
        if scope == fn[1]:
            return True
        scope = facts.scopes[scope].parent
    return False
