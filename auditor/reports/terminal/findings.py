"""The findings, worst first: of each rule some in full, more in a line each, and the number of the others; what can never fail the gate
follows in a line each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from rich.cells import cell_len

from auditor.core.text import printable
from auditor.judgement.gate import REASONS, reason_of
from auditor.judgement.types import COUNTING, Finding
from auditor.reports.ordering import WEIGHTLESS, fresh, index, lesser, told, worst_first
from auditor.reports.report import Report
from auditor.reports.terminal.finding import Told, in_full, marks
from auditor.reports.terminal.page import STYLES, Page, shortened, whole_words
from auditor.reports.words import SEVERITIES, count, severities

LESS = ("low", "info")
"""told in a line each where there is anything worse"""
MOST_IN_FULL = 5
MOST_LINES = 20
MOST_LINES_LESS = 5
MOST_FIRST = 3
SHORTEST_MESSAGE = 20


def findings(page: Page, report: Report, *, everything: bool = False) -> None:
    """`everything`: each in full."""
    main, aside = told(report)
    shown = sorted([*main, *aside], key=worst_first)
    hidden = [f for f in report.findings if f.state == "suppressed"]
    mended = lesser([*main, *aside] if everything else main)
    folded = {other.id for others in mended.values() for other in others}
    page.heading(f"Findings: {_summary(shown, len(folded))}" if shown else "No findings")
    said = Told()
    only_low = all(f.severity in LESS for f in main)
    for group in _by_rule([f for f in main if f.id not in folded]):
        worth = sum(fresh(report, f) and (only_low or f.severity not in LESS or f.state != "open") for f in group)
        _rule(page, report, group, mended, said, len(group) if everything else min(worth, MOST_IN_FULL))
    _aside(page, aside, everything=everything)
    for group in _by_rule([f for f in aside if f.id not in folded]) if everything else ():
        _rule(page, report, group, mended, said, len(group))
    _suppressed(page, hidden, shown)


def worst(page: Page, report: Report) -> None:
    """Where there is no score, and so no exact advice: the worst of what is open and can gate."""
    shown = sorted((f for f in report.findings if f.state in COUNTING and f.role not in WEIGHTLESS), key=worst_first)
    if not shown:
        return
    page.heading("Fix this first" if len(shown) == 1 else "Fix these first")
    for number, finding in enumerate(shown[:MOST_FIRST], 1):
        page.line(f"  {number}. {finding.title}: {finding.at} ({count(len(finding.sites), 'site')})", hang=5)


def _aside(page: Page, found: Sequence[Finding], *, everything: bool) -> None:
    """What never fails the gate: a line each, the critical ones first."""
    if not found:
        return
    page.heading(f"Also seen, never gates: {severities(found)}{'' if everything else ' (--all tells them in full)'}")
    for _, reason in sorted({(REASONS.index(why), why) for finding in found if (why := reason_of(finding))}):
        page.line(f"  {sum(reason_of(f) == reason for f in found):,} {reason}", hang=4)
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(found, key=lambda f: (index(SEVERITIES, f.severity), f.rule)) if not everything else ():
        groups[finding.severity, finding.rule].append(finding)
    for (severity, rule), group in groups.items():
        most = MOST_LINES if severity == SEVERITIES[0] else MOST_LINES_LESS
        for finding in group[:most]:
            head = f"  {severity}[{rule}] "
            page.line((head, STYLES.get(severity, "")), _fitted(finding, page.width - cell_len(head)), hang=4)
        if len(group) > most:
            page.line(f"  {len(group) - most:,} more {severity}[{rule}] (--format json has all)", hang=4)


def _by_rule(shown: Sequence[Finding]) -> list[list[Finding]]:
    """What can gate and what cannot, each by rule; the rule with the worst finding first."""
    groups: dict[tuple[bool, str], list[Finding]] = defaultdict(list)
    for finding in shown:
        groups[finding.role in WEIGHTLESS, finding.rule].append(finding)
    return list(groups.values())


def _rule(page: Page, report: Report, group: Sequence[Finding], mended: dict[str, list[Finding]], said: Told, most: int) -> None:
    """`most`: how many, the first ones, are told in full."""
    for finding in group[:most]:
        in_full(page, finding, report.snippets.get(finding.at.path, {}), said, mended.get(finding.id, ()))
    others = group[most:]
    if not others:
        return
    first = others[0]
    page.line()
    code = f"{first.severity}[{first.rule}]"
    kind = "more" if fresh(report, first) else "known"
    what = f"{len(others):,} {kind} of this rule" if most else f"{first.title} ({count(len(others), 'finding')})"
    page.line((code, STYLES.get(first.severity, "")), f": {what}", hang=2)
    messages = {finding.message for finding in group[:most]}
    lines = MOST_LINES if most else MOST_LINES_LESS
    for finding in others[:lines]:
        _in_a_line(page, finding, messages, "" if finding.severity == first.severity else f"{finding.severity}: ")
    if len(others) > lines:
        page.line(f"  {len(others) - lines:,} more of this rule (--format json has all)", hang=4)


def _in_a_line(page: Page, finding: Finding, told: Collection[str], less: str) -> None:
    """Place, function and what is special about it; of a message that is not told above as many words as there is room for. `less`: its
    severity, where it is not that of the first."""
    head = f"  {less}{_where(finding)}"
    message = "" if finding.message in told else whole_words(finding.message, page.width - cell_len(printable(head)) - 2)
    page.line(f"{head}: {message}" if len(message) >= min(SHORTEST_MESSAGE, len(finding.message)) and message else head, hang=4)


def _where(finding: Finding) -> str:
    inside = "" if finding.qualname == "<module>" else f" in {finding.qualname}"
    return f"{finding.at}{inside}{marks(finding, confidence=False)}{_sites(finding)}"


def _fitted(finding: Finding, room: int) -> str:
    """Where it is and why it does not count, in one line: without the function or the first folders where there is no room for them."""
    why = f"{marks(finding, confidence=finding.confidence == 'low')}{_sites(finding)}"
    inside = "" if finding.qualname == "<module>" else f" in {finding.qualname}"
    whole = f"{finding.at}{inside}{why}"
    return whole if cell_len(printable(whole)) <= room else f"{shortened(finding.at, room - cell_len(printable(why)))}{why}"


def _sites(finding: Finding) -> str:
    return f" ({count(len(finding.sites), 'site')})" if len(finding.sites) > 1 else ""


def _summary(shown: Sequence[Finding], folded: int) -> str:
    aside = sum(finding.role in WEIGHTLESS for finding in shown)
    library = sum(finding.role == "library" for finding in shown)
    notes = [f"{aside} in notebooks, examples or tests"] if aside else []
    notes += [f"{library} in library code, to which no path from an entry point was found"] if library else []
    notes = [f"{' and '.join(notes)}: these never gate"] if notes else []
    notes += [f"{folded} told with a worse one that the same change mends"] if folded else []
    note = f" (of these {len(shown):,}: {'; '.join(notes)})" if notes else ""
    return severities(shown) + note


def _suppressed(page: Page, hidden: Sequence[Finding], shown: Sequence[Finding]) -> None:
    sites = sum(finding.suppressed_sites for finding in shown)
    if not hidden and not sites:
        return
    page.line()
    page.line(
        f"Suppressed: {count(len(hidden), 'finding')}"
        + (f" and {count(sites, 'site')} of others" if sites else "")
        + " (the score counts them)"
    )
    for finding in sorted(hidden, key=worst_first):
        because = f": {finding.suppressed_because}" if finding.suppressed_because else ""
        page.line(f"  {finding.severity}[{finding.rule}] {finding.at}{because}", hang=4)
