"""A place in a source file, and several in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A span of source text.

    Lines and columns count from 1 (columns in characters); `path` is relative to the scanned root, with `/`.
    Line 0: only the file is known.
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
        if self.cell is not None:
            return f"{self.path} cell {self.cell} line {self.cell_line}"
        return f"{self.path}:{self.line}" if self.line else self.path

    @property
    def row(self) -> tuple[int | None, int]:
        """The line as a reader finds it: of a notebook the cell and the line in it, of any other file None and the line."""
        return (None, self.line) if self.cell is None else (self.cell, self.cell_line or 1)


def places(found: Iterable[Location], most: int) -> str:
    """The first few places, each file named once, and how many more there are."""
    every = list({str(at): at for at in found}.values())
    shown = []
    for before, at in zip([None, *every], every[:most], strict=False):
        beside = before is not None and at.path == before.path and at.cell is None
        shown.append(f":{at.line}" if beside else str(at))
    return ", ".join([*shown, f"+{len(every) - most}"] if len(every) > most else shown)
