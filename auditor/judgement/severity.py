"""How severe a finding is: what its rule says, and no more than where it stands allows."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.values import ABSENT
from auditor.graph.types import Role
from auditor.rules.constants import Constants
from auditor.rules.load import SEVERITIES
from auditor.rules.types import Severity, Verdict


def severity_of(verdict: Verdict, constants: Constants, role: Role | None = None) -> Severity:
    """`role`: of the finding, where it is not the subject's."""
    subject = verdict.subject
    where = role or subject.role
    most = constants.worst_unused if subject.unused or subject.tried else constants.worst.get(where, SEVERITIES[0])
    own = verdict.severity or verdict.rule.severity
    if subject.possible:
        own = max(own, constants.worst_possible, key=by_severity)
    if subject.stored and own in SEVERITIES[:2]:
        own = less(own)
    if subject.off.value is not ABSENT:
        own = min(less(less(own)), max(own, "low", key=by_severity), key=by_severity)
    return max("low" if own == "medium" and where in constants.tried else own, most, key=by_severity)


def by_severity(severity: Severity) -> int:
    """The worst first."""
    return SEVERITIES.index(severity)


def less(severity: str) -> Severity:
    """One step less severe."""
    names: Sequence[str] = SEVERITIES
    return SEVERITIES[min(names.index(severity) + 1, len(SEVERITIES) - 1)]
