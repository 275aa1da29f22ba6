"""Calls written like a request to a model of which it cannot be told what they are called on: too much reaches it, or it comes in by a
lookup, and what they are given is what such a request takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.collected import opened
from auditor.graph.build.context import Build
from auditor.graph.build.matching import callees, live
from auditor.graph.build.things import things
from auditor.graph.traces import NotUnderstood
from auditor.knowledge.load import library_of, roles, talks
from auditor.program.origins.engine import TOO_MUCH
from auditor.program.origins.objects import external_bases, method
from auditor.program.origins.parameters import annotated_instances
from auditor.program.origins.piecewise import pieces
from auditor.program.origins.types import Attr, Box, Const, Instance, Item, Key, New, Origin, Param, Place, Result, Unresolved, root_of

PLAIN = ("const", "fstr", "cmp", "not", "neg")
FOLLOWED = "too much reaches what it is called on to be followed: it may be a request to a model"
GIVEN = "what it is called on cannot be told, and it is given what a request to a model takes"
INHERITED = "its class derives from one of {} that is not known: it may be a request to a model"


def undecided(build: Build, done: Collection[Key], told: Collection[object]) -> Iterator[NotUnderstood]:
    """Those among the calls that became nothing (not `done`) and that nothing else is said of (`told`: their places)."""
    finder = _Finder(build)
    for number, call in build.calls():
        site = (number, call.index)
        if call.last in finder.lasts and site not in done:
            found = finder.of_call(site, call)
            if found is not None and (at := build.call_location(site)) not in told:
                yield NotUnderstood(found[0], found[1], at, found[2])


class _Finder:
    def __init__(self, build: Build) -> None:
        self.build, self.base = build, build.base
        self.requests = self._requests()
        self.lasts = build.spellings(path.rpartition(".")[2] for path in self.requests)
        self.imports: dict[int, set[str]] = {}

    def _requests(self) -> dict[str, list[str]]:
        """Path of a method that asks a model -> the packages that have objects with it, that of the form first."""
        rows: dict[str, list[str]] = defaultdict(list)
        base, types = self.base, live(self.build).types
        for (owner, path), forms in sorted(base.calls.methods.items()):
            if path and path != "__call__" and any(n.form.noun == "model_call" for n in forms) and (owner in types or "." in path):
                rows[path].append(owner.partition(":")[0])
        below: dict[str, set[str]] = defaultdict(set)
        for type_id in base.types:
            for ancestor in base.ancestors(type_id):
                below[ancestor.partition(":")[0]].add(type_id.partition(":")[0])
        return {path: list(dict.fromkeys([*owners, *(p for o in owners for p in sorted(below[o]))])) for path, owners in rows.items()}

    def of_call(self, site: Key, call: Call) -> tuple[str, str, str] | None:
        """(package, name, why) of such a call."""
        module, build = self.build.engine.modules[site[0]], self.build
        path = next((p for written in _paths(module, call) for p in self._asking(written)), "")
        if not path:
            return None
        packages, place = self.requests[path], Place(site[0], call.order)
        found = [o for o, _ in callees(build, site)]
        name = build.written(site[0], call.func) if "." not in path else path
        for origin in found:
            package = self._inherited(origin)
            if package is not None:
                return package, name, INHERITED.format(package)
        if not found or any(not is_undecided(build, o) for o in found):
            return None
        if TOO_MUCH[0] in found:
            near = self._near(call.func, place, packages)
            likely = "." in path or (near is not None and not self._own(call, place, path))
            return (near or packages[0], name, FOLLOWED) if likely else None
        package = self._given(call, place, packages) if "." not in path else None
        return (package, name, GIVEN) if package is not None else None

    def _asking(self, path: tuple[str, ...]) -> Iterator[str]:
        yield from (d for start in range(len(path)) if (d := ".".join(path[start:])) in self.requests)

    def _inherited(self, origin: Origin) -> str | None:
        """The package of a class that a class of the program has the method from, where that is there to ask models and not described."""
        if not isinstance(origin, Attr) or not isinstance(origin.base, Instance) or things(self.build, origin.base):
            return None
        names = external_bases(self.build.engine, origin.base.cls)
        return next((p for name in names if (p := self._package(name)) is not None and talks(p)), None)

    def _own(self, call: Call, place: Place, path: str) -> bool:
        """Whether the receiver is a parameter that is declared to be of a class of the program which has the method itself."""
        engine = self.build.engine
        expr, index = call.func[1], engine.place_scope(place)
        while expr[0] == "name" and index >= 0:
            scope = engine.modules[place.module].scopes[index]
            param = next((p for p in scope.params if p.name == expr[1]), None)
            if param is not None and param.annotation is not None:
                declared = annotated_instances(engine, param.annotation, Place(place.module, scope.order))
                return any(isinstance(o, Instance) and method(engine, o.cls, path) is not None for o in declared)
            index = scope.parent if param is None and expr[1] not in scope.bindings else -1
        return False

    def _near(self, expr: Expr, place: Place, packages: Sequence[str]) -> str | None:
        """The first of the packages that a module imports which the value comes through."""
        near = set().union(*(self._imported(number) for number in pieces(self.build.engine, expr, place).modules))
        return next((p for p in packages if p in near), None)

    def _imported(self, number: int) -> set[str]:
        """The packages that a module imports and that are not the program's own."""
        if number not in self.imports:
            engine = self.build.engine
            module = engine.modules[number]
            outside = [name for name in module.imports if not engine.index.find(name.partition(".")[0], module.path)]
            self.imports[number] = {p for name in outside if (p := self._package(name)) is not None}
        return self.imports[number]

    def _package(self, name: str) -> str | None:
        parts = name.split(".")
        roots = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((p for root in roots if (p := self.base.roots.get(root) or library_of(root)) is not None), None)

    def _given(self, call: Call, place: Place, packages: Collection[str]) -> str | None:
        """The package that made something that a call is given, if it is one of these."""
        engine = self.build.engine
        for value in (*call.args, *(v for _, v, _ in call.keywords)):
            for origin in engine.origins(value, place) if value[0] not in PLAIN else ():
                for root in map(root_of, opened(self.build, origin)):
                    package = self._package(root.name) if isinstance(root, New) else None
                    if package in packages:
                        return package
                if isinstance(origin, Box) and _is_conversation(engine.refs[origin.ref][0]):
                    near = self._imported(place.module)
                    return next((p for p in packages if p in near), None)
        return None


