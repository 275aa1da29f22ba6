"""What a composed object consists of: the steps of a chain, the objects and functions it wraps, fallbacks added later."""

from __future__ import annotations

from typing import Any

from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.collected import held
from auditor.graph.build.context import Build
from auditor.graph.build.members import methods_by
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing, objects
from auditor.knowledge.forms import Ref
from auditor.program.origins.containers import elements, values
from auditor.program.origins.heard import said_of
from auditor.program.origins.types import Box, Func, Instance, Key, New, Op, Origin, Origins, Partial, Result


def parts(build: Build, thing: Thing, depth: int = 0) -> tuple[Thing, ...]:
    """The object itself and all known objects inside it."""
    memo: dict[tuple[Thing, int], tuple[Thing, ...]] = build.memo.setdefault("parts", {})  # type: ignore[assignment]
    found = memo.get((thing, depth))
    if found is None:
        found = memo[thing, depth] = tuple(_parts(build, thing, depth))
    return found


def _parts(build: Build, thing: Thing, depth: int) -> list[Thing]:
    rows = [thing]
    if depth > 6:
        return rows
    for origin in inner_origins(build, thing):
        for inner in objects(build, (origin,)):
            if inner != thing and inner not in rows:
                rows.extend(p for p in parts(build, inner, depth + 1) if p not in rows)
    return rows


def inner_origins(build: Build, thing: Thing) -> tuple[Origin, ...]:
    """Origins of what stands directly inside an object; lists and dicts are opened."""
    memo: dict[Thing, tuple[Origin, ...]] = build.memo.setdefault("inner origins", {})  # type: ignore[assignment]
    found = memo.get(thing)
    if found is None:
        found = memo[thing] = tuple(_inner_origins(build, thing))
    return found


def _inner_origins(build: Build, thing: Thing) -> list[Origin]:
    rows: list[Origin] = []
    origin = thing.origin
    if isinstance(origin, Op):
        expr, place = build.engine.refs[origin.ref]
        for side in expr[2:4]:
            rows.extend(_opened(build, build.engine.origins(side, place)))
    made = constructor(build, origin)
    for key in ("parts", "wraps", "follows"):
        ref: Any = build.base.form(thing.type, key)
        if ref is not None and made is not None:
            for one in refs(ref):
                rows.extend(_opened(build, argument(build, one, *made) or ()))
    rows.extend(each for each, _, _ in held(build, origin))
    if isinstance(origin, Result):
        rows.extend(_wrapped(build, origin))
    rows.extend(_added(build, thing))
    later: Any = build.base.form(thing.type, "parts_by")
    for method, ref in (later or {}).items():
        rows.extend(_added_later(build, thing, method, ref))
    return rows


def _added_later(build: Build, thing: Thing, method: str, ref: Ref) -> list[Origin]:
    """What calls of a method on the object add to it, wherever they stand."""
    rows: list[Origin] = []
    made = thing.origin.site if isinstance(thing.origin, New) else None
    for number, call in build.engine.calls_by_last.get(method, ()):
        site = (number, call.index)
        heard = call.func[0] == "attr" and said_of(build.engine, number, thing.origin)
        found = build.engine.origins(call.func[1], build.engine.call_place(site)) if heard else ()
        if any(o == thing.origin or (isinstance(o, New) and o.site == made) for o in found):
            rows.extend(_opened(build, argument(build, ref, site, 0) or ()))
    return rows


def _added(build: Build, thing: Thing) -> list[Origin]:
    """Objects that methods put into the value (`with_fallbacks([...])`)."""
    return [origin for number in range(len(thing.adds)) for origin in added_by(build, thing, number)]


def added_by(build: Build, thing: Thing, number: int) -> list[Origin]:
    """What the n-th of the methods puts into the value."""
    site, ctx, path, _ = thing.adds[number]
    found = build.base.method(thing.type, path)
    adds = found[1].adds if found is not None else None
    return _opened(build, argument(build, adds, site, ctx) or ()) if adds is not None else []


def _wrapped(build: Build, origin: Result) -> list[Origin]:
    """The receiver that a method wraps in what it gives."""
    made = (build.base.method(base.type, origin.method) for base in objects(build, (origin.base,)))
    return [origin.base for found in made if found is not None and found[1].returns != "self"]


def own_steps(build: Build, thing: Thing) -> list[Key]:
    """Methods of an object of the program that a run of it calls: those of its library class that its own class replaces."""
    steps: Any = build.base.form(thing.type, "steps")
    return methods_by(build, thing.origin.cls, steps) if steps and isinstance(thing.origin, Instance) else []


def made_step(build: Build, thing: Thing, fn: Key) -> bool:
    """Whether it is a decorator that makes a method a step."""
    steps: Any = build.base.form(thing.type, "steps")
    return build.engine.scope(fn).name not in steps


def _opened(build: Build, found: Origins, depth: int = 0) -> list[Origin]:
    rows: list[Origin] = []
    for origin in found:
        if isinstance(origin, Box) and depth < 3:
            rows.extend(_opened(build, tuple(elements(build.engine, origin)), depth + 1))
            if build.engine.refs[origin.ref][0][0] == "dict":
                rows.extend(_opened(build, tuple(values(build.engine, origin)), depth + 1))
        else:
            rows.append(origin)
    return rows


def functions(build: Build, thing: Thing) -> list[Func]:
    """Local functions that run when the object runs (`RunnableLambda(f)`, `prompt | f`, methods that a local class replaces)."""
    rows: list[Func] = []
    for part in parts(build, thing):
        rows.extend(f for fn in own_steps(build, part) if (f := Func(fn, part.origin, 0)) not in rows)
        for origin in inner_origins(build, part):
            target = origin
            while isinstance(target, Partial):
                target = target.target
            if isinstance(target, Func) and target not in rows:
                rows.append(target)
    return rows
