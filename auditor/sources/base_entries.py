"""What the tree of a commit holds, submodules included, and what must be taken from the work tree because no commit holds it."""

# Strings: a Path object for every name would double the time.
# ruff: noqa: PTH120

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor.core.files import is_work_tree
from auditor.core.problem import AuditError
from auditor.sources import git, git_objects
from auditor.sources.base_errors import missing_objects
from auditor.sources.git_objects import SUBMODULE, Entry, Index, Store

MOST_SUBMODULES = 1_000


@dataclass(slots=True)
class Entries:
    """All paths are relative to the git root.

    `files`: files and links of the commit; `copies`: what is taken from the work tree; `submodules`: the folders of those that were
    found; `homes`: the repositories, which may hold objects of Git LFS; `problems`: (code, path, message).
    """

    store: Store
    read: frozenset[str]
    files: dict[str, Entry] = field(default_factory=dict)
    copies: set[str] = field(default_factory=set)
    submodules: list[str] = field(default_factory=list)
    homes: list[Path] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)

    def copy_instead(self, submodule: str, why: str) -> None:
        """What the scan of the work tree reads of a submodule stands for what the commit holds of it."""
        inside = {path for path in self.read if path.startswith(f"{submodule}/")}
        if submodule in self.submodules:
            self.submodules.remove(submodule)
            self.files = {path: entry for path, entry in self.files.items() if not path.startswith(f"{submodule}/")}
        self.copies |= inside
        taken = "its files are taken as they lie in the work tree" if inside else "its files are missing in the base"
        self.problems.append(("base-submodule", submodule, f"{why}: {taken}"))


def gather(git_root: Path, commit: str, read: frozenset[str]) -> Entries:
    """`read`: the files that the scan of the work tree reads."""
    entries = Entries(Store(git_root), read)
    homes = [path.parent for name in ("objects", "modules") if (path := git_objects.inner_path(git_root, name))]
    gatherer = _Gatherer(git_root, entries)
    index = git_objects.read_index(git_root)
    if not gatherer.take("", commit, index, list(dict.fromkeys(homes))):
        raise missing_objects(git_root, commit, entries.store.complaint)
    gatherer.add_environment(index)
    return entries


