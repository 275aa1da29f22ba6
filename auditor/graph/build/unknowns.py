"""Calls that became no noun and are not known to be harmless: into known packages, and into any that is handed what talks to a model."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.collected import opened
from auditor.graph.build.context import Build
from auditor.graph.build.matching import display, live
from auditor.graph.build.state_values import unread_state
from auditor.graph.build.things import objects, things, unwrap_partial
from auditor.graph.types import NotUnderstood
from auditor.knowledge.load import libraries
from auditor.program.origins.types import Attr, Ext, Func, Instance, Item, Key, New, Origin, Place, Result

TALKING = ("model_client", "agent")
PLAIN = ("const", "fstr", "cmp", "not", "neg")
MADE = ("assign", "with", "for", "walrus")


def not_understood(build: Build) -> None:
    """Adds what was not understood to the graph, sorted."""
    finder = _Finder(build)
    rows = {row for number, module in enumerate(build.engine.modules) for row in finder.of_module(number, module)}
    build.graph.unknowns.extend(sorted(rows))


class _Finder:
    """Indexes of what is known, and of the names that hold objects of known packages."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.base = build.base
        known = {root: package for root, package in self.base.roots.items() if not self.base.by_package[package].stdlib}
        self.roots = {root: package for root, package in libraries().items() if root not in self.base.roots} | known
        self.heads = {root.split(".", 1)[0] for root in self.roots}
        harmless: set[Key] = build.memo.get("harmless calls", set())  # type: ignore[assignment]
        self.done: set[Key] = {site for _, site in build.by_site} | harmless
        regions: list[Iterable[Key]] = [build.memo.get(f"{how} regions", ()) for how in ("inside", "with", "started")]  # type: ignore[misc]
        self.regions = {site for sites in regions for site in sites}
        self.names = set(self._names())
        self.methods = {p for t in self.base.builders.values() for p in _builder_methods(t)}
        made = any(kind == "tool" for kind, _ in (*build.by_site, *build.by_function))
        self.talkers = made or any(self.base.types[t].noun in TALKING for t in live(build).types)
        self.imported: list[set[str]] = []
        self.attributes = self._held_attributes()

    def _names(self) -> Iterator[str]:
        """Qualified names with a meaning of their own besides the forms of calls."""
        for knowledge in self.base.files:
            yield from knowledge.values
            for declared in knowledge.declared:
                yield from (*declared.parsers, *declared.options)
            for each in knowledge.fields:
                yield from each.names
            for error, derived in knowledge.errors.items():
                yield from (error, *derived)
            for builder in knowledge.builders:
                yield from (*builder.goto, *builder.send, *builder.interrupt)

    def package_of(self, name: str) -> str | None:
        parts = name.split(".")
        if parts[0] not in self.heads:
            return None
        for end in range(len(parts), 0, -1):
            found = self.roots.get(".".join(parts[:end]))
            if found is not None:
                return found
        return None

    # -- which calls are asked

    def of_module(self, number: int, module: ModuleFacts) -> Iterator[NotUnderstood]:
        yield from self._handed_over(number, module)
        yield from unread_state(self.build, number, self.done)
        imported = self.imported[number]
        if not imported and not self.attributes:
            return
        held = self._held_names(module, imported) if imported else set()
        for call in module.calls:
            site = (number, call.index)
            if site in self.done or site in self.regions:
                continue
            root, path = _root(module, call.func)
            if root in imported or (path and (root in held or not self.attributes.isdisjoint(path[:-1]))):
                yield from self._of_call(site, call)

    def _handed_over(self, number: int, module: ModuleFacts) -> Iterator[NotUnderstood]:
        """Functions of packages that nothing is known of, where a model client, an agent or a tool is an argument."""
        if not self.talkers:
            return
        others = {i.split(".", 1)[0] for i in module.imports} - self.heads - sys.stdlib_module_names
        names = _imported(module, others) if others else set()
        for call in module.calls if names else ():
            if _root(module, call.func)[0] not in names:
                continue
            place = Place(number, call.order)
            for name in [o.name for o in self.build.engine.origins(call.func, place) if isinstance(o, Ext)]:
                head = name.split(".", 1)[0]
                if head in others and any(self._talks(a, place) for a in (*call.args, *(v for _, v, _ in call.keywords))):
                    yield NotUnderstood(head, name, self.build.call_location((number, call.index)))

    def _talks(self, value: Expr, place: Place) -> bool:
        if value[0] in PLAIN:
            return False
        for origin in (e for o in self.build.engine.origins(value, place) for e in opened(self.build, o)):
            made = origin.site if isinstance(origin, (New, Result)) else None
            if ("tool", made) in self.build.by_site or (isinstance(origin, Func) and ("tool", origin.fn) in self.build.by_function):
                return True
            if any(self.base.types[t.type].noun in TALKING for t in objects(self.build, (origin,))):
                return True
        return False

    def _held_names(self, module: ModuleFacts, imported: set[str]) -> set[str]:
        """Names bound to what a call of an imported name gives, and to what such a name's methods give."""
        held: set[str] = set()
        grown = True
        while grown:
            grown = False
            for scope in module.scopes:
                for name, bindings in scope.bindings.items():
                    if name not in held and any(b.kind in MADE and self._made(module, b.value, imported | held) for b in bindings):
                        held.add(name)
                        grown = True
        for scope in module.scopes:
            held.update(p.name for p in scope.params if p.annotation is not None and _root(module, p.annotation)[0] in imported)
        return held

    def _made(self, module: ModuleFacts, value: Expr, names: set[str]) -> bool:
        while value[0] in ("await", "walrus"):
            value = value[-1]
        if value[0] == "bool":
            return any(self._made(module, v, names) for v in value[2])
        return value[0] == "call" and _root(module, value)[0] in names

    def _held_attributes(self) -> set[str]:
        """Attributes to which such an object is assigned (`self.client = Client()`)."""
        rows: set[str] = set()
        for module in self.build.engine.modules:
            self.imported.append(_imported(module, self.heads))
            rows.update(s.attr for s in module.stores if s.attr is not None and self._made(module, s.value, self.imported[-1]))
        return rows

    # -- what a call is

    def _of_call(self, site: Key, call: Call) -> Iterator[NotUnderstood]:
        """One row at most: a call counts once, whatever it may be a call of."""
        place = Place(site[0], call.order)
        for origin in dict.fromkeys(unwrap_partial(o)[0] for o in self.build.engine.origins(call.func, place)):
            found = self._not_known(origin)
            if found is not None:
                yield NotUnderstood(found[0], found[1], self.build.call_location(site))
                return

    def _not_known(self, origin: Origin) -> tuple[str, str] | None:
        """(package, name) of a callee without meaning in the knowledge. Making an object of a class is not what talks: its methods are."""
        rows = [(t, ".".join(p)) for t, p in things(self.build, origin)] if isinstance(origin, (Ext, Attr, New, Result, Instance)) else []
        if isinstance(origin, Ext) and not rows:
            package = self.package_of(origin.name)
            if origin.name.rsplit(".", 1)[-1][:1].isupper():
                return None
            return None if package is None or self._function_known(package, origin.name) else (package, origin.name)
        if rows:
            unknown = [(t, p) for t, p in rows if p and not self._method_known(t.type, p)]
            if len(unknown) < len(rows) or (isinstance(origin, Ext) and self._function_known(rows[0][0].type.split(":")[0], origin.name)):
                return None
            thing, path = unknown[0]
            return thing.type.partition(":")[0], f"{display(self.build, thing)}.{path}"
        if isinstance(origin, New):
            package = self.package_of(origin.name)
            known = package is None or origin.site in self.done or self._function_known(package, origin.name)
            return None if known or package is None else (package, f"{origin.name}.__call__")
        return self._untyped(origin) if isinstance(origin, Attr) else None

    def _untyped(self, origin: Attr) -> tuple[str, str] | None:
        """A method of an object whose constructor the knowledge does not describe; results of nouns and harmless objects are understood."""
        path = [origin.name]
        base = origin.base
        while isinstance(base, (Attr, Item)):
            if isinstance(base, Attr):
                path.append(base.name)
            base = base.base
        if not isinstance(base, New) or base.site in self.done or base.site in self.regions:
            return None
        package = self.package_of(base.name)
        if package is None or self._function_known(package, base.name):
            return None
        return package, ".".join((base.name, *reversed(path)))

    def _function_known(self, package: str, name: str) -> bool:
        base = self.base
        if name in base.new or name in self.names or name in base.module_types or base.understood(package, name):
            return True
        tables = (base.calls, base.applies, base.regions, base.registrations, base.tracing, base.waits, base.usage_calls)
        return any(t.function(name) for t in tables)

    def _method_known(self, type_id: str, path: str) -> bool:
        base = self.base
        if (
            base.harmless(type_id, path)
            or base.made(type_id, path)
            or base.method(type_id, path) is not None
            or path.rsplit(".", 1)[-1] in self.methods
        ):
            return True
        tables = (base.calls, base.applies, base.regions, base.registrations, base.tracing, base.waits, base.usage_calls)
        if any(t.method(base, type_id, path) for t in tables):
            return True
        for ancestor in base.ancestors(type_id):
            form = base.types[ancestor]
            if path in form.mutators or (form.agent is not None and path in form.agent.tool_attributes):
                return True
            declared = base.by_package[ancestor.partition(":")[0]].declared
            if any(path == d.add or path in d.parse for d in declared):
                return True
        return False


