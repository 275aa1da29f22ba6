"""Declared controls: what the settings say that something outside of the code takes care of.

Nothing passes by that: a finding stays and does not fail the gate, the score counts it, and a cell that is bad or unknown is `declared`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.graph.types import DecisionPoint, Noun
from auditor.judgement.types import Finding
from auditor.rules.types import Rule, Verdict
from auditor.settings import UNITS, Declaration

PREFIX = "declared: "


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
        """The first declaration that answers the rule at its subject."""
        return next((row for row in self.rows if self._speaks(row, verdict) and _enough(row, verdict.rule)), None)

    def reason(self, verdict: Verdict) -> str:
        """Why the gate does not count it, or nothing."""
        row = self.of(verdict)
        return PREFIX + row.declaration.reason if row else ""

    def told(self, rules: Iterable[Rule], verdicts: Iterable[Verdict], findings: Sequence[Finding]) -> list[tuple[str, Location]]:
        """A sentence for each declaration, and where it stands; `rules`: those that ran."""
        asking = [rule for rule in rules if rule.control and rule.status != "preview"]
        missed = [v for v in verdicts if v.state != "pass" and v.rule.control and v.rule.status != "preview"]
        return [(f"{_said(row)} ({self._comes_of(row, asking, missed, findings)})", row.at) for row in self.rows]

    def _speaks(self, row: Covered, verdict: Verdict) -> bool:
        """Of the control that the rule asks for, at its subject. The controls of a decision point are those of its node."""
        said, subject = row.declaration, verdict.subject
        if said.control != verdict.rule.control:
            return False
        node = self.nodes.get(subject.subject, subject) if isinstance(subject, DecisionPoint) else subject
        return (row.files is None or node.at.path in row.files) and (not said.nouns or not {subject.kind, node.kind}.isdisjoint(said.nouns))

    def _comes_of(self, row: Covered, asking: Iterable[Rule], missed: Iterable[Verdict], findings: Iterable[Finding]) -> str:
        kinds = {kind for rule in asking if rule.control == row.declaration.control for kind in rule.each}
        if not kinds:
            return "no rule asks for it"
        if row.declaration.nouns and kinds.isdisjoint({*row.declaration.nouns, "decision_point"}):
            return f"rules ask for it of {', '.join(sorted(kinds))} only"
        if row.files is not None and not row.files:
            return "its paths name no file that was read"
        spoken = [v for v in missed if self._speaks(row, v)]
        subjects = {v.subject.id for v in spoken if _enough(row, v.rule)}
        keys = {(v.rule.id, v.subject.id) for v in spoken if v.state == "fail" and _enough(row, v.rule)}
        kept = sum(any((finding.rule, site.subject) in keys for site in finding.sites) for finding in findings)
        parts = [_counted(len(subjects), kept)] if subjects else []
        short = {v.rule.id: v.rule for v in spoken if not _enough(row, v.rule)}
        parts += [f"{name} takes a value of {_amount(row, rule.params[rule.within])} at most" for name, rule in sorted(short.items())]
        return "; ".join(parts) or "no rule found it to be missing"


def _enough(row: Covered, rule: Rule) -> bool:
    """Whether it is not more than the rule takes, where that has a limit."""
    value, most = row.declaration.value, rule.params.get(rule.within)
    return most is None or (isinstance(value, (int, float)) and isinstance(most, (int, float)) and value <= most)


def _counted(subjects: int, findings: int) -> str:
    shown = "1 subject" if subjects == 1 else f"{subjects} subjects"
    if not findings:
        return f"{shown}, none of them seen to be without"
    return f"{shown}; {'1 finding stays' if findings == 1 else f'{findings} findings stay'}: the score counts that, the gate does not"


def _said(row: Covered) -> str:
    said = row.declaration
    much = "" if said.value is None else f" of {_amount(row, said.value)}"
    of = f" for {', '.join(said.nouns)}" if said.nouns else ""
    where = f" in {', '.join(said.paths)}" if said.paths else ""
    return f"{said.control}{much}{of}{where}, not seen in the code: {said.reason}"


def _amount(row: Covered, value: float | str) -> str:
    unit = UNITS.get(row.declaration.control, "")
    return f"{value:,.10g} {unit}".strip() if isinstance(value, (int, float)) else value
