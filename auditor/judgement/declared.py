"""Declared controls: what the settings say that something outside of the code takes care of.

Nothing passes by that: a finding stays and does not fail the gate, the score counts it, and a cell that is bad or unknown is `declared`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.graph.types import DecisionPoint, Noun
from auditor.judgement.types import Finding
from auditor.rules.types import Verdict
from auditor.settings import Declaration

PREFIX = "declared: "
ELSEWHERE = ("rate-limit", "evals")
"""what is no column of the control matrix: told only"""


@dataclass(frozen=True, slots=True)
class Covered:
    """A declaration, the files of which it speaks (None: all), and where it stands."""

    declaration: Declaration
    at: Location
    files: Collection[str] | None = None


@dataclass(slots=True)
class Declared:
    """Asked for each verdict that is not good."""

    rows: Sequence[Covered] = ()
    nodes: Mapping[str, Noun] = field(default_factory=dict)

    def of(self, verdict: Verdict) -> Covered | None:
        """The first declaration of the control that the rule asks for, at its subject."""
        column, subject = verdict.rule.column, verdict.subject
        if not column or not self.rows:
            return None
        if isinstance(subject, DecisionPoint):
            # The controls of a decision point are those of its node.
            subject = self.nodes.get(subject.subject, subject)
        return next((row for row in self.rows if row.declaration.control == column and _speaks(row, subject)), None)

    def reason(self, verdict: Verdict) -> str:
        """Why the gate does not count it, or nothing."""
        row = self.of(verdict)
        return PREFIX + row.declaration.reason if row else ""

    def told(self, verdicts: Iterable[Verdict], findings: Iterable[Finding]) -> list[tuple[str, Location]]:
        """A sentence for each declaration, and where it stands."""
        cells: dict[int, set[str]] = {}
        keys: dict[int, set[tuple[str, str]]] = {}
        for verdict in verdicts:
            row = self.of(verdict) if verdict.state != "pass" and verdict.rule.status != "preview" else None
            if row is None:
                continue
            cells.setdefault(id(row), set()).add(verdict.subject.id)
            if verdict.state == "fail":
                keys.setdefault(id(row), set()).add((verdict.rule.id, verdict.subject.id))
        found = list(findings)
        return [(_sentence(row, len(cells.get(id(row), ())), _touched(found, keys.get(id(row), set()))), row.at) for row in self.rows]


def _speaks(row: Covered, subject: Noun) -> bool:
    nouns = row.declaration.nouns
    return (row.files is None or subject.at.path in row.files) and (not nouns or subject.kind in nouns)


def _touched(findings: Iterable[Finding], keys: Collection[tuple[str, str]]) -> int:
    return sum(any((finding.rule, site.subject) in keys for site in finding.sites) for finding in findings)


def _sentence(row: Covered, cells: int, findings: int) -> str:
    said = row.declaration
    value = "" if said.value is None else f" of {said.value:g}" if isinstance(said.value, (int, float)) else f" of {said.value}"
    where = f" in {', '.join(said.paths)}" if said.paths else ""
    what = f"{said.control}{value}{where}, not seen in the code: {said.reason}"
    if said.control in ELSEWHERE:
        return f"{what} (no rule asks for it)"
    if not cells:
        return f"{what} (no rule found it to be missing)"
    shown = f"{cells} {'subject' if cells == 1 else 'subjects'}"
    if not findings:
        return f"{what} ({shown}, none of them seen to be without)"
    stays = "1 finding stays" if findings == 1 else f"{findings} findings stay"
    return f"{what} ({shown}; {stays}: the score counts that, the gate does not)"
