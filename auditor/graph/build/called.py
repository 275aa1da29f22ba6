"""All that the program calls, for rules about any library or function: only where a rule asks for it, for every call is resolved then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.facts.jobs import Job
from auditor.facts.types import Call as CallFacts
from auditor.graph.build.call_arguments import arguments, parameters
from auditor.graph.build.call_decorated import Wrappers
from auditor.graph.build.call_names import DottedNames, packages_of
from auditor.graph.build.called_handed import handed_over
from auditor.graph.build.context import Build
from auditor.graph.build.entries import Command, entry_nodes, flow_entries
from auditor.graph.build.flow import close_over_callers
from auditor.graph.build.loaded import loaded
from auditor.graph.build.matching import callees, of_callee
from auditor.graph.build.things import Partials, things
from auditor.graph.called import Call, Wanted
from auditor.graph.flow import Flow
from auditor.graph.types import EntryPoint
from auditor.knowledge.positions import named_positions
from auditor.knowledge.types import CallForm, TypeForm
from auditor.program.origins.annotations import annotation_names
from auditor.program.origins.decorators import in_wrapper
from auditor.program.origins.objects import external_bases, method
from auditor.program.origins.types import (
    Attr,
    Box,
    Class,
    Const,
    Env,
    Ext,
    Func,
    Instance,
    Key,
    New,
    Origin,
    Param,
    Place,
    Result,
    Super,
    Text,
    root_of,
)

MOST_CALLEES = 16
DEEPEST = 12
"""attributes and calls in a callee"""
TYPES: tuple[type, ...] = (str, bytes, int, float, list, dict, set, tuple)


@dataclass(frozen=True, slots=True)
class Callee:
    """What a call may call: its full names, the first of which is the one that it is told by; positions of parameters, if known."""

    names: tuple[str, ...]
    packages: tuple[str, ...]
    positions: Mapping[str, int]
    known: int | None
    partials: Partials
    wanted: bool = True
    decorated: Func | None = None


def flow_so_far(build: Build) -> Flow:
    """A copy of the flow, to be extended later."""
    flow = build.graph.flow
    return replace(
        flow,
        functions=dict(flow.functions),
        regions=dict(flow.regions),
        sites=list(flow.sites),
        entries=dict(flow.entries),
        loaded={},
        started={},
        elsewhere={},
    )


def called(
    build: Build, flow: Flow, scripts: dict[str, str], jobs: Sequence[Job], commands: Sequence[Command], wanted: Wanted | None = None
) -> None:
    """Adds the calls to the graph (those that are wanted; None: all), and the flow with all functions that they stand in; nothing else of
    the graph changes."""
    finder = _Finder(build, wanted)
    rows: list[Call] = []
    inside: dict[Key, None] = {}
    unresolved = 0
    for number, call in build.calls():
        site = (number, call.index)
        found = finder.of(site, call)
        unresolved += found is None
        ways = [(site, callee) for callee in found or () if callee.wanted]
        for made, own in handed_over(build, site, call):
            ways += [(made, callee) for callee in finder.of(made, own) or () if callee.wanted]
        if not ways:
            continue
        fn = build.function_of(number, call.order)
        if not build.engine.is_test[number]:
            inside[fn] = None
        rows.extend(finder.nouns(ways, call.order, build.function_id(fn)))
    build.graph.calls, build.graph.unresolved = tuple(rows), unresolved
    _extend(build, flow, list(inside), scripts, jobs, commands)


def _extend(
    build: Build, flow: Flow, functions: list[Key], scripts: dict[str, str], jobs: Sequence[Job], commands: Sequence[Command]
) -> None:
    """The flow that leads to all functions is made beside the graph, whose own flow and nodes stay as they are."""
    graph = build.graph
    build.graph = replace(graph, nodes=dict(graph.nodes), flow=flow, edges=[], unknowns=[])
    try:
        close_over_callers(build, functions)
        entry_nodes(build, scripts, jobs, commands)
        flow_entries(build)
        loaded(build)
        graph.around = build.graph.flow
        graph.begins = tuple(n for n in build.graph.nodes.values() if isinstance(n, EntryPoint))
    finally:
        build.graph = graph


class _Finder:
    """Full names of callees, and what is known of their parameters."""

    def __init__(self, build: Build, wanted: Wanted | None) -> None:
        self.build = build
        self.wanted = wanted
        self.engine = build.engine
        self.names = DottedNames(build)
        self.known: dict[Origin, Callee | None] = {}
        self.wrappers = Wrappers(build)
        self.positions: dict[str, dict[str, int]] = {}
        self.signatures = {name: names for k in build.base.files for name, names in k.signatures.items()}

    def of(self, site: Key, call: CallFacts) -> list[Callee] | None:
        """The callees that are known; None where none is, or too many are. What a decorator puts in a function's place passes on what that
        is called with: its calls are those of the function, and asked there."""
        rows: dict[tuple[str, ...], Callee] = {}
        passes_on = False
        for origin, partials in callees(self.build, site):
            if isinstance(origin, Func) and in_wrapper(self.engine, origin.fn, site[0], call):
                passes_on = True
                self.wrappers.note(origin.fn, site)
                continue
            found = self._callee(origin)
            if found is not None:
                rows.setdefault(found.names, replace(found, partials=partials) if partials else found)
        known = list(rows.values()) if len(rows) <= MOST_CALLEES else []
        return known if known or passes_on else None

    def nouns(self, ways: Sequence[tuple[Key, Callee]], order: int, inside: str) -> Iterable[Call]:
        """What one call calls: itself, and by what it is handed."""
        build = self.build
        at = build.call_location(ways[0][0])
        for number, (site, callee) in enumerate(ways):
            module, written = self.names.modules[site[0]], build.callee(site)
            decorated = (callee.decorated, self.wrappers) if callee.decorated is not None else None
            yield Call(
                id=f"call:{at.path}:{at.line}:{at.column}:{at.end_line}:{at.end_column}" + (f":{number}" if number else ""),
                name=callee.names[0].rpartition(".")[2],
                symbol=written,
                at=at,
                role=build.role(site[0]),
                qualname=build.qualname(site[0], order),
                callee=callee.names[0],
                api=callee.names[0],
                called=callee.names[0],
                package=callee.packages[0] if callee.packages else "",
                names=callee.names,
                packages=callee.packages,
                in_module=module,
                in_packages=self.names.around[module],
                arguments=arguments(build, site, callee.positions, callee.partials, decorated, known=callee.known),
                written=written,
                inside=inside,
            )

    def _callee(self, origin: Origin) -> Callee | None:
        if origin in self.known:
            return self.known[origin]
        found = self.known[origin] = self._resolved(origin)
        return found

    def _resolved(self, origin: Origin) -> Callee | None:
        """A form of the knowledge says the name of a method whatever its object went through; else the way to the object does."""
        forms, by_form = self._forms(origin)
        names = tuple(dict.fromkeys((*by_form, *self._called(origin))))
        if not names:
            return None
        packages = self._packages(origin, names)
        known = parameters(self.build, origin) or self._signature(origin, names, forms)
        decorated = origin if isinstance(origin, Func) and self.engine.scope(origin.fn).decorators else None
        return Callee(names, packages, *known, (), self._wanted(names, packages), decorated)

    def _wanted(self, names: tuple[str, ...], packages: tuple[str, ...]) -> bool:
        if self.wanted is None:
            return True
        said = {"callee": names[:1], "names": names, "package": packages[:1] or ("",), "packages": packages}
        return any(not texts.isdisjoint(said[field]) for field, texts in self.wanted.items())

    def _signature(self, origin: Origin, names: Sequence[str], forms: Sequence[CallForm]) -> tuple[dict[str, int], int | None]:
        """What the knowledge says whole, else what its forms mention."""
        written = next((self.signatures[name] for name in names if name in self.signatures), None)
        if written is not None:
            return {name: place for place, name in enumerate(written)}, None
        positions = dict(self._positions(names))
        positions.update(named_positions([*forms, *self._made(origin)]))
        places = set(positions.values())
        return positions, next(n for n in range(len(places) + 1) if n not in places)

    def _packages(self, origin: Origin, names: tuple[str, ...]) -> tuple[str, ...]:
        """A method of what a function gives back is in none: its class is not known, and who uses an object that a module hands out does
        not use the library that the module made it with. Likewise what a class of the program inherits from is its own matter."""
        if isinstance(origin, (Func, Class)):
            return packages_of(names)
        root: Origin = origin
        while isinstance(root, Attr):
            root = root.base
        made = isinstance(root, Result) or (isinstance(root, New) and not root.name.rpartition(".")[2][:1].isupper())
        return () if made else packages_of(names[:1])

    def _forms(self, origin: Origin) -> tuple[list[CallForm], list[str]]:
        if not isinstance(origin, (Attr, New, Result, Instance, Ext)):
            return [], []
        found = list(of_callee(self.build, self.build.base.calls, origin))
        # An object of a class of the program is told by that class.
        names = [m.name for m in found if m.thing is None or not isinstance(root_of(m.thing.origin), (Instance, Class, Func))]
        return [m.form for m in found], names

    def _positions(self, names: Iterable[str]) -> dict[str, int]:
        """Of a constructor, what the forms of its types say."""
        rows: dict[str, int] = {}
        for name in names:
            if name not in self.positions:
                self.positions[name] = named_positions(self.build.base.types[t] for t in self.build.base.new.get(name, ()))
            rows.update(self.positions[name])
        return rows

    def _made(self, origin: Origin) -> list[TypeForm]:
        """The types of which a method makes an object."""
        if not isinstance(origin, Attr):
            return []
        rows = [self.build.base.made(t.type, ".".join((*path, origin.name))) for t, path in things(self.build, origin.base)]
        return [self.build.base.types[made] for types in rows for made in types or ()]

    # -- names

    def _called(self, origin: Origin) -> list[str]:
        """Full names of what is called."""
        if isinstance(origin, Func):
            return self._of_function(origin)
        if isinstance(origin, Class):
            return list(self.names.all_of(origin.cls))
        if isinstance(origin, Ext):
            return [origin.name]
        if isinstance(origin, Attr):
            if isinstance(origin.base, (Box, Const, Env, Text)):
                return _of_builtin(origin.base, origin.name)
            return [f"{name}.{origin.name}" for name in self._object(origin.base, 0)]
        return [f"{name}.__call__" for name in self._object(origin, 0)] if isinstance(origin, (New, Result, Instance, Param)) else []

    def _of_function(self, origin: Func) -> list[str]:
        """A method has a name in the class of its object, too."""
        rows = list(self.names.all_of(origin.fn))
        owner = origin.owner
        if isinstance(owner, (Instance, Class)):
            name = self.engine.scope(origin.fn).name
            if method(self.engine, owner.cls, name) == origin.fn:
                rows += [f"{each}.{name}" for each in self.names.all_of(owner.cls)]
        return list(dict.fromkeys(rows))

    def _object(self, origin: Origin, depth: int) -> list[str]:
        """Names of the class of an object, or of what made it."""
        if depth > DEEPEST:
            return []
        if isinstance(origin, New):
            return [origin.name] if origin.name != "typing.cast" else []
        if isinstance(origin, Ext):
            return [origin.name]
        if isinstance(origin, (Instance, Class)):
            return (
                [*self.names.all_of(origin.cls), *external_bases(self.engine, origin.cls)]
                if external_bases(self.engine, origin.cls)
                else []
            )
        if isinstance(origin, Super):
            return external_bases(self.engine, origin.cls)
        if isinstance(origin, Attr):
            return [f"{name}.{origin.name}" for name in self._object(origin.base, depth + 1)]
        if isinstance(origin, Result):
            return [f"{name}.{origin.method}" for name in self._object(origin.base, depth + 1)]
        return self._declared(origin) if isinstance(origin, Param) else []

    def _declared(self, origin: Param) -> list[str]:
        """The class that the annotation of a parameter names."""
        scope = self.engine.scope(origin.fn)
        annotation = next((p.annotation for p in scope.params if p.name == origin.name), None)
        return annotation_names(self.build.engine, annotation, Place(origin.fn[0], scope.order)) if annotation is not None else []


def _of_builtin(base: Box | Const | Env | Text, method: str) -> list[str]:
    """A method of a text, a number or a container; of what is made into something else (`str(rows)`) only the value is known."""
    kind = base.kind if isinstance(base, (Box, Const)) else "str"
    return [f"builtins.{kind}.{method}"] if any(t.__name__ == kind and hasattr(t, method) for t in TYPES) else []
