"""Writes files of a hostile tree into a folder of its own: nothing is written through a link, what no file system takes is told."""

# Strings: a Path object for every name would double the time.
# ruff: noqa: PTH103, PTH118, PTH120, PTH211

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from auditor.core.files import read_regular
from auditor.core.problem import AuditError

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n")
POINTER_BYTES = 1_024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
# The name is at fault, not the disk.
_REFUSED = {
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.EILSEQ,
    errno.EINVAL,
    errno.ELOOP,
    errno.ENOENT,
    errno.EFBIG,
}
_HOPS = 40


class Writer:
    """Writes below `tree`, which stands for the git root; paths are relative to it."""

    def __init__(self, git_root: Path, tree: Path, homes: list[Path], problems: list[tuple[str, str, str]]) -> None:
        self.git_root = str(git_root)
        self.tree = str(tree)
        self.problems = problems
        self.homes = homes
        self._folders = {""}
        try:
            os.makedirs(tree, 0o700)
        except OSError as error:
            raise _unwritable(error) from error

    def file(self, path: str, data: bytes, limit: int) -> None:
        """`limit`: above it a file is not read, so that its size is enough."""
        pointer = _POINTER.match(data) if len(data) <= POINTER_BYTES else None
        if pointer:
            self._large(path, data, pointer[1].decode(), int(pointer[2]), limit)
        else:
            self._write(path, data, len(data))

    def hollow(self, path: str, size: int) -> None:
        """A file that is too large to be read."""
        self._write(path, b"", size)

    def copy(self, path: str, limit: int) -> None:
        """What lies in the work tree; not a link."""
        source = os.path.join(self.git_root, path)
        try:
            status = os.lstat(source)
            if stat.S_ISREG(status.st_mode) and status.st_size > limit:
                self.hollow(path, status.st_size)
            elif stat.S_ISREG(status.st_mode):
                self._write(path, read_regular(source), -1)
        except OSError as error:
            self._told(path, error)

    def links(self, targets: dict[str, str]) -> None:
        """Links come last, and after all of their folders: a folder could be one of them."""
        made = [path for path in sorted(targets) if self._folder(path)]
        for path in made:
            try:
                os.symlink(self._target(path, targets[path]), os.path.join(self.tree, path))
            except (OSError, ValueError) as error:
                self._told(path, error)

    def _target(self, path: str, target: str) -> str:
        """A link into the work tree leads into the base, one out of it to the same place as in the work tree."""
        whole = os.path.normpath(os.path.join(self.git_root, os.path.dirname(path), target))
        if not (whole + os.sep).startswith(self.git_root.rstrip(os.sep) + os.sep):
            return whole
        return os.path.join(self.tree, os.path.relpath(whole, self.git_root)) if target.startswith("/") else target

    def _write(self, path: str, data: bytes, size: int) -> None:
        """`size` above the length of the data makes a file with a hole."""
        if not self._folder(path):
            return
        try:
            descriptor = os.open(os.path.join(self.tree, path), _NEW, 0o600)
            try:
                written = os.write(descriptor, data)
                while written < len(data):
                    written += os.write(descriptor, data[written:])
                if size > len(data):
                    os.ftruncate(descriptor, size)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            self._told(path, error)

    def _folder(self, path: str) -> bool:
        folder = os.path.dirname(path)
        if folder not in self._folders:
            try:
                os.makedirs(os.path.join(self.tree, folder), 0o700, exist_ok=True)
            except (OSError, ValueError) as error:
                self._told(path, error)
                return False
            self._folders.add(folder)
        return True

    def _told(self, path: str, error: Exception) -> None:
        if isinstance(error, OSError) and error.errno not in _REFUSED:
            raise _unwritable(error) from error
        reason = getattr(error, "strerror", None) or str(error)
        self.problems.append(("base-unwritable", path, f"the file of the base could not be written: {reason.lower()}"))

    def _large(self, path: str, pointer: bytes, oid: str, size: int, limit: int) -> None:
        """A file that Git LFS keeps elsewhere; where the work tree has only pointers too, both sides are read as they are."""
        here = _read(os.path.join(self.git_root, path))
        if here is not None and len(here) <= POINTER_BYTES and _POINTER.match(here):
            return self._write(path, pointer, -1)
        if size > limit:
            return self.hollow(path, size)
        stored = (_read(str(home / "lfs" / "objects" / oid[:2] / oid[2:4] / oid)) for home in self.homes)
        data = next((data for data in (here, *stored) if data is not None and hashlib.sha256(data).hexdigest() == oid), None)
        if data is not None:
            return self._write(path, data, -1)
        message = "Git LFS keeps this file, and not in this clone: the base is read without it (`git lfs fetch --all` brings it)"
        self.problems.append(("base-lfs", path, message))
        return None


def _unwritable(error: OSError) -> AuditError:
    reason = (error.strerror or str(error)).lower()
    return AuditError(f"the base could not be written: {reason}", hint="TMPDIR names the folder for temporary files")


def leads_to(path: str, links: dict[str, str], git_root: str) -> str | None:
    """The path inside the tree that a link leads to, through others too; None: out of it, or in a circle."""
    waiting = path.split("/")[::-1]
    done: list[str] = []
    hops = _HOPS
    while waiting:
        part = waiting.pop()
        if part == "..":
            if not done:
                return None
            done.pop()
        elif part not in ("", "."):
            done.append(part)
            target = links.get("/".join(done))
            if target is None:
                continue
            hops -= 1
            if hops == 0:
                return None
            done.pop()
            if target.startswith("/"):
                if not target.startswith(f"{git_root.rstrip('/')}/"):
                    return None
                done, target = [], target[len(git_root) :]
            waiting += target.split("/")[::-1]
    return "/".join(done)


def same_bytes(one: Iterable[str], python: bool) -> bool:
    """Whether two files are equal; line ends are no difference in code, which a checkout may have changed."""
    first, second = (_read(path) for path in one)
    if first is None or second is None:
        return first is second
    return first == second or (python and _lines(first) == _lines(second))


def _lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _read(path: str) -> bytes | None:
    try:
        return read_regular(path)
    except (OSError, ValueError):
        return None
