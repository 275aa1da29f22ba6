"""Trees, blobs and the index as git holds them, read without a checkout and with limits for hostile ones."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from auditor.core.problem import AuditError
from auditor.sources import git

MOST_ENTRIES = 1_000_000
MOST_PATH_BYTES = 500_000_000
LINK, SUBMODULE = "120000", "160000"
# So few that the questions fit into a pipe: git may wait for its answers to be read meanwhile.
_AT_ONCE = 50
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, link or submodule of a tree; `path` is the full one, as the tree has it."""

    path: str
    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class Index:
    """What the index names: `tracked` paths, `submodules` among them, and those that a sparse checkout leaves out."""

    tracked: frozenset[str]
    submodules: frozenset[str]
    absent: frozenset[str]


@dataclass(slots=True)
class Store:
    """The objects of a repository and, in `folders`, those of its submodules."""

    git_root: Path
    folders: list[str] = field(default_factory=list)
    complaint: str = ""
    """what git said last of a tree that it could not list"""

    def tree(self, commit: str) -> list[Entry] | None:
        """All that a commit holds; None if it, or a folder of it, is not there."""
        entries: list[Entry] = []
        size = 0
        with git.running(self.git_root, self.git_root, "ls-tree", "-r", "-z", "--full-tree", commit, objects=self.folders) as running:
            for row in _rows(running.answers):
                about, _, path = row.partition(b"\t")
                mode, _, oid = about.decode("ascii", "replace").split(" ", 2)
                entries.append(Entry(os.fsdecode(path), mode, oid))
                size += len(path)
                if len(entries) > MOST_ENTRIES or size > MOST_PATH_BYTES:
                    raise AuditError(f"the commit {commit[:12]} holds more than {MOST_ENTRIES:,} files", hint="scan it without --diff-base")
            done = running.end()
        if done.returncode < 0:
            raise git.GitSlow(f"the tree of {commit[:12]} was not listed in {git.SECONDS_OF_TALK} s")
        self.complaint = git.complaint(done)
        return entries if done.returncode == 0 else None

    def sizes(self, oids: Iterable[str]) -> dict[str, int | None]:
        """The bytes of each blob; -1: it is no blob, None: it is not there."""
        asked = sorted(set(oids))
        done = git.run(
            self.git_root,
            self.git_root,
            "cat-file",
            "--batch-check=%(objectname) %(objecttype) %(objectsize)",
            given="".join(f"{oid}\n" for oid in asked).encode(),
            objects=self.folders,
        )
        found: dict[str, int | None] = dict.fromkeys(asked)
        for line in done.stdout.decode("ascii", "replace").splitlines():
            if match := re.fullmatch(r"([0-9a-f]+) (\w+) (\d+)", line):
                found[match[1]] = int(match[3]) if match[2] == "blob" else -1
        return found

    def blobs(self, oids: Sequence[str]) -> Iterator[bytes]:
        """The content of blobs that are there, in the order asked for, by one process."""
        if not oids:
            return
        with git.running(self.git_root, self.git_root, "cat-file", "--batch", objects=self.folders) as running:
            for start in range(0, len(oids), _AT_ONCE):
                asked = oids[start : start + _AT_ONCE]
                with suppress(OSError):  # told by what is not answered
                    running.given.write("".join(f"{oid}\n" for oid in asked).encode())
                    running.given.flush()
                for oid in asked:
                    yield _blob(running.answers, oid)


def read_index(folder: Path) -> Index:
    """Of the repository whose work tree a folder is."""
    done = git.run(folder, folder, "ls-files", "-s", "-t", "-z")
    if done.returncode != 0:
        raise git.GitFailed(git.complaint(done))
    rows = [row.partition("\t") for row in os.fsdecode(done.stdout).split("\0") if row]
    absent = {path for about, _, path in rows if about.startswith("S ") and not os.path.lexists(folder / path)}
    submodules = {path for about, _, path in rows if about[2:].startswith(SUBMODULE)}
    return Index(frozenset(path for _, _, path in rows), frozenset(submodules), frozenset(absent))


def ignored(folder: Path, paths: Iterable[str]) -> set[str]:
    """Those of some untracked paths that are ignored."""
    # With `./` in front no name looks like a pattern of git's.
    given = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    if not given:
        return set()
    done = git.run(folder, folder, "check-ignore", "-z", "--stdin", given=given)
    if done.returncode not in (0, 1):
        raise git.GitFailed(git.complaint(done))
    return {path[2:] for path in os.fsdecode(done.stdout).split("\0") if path}


def inner_path(folder: Path, name: str) -> Path | None:
    """Where the repository of a work tree keeps something (`objects`, `modules`); None if git does not open it."""
    done = git.run(folder, folder, "rev-parse", "--git-path", name)
    return folder / os.fsdecode(done.stdout).removesuffix("\n") if done.returncode == 0 else None


def _blob(answers: IO[bytes], oid: str) -> bytes:
    header = answers.readline()
    size = header.rpartition(b" ")[2].strip()
    if not header.startswith(f"{oid} blob ".encode()) or not size.isdigit():
        raise git.GitFailed(f"the object {oid[:12]} could not be read")
    data = answers.read(int(size))
    if len(data) != int(size) or answers.read(1) != b"\n":
        raise git.GitSlow(f"the object {oid[:12]} was not read to its end in {git.SECONDS_OF_TALK} s")
    return data


def _rows(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        if len(rest) > _CHUNK:
            raise git.GitFailed("a name in the tree is longer than any file system takes")
