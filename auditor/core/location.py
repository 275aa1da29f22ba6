"""A place in a source file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A span of source text.

    Lines and columns count from 1 (columns in characters); `path` is relative to the scanned root, with `/`.
    In notebooks `line` is the line in the .ipynb file, `cell` the 0-based index in `cells` and `cell_line` the
    1-based line inside that cell.
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    cell: int | None = None
    cell_line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"