class _Gatherer:
    """Fills the entries, a repository at a time."""

    def __init__(self, git_root: Path, entries: Entries) -> None:
        self.git_root = git_root
        self.entries = entries
        self.folders = {folder for path in entries.read for folder in _above(path)}
        self.repositories = {"": ""}
        self.left = MOST_SUBMODULES

    def take(self, prefix: str, commit: str, index: Index | None, homes: list[Path]) -> bool:
        """Adds what a commit of one repository holds; `prefix` is its folder with a slash, `index` that of its work tree."""
        found = self.entries.store.tree(commit)
        if found is None:
            return False
        self.entries.homes += homes
        names = self._names(found)
        for entry in found:
            whole = replace(entry, path=prefix + entry.path)
            if not _is_tame(entry.path):
                message = f"the commit holds the name {entry.path!a}, which no checkout would take"
                self.entries.problems.append(("base-unwritable", prefix.rstrip("/") or ".", message))
            elif whole.path in self.entries.files:
                self.entries.problems.append(("base-unwritable", whole.path, "the commit holds this name twice"))
            elif entry.mode == SUBMODULE:
                self._submodule(whole, index is not None and entry.path in index.submodules, homes, names.get(entry.path))
            elif index is None or entry.path not in index.absent:
                self.entries.files[whole.path] = whole
        if len(self.entries.files) > git_objects.MOST_ENTRIES:
            raise AuditError(f"the base holds more than {git_objects.MOST_ENTRIES:,} files", hint="scan it without --diff-base")
        return True

    def _names(self, found: list[Entry]) -> dict[str, str]:
        """What the submodules are called, by their path."""
        oid = next((entry.oid for entry in found if entry.path == ".gitmodules" and entry.mode.startswith("100")), None)
        if oid is None:
            return {}
        root, folders = self.git_root, self.entries.store.folders
        done = git.run(root, root, "config", "-z", "--blob", oid, "--get-regexp", r"^submodule\..*\.path$", objects=folders)
        rows = (row.partition("\n") for row in os.fsdecode(done.stdout).split("\0") if row)
        return {path.rstrip("/"): key[len("submodule.") : -len(".path")] for key, _, path in rows}

    def _submodule(self, entry: Entry, is_pinned: bool, homes: list[Path], name: str | None) -> None:
        """`is_pinned`: the work tree has a submodule at this path too, so that one which is not checked out is out on both sides."""
        folder = self.git_root / entry.path
        checked_out = os.path.realpath(folder) == str(folder) and is_work_tree(folder)
        if is_pinned and not checked_out and entry.path not in self.folders:
            return
        self.left -= 1
        for objects in self._objects(folder if checked_out else None, homes, name) if self.left >= 0 else ():
            self.entries.store.folders.append(str(objects))
            if self.take(f"{entry.path}/", entry.oid, _index(folder) if checked_out else None, [objects.parent]):
                self.entries.submodules.append(entry.path)
                return
            self.entries.store.folders.pop()
        self.entries.copy_instead(entry.path, f"the commit {entry.oid[:12]} of this submodule is not in the clone")

    def _objects(self, checked_out: Path | None, homes: list[Path], name: str | None) -> Iterator[Path]:
        """Where the objects of a submodule may lie."""
        own = git_objects.inner_path(checked_out, "objects") if checked_out else None
        if own:
            yield own
        if name and _is_tame(name):
            yield from (place for home in homes if (place := home / "modules" / name / "objects").is_dir())

    def add_environment(self, index: Index) -> None:
        """What is read of files that git ignores, and of repositories inside that no commit pins, is no part of a change."""
        indexes: dict[str, Index | None] = {"": index}
        by_repository: dict[str, list[str]] = {}
        for path in sorted(self.entries.read - self.entries.copies):
            by_repository.setdefault(self._repository(os.path.dirname(path)), []).append(path)
        for repository, paths in sorted(by_repository.items()):
            around = self._repository(os.path.dirname(repository)) if repository else ""
            pinned = not repository or _is_submodule(indexes.get(around), os.path.relpath(repository, around or "."))
            own = indexes[repository] = (index if not repository else _index(self.git_root / repository)) if pinned else None
            if own is None:
                self._copy(paths, repository, "no commit pins the repository in this folder: its files are taken as they are now")
            else:
                start = len(repository) + 1 if repository else 0
                untracked = (path[start:] for path in paths if path[start:] not in own.tracked)
                ignored = git_objects.ignored(self.git_root / repository, untracked)
                message = f"git ignores {len(ignored):,} of the files that are read: they are taken as they are now"
                self._copy([path for path in paths if path[start:] in ignored], None, message)

    def _copy(self, paths: list[str], place: str | None, message: str) -> None:
        new = [path for path in paths if path not in self.entries.files]
        if new:
            self.entries.copies |= set(new)
            self.entries.problems.append(("base-untracked", new[0] if place is None else place, message))

    def _repository(self, folder: str) -> str:
        """The nearest folder with a repository of its own."""
        found = self.repositories.get(folder)
        if found is None:
            found = folder if is_work_tree(self.git_root / folder) else self._repository(os.path.dirname(folder))
            self.repositories[folder] = found
        return found


def _index(folder: Path) -> Index | None:
    try:
        return git_objects.read_index(folder)
    except git.GitFailed:
        return None


def _is_submodule(index: Index | None, path: str) -> bool:
    return index is not None and path.replace(os.sep, "/") in index.submodules


def _above(path: str) -> Iterator[str]:
    while path := os.path.dirname(path):
        yield path


def _is_tame(path: str) -> bool:
    """Whether a path stays where it is put: a tree made by hand can hold any name."""
    if os.name == "nt" and ("\\" in path or ":" in path):
        return False
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/"))
