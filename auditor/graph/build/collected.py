"""What is in a list that a constructor is given, wherever it is added: written out, joined, appended, assigned later."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.agent_classes import fills_attribute
from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.things import Thing
from auditor.knowledge.forms import Ref
from auditor.program.origins.containers import elements
from auditor.program.origins.objects import attribute
from auditor.program.origins.types import Box, Const, Instance, Key, New, Origin, Place, Result, Unresolved


def collected(
    build: Build, thing: Thing, ref: Ref | None, made: tuple[Key, int, tuple[tuple[Key, int], ...]] | None, attributes: list[str]
) -> list[tuple[Origin, Key | None, int]]:
    """Elements of a list argument: given to the constructor, assigned later, appended or extended; with the place that adds them."""
    rows: list[tuple[Origin, Key | None, int]] = []
    if ref is not None and made is not None:
        for origin in argument(build, ref, *made) or ():
            rows.extend((o, made[0], 0) for o in opened(build, origin))
            rows.extend((o, made[0], 0) for a in _joined(build, origin) for o in opened(build, a))
    names = [r for r in (ref if isinstance(ref, list) else [ref]) if isinstance(r, str)]
    for name in dict.fromkeys([*names, *attributes]):
        rows.extend(_of_class(build, thing.origin, name))
        rows.extend(_assigned(build, thing, name))
        rows.extend(_appended(build, thing, name))
    return list(dict.fromkeys(rows))


def opened(build: Build, origin: Origin, depth: int = 0) -> list[Origin]:
    """A list opened to its elements; anything else is one element."""
    if isinstance(origin, Box) and depth < 4 and origin.kind != "dict":
        return [e for o in elements(build.engine, origin) for e in opened(build, o, depth + 1)]
    if isinstance(origin, (Const, Unresolved)):
        return []
    return [origin]


def _joined(build: Build, origin: Origin) -> Iterator[Origin]:
    """What is appended to a list that a call gave (`tools = load(); tools.append(x)`)."""
    engine = build.engine
    names = engine.made_names.get(origin.site, ()) if isinstance(origin, (New, Result)) else ()
    for name in sorted(names):
        for number, call in engine.mutations_by_name.get(name, ()):
            place = Place(number, call.order)
            if call.last in ("append", "extend", "insert") and call.args and origin in engine.origins(call.func[1], place):
                yield from engine.origins(call.args[-1], place)


def _of_class(build: Build, origin: Origin, name: str) -> Iterator[tuple[Origin, Key | None, int]]:
    """What a class of the program fills an attribute with."""
    if isinstance(origin, Instance) and fills_attribute(build, origin.cls, name):
        for found in attribute(build.engine, origin, name):
            for element in opened(build, found):
                yield element, None, 0


def _assigned(build: Build, thing: Thing, name: str) -> Iterator[tuple[Origin, Key | None, int]]:
    from auditor.program.origins.objects import outside_stores

    for place, expr in outside_stores(build.engine, thing.origin, name):
        for origin in build.engine.origins(expr, place):
            for element in opened(build, origin):
                yield element, (place.module, -1), build.engine.line(place)


def _appended(build: Build, thing: Thing, name: str) -> Iterator[tuple[Origin, Key | None, int]]:
    for adder in ("append", "extend", "insert"):
        for number, call in build.engine.calls_by_last.get(adder, ()):
            func = call.func
            if func[0] != "attr" or func[1][0] != "attr" or func[1][2] != name or not call.args:
                continue
            place = Place(number, call.order)
            if thing.origin not in build.engine.origins(func[1][1], place):
                continue
            for origin in build.engine.origins(call.args[-1], place):
                for element in opened(build, origin):
                    yield element, (number, call.index), call.line
    for number, call in build.engine.calls_by_last.get(name, ()):
        if call.func[0] == "attr" and call.args and thing.origin in build.engine.origins(call.func[1], Place(number, call.order)):
            for origin in build.engine.origins(call.args[0], Place(number, call.order)):
                yield origin, (number, call.index), call.line