def _is_conversation(expr: Expr) -> bool:
    """Whether a list is one of messages: `[("user", text)]`, `[{"role": "user", "content": text}]`."""
    first: Expr = expr[2][0] if expr[0] == "seq" and expr[2] else ("",)
    if first[0] == "seq":
        return len(first[2]) == 2 and first[2][0][0] == "const" and first[2][0][1] in roles()
    keys = {key[1] for key, _ in first[1] if key is not None and key[0] == "const"} if first[0] == "dict" else set()
    return {"role", "content"} <= keys


def is_undecided(build: Build, origin: Origin) -> bool:
    """Whether nothing says what a method is of: a parameter, a lookup, an attribute that nobody sets."""
    root = root_of(origin)
    if isinstance(root, (Param, Unresolved)) or (isinstance(root, Const) and root.value is None):
        return not things(build, origin) if isinstance(origin, (Attr, Item, Result, Param)) else True
    unset = isinstance(root, Instance) and isinstance(origin, Attr) and origin.base is not root
    return unset and not things(build, origin)


def _paths(module: ModuleFacts, call: Call) -> list[tuple[str, ...]]:
    """The attributes by which a method is written; of a variable that is called, of what it can hold (`ask = client.chat.create`)."""
    if call.func[0] != "name":
        return [_attributes(call.func)]
    scope = module.scopes[module.statements[call.order][0]]
    return [_attributes(b.value) for b in scope.bindings.get(call.last, ()) if b.value[0] == "attr"]


def _attributes(expr: Expr) -> tuple[str, ...]:
    path: list[str] = []
    while expr[0] == "attr":
        path.append(expr[2])
        expr = expr[1]
    return tuple(reversed(path))
