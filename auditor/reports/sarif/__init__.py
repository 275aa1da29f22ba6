"""The report as SARIF 2.1.0, for code scanning and editors; the same report gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from auditor.core.text import inert_json
from auditor.reports.report import Report
from auditor.reports.sarif.levels import worst_first
from auditor.reports.sarif.notices import MOST_RESULTS, notices
from auditor.reports.sarif.places import BASE, Json, Places
from auditor.reports.sarif.results import Cuts, result
from auditor.reports.sarif.rules import descriptor, rules_of
from auditor.rules.types import Rule

__all__ = ["render_sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
TOOL = "agentaudit"
"""With the category the identity of an alert: alerts of another name would stay open for ever."""


def render_sarif(report: Report, *, include_suppressed: bool = False) -> str:
    """Suppressed findings are left out unless asked for: code scanning shows them as open."""
    return inert_json(json.dumps(sarif(report, include_suppressed=include_suppressed), indent=1, allow_nan=False)) + "\n"


def sarif(report: Report, *, include_suppressed: bool = False) -> Json:
    """The document as plain data."""
    wanted = [f for f in report.findings if include_suppressed or f.state != "suppressed"]
    kept = sorted(wanted, key=worst_first)[:MOST_RESULTS]
    rules = rules_of(report, kept)
    index = {rule.id: number for number, rule in enumerate(rules)}
    places, cuts = Places(report), Cuts()
    results = [result(f, report, places, index[f.rule], cuts, suppressions=include_suppressed) for f in kept]
    suppressed = len(report.findings) - len(wanted)
    said = notices(report, places, left=len(wanted) - len(kept), suppressed=suppressed, cuts=cuts)
    run: Json = {
        "tool": {"driver": _driver(report, rules)},
        "automationDetails": {"id": _category(report.root)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the git repository."}}},
        "invocations": [_invocation(report, said)],
        "results": results,
        "properties": _properties(report),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(report: Report, rules: Sequence[Rule]) -> Json:
    version = {"version": report.tool_version, "semanticVersion": report.tool_version} if report.tool_version else {}
    return {"name": TOOL, **version, "rules": [descriptor(rule) for rule in rules]}


def _category(root: str) -> str:
    """Code scanning takes all before the last `/`: one category for each scanned folder."""
    return f"{TOOL}/" if root in ("", ".") else f"{TOOL}/{quote(root, safe='/', errors='surrogatepass')}/"


def _invocation(report: Report, said: list[Json]) -> Json:
    """Exit 3 is no answer on the code; a gate that failed is one."""
    code = report.gate.exit_code
    row: Json = {"executionSuccessful": code != 3, "exitCode": code}
    return row | ({"toolExecutionNotifications": said} if said else {})


def _properties(report: Report) -> Json:
    coverage = report.coverage
    row: Json = {
        "catalogue": report.catalogue_version,
        "verdict": report.verdict,
        "score": report.score.value if report.score else None,
        "coverage": {"found": coverage.found, "decided": coverage.decided, "percent": round(coverage.percent, 1)},
        "gate": {"passed": report.gate.passed, "reasons": list(report.gate.reasons)},
        "fixed": len(report.fixed),
    }
    if base := report.compared_with:
        row["comparedWith"] = {"kind": base.kind, "name": base.name}
    return row
