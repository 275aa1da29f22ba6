"""The top of the report: verdict, score, gates, where points are lost, and what was seen."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from auditor.core.location import Location, places
from auditor.judgement.reasons import resolved_by
from auditor.judgement.types import UNSEEN_AGENT, Score, Seen, Undecided
from auditor.reports.ordering import by_reason
from auditor.reports.report import Report
from auditor.reports.terminal.page import STYLES, Page, dotted
from auditor.reports.words import count, noun_text, score_text, verdict, why

VERDICT_STYLES = {
    "ready": "bold green",
    "conditional": "bold yellow",
    "not_ready": "bold red",
    "incomplete": "bold magenta",
    "not_an_agent_codebase": "bold",
}
MOST_REASONS = 8
MOST_PLACES = 2


def head(page: Page, report: Report) -> None:
    # Not the name of the folder: another checkout of the same commit gives the same report.
    root = f", {report.root}" if report.root != "." else ""
    page.line(f"agentaudit {report.tool_version}{root}: {count(report.files, 'file')}, {count(report.lines, 'line')}")
    page.line()
    score, shown = report.score, (verdict(report), VERDICT_STYLES[report.verdict])
    if score is None:
        page.line(shown, f"  {why(report)}", hang=2)
        return
    page.line(shown, f"  score {score_text(score)}", hang=2)
    page.line(f"  {why(report)}", hang=2)
    if score.dimensions:
        page.line("  " + ", ".join(f"{name} {math.floor(value)}" for name, value in score.dimensions.items()), hang=2)


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
    parts = [count(n, word) for n, word in ((report.reach.agents, "agent"), (report.reach.tools, "tool")) if n]
    if parts:
        page.line(f"  {' and '.join(parts)} found (`agentaudit graph PATH` shows them)", hang=2)
    for noun in coverage.nouns:
        page.line(f"  {_seen_text(noun)}")
    if coverage.found:
        page.line(
            f"  {math.floor(coverage.percent)} % of {count(coverage.found, 'subject')} decided (tests, examples and notebooks not counted)",
            hang=2,
        )
    elif report.findings:
        page.line("  nothing to count: calls of other libraries, tests, examples and notebooks are in no number", hang=2)
    else:
        page.line("  nothing to audit")
    calls = [item for item in coverage.undecided if item.noun == "call"]
    others = [item for item in coverage.undecided if item.noun != "call"]
    if others:
        page.line(f"  Not decided ({len(others):,}), by reason; one subject can have several:", hang=4)
        _reasons(page, others)
    if calls:
        page.line(f"  Calls not understood ({len(calls):,}; `agentaudit graph PATH --unknown` lists them):", hang=4)
        _calls(page, calls)


def _seen_text(noun: Seen) -> str:
    left = noun.found - noun.decided
    if noun.noun == "call":
        return f"{count(left, 'call')} into libraries not understood"
    if noun.noun == UNSEEN_AGENT:
        return f"{count(left, 'model call')} with tools that were not found"
    if noun.noun == "file":
        return f"{count(left, 'file')} not read"
    state = f"{noun.decided:,} decided, {left:,} not" if left else "all decided" if noun.found > 1 else "decided"
    return f"{count(noun.found, noun_text(noun.noun))} found, {state}"


def _reasons(page: Page, undecided: Sequence[Undecided]) -> None:
    """Each reason with what it concerns, some places, and what resolves it at least cost."""
    ordered = by_reason(undecided)
    for reason, found in ordered[:MOST_REASONS]:
        nouns = Counter(item.noun for item in found)
        of = ", ".join(count(n, noun_text(noun)) for noun, n in sorted(nouns.items(), key=lambda pair: (-pair[1], pair[0])))
        page.line(f"    {of}: {reason}", hang=6)
        page.line(f"      at {places([item.at for item in found], MOST_PLACES)}", hang=8)
        remedy = resolved_by(reason)
        if remedy:
            page.line(f"      resolve: {remedy}", hang=8)
    rest = len(ordered) - MOST_REASONS
    if rest > 0:
        page.line(f"    {count(rest, 'other reason')} (--format json has all)", hang=6)


def _calls(page: Page, calls: Sequence[Undecided]) -> None:
    groups: dict[str, list[Location]] = defaultdict(list)
    for item in sorted(calls):
        groups[item.name].append(item.at)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    for name, found in ordered[:MOST_REASONS]:
        page.line(f"    {len(found):>4}  {dotted(name, page.width - 11)}: {places(found, 1)}", hang=10)
    rest = sum(len(found) for _, found in ordered[MOST_REASONS:])
    if rest:
        page.line(f"    {rest:>4}  {'other' if rest == 1 else 'others'}", hang=10)
