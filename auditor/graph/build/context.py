"""What all parts of the build share: program, knowledge, versions, places, roles and the nodes made so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from auditor.core.location import Location
from auditor.facts.environment import Part
from auditor.facts.types import Call, Expr
from auditor.graph.flow import Region, Site
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Noun, Role
from auditor.knowledge.base import Base
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key, Origin, Origins, Place


class KnownVersion(Protocol):
    """What is known of a package's version: several exact ones where markers split them, else a specifier, and the file that says it."""

    @property
    def versions(self) -> tuple[str, ...]: ...
    @property
    def specifier(self) -> object: ...
    @property
    def source(self) -> str: ...


class VersionsOf(Protocol):
    def get(self, package: str) -> KnownVersion | None: ...

    @property
    def whole(self) -> bool: ...


@dataclass(slots=True)
class FileInfo:
    """What the build must know of a file besides its facts. `cells`: of a notebook, (line in the file, cell, line in the cell) a line."""

    role: Role
    judged: bool = True
    cells: list[tuple[int, int, int]] | None = None


@dataclass(slots=True)
class Build:
    """State of one build. `files`: path -> FileInfo; `versions`: path -> what that file's lock says."""

    engine: Engine
    base: Base
    files: dict[str, FileInfo]
    versions: Callable[[str], VersionsOf]
    graph: AgentGraph = field(default_factory=AgentGraph)
    environment: dict[str, str] = field(default_factory=dict)
    """variables set in deployment files or in the code, with their texts"""
    set_at: dict[str, Location] = field(default_factory=dict)
    """where deployment files set them"""
    parts_of_environment: dict[str, list[Part]] = field(default_factory=dict)
    """variables that are set for the code in one folder alone"""
    documents: dict[str, object] = field(default_factory=dict)
    """path -> content of a JSON file"""
    by_site: dict[tuple[str, Key], str] = field(default_factory=dict)
    """(kind, (module, call)) -> node id"""
    by_function: dict[tuple[str, Key], str] = field(default_factory=dict)
    """(kind, (module, scope)) -> node id of a tool, step, agent or entry point made of a function or class"""
    memo: dict[object, object] = field(default_factory=dict)
    described: set[str] = field(default_factory=set)
    """modules of the program that packs describe"""
    attached: list[tuple[Origin, str, Location, bool]] = field(default_factory=list)
    """(receiver, tool, place, whether it only runs it) of `@agent.tool`"""
    one_turn: dict[str, list[str]] = field(default_factory=dict)
    """agents that have nothing to ask the model for twice, and the arguments by which a run may be given it"""
    members_once: dict[str, list[str]] = field(default_factory=dict)
    """what only runs agents once each, and all of these"""
    loops: dict[tuple[int, int], str] = field(default_factory=dict)
    """(module, block) -> region id"""

    def variable(self, name: str, path: str) -> str | None:
        """The text of a variable where a file's code runs; `$...` where what sets it does not agree."""
        return self.variable_at(name, path)[0]

    def variable_at(self, name: str, path: str) -> tuple[str | None, Location | None]:
        """The text, and what sets it."""
        rows: list[tuple[str, Location | None]] = [
            (part.text, part.at) for part in self.parts_of_environment.get(name, ()) if part.holds(path)
        ]
        if name in self.environment:
            rows.append((self.environment[name], self.set_at.get(name)))
        decided = [row for row in rows if row[0].strip() and not row[0].strip().startswith("$")]
        if len({text.strip().lower() for text, _ in decided}) > 1:
            return f"${{{name}}}", None
        return next(iter((*decided, *rows)), (None, None))

    # -- places

    def path(self, module: int) -> str:
        return self.engine.modules[module].path

    def location(self, module: int, line: int, column: int = 1, end_line: int = 0, end_column: int = 0) -> Location:
        """A place in the file as the user sees it: notebook lines become lines of the .ipynb."""
        path = self.path(module)
        info = self.files.get(path)
        end_line = end_line or line
        if info is None or info.cells is None:
            return Location(path, line, column, end_line, end_column)
        first = info.cells[min(line, len(info.cells)) - 1]
        last = info.cells[min(end_line, len(info.cells)) - 1]
        return Location(path, first[0], column, last[0], end_column, first[1], first[2])

    def line_in_file(self, module: int, line: int) -> int:
        info = self.files.get(self.path(module))
        return line if info is None or info.cells is None else info.cells[min(line, len(info.cells)) - 1][0]

    def call_location(self, site: Key) -> Location:
        call = self.engine.call(site)
        return self.location(site[0], call.line, call.column, call.end_line, call.end_column)

    def scope_location(self, key: Key) -> Location:
        scope = self.engine.scope(key)
        return self.location(key[0], scope.line, scope.column, scope.end_line)

    def role(self, module: int) -> Role:
        info = self.files.get(self.path(module))
        return info.role if info is not None else "production"

    def function_of(self, module: int, order: int) -> Key:
        """The function (or module body) that a statement runs in: comprehensions, lambdas, class bodies belong to what is around them."""
        facts = self.engine.modules[module]
        scope = facts.statements[order][0]
        while facts.scopes[scope].kind in ("comp", "lambda", "class"):
            scope = facts.scopes[scope].parent
        return module, scope

    def qualname(self, module: int, order: int) -> str:
        facts = self.engine.modules[module]
        scope = facts.statements[order][0]
        while facts.scopes[scope].kind in ("comp", "lambda"):
            scope = facts.scopes[scope].parent
        return facts.scopes[scope].qualname

    def function_id(self, fn: Key) -> str:
        return f"fn:{self.path(fn[0])}:{self.engine.scope(fn).line}:{self.engine.scope(fn).qualname}"

    def scope_of_function(self, function_id: str) -> Key | None:
        return self.functions.get(function_id)

    @property
    def functions(self) -> dict[str, Key]:
        return self.memo.setdefault("functions", {})  # type: ignore[return-value]

    def known_version(self, path: str, package: str) -> KnownVersion | None:
        """What the lock files near a file say of a package, under any of its names."""
        from auditor.graph.build.beside import bounded

        view, knowledge = self.versions(path), self.base.by_package.get(package)
        names = (package, *(knowledge.also if knowledge is not None else ()))
        found = next((found for name in names if (found := view.get(name)) is not None), None)
        return bounded(self, found, view, package)

    def is_missing(self, path: str, package: str) -> bool:
        """Whether a lock near a file says that a package is not installed."""
        return self.known_version(path, package) is None and self.versions(path).whole

    # -- expressions

    def written(self, module: int, expr: Expr, depth: int = 0) -> str:
        """A callee as it stands in the source: names, attributes, `()` for calls, `[]` for subscripts."""
        kind = expr[0]
        if depth > 12:
            return "..."
        if kind == "name":
            return str(expr[1])
        if kind == "attr":
            return f"{self.written(module, expr[1], depth + 1)}.{expr[2]}"
        if kind == "call":
            return f"{self.written(module, self.engine.call((module, expr[1])).func, depth + 1)}()"
        if kind == "sub":
            return f"{self.written(module, expr[1], depth + 1)}[]"
        if kind in ("await", "star"):
            return self.written(module, expr[1], depth + 1)
        return "(...)"

    def callee(self, site: Key) -> str:
        return self.written(site[0], self.engine.call(site).func)

    def origins(self, expr: Expr, place: Place) -> Origins:
        return self.engine.origins(expr, place)

    def symbol(self, site: Key) -> str:
        """The variable or attribute that a call's value is assigned to, else the function around it, else the callee."""
        call = self.engine.call(site)
        table: dict[tuple[int, int], str] = self.memo.setdefault("symbols", {})  # type: ignore[assignment]
        if not table:
            self._symbols(table)
        around = self.qualname(site[0], call.order)
        return table.get((site[0], call.index)) or (around if around != "<module>" else self.callee(site))

    def _symbols(self, table: dict[tuple[int, int], str]) -> None:
        for number, module in enumerate(self.engine.modules):
            for scope in module.scopes:
                for name, bindings in scope.bindings.items():
                    for binding in bindings:
                        value = binding.value
                        while value[0] == "await":
                            value = value[1]
                        if binding.kind in ("assign", "with") and value[0] == "call":
                            table.setdefault((number, value[1]), name)
            for store in module.stores:
                value = store.value
                while value[0] == "await":
                    value = value[1]
                if store.attr is not None and value[0] == "call":
                    table.setdefault((number, value[1]), self.written(number, ("attr", store.base, store.attr)))

    # -- nodes

    def node_id(self, kind: str, at: Location, extra: str = "") -> str:
        made = f"{kind}:{at.path}:{at.line}:{at.column}{extra}"
        known = self.graph.nodes.get(made)
        # The calls of a chain (`connect().fetch()`) begin at the same place; they end at different ones.
        return made if known is None or known.at == at else f"{made}:{at.end_line}:{at.end_column}"

    def add(self, noun: Noun) -> str:
        """Adds a node; one with the same id is left as it is. What is not known of a name (`transfer_to_{}`) is said to be left out."""
        known = noun if "{}" not in noun.name else replace(noun, name=noun.name.replace("{}", "…"))
        self.graph.nodes.setdefault(noun.id, known)
        return noun.id

    def change(self, node: str, **fields: object) -> None:
        self.graph.nodes[node] = replace(self.graph.nodes[node], **fields)  # type: ignore[arg-type]

    def region(self, region: Region) -> str:
        """Adds a region; one with the same id is left as it is. As with nodes, the calls of a chain begin at the same place."""
        known = self.graph.flow.regions.get(region.id)
        if known is not None and known.at != region.at:
            region = replace(region, id=f"{region.id}:{region.at.end_line}:{region.at.end_column}")
        self.graph.flow.regions.setdefault(region.id, region)
        return region.id

    def spellings(self, names: Iterable[str]) -> set[str]:
        """Names, and what else the program calls the same things (`import x as y`, `y = x`)."""
        rows = set(names)
        return rows.union(*(self.engine.aliases.get(n, ()) for n in rows))

    def ways(self) -> list[Site]:
        """The sites of the flow by which code may run: not those by which a test runs other code."""
        return [s for s in self.graph.flow.sites if self._in_tests(s.target) or not self._in_tests(s.caller)]

    def _in_tests(self, place: str) -> bool:
        fn, node = self.functions.get(place), self.graph.nodes.get(place)
        return self.engine.is_test[fn[0]] if fn is not None else node is not None and node.role == "test"

    def calls(self) -> list[tuple[int, Call]]:
        """All calls of the program, in source order."""
        rows: list[tuple[int, Call]] | None = self.memo.get("calls")  # type: ignore[assignment]
        if rows is None:
            rows = self.memo["calls"] = [(n, c) for n, m in enumerate(self.engine.modules) for c in m.calls]
        return rows
