"""Decorators of the program: what stands around the call of the function that they are given, inside the wrappers that they return."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from auditor.facts.types import Call, ModuleFacts
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import calls_by_scope
from auditor.graph.build.flow import site_regions
from auditor.graph.build.retries import call_retries, decorator_regions
from auditor.program.origins.types import Func, Key, Origins


def around_parameter(build: Build, fn: Key, found: Origins, *, generator: bool) -> list[str]:
    """The regions around the calls of a decorator's parameter, from the inside out. A generator or a coroutine that the wrapper only gives
    back fails outside of its retries. `found`: what the decorator is."""
    made: dict[tuple[Key, str], set[int]] = build.memo.setdefault("made by decorators", {})  # type: ignore[assignment]
    asking: set[Key] = build.memo.setdefault("decorators that are asked", set())  # type: ignore[assignment]
    late = generator or build.engine.scope(fn).is_async
    rows: list[str] = []
    for origin in found:
        if not isinstance(origin, Func) or origin.fn in asking:
            continue
        asking.add(origin.fn)
        runs: dict[Key, list[tuple[Call, list[str]]]] = build.memo.setdefault("runs of decorators", {})  # type: ignore[assignment]
        if origin.fn not in runs:
            runs[origin.fn] = list(_runs(build, origin.fn))
        # Of a wrapper for coroutines and one for other functions, each kind runs in its own.
        both = not build.engine.scope(fn).is_async and any(not call.awaited for call, _ in runs[origin.fn])
        for call, around in runs[origin.fn]:
            if both and call.awaited:
                continue
            outside = late and _given_back(build, origin.fn[0], call)
            regions = [r for r in around if not (outside and build.graph.flow.regions[r].kind == "retry")]
            rows.extend(r for r in regions if r not in rows)
            for region in regions:
                made.setdefault((fn, region), set()).add(origin.ctx)
        asking.discard(origin.fn)
    return rows


def _runs(build: Build, decorator: Key) -> Iterator[tuple[Call, list[str]]]:
    """The calls that run what a decorator is given, in its nested functions, and what stands around them up to the decorator."""
    names = {p.name for p in build.engine.scope(decorator).params}
    calls = sorted(_nested_calls(build, decorator), key=lambda call: call.index)
    for call, retries in _running(build, decorator, names, calls):
        yield call, [*retries, *_outwards(build, decorator, call, calls)]


def _running(build: Build, binder: Key, names: Collection[str], calls: Collection[Call]) -> Iterator[tuple[Call, list[str]]]:
    """The calls of names that a function binds, and those of retries that they are handed to."""
    facts = build.engine.modules[binder[0]]
    for call in calls:
        scope = facts.statements[call.order][0]
        meant = [a[0] == "name" and a[1] in names and _binds(facts, scope, a[1]) == binder[1] for a in (call.func, *call.args)]
        retries = call_retries(build, (binder[0], call.index)) if any(meant) and not meant[0] else []
        if meant[0] or retries:
            yield call, retries


def _nested_calls(build: Build, decorator: Key) -> Iterator[Call]:
    """The calls in the nested functions of a decorator."""
    facts, known = build.engine.modules[decorator[0]], calls_by_scope(build, decorator[0])
    todo = list(build.engine.scope(decorator).children)
    while todo:
        scope = todo.pop()
        todo.extend(facts.scopes[scope].children)
        yield from known.get(scope, ())


def _binds(facts: ModuleFacts, scope: int, name: str) -> int:
    """The scope that binds a name as a function sees it; -1: none."""
    while scope >= 0 and (name not in facts.scopes[scope].bindings or facts.scopes[scope].kind == "class"):
        scope = facts.scopes[scope].parent
    return scope


def _outwards(build: Build, decorator: Key, call: Call, calls: Collection[Call]) -> list[str]:
    """What stands around a call, around the nested functions that it is in, and around the calls of these, up to the decorator."""
    module = decorator[0]
    facts = build.engine.modules[module]
    rows = site_regions(build, module, call.order, call.index)
    scope = facts.statements[call.order][0]
    while scope not in (decorator[1], -1):
        if facts.scopes[scope].kind == "function":
            rows.extend(r for r in decorator_regions(build, (module, scope)) if r not in rows)
            for other, retries in _running(build, (module, facts.scopes[scope].parent), (facts.scopes[scope].name,), calls):
                around = [*retries, *site_regions(build, module, other.order, other.index)]
                rows.extend(r for r in around if r not in rows)
        scope = facts.scopes[scope].parent
    return rows


def _given_back(build: Build, module: int, call: Call) -> bool:
    """Whether a function that is no generator itself returns what a call gives, as it is."""
    facts = build.engine.modules[module]
    scope = facts.scopes[facts.statements[call.order][0]]
    return not scope.yields and any(e.kind == "return" and e.order == call.order and e.value == ("call", call.index) for e in scope.exits)
