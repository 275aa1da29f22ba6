"""Wrappers of functions: what a function makes of the one it is given, and only runs it, stands for that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from auditor.core.location import Location
from auditor.facts.types import Expr, ModuleFacts, Scope
from auditor.graph.build.context import Build
from auditor.graph.build.flow import function, inner_regions
from auditor.graph.flow import Site
from auditor.program.origins.frames import DEEPEST
from auditor.program.origins.types import Func, Key, Origin, Partial, Place

Through: TypeAlias = tuple[Key, ...]
"""the calls inside wrappers, from the outside in, that run what is wrapped"""


def functions(build: Build, expr: Expr, place: Place) -> dict[Key, Through]:
    """The functions that an expression can be, and the wrappers that are seen through."""
    through: Through = ()
    while True:
        inner = _given(build, expr, place)
        if inner is None:
            break
        expr, through = inner[0], (*through, *inner[1])
    return {fn: calls for origin in build.engine.origins(expr, place) for fn, calls in unwrapped(build, origin, through)}


def unwrapped(build: Build, origin: Origin, through: Through = ()) -> Iterator[tuple[Key, Through]]:
    """The functions that an origin is, or wraps."""
    while isinstance(origin, Partial):
        origin = origin.target
    if not isinstance(origin, Func):
        return
    name = wrapped_parameter(build, origin.fn) if origin.ctx and len(through) < DEEPEST else None
    if name is not None:
        expr: Expr = build.engine.made(("wrapped", origin.fn), lambda: ("name", name))
        place = Place(origin.fn[0], build.engine.scope(origin.fn).order, origin.ctx)
        calls = (*through, *_running(build, origin.fn, name))
        found = [row for each in build.engine.origins(expr, place) for row in unwrapped(build, each, calls)]
        if found:
            yield from found
            return
    yield origin.fn, through


def through_wrappers(build: Build, node: str, fn: Key, at: Location, through: Through) -> Iterator[tuple[Site, Key | None]]:
    """Sites of a node that runs a function, in the regions of its wrappers, and what these do besides; with the functions that are run."""
    inside: list[str] = []
    for site in through:
        wrapper = build.function_of(site[0], build.engine.call(site).order)
        for call in build.engine.modules[site[0]].calls:
            other = (site[0], call.index)
            if other == site or build.function_of(site[0], call.order) != wrapper:
                continue
            regions = tuple(dict.fromkeys([*inner_regions(build, other), *inside]))
            made = [n for kind in ("model_call", "external_call") if (n := build.by_site.get((kind, other))) is not None]
            yield from ((Site(node, each, build.call_location(other), regions, "dispatch"), None) for each in made)
            found = build.engine.origins(call.func, build.engine.call_place(other)) if not made else ()
            for callee in found:
                if isinstance(callee, Func) and callee.owner is None and callee.ctx == 0:
                    yield Site(node, function(build, callee.fn), build.call_location(other), regions, "dispatch"), callee.fn
        inside = [*inner_regions(build, site), *inside]
    yield Site(node, function(build, fn), at, tuple(dict.fromkeys(inside)), "dispatch"), fn


def _running(build: Build, wrapper: Key, name: str) -> list[Key]:
    """The first call of what is wrapped."""
    module = build.engine.modules[wrapper[0]]
    calls = (c for c in build.engine.calls_by_last.get(name, ()) if c[0] == wrapper[0] and c[1].func == ("name", name))
    return [(number, c.index) for number, c in calls if module.statements[c.order][0] == wrapper[1]][:1]


def _given(build: Build, expr: Expr, place: Place) -> tuple[Expr, Through] | None:
    """What a call wraps (`wrap(f)`): f, and the call of it inside."""
    if expr[0] != "call":
        return None
    call = build.engine.call((place.module, expr[1]))
    found = build.engine.origins(call.func, place)
    if len(found) != 1 or not isinstance(found[0], Func):
        return None
    maker = found[0]
    wrappers = _returned(build, maker.fn)
    names = {wrapped_parameter(build, wrapper) for wrapper in wrappers}
    name = names.pop() if len(names) == 1 else None
    if name is None:
        return None
    calls = tuple(site for wrapper in wrappers for site in _running(build, wrapper, name)[:1])[:1]
    named = [value for key, value, _ in call.keywords if key == name]
    if named:
        return named[0], calls
    position = next(i for i, p in enumerate(build.engine.scope(maker.fn).params) if p.name == name) - (maker.owner is not None)
    before = call.args[: position + 1]
    return (before[position], calls) if 0 <= position < len(before) and not any(a[0] == "star" for a in before) else None


def _returned(build: Build, maker: Key) -> list[Key]:
    """The nested functions that are all that a function gives back."""
    scopes = build.engine.modules[maker[0]].scopes
    scope = scopes[maker[1]]
    values = {e.value for e in scope.exits if e.kind == "return"}
    nested = [s for s in scope.children if scopes[s].kind == "function" and ("name", scopes[s].name) in values]
    return [(maker[0], s) for s in nested] if values == {("name", scopes[s].name) for s in nested} else []


def wrapped_parameter(build: Build, wrapper: Key) -> str | None:
    """The parameter of the function around a wrapper that it stands for: it says so by `wraps`, or hands on to it all that it is given."""
    memo: dict[Key, str | None] = build.memo.setdefault("wrapped parameters", {})  # type: ignore[assignment]
    if wrapper not in memo:
        memo[wrapper] = _wrapped_parameter(build, wrapper)
    return memo[wrapper]


def _wrapped_parameter(build: Build, wrapper: Key) -> str | None:
    module, scope = build.engine.modules[wrapper[0]], build.engine.scope(wrapper)
    if scope.parent < 0 or scope.kind != "function" or module.scopes[scope.parent].kind != "function":
        return None
    if wrapper not in _returned(build, (wrapper[0], scope.parent)):
        return None
    names = {p.name for p in module.scopes[scope.parent].params if p.kind in ("positional", "keyword")}
    found = (set(_said(module, scope)) or set(_handed_all(module, wrapper[1], scope))) & names
    return found.pop() if len(found) == 1 else None


def _said(module: ModuleFacts, scope: Scope) -> Iterator[str]:
    for decorator in scope.decorators:
        call = module.calls[decorator[1]] if decorator[0] == "call" else None
        if call is not None and call.last == "wraps" and call.args and call.args[0][0] == "name":
            yield call.args[0][1]


def _handed_all(module: ModuleFacts, index: int, scope: Scope) -> Iterator[str]:
    """What a function calls with its own `*args` and `**kwargs`."""
    rest = {p.kind: ("name", p.name) for p in scope.params if p.kind in ("args", "kwargs")}
    for call in module.calls if rest else ():
        if call.func[0] == "name" and module.statements[call.order][0] == index:
            given = [a[1] for a in call.args if a[0] == "star"] + [value for key, value, _ in call.keywords if key is None]
            if all(each in given for each in rest.values()):
                yield call.func[1]
