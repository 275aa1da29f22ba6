"""Reading files of a hostile folder: regular files only, of a limited size, never through a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST_BYTES = 50_000_000
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)


def read_regular(path: str | Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a regular file; OSError for anything else, and for more than `most` bytes."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError("not a regular file")
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        # Asked again: between the two calls the file may have been replaced.
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            raise OSError("not a regular file")
        # Not `most` at once: room for all of it would be made for each file.
        data = file.read(min(info.st_size, most) + 1)
        if info.st_size < len(data) <= most:
            data += file.read(most + 1 - len(data))
    if len(data) > most:
        raise OSError(f"larger than {most:,} bytes")
    return data


def read_head(path: str, count: int) -> bytes:
    """The first bytes of what `os.lstat` has just shown to be a regular file."""
    descriptor = os.open(path, _FLAGS)
    try:
        return os.read(descriptor, count)
    finally:
        os.close(descriptor)


def real_inside(path: str | Path, boundary: str | Path) -> Path | None:
    """Where a path leads, if that is inside the boundary (a resolved folder)."""
    try:
        real = Path(path).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return real if real.is_relative_to(boundary) else None


def find_git_root(folder: Path) -> Path | None:
    """The work tree around a resolved folder: the nearest one with a repository or a `.git` file (worktree, submodule)."""
    return next((candidate for candidate in (folder, *folder.parents) if is_work_tree(candidate)), None)


def is_work_tree(folder: Path) -> bool:
    git = folder / ".git"
    try:
        return git.is_file() or (git / "HEAD").is_file()
    except OSError:
        return False
