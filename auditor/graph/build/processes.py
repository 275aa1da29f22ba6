"""Which programs a module is part of: the import graph, its roots, and what runs together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from auditor.graph.build.context import Build
from auditor.program.origins.callers import callers
from auditor.program.origins.types import Key


class Processes:
    """Modules that nobody imports are programs of their own; all that they import runs in the same process."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.importers: dict[int, set[int]] = {}
        self.memo: dict[int, frozenset[int]] = {}
        self.started: frozenset[str] | None = None
        for number, module in enumerate(build.engine.modules):
            for scope in module.scopes:
                for bindings in scope.bindings.values():
                    for binding in bindings:
                        for target in self._targets(module.path, binding.kind, binding.detail, binding.value):
                            self.importers.setdefault(target, set()).add(number)

    def _targets(self, path: str, kind: str, detail: object, value: tuple[object, ...]) -> Iterable[int]:
        index = self.build.engine.index
        if kind in ("from", "star_import"):
            module, item, level = cast(tuple[str, str, int], detail)
            names = (module, f"{module}.{item}" if module else item)
            rows = [index.relative(path, level, n) if level else index.find(n, path) for n in names]
            return [r[0] for r in rows if r]
        if kind == "import":
            found = index.find(str(detail or value[1]), path)
            return found[:1]
        return ()

    def above(self, module: int) -> frozenset[int]:
        """A module and all that import it, directly or not."""
        found = self.memo.get(module)
        if found is None:
            seen, todo = {module}, [module]
            while todo:
                for importer in self.importers.get(todo.pop(), ()):
                    if importer not in seen:
                        seen.add(importer)
                        todo.append(importer)
            found = self.memo[module] = frozenset(seen)
        return found

    def programs(self, module: int) -> frozenset[int]:
        """The programs that a module is part of; tests only where there is nothing else."""
        above = self.above(module)
        roots = {m for m in above if not self.importers.get(m, set()) - {m} or self.build.engine.modules[m].main >= 0} or set(above)
        return frozenset(m for m in roots if self.build.role(m) != "test") or frozenset(roots)

    def begins(self, module: int) -> bool:
        """Whether a program with this module is known to be started: else something loads it that is not seen, in whatever process."""
        if self.started is None:
            entries = (self.build.graph.nodes[e].at.path for e in self.build.graph.flow.entries)
            self.started = frozenset(entries)
        modules = self.build.engine.modules
        return any(modules[m].main >= 0 or modules[m].path in self.started for m in self.programs(module))

    def share(self, module: int, others: Iterable[int]) -> bool | None:
        """Whether each program with this module runs one of the others too; None: only some do."""
        programs = self.programs(module)
        reached = {p for p in programs for other in others if p in self.above(other)}
        return True if reached == programs else None if reached else False

    def active(self, module: int, order: int) -> tuple[list[int], str]:
        """The modules by which a statement comes to run, and why it may never run."""
        fn = self.build.function_of(module, order)
        rows: list[int] = []
        todo: list[tuple[Key, int]] = [(fn, 0)]
        seen: set[Key] = set()
        while todo:
            current, depth = todo.pop()
            scope = self.build.engine.scope(current)
            if current in seen:
                continue
            seen.add(current)
            if scope.kind == "module" or depth > 6:
                rows.append(current[0])
                continue
            frames = callers(self.build.engine, current)
            if not frames:
                rows.append(current[0])
                if depth == 0 and not scope.decorators and not self._named(current):
                    return rows, "it stands in a function that nothing calls"
            for frame in frames:
                call = self.build.engine.call(frame.site)
                todo.append((self.build.function_of(frame.site[0], call.order), depth + 1))
        return list(dict.fromkeys(rows)), ""

    def _named(self, fn: Key) -> bool:
        """A function that is passed on, special, or an entry point."""
        name = self.build.engine.scope(fn).name
        handed = any(self.build.engine.speaks_of(number, fn[0]) for number, _, _ in self.build.engine.value_uses.get(name, ()))
        return handed or name.startswith("__") or ("entry_point", fn) in self.build.by_function
