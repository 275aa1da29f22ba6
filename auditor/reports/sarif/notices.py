"""Notifications: what could not be read, and what a document leaves out."""

from __future__ import annotations

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.reports.report import Report
from auditor.reports.sarif.places import Json, Places
from auditor.reports.sarif.results import Cuts
from auditor.reports.sarif.words import clean, count, sentence
from auditor.reports.words import known_criticals

MOST_PROBLEMS = 1000
MOST_RESULTS = 5000
LEFT_OUT = "left-out"
NO_ANSWER = "no-answer"
SILENCED, DECLARED = "critical-not-counted", "declared"


def notices(report: Report, places: Places, *, left: int, suppressed: int, cuts: Cuts) -> list[Json]:
    """`left`: results that did not fit; `suppressed`: those that were not asked for."""
    problems = sorted(report.problems)
    rows = [_notice(SILENCED, "warning", clean(line)) for line in known_criticals(report)]
    rows += [_problem(problem, places) for problem in problems[:MOST_PROBLEMS]]
    rows += [_notice(DECLARED, "note", clean(f"declared: {said.text}")) for said in report.declared[:MOST_PROBLEMS]]
    if report.gate.exit_code == 3:
        rows += [_notice(NO_ANSWER, "error", clean(reason)) for reason in report.gate.reasons]
    more = len(problems) - MOST_PROBLEMS
    cut = [
        (left, f"{count(left, 'result')} of {left + MOST_RESULTS:,} left out: the {MOST_RESULTS:,} worst are here"),
        (suppressed, f"{count(suppressed, 'suppressed finding')} left out"),
        (cuts.related, f"related locations left out of {count(cuts.related, 'result')} with more than can be shown"),
        (cuts.flows, f"the middle of the way left out of {count(cuts.flows, 'result')} with more steps than can be shown"),
        (max(more, 0), f"{count(more, 'notification')} left out"),
    ]
    return [*rows, *(_notice(LEFT_OUT, "note", text) for number, text in cut if number)]


def _problem(problem: Problem, places: Places) -> Json:
    row = _notice(problem.code, "warning" if problem.counts else "note", clean(problem.message) or problem.code)
    location = places.location(Location(problem.path, max(problem.line, 1)))
    if location is not None:
        row["locations"] = [location]
    return row


def _notice(code: str, level: str, text: str) -> Json:
    return {"descriptor": {"id": code}, "level": level, "message": {"text": sentence(text)}}
