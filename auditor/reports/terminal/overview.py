"""The top of the report: verdict, score, gates, where points are lost, and what was seen."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

from auditor.core.location import Location
from auditor.judgement.types import Score, Seen, Undecided
from auditor.reports.report import Report
from auditor.reports.terminal.page import STYLES, Page, count, noun_text, places

VERDICTS = {
    "ready": ("READY", "bold green"),
    "conditional": ("CONDITIONAL", "bold yellow"),
    "not_ready": ("NOT READY", "bold red"),
    "incomplete": ("INCOMPLETE", "bold magenta"),
    "not_an_agent_codebase": ("NOT AN AGENT CODEBASE", "bold"),
}
MOST_REASONS = 8


def head(page: Page, report: Report) -> None:
    page.line(f"agentaudit {report.tool_version}, {report.root}: {count(report.files, 'file')}, {count(report.lines, 'line')}")
    page.line()
    score = report.score
    if score is None:
        page.line(VERDICTS[report.verdict], f"  {_why(report)}", hang=2)
        return
    page.line(VERDICTS[report.verdict], f"  score {score_text(score)}", hang=2)
    page.line(f"  {_why(report)}", hang=2)
    if score.dimensions:
        page.line("  " + ", ".join(f"{name} {math.floor(value)}" for name, value in score.dimensions.items()), hang=2)


def score_text(score: Score) -> str:
    """Rounded down: 79.6 is under the 80 that a verdict asks for, and must look it."""
    failed = ", ".join(gate.id for gate in score.gates if gate.state == "failed")
    capped = f" (raw {math.floor(score.raw)}, capped by {failed})" if failed and score.raw > score.value else ""
    return f"{math.floor(score.value)} [{math.floor(score.low)}-{math.floor(score.high)}] of 100{capped}"


def _why(report: Report) -> str:
    score = report.score
    failed = [gate.id for gate in score.gates if gate.state == "failed"] if score else []
    match report.verdict:
        case "not_an_agent_codebase":
            return "fewer than 3 model calls and no agent were found: there is no score"
        case "incomplete":
            return f"only {math.floor(report.coverage.percent)} % of the subjects could be decided"
        case "not_ready":
            return f"{count(len(failed), 'gate')} failed" if failed else "the score is under 60"
        case "conditional":
            return _conditions(score)
        case _:
            return "no gate failed and no dimension is under 50"


def _conditions(score: Score | None) -> str:
    if score is None:
        return "there is no score"
    reasons = ["the score is under 80"] if score.value < 80 else []
    reasons += [f"{name} is under 50" for name, value in score.dimensions.items() if value < 50]
    if score.unknown_share > 0.4:
        reasons.append(f"{100 * score.unknown_share:.0f} % of the weight is unknown")
    reasons += [f"{gate.id} cannot be told" for gate in score.gates if gate.state == "unknown"]
    return "; ".join(reasons) or "something that a gate asks for cannot be told"


def gates(page: Page, score: Score) -> None:
    shown = sorted((gate for gate in score.gates if gate.state in ("failed", "unknown")), key=lambda g: (g.state, g.id))
    if not shown:
        return
    page.heading("Gates")
    for gate in shown:
        page.line("  ", (f"{gate.state:<8}", STYLES["bad" if gate.state == "failed" else "unknown"]), f" {gate.id} {gate.title}", hang=11)
        for reason in gate.because:
            page.line(f"           {reason}", hang=13)


def losses(page: Page, score: Score) -> None:
    """Rule by rule what the score lost, always with the population."""
    whole = sum(rule.points for rule in score.rules)
    lost = [(100 * r.points * (1 - r.share) / whole, r) for r in score.rules if r.share < 1 and r.points]
    if not lost:
        return
    page.heading("Where points are lost")
    for points, rule in sorted(lost, key=lambda item: (-item[0], item[1].rule)):
        unknown = f", {rule.unknown} unknown" if rule.unknown else ""
        page.line(f"  {-points:6.1f}  {rule.rule}: {rule.ok} of {rule.total} hold{unknown}", hang=10)
    kept = len(score.rules) - len(lost)
    if kept:
        page.line(f"     0.0  {count(kept, 'other rule')} with a population", hang=10)


def seen(page: Page, report: Report) -> None:
    coverage = report.coverage
    page.heading("Seen")
    for noun in coverage.nouns:
        page.line(f"  {_seen_text(noun)}")
    if coverage.found:
        page.line(
            f"  {math.floor(coverage.percent)} % of {count(coverage.found, 'subject')} decided (tests, examples and notebooks not counted)",
            hang=2,
        )
    else:
        page.line("  nothing to audit")
    calls = [item for item in coverage.undecided if item.noun == "call"]
    others = [item for item in coverage.undecided if item.noun != "call"]
    if others:
        page.line(f"  Not decided ({len(others):,}):")
        _reasons(page, others, lambda item: f"{noun_text(item.noun)}: {item.why}")
    if calls:
        page.line(f"  Calls not understood ({len(calls):,}; `agentaudit graph PATH --unknown` lists them):", hang=4)
        _reasons(page, calls, lambda item: item.name)


def _seen_text(noun: Seen) -> str:
    left = noun.found - noun.decided
    state = f"{noun.decided:,} decided, {left:,} not" if left else "all decided" if noun.found > 1 else "decided"
    return f"{count(noun.found, noun_text(noun.noun))} found, {state}"


def _reasons(page: Page, undecided: Sequence[Undecided], key: Callable[[Undecided], str]) -> None:
    groups: dict[str, list[Location]] = defaultdict(list)
    for item in sorted(undecided):
        groups[key(item)].append(item.at)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    for reason, found in ordered[:MOST_REASONS]:
        page.line(f"    {len(found):>4}  {reason}: {places(found, 3)}", hang=10)
    rest = ordered[MOST_REASONS:]
    if rest:
        page.line(f"    {sum(len(found) for _, found in rest):>4}  others (--format json has all)", hang=10)
