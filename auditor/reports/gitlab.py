"""GitLab's Code Quality report.

GitLab compares the report of a merge request with that of its target branch by fingerprint and shows what came and went. So what a baseline
knows is in it, too: left out, it would be shown as resolved once the baseline lists it. Suppressed findings are never in it. A finding that
has only become worse has the fingerprint it had: GitLab shows it as known, the gate and the other documents do not.
"""

from __future__ import annotations

import json
from typing import Any

from auditor.core.text import inert_json
from auditor.judgement.types import Finding
from auditor.reports.escape import one_line
from auditor.reports.report import Report

SEVERITIES = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor", "info": "info"}
LONGEST_DESCRIPTION = 1000


def render_gitlab(report: Report) -> str:
    found = [f for f in report.findings if f.state != "suppressed"]
    ordered = sorted(found, key=lambda f: (report.in_repository(f.at.path), f.at.line, f.at.column, f.rule, f.id))
    return inert_json(json.dumps([_issue(report, finding) for finding in ordered], indent=2)) + "\n"


def _issue(report: Report, finding: Finding) -> dict[str, Any]:
    return {
        "description": one_line(f"{finding.title}: {finding.message}", LONGEST_DESCRIPTION),
        "check_name": finding.rule,
        "fingerprint": finding.id,
        "severity": SEVERITIES.get(finding.severity, "info"),
        "location": {"path": report.in_repository(finding.at.path), "lines": {"begin": finding.at.line}},
    }
