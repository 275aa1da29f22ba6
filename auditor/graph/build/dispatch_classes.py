"""Tools that are classes: the answer decides of which of them an object is made, and a method of the object is run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.facts.types import Call
from auditor.graph.build.arguments import texts
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.dispatch_schemas import NAMES
from auditor.graph.build.dispatch_trails import inside, parameters, trails
from auditor.graph.build.loop_terms import arguments, walk
from auditor.program.origins.objects import attribute, method, mro
from auditor.program.origins.types import Class, Func, Instance, Key, Place

LEAST = 2
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Made:
    """A class, the method of its objects that is run, and the name that the class gives itself, else its own."""

    cls: Key
    run: Key
    name: str


def made_by_answer(build: Build, turn: Turn) -> list[Made]:
    """The classes that derive from the same one and each bring the method, where its result is kept and it gets a part of the answer."""
    best: dict[Key, Key] = {}
    for fn, trail, block in trails(build, turn):
        for call in trail.body.calls:
            if not inside(build, fn, build.engine.place_block(Place(fn[0], call.order)), block):
                continue
            found = _run(build, fn, trail, call)
            if len(set(found.values())) > len(set(best.values())):
                best = found
    # What makes the request itself is not picked by its answer.
    picked = len(set(best.values())) >= LEAST and not set(best.values()).intersection(turn.way)
    return [Made(cls, run, name_of(build, cls)) for cls, run in best.items()] if picked else []


def _run(build: Build, fn: Key, trail: Trail, call: Call) -> dict[Key, Key]:
    """class -> method, where a method is called on an object of a class that the answer decides."""
    func = call.func
    if func[0] != "attr" or not trail.mentions(func[1]) or not any(trail.mentions(a) for a in arguments(call)):
        return {}
    objects = [o for o in build.engine.origins(func[1], Place(fn[0], call.order)) if isinstance(o, Instance)]
    sites: dict[Key, dict[Key, None]] = defaultdict(dict)
    for each in objects:
        if each.site is not None:
            sites[each.site][each.cls] = None
    chosen = [classes for made, classes in sites.items() if len(classes) >= LEAST and _decided(build, fn, trail, made, 0)]
    roots = set.intersection(*(set(mro(build.engine, c)) for classes in chosen for c in classes)) if chosen else set()
    family = [c for c in dict.fromkeys(o.cls for o in objects) if roots.intersection(mro(build.engine, c))]
    methods = {cls: run for cls in family if (run := method(build.engine, cls, func[2])) is not None}
    brought = {cls: run for cls, run in methods.items() if (run[0], build.engine.scope(run).parent) in family}
    return brought if roots and used(trail, call) else {}


def used(trail: Trail, call: Call) -> bool:
    """Whether a call stands in an expression that is read, and not alone."""
    return any(part == ("call", call.index) for expr, _ in trail.body.expressions for part in walk(trail.body.module, expr))


def _decided(build: Build, fn: Key, trail: Trail, made: Key, depth: int) -> bool:
    """Whether the class of an object that is made at a call depends on the answer: there, or in a function that the answer is handed to."""
    order = build.engine.call(made).order
    if build.function_of(made[0], order) == fn:
        return trail.mentions(build.engine.call(made).func)
    return depth < DEEPEST and any(
        _decided(build, target, follow(build, target, calls=set(), names=names, loose=True), made, depth + 1)
        for target, names in _handed(build, fn, trail)
    )


def _handed(build: Build, fn: Key, trail: Trail) -> Iterator[tuple[Key, set[str]]]:
    """Functions that get something of the answer, with the parameters that do."""
    for call in trail.body.calls:
        if not any(trail.mentions(a) for a in arguments(call)):
            continue
        for origin in build.engine.origins(call.func, Place(fn[0], call.order)):
            if isinstance(origin, Func) and (names := parameters(build, trail, call, origin)):
                yield origin.fn, names


def name_of(build: Build, cls: Key) -> str:
    for key in NAMES:
        found = texts(tuple(attribute(build.engine, Class(cls), key)))
        if len(found) == 1 and found[0]:
            return found[0]
    return build.engine.scope(cls).name
