"""Places of a report as SARIF has them: relative to the git root, one line, positions that count from 1."""

from __future__ import annotations

from typing import Any, TypeAlias
from urllib.parse import quote

from auditor.core.location import Location
from auditor.judgement.types import Finding
from auditor.reports.report import Report
from auditor.reports.sarif.words import clean

Json: TypeAlias = dict[str, Any]

BASE = "SRCROOT"
WHOLE_PROJECT = "pyproject.toml"


class Places:
    """`uri` and all that is built on it give None for what lies outside the git root: no address inside the repository leads there."""

    def __init__(self, report: Report) -> None:
        self._report = report
        entries = sorted(row.at for row in report.matrix if row.noun == "entry_point")
        self._first = next((at for at in entries if self._usable(at)), Location(WHOLE_PROJECT, 1))

    def uri(self, path: str) -> str | None:
        """Relative to the git root, percent-encoded."""
        whole = self._report.in_repository(path) if path else "."
        if whole.startswith(("/", "../")) or whole in (".", ".."):
            return None
        return quote(whole, safe="/", errors="surrogatepass")

    def physical(self, at: Location, *, exact: bool = False) -> Json | None:
        """The address and the first line of a place, and the lines that it spans, where there are more. `exact`: with all four positions,
        even if where it ends is not known."""
        uri = self.uri(at.path)
        if uri is None or at.line < 1:
            return None
        row: Json = {"artifactLocation": {"uri": uri, "uriBaseId": BASE}, "region": self._line(at, exact=exact)}
        if at.end_line > at.line:
            row["contextRegion"] = {"startLine": at.line, "endLine": at.end_line}
        return row

    def _line(self, at: Location, *, exact: bool) -> Json:
        """Up to its end where the place goes on, or where it ends is not known. Columns of a notebook are those of the cell, not of the
        file: there all of the line that is known."""
        start = max(at.column, 1) if at.cell is None else 1
        end = at.end_column if at.cell is None and at.end_line in (0, at.line) else 0
        if end <= start:
            end = len(self._text(at).rstrip()) + 1
        if end <= start and not exact:
            return {"startLine": at.line}
        return {"startLine": at.line, "startColumn": start, "endLine": at.line, "endColumn": max(end, start + 1)}

    def _text(self, at: Location) -> str:
        return self._report.snippets.get(at.path, {}).get(at.row, "")

    def location(self, at: Location, text: str = "", number: int | None = None) -> Json | None:
        """`number`: the id by which a message links to it."""
        physical = self.physical(at)
        if physical is None:
            return None
        row: Json = {} if number is None else {"id": number}
        row["physicalLocation"] = physical
        return row | ({"message": {"text": text}} if text else {})

    def anchor(self, finding: Finding) -> Location:
        """Where a finding stands; of one without a usable place the first entry point known, else the project's file."""
        places = (finding.at, *(step.at for step in finding.trace[:1]))
        return next((at for at in places if self._usable(at)), self._first)

    def _usable(self, at: Location) -> bool:
        return at.line > 0 and self.uri(at.path) is not None

    def inside(self, finding: Finding) -> list[Json]:
        """The function that a finding is in, by its name."""
        if finding.qualname in ("", "<module>"):
            return []
        name = clean(finding.qualname)
        return [{"name": name.rpartition(".")[2], "fullyQualifiedName": name}]
