"""How severe a result is for code scanning, which blocks a merge on `error`.

| Level | Of what |
|---|---|
| error | what the default gate blocks on: open, new or worse; critical or high; stable; of no low confidence; in production or scripts |
| warning | all else that is medium or more severe, also what a baseline knows |
| note | what is low, and all in tests, examples and notebooks |
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from auditor.judgement.gate import GateOptions, gates
from auditor.judgement.types import SEVERITIES, Finding
from auditor.rules.types import Rule

Level: TypeAlias = Literal["error", "warning", "note"]

_DEFAULT = GateOptions().fail_on
BLOCKING = frozenset(SEVERITIES[SEVERITIES.index(_DEFAULT) :])
MINOR = frozenset({"low", "info"})
ASIDE = frozenset({"test", "example", "notebook"})


def level(finding: Finding) -> Level:
    if finding.severity in BLOCKING and gates(finding):
        return "error"
    return "note" if finding.severity in MINOR or finding.role in ASIDE else "warning"


def level_of(rule: Rule) -> Level:
    """The worst that a finding of it can have."""
    if rule.severity in BLOCKING and rule.status == "stable" and rule.confidence != "low":
        return "error"
    return "note" if rule.severity in MINOR else "warning"


def worst_first(finding: Finding) -> tuple[object, ...]:
    """What a baseline hushes though it is critical stands before all."""
    levels: tuple[Level, ...] = ("error", "warning", "note")
    severity = -SEVERITIES.index(finding.severity)
    confidence = ("high", "medium", "low").index(finding.confidence)
    hushed = finding.state == "baselined" and finding.severity == "critical"
    return not hushed, levels.index(level(finding)), severity, confidence, finding.at, finding.rule, finding.id
