"""What has changed since the base: score, coverage and attempts before and after, what is new, worse and fixed."""

from __future__ import annotations

from auditor.judgement.types import Finding
from auditor.reports.ordering import attempts, worst_first
from auditor.reports.report import Report
from auditor.reports.terminal.page import STYLES, Page, dotted
from auditor.reports.words import (
    COVERAGE_FELL,
    UPDATE,
    amount,
    compared,
    coverage_fell,
    coverage_text,
    grown,
    known_criticals,
    newly_failed,
    remarks,
    score_number,
)

MOST_ATTEMPTS = 10
MOST_FRESH = 10
MOST_FIXED = 5


def criticals(page: Page, report: Report) -> None:
    """The first lines: neither a baseline nor a suppression hides what is critical."""
    lines = known_criticals(report)
    for line in lines:
        page.line((line, STYLES["critical"]), hang=2)
    if lines:
        page.line()


def comparison(page: Page, report: Report) -> bool:
    """Whether there was anything to compare with."""
    base = report.compared_with
    if base is None:
        return False
    page.line(f"Compared with {base.kind} {base.name}: {compared(report)}", hang=2)
    for remark in remarks(report):
        page.line(f"  {remark}", hang=4)
    _before(page, report)
    fresh = sorted((f for f in report.findings if f.state in ("new", "worse")), key=worst_first)
    for finding in fresh[:MOST_FRESH]:
        page.line("  ", (f"{finding.state}: ", "bold"), _fresh(finding), hang=4)
    _rest(page, len(fresh) - MOST_FRESH, "new or worse")
    told = {(finding.at.path, finding.at.row) for finding in fresh[:MOST_FRESH] if grown(finding)}
    rows = [row for row in attempts(report) if (row.at.path, row.at.row) not in told]
    for row in rows[:MOST_ATTEMPTS]:
        page.line(f"  attempts of {dotted(row.name, page.width // 2)} at {row.at}: {amount(row.before)} -> {amount(row.after)}", hang=4)
    _rest(page, len(rows) - MOST_ATTEMPTS, "whose attempts differ")
    for gone in report.fixed[:MOST_FIXED]:
        page.line(f"  fixed: {gone.rule} at {gone.at}", hang=4)
    _rest(page, len(report.fixed) - MOST_FIXED, "fixed")
    for gone in report.undecided[:MOST_FIXED]:
        page.line(f"  no longer decided: {gone.rule} at {gone.at}", hang=4)
    _rest(page, len(report.undecided) - MOST_FIXED, "no longer decided")
    if report.fixed and base.kind == "baseline":
        page.line(f"  the baseline still lists what is fixed: `{UPDATE}` shrinks it", hang=4)
    return True


def _before(page: Page, report: Report) -> None:
    before = report.before
    if before is None:
        return
    if before.verdict is not None:
        page.line(f"  score {score_number(before.score)} -> {score_number(report.score)}")
    if before.coverage is not None:
        fell = f": {COVERAGE_FELL}" if coverage_fell(report) else ""
        page.line(f"  coverage {coverage_text(before.coverage)} -> {coverage_text(report.coverage)}{fell}", hang=4)
    for gate in newly_failed(report):
        page.line("  ", ("newly failed gate: ", STYLES["bad"]), gate, hang=4)


def _fresh(finding: Finding) -> str:
    change = grown(finding)
    measured = f", {change[0]}: {change[1]} -> {change[2]}" if change else ""
    return f"{finding.severity} {finding.rule} at {finding.at}{measured}"


def _rest(page: Page, left: int, what: str) -> None:
    if left > 0:
        page.line(f"  {left:,} more {what} (--format json has all)")
