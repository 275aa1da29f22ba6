"""What discovery hands on: files with a role, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from auditor.core.problem import Problem
from auditor.sources.roles import FileRole

Kind: TypeAlias = Literal["python", "notebook", "config"]


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """`path` is relative to the root, with `/` (`../x.py` for a file around the root).

    `judged` is false for what is only read to understand the others: files around those given by name, and links to files that are
    listed themselves. `pinned`: the file has a PEP 723 header of its own.
    """

    path: str
    absolute: Path
    kind: Kind
    role: FileRole = "production"
    judged: bool = True
    pinned: bool = False


@dataclass(slots=True)
class Sources:
    """`files` are sorted by path; `above` are files with versions in the folders above the root, up to the boundary.

    `excluded`: absolute paths of the code that patterns of the settings or of the command line leave out.
    `project`: outside of git, the folder above the root that holds its lock or project file.
    """

    root: Path
    git_root: Path | None
    project: Path | None = None
    files: list[SourceFile] = field(default_factory=list)
    above: list[SourceFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)

    @property
    def boundary(self) -> Path:
        """The folder that nothing is read outside of."""
        return self.git_root or self.project or self.root
