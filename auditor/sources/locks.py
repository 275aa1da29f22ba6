"""Which version of a package a file runs with: the nearest lock, requirements or project file that knows it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from auditor.core.files import real_inside
from auditor.core.problem import Problem
from auditor.sources import lockfiles, manifests
from auditor.sources import requirements as req
from auditor.sources.read import read_text
from auditor.sources.requirements import Broken, Table, normalise
from auditor.sources.types import SourceFile, Sources

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

MOST_INCLUDED = 64
Reader: TypeAlias = Callable[[str, str], "list[Table] | Broken"]

_LOCKS: dict[str, Reader] = {
    "uv.lock": lockfiles.read_toml_lock,
    "poetry.lock": lockfiles.read_toml_lock,
    "pdm.lock": lockfiles.read_toml_lock,
    "pipfile.lock": lockfiles.read_pipfile_lock,
}
_MANIFESTS: dict[str, Reader] = {
    "pyproject.toml": manifests.read_pyproject,
    "setup.cfg": manifests.read_setup_cfg,
    "setup.py": manifests.read_setup_py,
    "pipfile": manifests.read_pipfile,
}
_PYLOCK = re.compile(r"pylock\.(?:.+\.)?toml")
_REQUIREMENTS = re.compile(r"requirements.*\.(?:txt|in|lock)|.*requirements\.txt")
_MAIN = re.compile(r"requirements\.(?:txt|lock)|requirements/(?:base|main|prod|production|requirements)\.txt")
_DEVELOPMENT = re.compile(r"(?:^|.*[-_.])(?:dev|develop|development|tests?|testing|docs?|lint|ci)(?:[-_.].*|$)")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a package's version: exact `versions` (several where markers split them), else the `specifier` it must meet."""

    name: str
    versions: tuple[str, ...]
    specifier: SpecifierSet | None
    source: str

    @property
    def locked(self) -> str | None:
        return self.versions[0] if len(self.versions) == 1 else None


@dataclass(slots=True)
class VersionView:
    """The versions that one file sees: levels from the nearest folder outwards, each a list of tables."""

    levels: tuple[tuple[Table, ...], ...]
    _memo: dict[str, Known | None] = field(default_factory=dict)

    def get(self, package: str) -> Known | None:
        """None: no file mentions it. `python` is a package too."""
        if package not in self._memo:
            name = normalise(package)
            self._memo[package] = next((known for level in self.levels if (known := _in_level(level, name))), None)
        return self._memo[package]

    @property
    def whole(self) -> bool:
        """Whether a lock is among the files: it names all that is installed."""
        return bool(self.levels) and _is_whole(self.levels[-1])

    def locked(self) -> dict[str, str]:
        """All packages with one exact version."""
        names = sorted({name for level in self.levels for table in level for name in table.exact})
        return {name: known.locked for name in names if (known := self.get(name)) and known.locked}


def view_of_header(text: str, path: str) -> VersionView | None:
    """What the PEP 723 header of a text says; None without one. A script with a header sees nothing else."""
    table = req.read_script_header(text, path)
    return VersionView(((table,),)) if isinstance(table, Table) else None


