"""How severe a finding is: what its rule says, and no more than where it stands allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.core.values import ABSENT
from auditor.graph.types import Role
from auditor.rules.load import SEVERITIES
from auditor.rules.types import Severity, Verdict

MOST: Mapping[Role, Severity] = {"script": "high", "notebook": "medium", "example": "medium", "test": "low"}
"""rules speak of what a production entry point reaches"""
TRIED: frozenset[Role] = frozenset({"notebook", "example"})
"""what a person tries: there a medium matter is a low one"""
MOST_UNUSED: Severity = "low"
MOST_POSSIBLE: Severity = "high"
"""where nothing is known to run it"""


def severity_of(verdict: Verdict, role: Role | None = None) -> Severity:
    """`role`: of the finding, where it is not the subject's."""
    subject = verdict.subject
    where = role or subject.role
    most = MOST_UNUSED if subject.unused or subject.tried else MOST.get(where, SEVERITIES[0])
    own = verdict.severity or verdict.rule.severity
    if subject.possible:
        own = max(own, MOST_POSSIBLE, key=by_severity)
    if subject.off.value is not ABSENT:
        own = min(less(less(own)), max(own, "low", key=by_severity), key=by_severity)
    return max("low" if own == "medium" and where in TRIED else own, most, key=by_severity)


def by_severity(severity: Severity) -> int:
    """The worst first."""
    return SEVERITIES.index(severity)


def less(severity: str) -> Severity:
    """One step less severe."""
    names: Sequence[str] = SEVERITIES
    return SEVERITIES[min(names.index(severity) + 1, len(SEVERITIES) - 1)]
