"""Which files of a commit a scan can want: by their name, by their first line, and by what leads to them."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from pathlib import PurePosixPath

from auditor.core.files import MOST_BYTES
from auditor.core.problem import AuditError
from auditor.sources import locks
from auditor.sources import requirements as req
from auditor.sources.base_entries import Entries
from auditor.sources.base_errors import missing_objects
from auditor.sources.base_files import Writer, leads_to
from auditor.sources.discover import MOST_WITHOUT_ENDING, is_script, kind_of, limit_of
from auditor.sources.git_objects import LINK
from auditor.sources.read import decode

MOST_TOTAL = 4_000_000_000
_LONGEST_LINK = 4_096
_LARGEST = limit_of("config")


class Choice:
    """Chooses what of the entries is written, and writes it."""

    def __init__(self, entries: Entries, writer: Writer, commit: str, root: PurePosixPath, *, whole: bool) -> None:
        self.entries = entries
        self.writer = writer
        self.commit = commit
        self.git_root = entries.store.git_root
        self.inside = "" if whole or not root.parts else f"{root}/"
        self.around = {"" if str(folder) == "." else str(folder) for folder in root.parents}
        self.included: set[str] = set()
        self.asked: set[str] = set()
        """wanted whatever they are called and hold: a link leads to them, or a requirements file includes them"""
        self.done: set[str] = set()

    def write(self) -> set[str]:
        """Answers with what requirements files include, whether it is there or not."""
        links = self._links()
        files = self.entries.files
        known = {path for path in files if self._is_wanted(path)}
        commands = sorted((path for path in files if self._is_command(path)), key=lambda path: (path not in self.entries.read, path))
        self.asked = self._ends(known & links.keys(), links)
        todo = (known | self.asked | set(commands[:MOST_WITHOUT_ENDING])) - links.keys()
        while todo:
            included = self._write(todo)
            self.included |= included
            todo = self._ends(included, links) - self.done
            self.asked |= todo
        for path in sorted(self.entries.copies - self.done):
            source = self.git_root / path
            if source.is_symlink():
                links[path] = str(source.readlink())
            else:
                self.writer.copy(path, self._limit(path))
        self.writer.links(links)
        return self.included

    def _ends(self, paths: Iterable[str], links: dict[str, str]) -> set[str]:
        """The files that paths lead to."""
        ends = (leads_to(path, links, str(self.git_root)) for path in paths)
        return {path for path in ends if path in self.entries.files and path not in links}

    def _is_wanted(self, path: str) -> bool:
        if not path.startswith(self.inside) and posixpath.dirname(path) not in self.around:
            return False
        return kind_of(path) is not None or posixpath.basename(path) == "pyvenv.cfg"

    def _is_command(self, path: str) -> bool:
        return "." not in posixpath.basename(path) and path.startswith(self.inside)

    def _links(self) -> dict[str, str]:
        """Where all the links of the commit lead: a folder on the way to a file may be one."""
        sizes = self._sizes(path for path, entry in self.entries.files.items() if entry.mode == LINK)
        for path in (path for path, size in sizes.items() if not 0 < size <= _LONGEST_LINK):
            self.entries.problems.append(("base-unwritable", path, "the commit holds a link that no file system takes"))
            del self.entries.files[path]
        paths = sorted(sizes.keys() & self.entries.files.keys())
        blobs = self.entries.store.blobs([self.entries.files[path].oid for path in paths])
        return {path: os.fsdecode(target) for path, target in zip(paths, blobs, strict=True)}

    def _sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """Of those that are there."""
        files, rows = self.entries.files, sorted(paths)
        known = self.entries.store.sizes(files[path].oid for path in rows)
        found = {path: size for path in rows if (size := known[files[path].oid]) is not None}
        for path in (path for path in rows if path not in found and path in files):
            submodule = next((folder for folder in reversed(self.entries.submodules) if path.startswith(f"{folder}/")), None)
            if submodule is None:
                raise missing_objects(self.git_root, self.commit)
            self.entries.copy_instead(submodule, "files of this submodule are not in the clone")
            files = self.entries.files
        return {path: size for path, size in found.items() if path in files}

    def _write(self, paths: Iterable[str]) -> set[str]:
        """Writes files of the commit; answers with what those that are requirements include."""
        included: set[str] = set()
        by_oid: dict[str, list[str]] = {}
        total = 0
        for path, size in self._sizes(paths).items():
            self.done.add(path)
            if size > self._limit(path) or size < 0:
                self._unread(path, size)
            else:
                by_oid.setdefault(self.entries.files[path].oid, []).append(path)
                total += size
        if total > MOST_TOTAL:
            raise AuditError(f"the files of the base are more than {MOST_TOTAL:,} bytes", hint="scan without --diff-base")
        oids = list(by_oid)
        for oid, data in zip(oids, self.entries.store.blobs(oids), strict=True):
            for path in by_oid[oid]:
                if path not in self.asked and self._is_command(path) and kind_of(path) is None and not is_script(data):
                    self.done.remove(path)
                    continue
                self.writer.file(path, data, self._limit(path))
                if locks.is_requirements(path) or path in self.included:
                    included |= _included(path, data)
        return included

    def _limit(self, path: str) -> int:
        """Above this size a file is not read."""
        return MOST_BYTES if path in self.asked else limit_of(kind_of(path) or "python")

    def _unread(self, path: str, size: int) -> None:
        if size < 0:
            self.entries.problems.append(("base-unwritable", path, "the commit does not hold a file by this name"))
        elif path in self.asked or kind_of(path):
            self.writer.hollow(path, size)


def _included(path: str, data: bytes) -> set[str]:
    if len(data) > _LARGEST:
        return set()
    try:
        names, _ = req.read_requirements(decode(data, python=False), req.Table(path, req.OTHER_PINS))
    except (ValueError, LookupError):
        return set()
    return {posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in names if "\0" not in name and ":" not in name}
