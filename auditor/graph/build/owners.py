"""Whose call it is that stands in a parameter's default or annotation, in a decorator, or in what routes are made with: of the functions
for which it runs, rather than of the module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeAlias

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.context import Build
from auditor.program.origins.objects import method
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Class, Ext, Instance, Key, Module, New, Place

NESTED = ("sub", "seq", "op", "dict")
MOST_DEPTH = 4
MOST_IMPORTS = 4
Alias: TypeAlias = tuple[int, str]


def owners(build: Build, site: Key) -> list[Key]:
    """The functions for which a call runs, where they are others than the one around it."""
    table: dict[Key, list[Key]] | None = build.memo.get("owners of calls")  # type: ignore[assignment]
    if table is None:
        table = build.memo["owners of calls"] = _table(build)
    return table.get(site, [])


def _table(build: Build) -> dict[Key, list[Key]]:
    rows: dict[Key, list[Key]] = defaultdict(list)
    aliases = _aliases(build)
    for number, module in enumerate(build.engine.modules):
        for index, scope in enumerate(module.scopes):
            if scope.kind != "function":
                continue
            for param in scope.params:
                for expr in (param.default, param.annotation):
                    for call in calls_in(expr) if expr is not None else ():
                        rows[number, call].append((number, index))
                for alias in _named(build, number, param.annotation) if aliases and param.annotation is not None else ():
                    for site in aliases.get(alias, ()):
                        rows[site].append((number, index))
    for site in _run(build):
        if site not in rows:
            rows[site] = _of_routes(build, site)
    return rows


def calls_in(expr: Expr, depth: int = 0) -> list[int]:
    """Calls in a default, an annotation, or a container, those in their arguments not included."""
    if expr[0] == "call":
        return [expr[1]]
    if depth > MOST_DEPTH or expr[0] not in NESTED:
        return []
    parts = [v for _, v in expr[1]] if expr[0] == "dict" else expr[2] if expr[0] == "seq" else [p for p in expr[1:] if isinstance(p, tuple)]
    return [n for part in parts for n in calls_in(part, depth + 1)]


def _run(build: Build) -> list[Key]:
    """Calls of what runs its argument."""
    known: list[Key] | None = build.memo.get("calls of runners")  # type: ignore[assignment]
    if known is None:
        names = build.spellings({name.rpartition(".")[2] for name in build.engine.runners})
        calls = ((number, call) for name in sorted(names) for number, call in build.engine.calls_by_last.get(name, ()))
        known = build.memo["calls of runners"] = [
            (number, call.index)
            for number, call in calls
            if any(
                isinstance(o, Ext) and o.name in build.engine.runners for o in build.engine.origins(call.func, Place(number, call.order))
            )
        ]
    return known


def _aliases(build: Build) -> dict[Alias, list[Key]]:
    """(module, name) of a type alias -> the calls of runners in it (`Session = Annotated[X, Depends(f)]`)."""
    rows: dict[Alias, list[Key]] = defaultdict(list)
    wanted: dict[int, set[int]] = defaultdict(set)
    for number, call in _run(build):
        wanted[number].add(call)
    for number, calls in wanted.items():
        for name, bindings in build.engine.modules[number].scopes[0].bindings.items():
            for binding in bindings:
                if binding.kind == "assign" and binding.value[0] == "sub":
                    rows[number, name].extend((number, c) for c in calls_in(binding.value) if c in calls)
    return {alias: sites for alias, sites in rows.items() if sites}


def _named(build: Build, number: int, expr: Expr, depth: int = 0) -> Iterator[Alias]:
    """The module-level names that an annotation is made of, where they are defined."""
    if expr[0] == "name":
        yield from _defined(build, number, expr[1])
    elif expr[0] == "attr":
        for origin in build.engine.origins(expr[1], Place(number, 0)):
            if isinstance(origin, Module):
                yield from _defined(build, origin.index, expr[2])
    elif expr[0] in NESTED and depth < MOST_DEPTH:
        for part in expr[2] if expr[0] == "seq" else [p for p in expr[1:] if isinstance(p, tuple)]:
            yield from _named(build, number, part, depth + 1)


def _defined(build: Build, number: int, name: str, depth: int = 0) -> Iterator[Alias]:
    module = build.engine.modules[number]
    for binding in module.scopes[0].bindings.get(name, ()):
        if binding.kind == "assign":
            yield number, name
        elif binding.kind == "from" and depth < MOST_IMPORTS:
            for other in _imported(build, module, *binding.detail):
                yield from _defined(build, other, binding.detail[1], depth + 1)


def _imported(build: Build, module: ModuleFacts, dotted: str, name: str, level: int) -> tuple[int, ...]:
    index = build.engine.index
    return (index.relative(module.path, level, dotted) if level else index.find(dotted, module.path))[:1]


def _of_routes(build: Build, site: Key) -> list[Key]:
    """The function that is decorated with what a call is given to, or all that are by the methods of what it makes or is given."""
    around = _around(build, site[0]).get(site[1])
    if around is None:
        return []
    decorating, routes = _decorating(build)
    outer = (site[0], around)
    if outer in decorating:
        return [decorating[outer]]
    if outer in routes:
        return routes[outer]
    call = build.engine.call(outer)
    given = (o for arg in call.args for o in build.engine.origins(arg, Place(site[0], call.order)))
    return [fn for o in given if isinstance(o, New) for fn in routes.get(o.site, ())]


def _around(build: Build, number: int) -> dict[int, int]:
    """Call -> the call in whose arguments it stands, directly or in a container."""
    tables: dict[int, dict[int, int]] = build.memo.setdefault("calls around", {})  # type: ignore[assignment]
    if number not in tables:
        tables[number] = {
            inner: call.index
            for call in build.engine.modules[number].calls
            for arg in (*call.args, *(value for _, value, _ in call.keywords))
            for inner in calls_in(arg)
        }
    return tables[number]


def _decorating(build: Build) -> tuple[dict[Key, Key], dict[Key, list[Key]]]:
    """Calls that decorate an entry point -> its function; calls that make what such decorators are methods of -> the functions."""
    known: tuple[dict[Key, Key], dict[Key, list[Key]]] | None = build.memo.get("decorating calls")  # type: ignore[assignment]
    if known is None:
        decorating: dict[Key, Key] = {}
        routes: dict[Key, list[Key]] = defaultdict(list)
        for kind, fn in build.by_function:
            scope = build.engine.scope(fn)
            for decorator in scope.decorators if kind == "entry_point" else ():
                if decorator[0] == "call":
                    decorating[fn[0], decorator[1]] = fn
                    for made in _receivers(build, (fn[0], decorator[1])):
                        routes[made].append(fn)
        known = decorating, routes
        build.memo["decorating calls"] = known
    return known


def _receivers(build: Build, site: Key) -> Iterator[Key]:
    """The calls that make what a method is called on."""
    func = build.engine.call(site).func
    for origin in build.engine.origins(func[1], build.engine.call_place(site)) if func[0] == "attr" else ():
        if isinstance(origin, New):
            yield origin.site


def run_by_runners(build: Build, fn: Key) -> list[Key]:
    """Calls of runners that make an object of a class, or call one: `Depends(Class)`, `Depends(Class(...))`, `x: Class = Depends()`."""
    table: dict[Key, list[Key]] | None = build.memo.get("run by runners")  # type: ignore[assignment]
    if table is None:
        table = defaultdict(list)
        for site in _run(build):
            for found in _started(build, site):
                table[found].append(site)
        build.memo["run by runners"] = table
    return table.get(fn, [])


def _started(build: Build, site: Key) -> Iterator[Key]:
    call, place = build.engine.call(site), build.engine.call_place(site)
    value = call.args[0] if call.args else _type_of(build, site) if not call.keywords else None
    if value is None or (value[0] == "call" and not _makes(build, site[0], value)):
        return
    for origin in build.engine.origins(value, place):
        if isinstance(origin, (Class, Instance)):
            names = ("__init__", "__new__") if isinstance(origin, Class) else ("__call__",)
            yield from (found for name in names if (found := method(build.engine, origin.cls, name)) is not None)


def _makes(build: Build, number: int, expr: Expr) -> bool:
    """Whether a call makes an object, rather than a coroutine whose result is one."""
    call = build.engine.call((number, expr[1]))
    found = build.engine.origins(call.func, Place(number, call.order))
    return bool(found) and all(isinstance(o, Class) for o in found)


def _type_of(build: Build, site: Key) -> Expr | None:
    """The type of the parameter in whose default or annotation a call stands."""
    for fn in owners(build, site):
        for param in build.engine.scope(fn).params if fn[0] == site[0] else ():
            annotation = param.annotation
            if annotation is None or site[1] not in (
                *calls_in(annotation),
                *(calls_in(param.default) if param.default is not None else ()),
            ):
                continue
            return _first(annotation)
    for name, bindings in build.engine.modules[site[0]].scopes[0].bindings.items():
        for binding in bindings:
            if name and binding.kind == "assign" and binding.value[0] == "sub" and site[1] in calls_in(binding.value):
                return _first(binding.value)
    return None


def _first(annotation: Expr) -> Expr:
    """`Class` of `Annotated[Class, ...]`."""
    if annotation[0] == "sub" and annotation[2][0] == "seq" and last_name(annotation[1]) == "Annotated":
        parts: tuple[Expr, ...] = annotation[2][2]
        return parts[0]
    return annotation
