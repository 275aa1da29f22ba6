"""The files of an older commit, written into a folder of its own to be read in the same way as the work tree."""

# Strings: a Path object for every name would double the time.
# ruff: noqa: PTH118

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from auditor.core.problem import Problem
from auditor.sources import git
from auditor.sources.base_choice import Choice
from auditor.sources.base_entries import gather
from auditor.sources.base_errors import failed
from auditor.sources.base_files import Writer, same_bytes
from auditor.sources.discover import discover
from auditor.sources.merge_base import Commit
from auditor.sources.types import SourceFile, Sources

MOST_PROBLEMS = 100
# No tree can hold this: it stands for a path that is asked for and cannot be reached inside the base.
_NOWHERE = ".git/nowhere"


@dataclass(slots=True)
class BaseTree:
    """`tree` stands for the git root, `root` for the scanned folder; `problems` are those of reading the commit."""

    commit: Commit
    git_root: Path
    tree: Path
    root: Path
    only: tuple[Path, ...]
    problems: list[Problem] = field(default_factory=list)
    included: set[str] = field(default_factory=set)
    """what requirements files include, relative to the git root, whether it is there or not"""

    def sources(self, exclude: tuple[str, ...] = ()) -> Sources:
        """What is found in the base, as `discover` finds it in the work tree."""
        return discover(self.root, only=self.only, exclude=exclude, tree=self.tree)

    def gone(self, base: Sources) -> frozenset[str]:
        """Files of the base (as in `SourceFile.path`) that are no longer in the work tree: deleted or renamed."""
        files = ((file, os.path.relpath(_own(base, file), self.tree)) for file in (*base.files, *base.above))
        return frozenset(file.path for file, path in files if not os.path.lexists(os.path.join(self.git_root, path)))

    def unchanged(self, head: Sources, base: Sources) -> frozenset[str]:
        """Files (as in `SourceFile.path`) that read the same on both sides."""
        old = {file.path: file for file in (*base.files, *base.above)}
        pairs = ((file, old[file.path]) for file in (*head.files, *head.above) if file.path in old)
        return frozenset(
            new.path
            for new, was in pairs
            if new.kind == was.kind and same_bytes((str(new.absolute), str(was.absolute)), new.kind == "python")
        )

    def same(self, head: Sources, base: Sources) -> bool:
        """Whether there is nothing to compare: all that a scan reads is equal."""
        sides = [[(f.path, f.kind, f.role, f.judged, f.pinned) for f in (*side.files, *side.above)] for side in (head, base)]
        if sides[0] != sides[1] or head.problems != base.problems or paths(head) != self.unchanged(head, base):
            return False
        return all(same_bytes((f"{self.git_root}/{path}", f"{self.tree}/{path}"), False) for path in self.included)


def paths(sources: Sources) -> frozenset[str]:
    """All files of one side, those above the root too."""
    return frozenset(file.path for file in (*sources.files, *sources.above))


def write_base(head: Sources, commit: Commit, into: Path, *, only: tuple[Path, ...] = ()) -> BaseTree:
    """Writes what the scan of a commit can want into an empty folder; `only` as given for the head.

    Neither the work tree nor the repository is touched, and nothing of it runs. Files that git ignores, and the head reads all the same,
    are no part of a change: they are taken as they are, like submodules whose commit is not here.
    """
    git_root = head.git_root
    assert git_root is not None
    tree = into.resolve() / (git_root.name or "root")
    base = BaseTree(commit, git_root, tree, tree / head.root.relative_to(git_root), _moved(only, git_root, tree))
    read = frozenset(os.path.relpath(_own(head, file), git_root).replace(os.sep, "/") for file in (*head.files, *head.above))
    try:
        entries = gather(git_root, commit.hash, read)
        writer = Writer(git_root, tree, entries.homes, entries.problems)
        # The root is a folder of its own, whatever the commit has there.
        base.root.mkdir(0o700, parents=True, exist_ok=True)
        root = PurePosixPath(head.root.relative_to(git_root).as_posix())
        base.included = Choice(entries, writer, commit.hash, root, whole=bool(only)).write()
    except git.GitFailed as error:
        raise failed(error) from error
    base.problems = sorted({Problem(code, _shown(base, head, path), 1, text, counts=False) for code, path, text in entries.problems})
    if len(base.problems) > MOST_PROBLEMS:
        more = Problem("base-unwritable", ".", 1, f"{len(base.problems) - MOST_PROBLEMS:,} more problems of this kind", counts=False)
        base.problems = [*base.problems[:MOST_PROBLEMS], more]
    base.only = tuple(path if _is_plain(path) else tree / _NOWHERE for path in base.only)
    return base


def _own(sources: Sources, file: SourceFile) -> str:
    """The path of a file under its own name, which for a link is not where it leads."""
    named = os.path.normpath(f"{sources.root}/{file.path}")
    return named if os.path.lexists(named) else str(file.absolute)


def _moved(only: tuple[Path, ...], git_root: Path, tree: Path) -> tuple[Path, ...]:
    """Paths of the work tree as paths of the base."""
    real = (path.resolve() if path.is_dir() else path.parent.resolve() / path.name for path in only)
    return tuple(tree / (path.relative_to(git_root) if path.is_relative_to(git_root) else _NOWHERE) for path in real)


def _is_plain(path: Path) -> bool:
    """Whether no folder on the way, nor the path as a folder, is a link."""
    return path.parent.resolve() == path.parent and not (path.is_symlink() and path.is_dir())


def _shown(base: BaseTree, head: Sources, path: str) -> str:
    relative = os.path.relpath(base.git_root / path, head.root).replace(os.sep, "/")
    return relative if relative.isascii() else os.fsencode(relative).decode("utf-8", "backslashreplace")
