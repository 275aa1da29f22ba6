"""Which form of the knowledge a call is: by the qualified name of a function, or by the type of the receiver and a method path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from auditor.graph.build.context import Build
from auditor.graph.build.decorated import decorator
from auditor.graph.build.passed_on import passes_on
from auditor.graph.build.things import Thing, of_class_name, things, unwrap_partial
from auditor.knowledge.base import Named, Table
from auditor.knowledge.live import Live
from auditor.program.origins.engine import TOO_MUCH
from auditor.program.origins.objects import external_bases
from auditor.program.origins.piecewise import piecewise
from auditor.program.origins.types import Attr, Class, Ext, Func, Instance, Key, New, Origin, Place, Result

T = TypeVar("T")
MOST_HOPS = 3
"""methods in a row that a report names"""


@dataclass(slots=True)
class Match(Generic[T]):
    """A form that a call is, with the receiver where it has one."""

    package: str
    form: T
    name: str
    thing: Thing | None
    partials: tuple[tuple[Key, int], ...] = ()
    callee: Origin | None = None
    """the method itself, where the receiver is one"""


def live(build: Build) -> Live:
    """Which of the known names and types the program can name."""
    found = build.memo.get("live")
    if not isinstance(found, Live):
        imported = {i for m in build.engine.modules for i in m.imports}
        found = build.memo["live"] = Live(build.base, imported | build.described)
    return found


def called_names(build: Build, table: Table[T]) -> set[str]:
    """Last segments of calls that can be a form of a table, other names that the program has for them included."""
    known: dict[int, set[str]] = build.memo.setdefault("called names", {})  # type: ignore[assignment]
    names = known.get(id(table))
    if names is None:
        names = known[id(table)] = build.spellings(live(build).last_names(table))
    return names


def called_attributes(build: Build) -> set[str]:
    """Attributes of known types whose value is called itself (`self.agent(message)`)."""
    rows = ((t, name) for t, form in build.base.types.items() for name in form.attributes)
    found = ((name, build.base.attribute(t, name)) for t, name in rows)
    return {name for name, held in found if held not in (None, "self") and build.base.calls.method(build.base, str(held), "__call__")}


def callees(build: Build, site: Key, ctx: int = 0) -> list[tuple[Origin, tuple[tuple[Key, int], ...]]]:
    """What the callee of a call can be, `partial` looked through."""
    call, place = build.engine.call(site), build.engine.call_place(site, ctx)
    found = build.engine.origins(call.func, place)
    return [unwrap_partial(o) for o in (piecewise(build.engine, call.func, place) if found == TOO_MUCH else found)]


def matches(build: Build, table: Table[T], site: Key, ctx: int = 0) -> list[Match[T]]:
    """All forms of a table that a call can be, in the order of its callee's origins."""
    rows: list[Match[T]] = []
    for origin, partials in callees(build, site, ctx):
        rows.extend(of_callee(build, table, origin, partials))
    return rows


def of_callee(build: Build, table: Table[T], origin: Origin, partials: tuple[tuple[Key, int], ...] = ()) -> Iterator[Match[T]]:
    """Forms of one callee."""
    if isinstance(origin, Ext):
        found = table.function(origin.name)
        for named in found:
            yield Match(named.package, named.form, origin.name, None, partials)
        if found:
            return
        yield from _of_class(table, build, origin, partials)
    if isinstance(origin, Attr):
        inherited = [
            Match(f.package, f.form, name, None, partials) for name in _inherited_names(build, origin) for f in table.function(name)
        ]
        yield from inherited
        if inherited:
            return
    inner = passes_on(build, origin) if isinstance(origin, Func) else None
    if inner is not None and isinstance(origin, Func) and origin.owner is not None:
        name = build.engine.scope(origin.fn).name
        for thing, path in dict.fromkeys(things(build, origin.owner)):
            for named in _methods(build, table, thing, ".".join((*path, name))):
                build.memo.setdefault("passing on", set()).add(inner)  # type: ignore[attr-defined]
                yield Match(named.package, named.form, f"{display(build, thing)}.{name}", thing, partials)
    if isinstance(origin, (Ext, Attr, New, Result, Instance)) or (isinstance(origin, Func) and build.base.decorates):
        seen: set[tuple[int, Thing]] = set()
        rows = [(t, (*path, origin.name)) for t, path in things(build, origin.base)] if isinstance(origin, Attr) else []
        for thing, path in dict.fromkeys((*rows, *things(build, origin))):
            full = ".".join(path) if path else "__call__"
            for named in _methods(build, table, thing, full):
                if (id(named.form), thing) not in seen:
                    seen.add((id(named.form), thing))
                    maker = display(build, thing)
                    yield Match(named.package, named.form, f"{maker}.{full}" if path else maker, thing, partials, origin)


