"""Calls that became no noun and are not known to be harmless: into known packages, and into any that is handed what talks to a model."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.collected import opened
from auditor.graph.build.context import Build
from auditor.graph.build.decorated import decorated_names
from auditor.graph.build.dispatch import RawAgent
from auditor.graph.build.given_functions import unknown_functions
from auditor.graph.build.gone import calls_of_what_is_gone
from auditor.graph.build.held_by_name import HeldNames, Root, root
from auditor.graph.build.like_requests import like_requests
from auditor.graph.build.many_callers import many_callers
from auditor.graph.build.matching import display, live
from auditor.graph.build.served_calls import unread_servers
from auditor.graph.build.state_values import unread_state
from auditor.graph.build.things import derived, objects, things, unwrap_partial
from auditor.graph.build.undecided import undecided
from auditor.graph.build.unread_chains import unread_chains
from auditor.graph.build.unread_steps import unread_steps
from auditor.graph.build.unread_tools import unread_tools
from auditor.graph.traces import NotUnderstood
from auditor.knowledge.load import libraries, library_of
from auditor.program.imported import connected
from auditor.program.origins.objects import external_bases
from auditor.program.origins.types import Attr, Class, Ext, Func, Instance, Item, Key, New, Origin, Place, Result

TALKING = ("model_client", "agent")
PLAIN = ("const", "fstr", "cmp", "not", "neg")


def not_understood(build: Build) -> None:
    """Adds what was not understood to the graph, sorted."""
    finder = Finder(build)
    rows = {row for number, module in enumerate(build.engine.modules) for row in finder.of_module(number, module)}
    for others in (undecided, like_requests):
        rows.update(others(build, finder.done | finder.regions, {row.at for row in rows}))
    rows.update(
        unread_chains(build),
        many_callers(build),
        unread_steps(build),
        unknown_functions(build),
        calls_of_what_is_gone(build),
        unread_servers(build),
    )
    raw: list[RawAgent] = build.memo.get("raw agents", [])  # type: ignore[assignment]
    rows.update(unread_tools(build, raw))
    build.graph.unknowns.extend(sorted(rows))


class Finder:
    """Indexes of what is known, and of the names that hold objects of known packages."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.base = build.base
        known = {root: package for root, package in self.base.roots.items() if not self.base.by_package[package].stdlib}
        self.roots = {root: package for root, package in libraries().items() if root not in self.base.roots} | known
        self.heads_of = [_imports(module) for module in build.engine.modules]
        families = {head for heads in self.heads_of for head in heads if library_of(head) is not None}
        self.heads = {root.split(".", 1)[0] for root in self.roots} | families
        harmless: set[Key] = build.memo.get("harmless calls", set())  # type: ignore[assignment]
        self.done: set[Key] = {site for _, site in build.by_site} | harmless
        regions: list[Iterable[Key]] = [build.memo.get(f"{how} regions", ()) for how in ("inside", "with", "started")]  # type: ignore[misc]
        self.regions = {site for sites in regions for site in sites}
        self.names = set(self._names())
        self.methods = {p for t in self.base.builders.values() for p in _builder_methods(t)}
        self.imported = [_named(heads, self.heads) for heads in self.heads_of]
        self.held = HeldNames(build.engine.modules, self.imported, build.spellings)
        self.own = self._own()
        self.connected = connected(build.engine)
        self.talkers = self._talkers(set(known))

    def _talkers(self, roots: set[str]) -> set[int]:
        """Connected modules in which something may talk to a model: only there can it be handed over."""
        found = {key[0] for kind, key in (*self.build.by_site, *self.build.by_function) if kind == "tool"}
        if any(self.base.types[t].noun in TALKING for t in live(self.build).types):
            heads = {root.split(".", 1)[0] for root in roots}
            found.update(n for n, m in enumerate(self.build.engine.modules) if not heads.isdisjoint(i.split(".", 1)[0] for i in m.imports))
        return {self.connected[number] for number in found}

    def _names(self) -> Iterator[str]:
        """Qualified names with a meaning of their own besides the forms of calls."""
        for knowledge in self.base.files:
            yield from knowledge.values
            for declared in knowledge.declared:
                yield from (*declared.parsers, *declared.options)
            for each in knowledge.fields:
                yield from each.names
            for error, narrower in knowledge.errors.items():
                yield from (error, *narrower)
            for builder in knowledge.builders:
                yield from (*builder.goto, *builder.send, *builder.interrupt)

    def package_of(self, name: str) -> str | None:
        parts = name.split(".")
        if parts[0] not in self.heads:
            return None
        for end in range(len(parts), 0, -1):
            root = ".".join(parts[:end])
            found = self.roots.get(root) or (library_of(root) if root not in self.base.roots else None)
            if found is not None:
                return found
        return None

    # -- which calls are asked

    def of_module(self, number: int, module: ModuleFacts) -> Iterator[NotUnderstood]:
        roots = [root(module, call.func) for call in module.calls]
        yield from self._handed_over(number, module, roots)
        yield from unread_state(self.build, number, self.done)
        names, attributes = self.imported[number] | self.held.held[number], self.held.attributes
        for call, (name, path) in zip(module.calls, roots, strict=True):
            if name in names or (path and (name in self.own or not attributes.isdisjoint(path))):
                site = (number, call.index)
                if site not in self.done and site not in self.regions:
                    yield from self._of_call(site, call)

    def _handed_over(self, number: int, module: ModuleFacts, roots: list[Root]) -> Iterator[NotUnderstood]:
        """Functions of packages that nothing is known of, where a model client, an agent or a tool is an argument."""
        if self.connected[number] not in self.talkers:
            return
        others = self.heads_of[number].keys() - self.heads - sys.stdlib_module_names
        names = _named(self.heads_of[number], others)
        for call, (first, _) in zip(module.calls, roots, strict=True) if names else ():
            if first not in names:
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

    def _own(self) -> set[str]:
        """Names of what a known package makes of the program's own: classes that derive from one of it, with what their class methods call
        them, and functions that it decorates."""
        rows = {
            scope.name
            for number, module in enumerate(self.build.engine.modules)
            for index, scope in enumerate(module.scopes)
            if scope.kind == "class" and scope.bases and self._derives((number, index))
        }
        return (self.build.spellings(rows) | {"cls"} if rows else rows) | decorated_names(self.build)

    def _derives(self, cls: Key) -> bool:
        return bool(derived(self.build, cls)) or any(self.package_of(n) is not None for n in external_bases(self.build.engine, cls))

    # -- what a call is

    def _of_call(self, site: Key, call: Call) -> Iterator[NotUnderstood]:
        """One row at most: a call counts once, whatever it may be a call of."""
        place = Place(site[0], call.order)
        for origin in dict.fromkeys(unwrap_partial(o)[0] for o in self.build.engine.origins(call.func, place)):
            found = self.not_known(origin)
            if found is not None:
                yield NotUnderstood(found[0], found[1], self.build.call_location(site))
                return

    def not_known(self, origin: Origin) -> tuple[str, str] | None:
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
        if isinstance(base, Class):
            return self._of_class(base, ".".join(reversed(path)))
        if not isinstance(base, New) or base.site in self.done or base.site in self.regions:
            return None
        package = self.package_of(base.name)
        if package is None or self._function_known(package, base.name):
            return None
        return package, ".".join((base.name, *reversed(path)))

    def _of_class(self, cls: Class, path: str) -> tuple[str, str] | None:
        """What a class of the program has from a class of a package that the knowledge does not describe."""
        names = [f"{name}.{path}" for name in external_bases(self.build.engine, cls.cls)]
        rows = [(package, name) for name in names if (package := self.package_of(name)) is not None]
        return rows[0] if len(rows) == len(names) and rows and not any(self._function_known(*row) for row in rows) else None

    def _function_known(self, package: str, name: str) -> bool:
        base = self.base
        if name in base.new or name in self.names or name in base.module_types or name in base.decorates or base.understood(package, name):
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


def _imports(module: ModuleFacts) -> dict[str, set[str]]:
    """First part of what is imported -> the names that it is bound to."""
    rows: dict[str, set[str]] = defaultdict(set)
    for scope in module.scopes if module.imports else ():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                dotted = binding.detail[0] if binding.kind == "from" and not binding.detail[2] else ""
                if binding.kind == "import":
                    dotted = str(binding.detail or binding.value[1])
                if dotted:
                    rows[dotted.split(".", 1)[0]].add(name)
    return rows


def _named(imports: dict[str, set[str]], heads: Set[str]) -> set[str]:
    """Names that are imported from one of these roots."""
    return {name for head in imports.keys() & heads for name in imports[head]}
