"""The readiness report for people: what holds, what does not, what could not be seen, and what to mend first."""

from __future__ import annotations

from auditor.reports.report import Report
from auditor.reports.terminal.compared import criticals
from auditor.reports.terminal.findings import findings, worst
from auditor.reports.terminal.matrix import matrix
from auditor.reports.terminal.overview import gates, head, losses, seen
from auditor.reports.terminal.page import Page
from auditor.reports.terminal.verdict import advice, exit_reason, problems, statements

WIDTH = 100
NARROWEST = 60


def render_terminal(report: Report, *, width: int = WIDTH, color: bool = False, everything: bool = False) -> str:
    """The report as text: the same characters for the same report, width and colour. Its own symbols are ASCII.

    `everything`: each finding in full, also what can never fail the gate.
    """
    page = Page(max(width, NARROWEST), color=color)
    criticals(page, report)
    head(page, report)
    if report.score:
        gates(page, report.score)
        advice(page, report)
        losses(page, report.score)
    else:
        worst(page, report)
    seen(page, report)
    matrix(page, report.matrix)
    findings(page, report, everything=everything)
    problems(page, report)
    statements(page, "Declared", report.declared)
    statements(page, "Taken for granted", report.assumptions)
    exit_reason(page, report)
    return page.text()
