"""Wrappers of functions: what a function makes of the one it is given, and only runs it, stands for that."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr, ModuleFacts, Scope
from auditor.graph.build.context import Build
from auditor.program.origins.types import Func, Key, Origin, Partial, Place


def functions(build: Build, expr: Expr, place: Place) -> list[Key]:
    """The functions that an expression can be, wrappers seen through."""
    while True:
        inner = _given(build, expr, place)
        if inner is None:
            break
        expr = inner
    found = [fn for origin in build.engine.origins(expr, place) for fn in unwrapped(build, origin)]
    return list(dict.fromkeys(found))


def unwrapped(build: Build, origin: Origin, depth: int = 0) -> Iterator[Key]:
    """The functions that an origin is, or wraps."""
    while isinstance(origin, Partial):
        origin = origin.target
    if not isinstance(origin, Func):
        return
    name = wrapped_parameter(build, origin.fn) if origin.ctx and depth < 4 else None
    if name is not None:
        expr: Expr = build.engine.made(("wrapped", origin.fn), lambda: ("name", name))
        place = Place(origin.fn[0], build.engine.scope(origin.fn).order, origin.ctx)
        found = [fn for each in build.engine.origins(expr, place) for fn in unwrapped(build, each, depth + 1)]
        if found:
            yield from found
            return
    yield origin.fn


def _given(build: Build, expr: Expr, place: Place) -> Expr | None:
    """What a call wraps (`wrap(f)`): f."""
    if expr[0] != "call":
        return None
    call = build.engine.modules[place.module].calls[expr[1]]
    found = build.engine.origins(call.func, place)
    if len(found) != 1 or not isinstance(found[0], Func):
        return None
    maker = found[0]
    names = {wrapped_parameter(build, wrapper) for wrapper in _returned(build, maker.fn)}
    name = names.pop() if len(names) == 1 else None
    if name is None:
        return None
    named = [value for key, value, _ in call.keywords if key == name]
    if named:
        return named[0]
    position = next(i for i, p in enumerate(build.engine.scope(maker.fn).params) if p.name == name) - (maker.owner is not None)
    before = call.args[: position + 1]
    return before[position] if 0 <= position < len(before) and not any(a[0] == "star" for a in before) else None


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
