"""What is in a list that an object is given: written out, joined, appended, assigned later, put in by methods of what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from auditor.facts.types import Call
from auditor.graph.build.agent_classes import fills_attribute
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.graph.build.things import Thing, objects
from auditor.knowledge.forms import Ref
from auditor.program.origins.containers import elements
from auditor.program.origins.heard import said_of
from auditor.program.origins.objects import attribute
from auditor.program.origins.outside import outside_stores
from auditor.program.origins.types import Box, Const, Instance, Key, New, Origin, Place, Result, Unresolved

Row: TypeAlias = tuple[Origin, Key | None, int]
"""an element, and where it is added: a call (without one: the module), a line"""
Calls: TypeAlias = dict[Origin, list[tuple[int, Call]]]
"""object -> calls, each with its module"""


def collected(
    build: Build, thing: Thing, ref: Ref | None, made: tuple[Key, int, tuple[tuple[Key, int], ...]] | None, attributes: list[str]
) -> list[Row]:
    """Elements of a list argument: given to the constructor, assigned later, appended or extended; with the place that adds them."""
    rows: list[Row] = []
    ways = refs(ref) if ref is not None else []
    if made is not None:
        found = [origin for one in ways for origin in argument(build, one, *made) or ()]
        found += [added for origin in found for added in _joined(build, origin)]
        rows.extend((o, made[0], 0) for origin in found for o in opened(build, origin))
    names = [r for r in ways if isinstance(r, str)]
    for name in dict.fromkeys([*names, *attributes]):
        rows.extend(_of_class(build, thing.origin, name))
        rows.extend(_assigned(build, thing, name))
        rows.extend(_appended(build, thing, name))
    for origin, _, _ in list(rows):
        rows.extend(held(build, origin))
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
            adds = call.last in ("append", "extend", "insert") and call.args and said_of(engine, number, origin)
            if adds and origin in engine.origins(call.func[1], place):
                yield from engine.origins(call.args[-1], place)


def _of_class(build: Build, origin: Origin, name: str) -> Iterator[Row]:
    """What a class of the program fills an attribute with."""
    if isinstance(origin, Instance) and fills_attribute(build, origin.cls, name):
        for found in attribute(build.engine, origin, name):
            for element in opened(build, found):
                yield element, None, 0


def _assigned(build: Build, thing: Thing, name: str) -> Iterator[Row]:
    for place, expr in outside_stores(build.engine, thing.origin, name):
        for origin in build.engine.origins(expr, place):
            for element in opened(build, origin):
                yield element, (place.module, -1), build.engine.line(place)


def _appended(build: Build, thing: Thing, name: str) -> Iterator[Row]:
    for number, call in _adders(build, name).get(thing.origin, ()):
        place = Place(number, call.order)
        for origin in build.engine.origins(call.args[-1], place):
            for element in opened(build, origin):
                yield element, (number, call.index), call.line
    for number, call in _callers(build, name).get(thing.origin, ()):
        for origin in build.engine.origins(call.args[0], Place(number, call.order)):
            yield origin, (number, call.index), call.line


def _adders(build: Build, name: str) -> Calls:
    """Object -> the calls that add to the list in its attribute (`x.tools.append(y)`)."""
    known: dict[str, Calls] = build.memo.setdefault("adders", {})  # type: ignore[assignment]
    if name not in known:
        known[name] = {}
        for adder in ("append", "extend", "insert"):
            for number, call in build.engine.calls_by_last.get(adder, ()):
                func = call.func
                if func[0] == "attr" and func[1][0] == "attr" and func[1][2] == name and call.args:
                    for owner in build.engine.origins(func[1][1], Place(number, call.order)):
                        if said_of(build.engine, number, owner):
                            known[name].setdefault(owner, []).append((number, call))
    return known[name]


def _callers(build: Build, name: str) -> Calls:
    """Object -> the calls of its method of that name (`@x.tools`, `x.tools(y)`)."""
    known: dict[str, Calls] = build.memo.setdefault("callers by receiver", {})  # type: ignore[assignment]
    if name not in known:
        known[name] = {}
        for number, call in build.engine.calls_by_last.get(name, ()):
            for owner in build.engine.origins(call.func[1], Place(number, call.order)) if call.func[0] == "attr" and call.args else ():
                if said_of(build.engine, number, owner):
                    known[name].setdefault(owner, []).append((number, call))
    return known[name]


def held(build: Build, origin: Origin) -> Iterator[Row]:
    """What methods of an object put into it, where its type says which (`builder.add_node(agent)`)."""
    for thing in objects(build, (origin,)):
        if build.base.form(thing.type, "gathers"):
            yield from _gathered(build).get(thing.origin, ())


def _gathered(build: Build) -> dict[Origin, list[Row]]:
    """Object -> what calls of its methods put into it."""
    known: dict[Origin, list[Row]] | None = build.memo.get("gathered")  # type: ignore[assignment]
    if known is not None:
        return known
    rows: dict[Origin, list[Row]] = {}
    build.memo["gathered"] = rows
    for name in sorted({method for form in build.base.types.values() for method in form.gathers}):
        for number, call in build.engine.calls_by_last.get(name, ()):
            if call.func[0] != "attr":
                continue
            for thing in objects(build, build.engine.origins(call.func[1], Place(number, call.order))):
                forms = [build.base.types[a].gathers for a in build.base.ancestors(thing.type)]
                ref = next((f[name] for f in forms if name in f), None)
                if ref is not None and said_of(build.engine, number, thing.origin):
                    rows.setdefault(thing.origin, []).extend(_put(build, ref, (number, call.index)))
    return rows


def _put(build: Build, ref: Ref, site: Key) -> Iterator[Row]:
    for one in refs(ref):
        for origin in argument(build, one, site, 0) or ():
            for element in opened(build, origin):
                yield element, site, 0
