"""Functions that are handed to another one of the program, which hands them on to where they are called: the spans that this happens in."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.location import Location
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.retries import decorator_regions
from auditor.graph.build.things import unwrap_partial
from auditor.program.origins.callers import received
from auditor.program.origins.types import Func, Instance, Key, Origin, Param, Place, Unresolved, root_of

MOST_HANDS = 4


def spans_on_the_way(build: Build, fn: Key) -> dict[Location, tuple[str, ...]]:
    """Place where a function is handed over -> the spans around all calls of it that are seen from there."""
    rows: dict[Location, tuple[str, ...]] = {}
    for number, call, where in build.engine.value_uses.get(build.engine.scope(fn).name, ()):
        value = call.args[where] if isinstance(where, int) else next(v for n, v, _ in call.keywords if (n or "**") == where)
        place = Place(number, call.order)
        if not build.engine.speaks_of(number, fn[0]) or not any(_is(o, fn) for o in build.engine.origins(value, place)):
            continue
        ways = [w for callee in build.engine.origins(call.func, place) for w in _ways(build, callee, where, 0)]
        if ways and all(ways):
            rows[build.location(number, call.line)] = tuple(dict.fromkeys(r for way in ways for r in way))
    return rows


def _is(origin: Origin, fn: Key) -> bool:
    target = unwrap_partial(origin)[0]
    return isinstance(target, Func) and target.fn == fn


def _ways(build: Build, callee: Origin, where: int | str, depth: int) -> Iterator[list[str]]:
    """The spans of each way from a function that gets another one to a call of that."""
    from auditor.graph.build.flow import site_regions

    if not isinstance(callee, Func) or depth > MOST_HANDS:
        return
    around = list(decorator_regions(build, callee.fn))
    for number, index in received(build.engine, callee, where):
        order = build.engine.call((number, index)).order
        yield _spans(build, [*site_regions(build, number, order, index), *around])
    name, module, body = _parameter(build, callee, where), callee.fn[0], build.engine.scope(callee.fn).body
    for call in suites(build.engine, module).calls_in(body) if name else ():
        for onward, given in enumerate(call.args):
            if given == ("name", name):
                inner = _spans(build, [*site_regions(build, module, call.order, call.index), *around])
                for target in build.engine.origins(call.func, Place(module, call.order)):
                    yield from ([*inner, *way] for way in _ways(build, target, onward, depth + 1))


def _parameter(build: Build, callee: Func, where: int | str) -> str:
    params = build.engine.scope(callee.fn).params
    shift = 1 if callee.owner is not None else 0
    position = where + shift if isinstance(where, int) else next((i for i, p in enumerate(params) if p.name == where), -1)
    return params[position].name if 0 <= position < len(params) else ""


def _spans(build: Build, regions: list[str]) -> list[str]:
    return [r for r in regions if build.graph.flow.regions[r].kind == "span"]


def perhaps_in_spans(build: Build, fn: Key) -> str:
    """The method of the program that may run a function in a span: it is handed to one of that name, of an object that is not known."""
    memo: dict[Key, str] = build.memo.setdefault("perhaps in spans", {})  # type: ignore[assignment]
    if fn not in memo:
        memo[fn] = _perhaps(build, fn)
    return memo[fn]


def _perhaps(build: Build, fn: Key) -> str:
    for number, call, where in build.engine.value_uses.get(build.engine.scope(fn).name, ()):
        if build.engine.is_test[number] or call.func[0] != "attr":
            continue
        value = call.args[where] if isinstance(where, int) else next(v for n, v, _ in call.keywords if (n or "**") == where)
        place = Place(number, call.order)
        if not any(_is(o, fn) for o in build.engine.origins(value, place)):
            continue
        if any(isinstance(root_of(o), (Param, Unresolved)) for o in build.engine.origins(call.func, place)):
            for method in _methods(build).get(call.last, ()):
                if any(_ways(build, method, where, 0)):
                    return build.engine.scope(method.fn).qualname
    return ""


def _methods(build: Build) -> dict[str, list[Func]]:
    """Methods of the program by name, as those of an object."""
    known: dict[str, list[Func]] = build.memo.setdefault("methods by name", {})  # type: ignore[assignment]
    if not known:
        for number, module in enumerate(build.engine.modules):
            for index, scope in enumerate(module.scopes):
                if scope.kind == "function" and scope.parent >= 0 and module.scopes[scope.parent].kind == "class":
                    method = Func((number, index), Instance((number, scope.parent), None, 0), 0)
                    known.setdefault(scope.name, []).append(method)
    return known