class Versions:
    """Answers for every file of the sources; files are read when they are first needed, and their `problems` kept."""

    def __init__(self, sources: Sources) -> None:
        self.problems: list[Problem] = []
        self._sources = sources
        self._pinned = {file.path: file for file in sources.files if file.pinned}
        self._files: dict[str, list[SourceFile]] = {}
        self._tables: dict[Path, tuple[Table, ...]] = {}
        self._requirements: dict[Path, tuple[Table, list[SourceFile]]] = {}
        self._scripts: dict[str, VersionView] = {}
        self._views: dict[tuple[str, ...], VersionView] = {}
        self._of_folders: dict[str, VersionView] = {}
        for file in (*sources.files, *sources.above):
            if file.kind == "config" and _tells_versions(file.path):
                folder, name = posixpath.split(file.path)
                self._files.setdefault(posixpath.dirname(folder) if _in_requirements_folder(folder, name) else folder, []).append(file)

    def of(self, path: str) -> VersionView:
        """`path` as in `SourceFile.path`."""
        own = self._pinned.get(path)
        if own:
            return self._of_script(own)
        return self._of_folder(posixpath.dirname(path))

    def _of_script(self, file: SourceFile) -> VersionView:
        if file.path not in self._scripts:
            folder = posixpath.dirname(file.path)
            locks = [lock for lock in self._files.get(folder, ()) if lock.path == f"{file.path}.lock"]
            tables = tuple(table for lock in locks for table in self._read(lock))
            text = read_text(file)
            header = req.read_script_header(text, file.path) if isinstance(text, str) else None
            if isinstance(header, Broken):
                self.problems.append(Problem("lock-unreadable", file.path, header.line, f"PEP 723 header: {header.message}", counts=False))
            self._scripts[file.path] = VersionView(((*tables, header) if isinstance(header, Table) else tables,))
        return self._scripts[file.path]

    def _of_folder(self, folder: str) -> VersionView:
        found = self._of_folders.get(folder)
        if found is None:
            chain = tuple(f for f in _outwards(folder, self._sources) if f in self._files)
            if chain not in self._views:
                self._views[chain] = VersionView(tuple(self._levels(chain)))
            found = self._of_folders[folder] = self._views[chain]
        return found

    def _levels(self, chain: tuple[str, ...]) -> Iterator[tuple[Table, ...]]:
        own = [self._of_files(folder) for folder in chain]
        for index, folder in enumerate(chain):
            around = (table for tables in own[index + 1 :] for table in tables if folder in table.members)
            level = (*own[index], *(Table(lock.source, req.MEMBER_LOCK, lock.exact, lock.ranges) for lock in around))
            yield level
            if _is_whole(level):
                return  # A lock names all that is installed: what it does not mention is not there.

    def _of_files(self, folder: str) -> tuple[Table, ...]:
        files = [file for file in self._files[folder] if not file.path.endswith(".py.lock")]
        tables = (table for file in files for table in self._read(file))
        return tuple({(table.tier, id(table.exact)): table for table in tables}.values())

    def _read(self, file: SourceFile) -> tuple[Table, ...]:
        if file.absolute not in self._tables:
            reader = _reader(file.path)
            self._tables[file.absolute] = tuple(self._parsed(file, reader) if reader else self._with_included(file))
        return self._tables[file.absolute]

    def _parsed(self, file: SourceFile, reader: Reader) -> list[Table]:
        text = read_text(file)
        if isinstance(text, Problem):
            self.problems.append(text)
            return []
        tables = reader(text, file.path)
        if isinstance(tables, Broken):
            self.problems.append(Problem("lock-unreadable", file.path, tables.line, tables.message, counts=False))
            return []
        folder = posixpath.dirname(file.path)
        for table in tables:
            table.members = frozenset(_normalised(posixpath.join(folder, member)) for member in table.members)
        return tables

    def _with_included(self, file: SourceFile) -> Iterator[Table]:
        """Of a requirements file, and of all that it includes; a file that includes itself, in a circle or not, counts once."""
        tier = _tier(file.path)
        seen = {file.absolute}
        waiting = [file]
        while waiting:
            table, included = self._parsed_requirements(waiting.pop())
            yield Table(table.source, tier, table.exact, table.ranges)
            for inner in included:
                if inner.absolute not in seen and len(seen) < MOST_INCLUDED:
                    seen.add(inner.absolute)
                    waiting.append(inner)

    def _parsed_requirements(self, file: SourceFile) -> tuple[Table, list[SourceFile]]:
        """The table of one file, and the files that it includes; read once, however often it is included."""
        if file.absolute not in self._requirements:
            table = Table(file.path, req.OTHER_PINS)
            text = read_text(file)
            names, bad = req.read_requirements(text, table) if isinstance(text, str) else ([], None)
            if isinstance(text, Problem):
                self.problems.append(text)
            if bad:
                self.problems.append(Problem("requirement-unreadable", file.path, bad, "this line is no requirement", counts=False))
            self._requirements[file.absolute] = table, [inner for name in names if (inner := self._included(file, name))]
        return self._requirements[file.absolute]

    def _included(self, file: SourceFile, name: str) -> SourceFile | None:
        if "\0" in name or ":" in name:
            return None
        real = real_inside(file.absolute.parent / name, self._sources.boundary)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), name))
        return SourceFile(path, real, "config") if real and real.is_file() else None


def _reader(path: str) -> Reader | None:
    """None: it is a requirements file."""
    name = posixpath.basename(path).lower()
    if name == ".python-version":
        return _read_python_version
    if name.endswith(".py.lock") or _PYLOCK.fullmatch(name):
        return lockfiles.read_toml_lock
    return _LOCKS.get(name) or _MANIFESTS.get(name)


