"""Which file a dotted module name means, seen from another file."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from posixpath import dirname, normpath

from auditor.facts.types import ModuleFacts

SOURCE_FOLDERS = {"src", "lib", "python", "app", "backend", "server", "source"}
FROM_INSIDE = 3


def module_parts(path: str) -> tuple[str, ...]:
    """`a/b/__init__.py` -> (a, b); `a/b.py` -> (a, b); notebooks likewise."""
    folder, _, name = path.rpartition("/")
    parts = (*(folder.split("/") if folder else ()), name.rsplit(".", 1)[0])
    return parts[:-1] if parts[-1] == "__init__" else parts


class ModuleIndex:
    """Finds modules by any dotted suffix of their path, and says which of several a file means.

    The folder that holds a file, its parents and source folders are roots, the nearest first. A folder with an `__init__.py` is no root
    for its own files unless nothing else can be meant, and a file never imports itself under a bare name. `package`: dotted name of the
    scanned root where it lies inside a package itself; paths are seen from above that package. `installed`: whether a dotted name is of a
    library that the program asks for where a file lies.
    """

    def __init__(self, modules: list[ModuleFacts], package: str = "", installed: Callable[[str, str], bool] | None = None) -> None:
        self.modules = modules
        self.installed = installed
        self.package = package
        self.paths = [self.full(m.path) for m in modules]
        self.by_suffix: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self.packages: set[str] = set()
        self.folders: set[str] = set()
        self.roots: set[str] = {""}
        self.memo: dict[tuple[str, str], tuple[int, ...]] = {}
        self.relatives: dict[tuple[str, int, str], tuple[int, ...]] = {}
        self.packages.update(dirname(path) for path in self.paths if path.endswith("/__init__.py"))
        for index, path in enumerate(self.paths):
            parts = module_parts(path)
            # Nothing imports a command without an ending, nor a module beside a package of its name: Python takes the package.
            importable = "." in path.rpartition("/")[2] and path.removesuffix(".py") not in self.packages
            for start in range(len(parts) if importable else 0):
                self.by_suffix[parts[start:]].append(index)
            folder = dirname(path)
            while folder not in self.folders:
                self.folders.add(folder)
                if folder.rsplit("/", 1)[-1] in SOURCE_FOLDERS:
                    self.roots.add(folder)
                folder = dirname(folder)

    def full(self, path: str) -> str:
        """A path seen from above the package that the root lies in; files around the root (`../x.py`) included."""
        if not self.package:
            return path
        return normpath(f"{self.package.replace('.', '/')}/{path}")

    def root_of(self, index: int, length: int) -> str:
        """The folder under which a module has a dotted name of `length` parts."""
        parts = module_parts(self.paths[index])
        return "/".join(parts[: len(parts) - length])

    def find(self, dotted: str, importer: str) -> tuple[int, ...]:
        """Modules that `dotted` may mean for the file `importer`, best first; empty: not part of the program."""
        key = (dotted, importer)
        found = self.memo.get(key)
        if found is None:
            rows = self._find(dotted, importer)
            found = self.memo[key] = tuple(i for i in rows if self.modules[i].path != importer)
        return found

    def _find(self, dotted: str, importer: str) -> tuple[int, ...]:
        parts = tuple(dotted.split("."))
        folder = dirname(self.full(importer))
        rows = []
        for index in self.by_suffix.get(parts, ()):
            root = self.root_of(index, len(parts))
            rank = self._rank(root, folder, len(parts))
            if rank is not None and not (rank[0] == FROM_INSIDE and self._is_outside(dotted, index, importer)):
                rows.append((rank, self.paths[index], index))
        rows.sort()
        return tuple(index for _, _, index in rows)

    def _is_outside(self, dotted: str, index: int, importer: str) -> bool:
        """Whether a name that a module has inside of its package is that of a library: of Python, of one that the program asks for, or of
        what that module itself imports under it, which can't be the module."""
        if dotted.partition(".")[0] in sys.stdlib_module_names or (self.installed is not None and self.installed(dotted, importer)):
            return True
        return dotted in self.modules[index].imports and not self.paths[index].endswith("/__init__.py")

    def _rank(self, root: str, folder: str, length: int) -> tuple[int, int] | None:
        """Smaller is nearer; None: that root cannot be on the path. FROM_INSIDE: only if the program is started from inside a package."""
        above = root in ("", folder) or folder.startswith(root + "/")
        if above and root not in self.packages:
            return 0, -len(root)
        if above and (length > 1 or root == folder):
            return FROM_INSIDE, -len(root)
        shared = len(_common(root, folder))
        if root in self.roots and root not in self.packages:
            return 1, -shared
        if length > 1 and root not in self.packages:
            return 2, -shared
        return None

    def relative(self, importer: str, level: int, module: str) -> tuple[int, ...]:
        """The module that a relative import means."""
        key = (importer, level, module)
        found = self.relatives.get(key)
        if found is None:
            found = self.relatives[key] = self._relative(importer, level, module)
        return found

    def _relative(self, importer: str, level: int, module: str) -> tuple[int, ...]:
        importer = self.full(importer)
        parts = module_parts(importer)
        base = parts if importer.endswith("/__init__.py") or importer == "__init__.py" else parts[:-1]
        if level > 1:
            base = base[: len(base) - (level - 1)]
        wanted = (*base, *(module.split(".") if module else ()))
        return tuple(i for i in self.by_suffix.get(wanted, ()) if module_parts(self.paths[i]) == wanted)

    def submodule(self, index: int, name: str) -> int | None:
        """`name` as a module of the package whose `__init__` (or folder) this is."""
        path = self.paths[index]
        if not path.endswith("__init__.py"):
            return None
        wanted = (*module_parts(path), name)
        return next((i for i in self.by_suffix.get(wanted, ()) if module_parts(self.paths[i]) == wanted), None)

    def namespace(self, dotted: str, importer: str) -> bool:
        """Whether a dotted name is a folder of the program without an `__init__.py`."""
        folder, tail = dirname(self.full(importer)), dotted.replace(".", "/")
        while True:
            candidate = f"{folder}/{tail}" if folder else tail
            if candidate in self.folders:
                return True
            if not folder:
                return any(f"{root}/{tail}" in self.folders for root in self.roots if root)
            folder = dirname(folder)


def _common(a: str, b: str) -> str:
    end = 0
    while end < min(len(a), len(b)) and a[end] == b[end]:
        end += 1
    return a[:end]
