"""Which files belong to a folder: as git sees them, else by walking with the .gitignore files."""

# Strings: a Path object for every name would double the time.
# ruff: noqa: PTH112, PTH113, PTH114, PTH118, PTH120

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from auditor.core.problem import Problem
from auditor.sources import git, ignore

_NEVER = re.compile(
    r"\.git|\.hg|\.svn|\.?venv|virtualenv|node_modules|(site|dist)-packages|_?vendor|vendored|third_?party"
    r"|__pycache__|__pypackages__|\.tox|\.nox|\.eggs|\.(mypy|ruff|pytest)_cache|\.hypothesis|\.ipynb_checkpoints"
)
_UNLESS_PACKAGE = frozenset({"build", "dist"})


class Lister:
    """Lists the files of folders; remembers which folders are out."""

    def __init__(
        self, wanted: Callable[[str], bool], problems: list[Problem], shown: Callable[[str], str], *, follow_git: bool = True
    ) -> None:
        self._wanted = wanted
        self._follow_git = follow_git
        self._problems = problems
        self._shown = shown
        self._folders: dict[str, bool] = {}
        self.ignored: list[str] = []
        """wanted files that a .gitignore names where git could not be asked whether they are tracked all the same"""

    def files(self, folder: Path, git_root: Path | None) -> set[str]:
        """Absolute paths of the wanted files below a resolved folder, which itself is in, whatever it is called."""
        self._folders[str(folder)] = True
        found: set[str] = set()
        waiting: list[tuple[str, Path | None]] = [(str(folder), git_root)]
        while waiting:
            top, repository = waiting.pop()
            try:
                names = self._as_git_sees(top, repository) if repository and self._follow_git else []
                above: tuple[ignore.Patterns, ...] = ()
            except git.GitFailed as error:
                message = f"git could not list the files ({error}); the .gitignore files were followed instead"
                self._problems.append(Problem("git-failed", self._shown(top), 1, message, counts=False))
                names, above = [], _patterns_above(top, repository)
            # Nothing: no repository, or a folder that was named although its content is ignored: all that lies in it is meant.
            waiting += self._sort_out(top, names, found) if names else self._walk(top, above, found)
        return found

    def _as_git_sees(self, folder: str, repository: Path) -> list[str]:
        listing = git.list_files(folder, repository)
        for name in listing.unopened if listing else ():
            self._unreadable(os.path.join(folder, name))
        return listing.files if listing else []

    def _sort_out(self, top: str, names: list[str], found: set[str]) -> list[tuple[str, Path | None]]:
        """Adds to `found`; answers with the folders among the names: submodules, and repositories that lie inside."""
        nested: list[tuple[str, Path | None]] = []
        for name in names:
            path = os.path.join(top, name.rstrip("/"))
            if self._wanted(path):
                if self._is_in(os.path.dirname(path)):
                    found.add(path)
            elif os.path.isdir(path) and self._is_in(path):
                nested.append((path, _own_repository(path)))
        return nested

    def _walk(self, top: str, above: tuple[ignore.Patterns, ...], found: set[str]) -> list[tuple[str, Path | None]]:
        """Adds to `found`; answers with the repositories that lie inside."""
        nested: list[tuple[str, Path | None]] = []
        waiting: list[tuple[str, tuple[ignore.Patterns, ...]]] = [(top, above)]
        while waiting:
            folder, chain = waiting.pop()
            own = ignore.read_ignore_file(folder) if self._follow_git else None
            chain = (*chain, own) if own else chain
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                self._unreadable(folder)
                continue
            for entry in entries:
                path = entry.path
                if entry.is_dir(follow_symlinks=False):
                    if self._is_in(path) and not (chain and ignore.is_ignored(path + "/", chain)):
                        inner = _own_repository(path)
                        if inner:
                            nested.append((path, inner))
                        else:
                            waiting.append((path, chain))
                elif self._wanted(path):
                    if chain and ignore.is_ignored(path, chain):
                        self.ignored.append(path)
                    else:
                        found.add(path)
        return nested

    def _is_in(self, folder: str) -> bool:
        """Whether no folder on the way is an environment, vendored, built, or a link."""
        known = self._folders.get(folder)
        if known is None:
            parent, name = os.path.split(folder)
            known = parent != folder and self._is_in(parent) and is_source_folder(folder, name)
            self._folders[folder] = known
        return known

    def _unreadable(self, folder: str) -> None:
        self._problems.append(Problem("folder-unreadable", self._shown(folder), 1, "the folder could not be read"))


def is_source_folder(folder: str, name: str) -> bool:
    """Whether it is no environment, vendored, built, or a link."""
    if _NEVER.fullmatch(name.lower()) or os.path.islink(folder) or os.path.lexists(os.path.join(folder, "pyvenv.cfg")):
        return False
    return name not in _UNLESS_PACKAGE or os.path.lexists(os.path.join(folder, "__init__.py"))


def _own_repository(folder: str) -> Path | None:
    git_file = os.path.join(folder, ".git")
    return Path(folder) if os.path.isfile(git_file) or os.path.isfile(os.path.join(git_file, "HEAD")) else None


def _patterns_above(top: str, repository: Path | None) -> tuple[ignore.Patterns, ...]:
    """Of the folders between a repository and the listed folder, unless they ignore the listed folder itself."""
    if repository is None:
        return ()
    folders = [str(folder) for folder in reversed(Path(top).parents) if folder.is_relative_to(repository)]
    chain = tuple(patterns for folder in folders if (patterns := ignore.read_ignore_file(folder)))
    return () if ignore.is_ignored(top + "/", chain) else chain
