"""One finding as a SARIF result."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED
from auditor.judgement.types import Finding, Measure
from auditor.reports.report import Report
from auditor.reports.sarif.flows import FLOW_LIMIT, flow
from auditor.reports.sarif.levels import level
from auditor.reports.sarif.message import MOST_RELATED, message
from auditor.reports.sarif.places import Json, Places
from auditor.reports.sarif.words import clean
from auditor.reports.words import standing

BASELINE = {"new": "new", "worse": "updated"}


@dataclass(slots=True)
class Cuts:
    """What did not fit: how many results have lost related locations, and how many the middle of their way."""

    related: int = 0
    flows: int = 0


def result(finding: Finding, report: Report, places: Places, index: int, cuts: Cuts, *, suppressions: bool) -> Json:
    """`index`: of its rule; `suppressions`: say of each result whether it is suppressed."""
    at = places.anchor(finding)
    text, related = message(finding, places, at)
    primary: Json = {"physicalLocation": places.physical(at, exact=True)}
    if inside := places.inside(finding):
        primary["logicalLocations"] = inside
    row: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding),
        "message": {"text": text},
        "locations": [primary],
    }
    cuts.related += len(related) > MOST_RELATED
    if related:
        row["relatedLocations"] = related[:MOST_RELATED]
    cuts.flows += len(finding.trace) > FLOW_LIMIT
    if steps := flow(finding, places):
        row["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    row["partialFingerprints"] = _fingerprints(finding, report, at)
    if report.compared_with is not None and finding.state != "suppressed":
        row["baselineState"] = BASELINE.get(finding.state, "unchanged")
    if suppressions:
        row["suppressions"] = _suppressions(finding)
    row["properties"] = _properties(finding)
    return row


def _fingerprints(finding: Finding, report: Report, at: Location) -> Json:
    """GitHub's key holds GitHub's value or is left out: another value would be warned of at each upload."""
    known = report.line_hashes.get(at.path, {}).get(at.line)
    return {"agentaudit/v1": finding.id, **({"primaryLocationLineHash": known} if known else {})}


def _suppressions(finding: Finding) -> list[Json]:
    if finding.state != "suppressed":
        return []
    because = clean(finding.suppressed_because)
    kind = "external" if standing(finding) == "declared" else "inSource"
    return [{"kind": kind, "status": "accepted", **({"justification": because} if because else {})}]


def _properties(finding: Finding) -> Json:
    row: Json = {
        "severity": finding.severity,
        "confidence": finding.confidence,
        "status": finding.status,
        "role": finding.role,
        "state": finding.state,
    }
    if finding.measure is not None:
        row["measure"] = _measure(finding.measure)
    if finding.before is not None:
        row["before"] = _measure(finding.before)
    return row


def _measure(measure: Measure) -> Json:
    return {"name": measure.name, "value": "unbounded" if measure.value is UNBOUNDED else measure.value}
