"""Full dotted names of the program's own modules, functions and classes, as its code imports them."""

from __future__ import annotations

from auditor.facts.types import Binding
from auditor.graph.build.context import Build
from auditor.program.names import module_parts
from auditor.program.origins.lookup import from_origins, module_attribute
from auditor.program.origins.types import Class, Func, Key, Origin

LONGEST = 40
"""parts of a name"""


class DottedNames:
    """Names of one program; what is handed on by the `__init__` of a package has a name there, too."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.engine = build.engine
        self.index = build.engine.index
        self.imported = self._imported()
        self.modules = [self._module(number) for number in range(len(self.engine.modules))]
        self.around = {name: _prefixes(name, whole=True) for name in self.modules}
        self.handed_on: dict[Key, list[str]] = {}
        for number, module in enumerate(self.engine.modules):
            if module.path.endswith("__init__.py"):
                self._hand_on(number)

    def _imported(self) -> set[str]:
        """Names under which modules of the program are imported, and the packages that they lie in."""
        own = {d for module in self.engine.modules for d in module.imports if self.index.find(d, module.path)}
        return {dotted.rsplit(".", cut)[0] for dotted in own for cut in range(dotted.count(".") + 1)}

    def _module(self, number: int) -> str:
        """By the longest name that something imports, itself or what lies beside it; else from its outermost package on, else from the
        folder that holds the sources."""
        path = self.index.paths[number]
        parts = [part for part in module_parts(path) if part != ".."]
        folders = path.split("/")[:-1]
        start = len(folders)
        while start > 0 and "/".join(folders[:start]) in self.index.packages:
            start -= 1
        names = [".".join(parts[cut:]) for cut in range(start + 1)]
        found = next((name for name in names if name in self.imported or name.rpartition(".")[0] in self.imported), "")
        if found:
            return found
        if start == len(folders):
            start = max((end for end in range(start + 1) if "/".join(folders[:end]) in self.index.roots), default=0)
            start = max((end + 1 for end in range(start, len(folders)) if not folders[end].isidentifier()), default=start)
        return ".".join(parts[start:]) or ".".join(parts) or "__init__"

    def _hand_on(self, number: int) -> None:
        package = self.modules[number]
        scope = self.engine.modules[number].scopes[0]
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if binding.kind == "from":
                    module, imported, level = binding.detail
                    self._note(f"{package}.{name}", from_origins(self.engine, module, imported, level, number))
                elif binding.kind == "star_import":
                    for each in self._starred(number, binding):
                        self._note(f"{package}.{each}", list(module_attribute(self.engine, number, each) or ()))

    def _starred(self, number: int, binding: Binding) -> list[str]:
        module, _, level = binding.detail
        path = self.engine.modules[number].path
        found = self.index.relative(path, level, module) if level else self.index.find(module, path)
        facts = [self.engine.modules[other] for other in found]
        return [
            n for f in facts for n in (f.exported if f.exported is not None else [b for b in f.scopes[0].bindings if b[:1] not in "_*"])
        ]

    def _note(self, name: str, origins: list[Origin]) -> None:
        for origin in origins:
            key = origin.fn if isinstance(origin, Func) else origin.cls if isinstance(origin, Class) else None
            if key is not None and self.of(key) != name:
                rows = self.handed_on.setdefault(key, [])
                if name not in rows:
                    rows.append(name)

    def of(self, key: Key) -> str:
        """Where a function or class is defined."""
        return f"{self.modules[key[0]]}.{self.engine.scope(key).qualname}"

    def all_of(self, key: Key) -> tuple[str, ...]:
        """The name where it is defined, and those under which a package hands it, or its class, on."""
        rows = [self.of(key), *self.handed_on.get(key, ())]
        parent = (key[0], self.engine.scope(key).parent)
        if parent[1] > 0 and parent in self.handed_on:
            rows += [f"{name}.{self.engine.scope(key).name}" for name in self.handed_on[parent]]
        return tuple(dict.fromkeys(rows))


def _prefixes(name: str, *, whole: bool = False) -> tuple[str, ...]:
    parts = name.split(".")[:LONGEST]
    return tuple(".".join(parts[:end]) for end in range(1, len(parts) + whole))


def packages_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """The packages, modules and classes that lie around these names."""
    return tuple(dict.fromkeys(prefix for name in names for prefix in _prefixes(name)))
