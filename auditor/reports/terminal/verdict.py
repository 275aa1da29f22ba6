"""The bottom of the report: problems, what was taken for granted, what to mend first, and how the run ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

from auditor.reports.report import Report, Statement
from auditor.reports.terminal.compared import comparison
from auditor.reports.terminal.page import Page
from auditor.reports.words import SHORT_OF_READY, VERDICTS, count, gate_answer, offer

MOST_PROBLEMS = 20


def problems(page: Page, report: Report) -> None:
    if not report.problems:
        return
    page.heading(f"Problems ({len(report.problems):,})")
    for problem in report.problems[:MOST_PROBLEMS]:
        page.line(f"  {problem.path}:{problem.line}: {problem.message} [{problem.code}]", hang=4)
    if len(report.problems) > MOST_PROBLEMS:
        page.line(f"  {len(report.problems) - MOST_PROBLEMS:,} more (--format json has all)")


def statements(page: Page, title: str, said: Sequence[Statement]) -> None:
    if not said:
        return
    page.heading(title)
    for statement in said:
        page.line(f"  {statement.text}" + (f" ({statement.at})" if statement.at else ""), hang=4)


def advice(page: Page, report: Report) -> None:
    """The gains are exact; under a failed gate they are those of the raw score."""
    todo, score = report.advice, report.score
    if not todo.steps or score is None:
        return
    lifted = (
        f" (raw {math.floor(score.raw)} -> {math.floor(todo.raw_after)})" if todo.raw_after > todo.after or score.raw > score.value else ""
    )
    page.heading(f"Fix {'this' if len(todo.steps) == 1 else 'these'} first: +{todo.gain:.1f} -> {math.floor(todo.after)}{lifted}")
    for number, step in enumerate(todo.steps, 1):
        gates = f", opens {', '.join(step.gates)}" if step.gates else ""
        fails = ", fails the gate" if step.fails else ""
        page.line(f"  {number}. {step.title}: {step.at} ({count(step.sites, 'site')})  +{step.gain:.1f}{gates}{fails}", hang=5)


def exit_reason(page: Page, report: Report) -> None:
    gate = report.gate
    page.line()
    if comparison(page, report):
        page.line()
    asked = f" ({gate.asked}{': ' if gate.asked and gate.none else ''}{gate.none})" if gate.asked or gate.none else ""
    answer, comma, ends = gate_answer(report, asked=False).partition(",")
    page.line("Gate: ", (answer, "bold green" if gate.passed else "bold red"), f"{asked}{comma}{ends}", hang=2)
    for reason in gate.reasons:
        page.line(f"  {reason}", hang=4)
    for number, why in enumerate(gate.aside):
        page.line(f"  {'not counted: ' if number == 0 else '             '}{why}", hang=15)
    if gate.passed and report.verdict in SHORT_OF_READY and report.score and "fail-under" not in gate.asked:
        page.line(f"  {VERDICTS[report.verdict]} is the verdict of the score: it fails the gate only with --fail-under N", hang=4)
    for line in offer(report, "PATH"):
        page.line(f"  {line}", hang=4)