def _is_whole(level: Iterable[Table]) -> bool:
    return any(table.tier in (req.LOCK, req.MEMBER_LOCK) for table in level)


def _in_level(level: Iterable[Table], name: str) -> Known | None:
    """Exact versions of the first tier that has any, else ranges of the first tier that has any.

    What runs is installed from the files for that: those for development, tests and documentation only tell of what no other file names,
    and a pin of a file that nobody is known to install from holds where these agree.
    """
    tables = [table for table in level if name in table.exact or name in table.ranges]
    tables = [table for table in tables if table.tier != req.DEVELOPMENT] or tables
    for tier in sorted({table.tier for table in tables}):
        at = [table for table in tables if table.tier == tier and name in table.exact]
        excluded = tier == req.OTHER_PINS and any(_excludes(table, name, at) for table in tables)
        if at and not excluded and not any(_contradicts(table, name) for table in at):
            return Known(name, tuple(dict.fromkeys(v for table in at for v in table.exact[name])), None, at[0].source)
    if not tables:
        return None
    nearest = min(tables, key=lambda table: (table.tier == req.OTHER_PINS, table.tier))
    ranges = {"" if name in table.exact else table.ranges[name] for table in tables if table.tier == nearest.tier}
    return Known(name, (), _specifier(ranges.pop() if len(ranges) == 1 else ""), nearest.source)


def _excludes(table: Table, name: str, pinned: Iterable[Table]) -> bool:
    """Whether the range of a file that is installed from has none of the exact versions of others."""
    asked = _specifier(table.ranges.get(name, "")) if table.tier in (req.MAIN_PINS, req.MANIFEST) else None
    return asked is not None and not any(asked.contains(v, prereleases=True) for other in pinned for v in other.exact[name])


def _contradicts(table: Table, name: str) -> bool:
    """Markers can ask for an exact version here and for another range there."""
    return name in table.ranges and not all(
        _specifier(table.ranges[name]).contains(version, prereleases=True) for version in table.exact[name]
    )


def _specifier(text: str) -> SpecifierSet:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return SpecifierSet()


def is_requirements(path: str) -> bool:
    """Whether a file by this name is read as a requirements file, which may include others of any name."""
    return _tells_versions(path) and _reader(path) is None


def _tells_versions(path: str) -> bool:
    folder, name = posixpath.split(path.lower())
    if name in _LOCKS or name in _MANIFESTS or name == ".python-version" or name.endswith(".py.lock"):
        return True
    return bool(_PYLOCK.fullmatch(name) or _REQUIREMENTS.fullmatch(name) or _in_requirements_folder(folder, name))


def _in_requirements_folder(folder: str, name: str) -> bool:
    """`requirements/*.txt` speak for the folder above."""
    return posixpath.basename(folder).lower() == "requirements" and name.endswith((".txt", ".in"))


def _tier(path: str) -> int:
    lower = path.lower()
    if _DEVELOPMENT.fullmatch(posixpath.basename(lower)):
        return req.DEVELOPMENT
    if lower.endswith(".in"):
        return req.MANIFEST
    tail = "/".join(lower.rsplit("/", 2)[-2:])
    return req.MAIN_PINS if _MAIN.fullmatch(tail) or _MAIN.fullmatch(tail.rsplit("/", 1)[-1]) else req.OTHER_PINS


def _read_python_version(text: str, source: str) -> list[Table]:
    table = Table(source, req.OTHER_PINS)
    lines = text.split()
    if lines and re.fullmatch(r"\d{1,2}(\.\d{1,3}){1,2}", lines[0]):
        table.add("python", f"=={lines[0]}" if lines[0].count(".") == 2 else f"=={lines[0]}.*")
    return [table]


def _outwards(folder: str, sources: Sources) -> list[str]:
    """The folder and those around it, up to the boundary, as written in `SourceFile.path`."""
    root = posixpath.normpath("/" + sources.root.relative_to(sources.boundary).as_posix())
    inner = PurePosixPath(posixpath.normpath(f"{root.rstrip('/')}/{folder}"))
    return [_normalised(posixpath.relpath(str(around), root)) for around in (inner, *inner.parents)]


def _normalised(folder: str) -> str:
    """The root is the empty string."""
    path = posixpath.normpath(folder)
    return "" if path == "." else path