def _builder_methods(builder: object) -> Iterator[str]:
    for key in ("nodes", "edges", "branches"):
        yield from (form.method for form in getattr(builder, key))
    yield builder.compile.method  # type: ignore[attr-defined]
    for key in ("entry_methods", "finish_methods", "sequence"):
        yield from getattr(builder, key)


def _imported(module: ModuleFacts, heads: set[str]) -> set[str]:
    """Names that are imported from one of these roots."""
    rows: set[str] = set()
    if not any(i.split(".", 1)[0] in heads for i in module.imports):
        return rows
    for scope in module.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                dotted = binding.detail[0] if binding.kind == "from" and not binding.detail[2] else ""
                if binding.kind == "import":
                    dotted = str(binding.detail or binding.value[1])
                if dotted and dotted.split(".", 1)[0] in heads:
                    rows.add(name)
    return rows


def _root(module: ModuleFacts, expr: Expr) -> tuple[str, tuple[str, ...]]:
    """The name at the root of a chain of attributes, calls and subscripts, and the attributes after it."""
    path: list[str] = []
    while True:
        kind = expr[0]
        if kind == "attr":
            path.append(expr[2])
            expr = expr[1]
        elif kind in ("sub", "await"):
            expr = expr[1]
        elif kind == "call":
            expr = module.calls[expr[1]].func
        elif kind == "name":
            return expr[1], tuple(reversed(path))
        else:
            return "", tuple(reversed(path))
