"""Which files of a project a module imports, by the end of their paths: what has to be read to understand a single file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from posixpath import dirname, normpath

from auditor.facts.types import ModuleFacts
from auditor.program.names import module_parts


class Files:
    """Paths of a project by every dotted suffix; `package` is the one that the root lies in, if any."""

    def __init__(self, paths: Iterable[str], package: str = "") -> None:
        self.by_suffix: dict[tuple[str, ...], list[str]] = defaultdict(list)
        around = tuple(package.split(".")) if package else ()
        for path in paths:
            parts = module_parts(path)
            if not path.startswith(".."):
                parts = (*around, *parts)
            for start in range(len(parts)):
                self.by_suffix[parts[start:]].append(path)

    def imported(self, facts: ModuleFacts) -> set[str]:
        """Files that an import of the module may mean, packages on the way included."""
        rows: set[str] = set()
        for dotted in facts.imports:
            rows.update(self._of(tuple(dotted.split("."))))
        for scope in facts.scopes:
            for bindings in scope.bindings.values():
                for binding in bindings:
                    if binding.kind in ("from", "star_import") and binding.detail[2]:
                        rows.update(self._relative(facts.path, *binding.detail))
        return rows

    def _of(self, parts: tuple[str, ...]) -> Iterable[str]:
        for end in range(len(parts), 0, -1):
            yield from self.by_suffix.get(parts[:end], ())

    def _relative(self, path: str, module: str, name: str, level: int) -> Iterable[str]:
        folder = dirname(path)
        for _ in range(level - 1):
            folder = normpath(f"{folder}/..") if folder else ".."
        base = tuple(p for p in folder.split("/") if p not in ("", "."))
        inner = tuple(module.split(".")) if module else ()
        for parts in ((*base, *inner, name), (*base, *inner), base):
            if parts:
                yield from self.by_suffix.get(parts, ())
