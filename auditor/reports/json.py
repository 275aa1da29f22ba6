"""The report as JSON: the contract of `scan --format json`; the same input gives the same bytes."""

from __future__ import annotations

import json
import math
from typing import Any, TypeAlias

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.text import inert_json
from auditor.core.values import Special, Unknown
from auditor.graph.traces import TraceStep
from auditor.judgement.types import Coverage, EvidenceLine, Finding, Gone, Measure, Row, Score, Total, Undecided
from auditor.reports.report import FORMAT, Before, Report, Statement
from auditor.reports.words import remarks, standing

Json: TypeAlias = dict[str, Any]


def render_json(report: Report) -> str:
    return inert_json(json.dumps(scan_json(report), indent=2, allow_nan=False)) + "\n"


def scan_json(report: Report) -> Json:
    """The document as plain data."""
    return {
        "format": FORMAT,
        "root": report.root,
        "versions": {
            "agentaudit": report.tool_version,
            "catalogue": report.catalogue_version,
            "packages": dict(sorted(report.versions.items())),
        },
        "verdict": report.verdict,
        "score": _score(report.score) if report.score else None,
        "gate": _gate(report),
        "coverage": _coverage(report),
        "matrix": [_row(row) for row in report.matrix],
        "findings": [_finding(f) for f in sorted(report.findings, key=_findings_order)],
        "fixed": [_gone(g) for g in sorted(report.fixed, key=lambda g: (_order(g.at), g.rule, g.fingerprint))],
        "unknowns": [_unknown(u) for u in sorted(report.coverage.undecided)],
        "problems": [_problem(p) for p in sorted(report.problems)],
        "bounds": [],
        "declared": [_statement(s) for s in (*report.silenced, *report.declared)],
        "assumptions": [_statement(s) for s in (*report.assumptions, *map(Statement, remarks(report)))],
    }


def _score(score: Score) -> Json:
    return {
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "raw": score.raw,
        "dimensions": dict(sorted(score.dimensions.items())),
        "gates": [{"id": gate.id, "state": gate.state, "because": list(gate.because)} for gate in score.gates],
    }


def _gate(report: Report) -> Json:
    base = report.compared_with
    return {
        "passed": report.gate.passed,
        "exit_code": report.gate.exit_code,
        "reasons": list(report.gate.reasons),
        "compared_with": {"kind": base.kind, "name": base.name} if base else None,
    }


def _coverage(report: Report) -> Json:
    coverage: Coverage = report.coverage
    rules = report.score.rules if report.score else ()
    return {
        "found": coverage.found,
        "decided": coverage.decided,
        "percent": round(coverage.percent, 1),
        "files": report.files,
        "lines": report.lines,
        "nouns": [{"noun": seen.noun, "found": seen.found, "decided": seen.decided} for seen in coverage.nouns],
        "rules": [{"rule": r.rule, "pack": r.pack, "points": r.points, "ok": r.ok, "bad": r.bad, "unknown": r.unknown} for r in rules],
        "before": _before(report.before, report) if report.before else None,
    }


def _before(before: Before, report: Report) -> Json:
    """What the base had; a baseline file holds its failed gates only."""
    coverage, score = before.coverage, before.score
    return {
        "verdict": before.verdict,
        "score": {"value": score.value, "low": score.low, "high": score.high, "raw": score.raw} if score else None,
        "failed_gates": list(before.failed_gates),
        "found": coverage.found if coverage else None,
        "decided": coverage.decided if coverage else None,
        "percent": round(coverage.percent, 1) if coverage else None,
        "no_longer_decided": [_gone(gone) for gone in report.undecided],
        "attempts": [{"name": a.name, **_place(a.at), "before": _total(a.before), "after": _total(a.after)} for a in before.attempts],
    }


def _total(total: Total | None) -> float | str | None:
    """Null where the call is not there on that side."""
    return "unbounded" if isinstance(total, Special) else "unknown" if isinstance(total, Unknown) else total


def _row(row: Row) -> Json:
    return {"noun": row.noun, "name": row.name, **_place(row.at), "role": row.role, "controls": dict(row.cells)}


def _finding(finding: Finding) -> Json:
    at = finding.at
    return {
        "rule": finding.rule,
        "pack": finding.pack,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "status": finding.status,
        "state": finding.state,
        "message": finding.message,
        "path": at.path,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line or at.line,
        "end_column": at.end_column or at.column,
        "symbol": finding.symbol,
        "role": finding.role,
        "fingerprint": finding.fingerprint,
        "measure": _measure(finding.measure) if finding.measure else None,
        "sites": [_place(site.at) for site in finding.sites],
        "trace": [_step(step) for step in finding.trace],
        "evidence": [*_growth(finding), *_declared(finding), *(_evidence(line) for line in finding.evidence)],
        "remedy": finding.remedy,
    }


def _measure(measure: Measure) -> Json:
    value = measure.value
    unbounded = isinstance(value, Special) or not math.isfinite(value)
    return {"name": measure.name, "value": "unbounded" if unbounded else value}


def _growth(finding: Finding) -> list[Json]:
    """Of what has become worse, what it was."""
    before, after = finding.before, finding.measure
    if not before or not after:
        return []
    return [{"setting": after.name, "text": f"worse: {_measure(before)['value']} before, {_measure(after)['value']} now", "at": None}]


def _declared(finding: Finding) -> list[Json]:
    """What the settings say that takes care of it, where that keeps it from the gate."""
    if standing(finding) != "declared":
        return []
    return [{"setting": "declared", "text": finding.suppressed_because, "at": None}]


def _step(step: TraceStep) -> Json:
    return {"what": step.what, **_place(step.at), "times": _times(step.times)}


def _times(times: str | None) -> int | float | str | None:
    """A number where it is one."""
    if times is None or times.isdecimal():
        return int(times) if times else None
    try:
        number = float(times)
    except ValueError:
        return times
    return number if math.isfinite(number) else "unbounded"


def _evidence(line: EvidenceLine) -> Json:
    return {"setting": line.setting, "text": line.text, "at": _place(line.at) if line.at else None}


def _gone(gone: Gone) -> Json:
    """A baseline file knows no line: 0."""
    return {"rule": gone.rule, **_place(gone.at), "fingerprint": gone.fingerprint}


def _unknown(item: Undecided) -> Json:
    return {"noun": item.noun, "name": item.name, **_place(item.at), "why": item.why, "rules": list(item.rules)}


def _problem(problem: Problem) -> Json:
    return {"code": problem.code, "path": problem.path, "line": problem.line, "message": problem.message}


def _statement(statement: Statement) -> Json:
    return {"text": statement.text, "at": _place(statement.at) if statement.at else None}


def _place(at: Location) -> Json:
    return {"path": at.path, "line": at.line}


def _findings_order(finding: Finding) -> tuple[object, ...]:
    """By place; a critical one that a baseline hushes is named before all."""
    hushed = finding.state == "baselined" and finding.severity == "critical"
    return not hushed, _order(finding.at), finding.rule, finding.id


def _order(at: Location) -> tuple[str, int, int]:
    return at.path, at.line, at.column