def _inherited_names(build: Build, origin: Attr) -> list[str]:
    """Qualified names of what a class has from the library classes that it derives from (`Base.metadata.create_all`)."""
    path = [origin.name]
    base = origin.base
    while isinstance(base, Attr):
        path.append(base.name)
        base = base.base
    owners = external_bases(build.engine, base.cls) if isinstance(base, Class) else ()
    return [".".join((owner, *reversed(path))) for owner in owners]


def _of_class(table: Table[T], build: Build, origin: Ext, partials: tuple[tuple[Key, int], ...]) -> Iterator[Match[T]]:
    """A method of a type called on its class (`Store.from_texts(...)`), or on an attribute of the class (`User.objects.get(...)`)."""
    for thing, path in of_class_name(build, origin):
        for named in table.method(build.base, thing.type, ".".join(path)) if path else ():
            yield Match(named.package, named.form, origin.name, thing, partials)


def _methods(build: Build, table: Table[T], thing: Thing, path: str) -> list[Named[T]]:
    found = table.method(build.base, thing.type, path)
    if not found and path == "__call__":
        found = table.method(build.base, thing.type, "")
    return found


def display(build: Build, thing: Thing) -> str:
    """The qualified name of what made an object, for reports."""
    origin = decorator(build, thing.origin) or thing.origin
    while isinstance(origin, (Result, Attr)):
        origin = origin.base
    if isinstance(origin, (New, Ext)) and origin.name != "typing.cast":
        return origin.name
    if isinstance(origin, (Instance, Class)):
        return build.engine.scope(origin.cls).name
    return type_name(build, thing.type)


def type_name(build: Build, type_id: str) -> str:
    """A class of a type."""
    named = build.base.types[type_id].new if type_id in build.base.types else []
    return next((n for n in named if n.rpartition(".")[2][:1].isupper()), type_id.replace(":", "."))


def in_words(build: Build, match: Match[T]) -> str:
    """What is called: `package.Class.method`, or `method of package.make(...)`: what a function made has no other name."""
    if match.thing is None:
        return match.name
    maker = display(build, match.thing)
    path = match.name.removeprefix(f"{maker}.")
    if path == match.name:
        return match.name
    origin = match.thing.origin
    while isinstance(origin, (Result, Attr)):
        origin = origin.base
    if not isinstance(origin, (New, Ext, Instance)):
        return f"{path} of {match.package}"
    if isinstance(origin, New) and (hops := given_by(build, match)) and maker.rpartition(".")[2][:1].isupper():
        return f"{maker}.{'().'.join((*hops, path))}" if len(hops) <= MOST_HOPS else f"{path} of {maker}(...)"
    return f"{path} of {maker}(...)" if isinstance(origin, New) and maker.rpartition(".")[2][:1].islower() else match.name


def given_by(build: Build, match: Match[T]) -> list[str]:
    """The methods, one after the other, by which an object gave what another one is called on: that is an object of another class. What
    only gives the object itself with other settings is none of them."""
    rows: list[str] = []
    origin, thing = match.callee, match.thing
    while isinstance(origin, (Attr, Result)) and thing is not None and origin != thing.origin:
        if isinstance(origin, Result) and not _copies(build, thing.type, origin.method):
            rows.insert(0, origin.method)
        origin = origin.base
    return rows if origin is not None and thing is not None and origin == thing.origin else []


def _copies(build: Build, type_id: str, method: str) -> bool:
    found = build.base.method(type_id, method)
    form = found[1] if found is not None else None
    changes = form is not None and bool(form.sets or form.wraps or form.tools is not None or form.adds is not None)
    return method == "__call__" or (changes and not any(n.form.returns for n in build.base.calls.method(build.base, type_id, method)))


def place_of(build: Build, site: Key, ctx: int = 0) -> Place:
    return build.engine.call_place(site, ctx)
