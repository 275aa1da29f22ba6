"""The findings, worst first: of each rule some in full, more in a line each, and the number of the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from rich.cells import cell_len

from auditor.core.text import printable
from auditor.judgement.types import COUNTING, Finding
from auditor.reports.report import Report
from auditor.reports.terminal.finding import Told, in_full, marks
from auditor.reports.terminal.page import STYLES, Page, count, whole_words

LESS = ("low", "info")
"""told in a line each where there is anything worse"""
SEVERITIES = ("critical", "high", "medium", "low", "info")
STATES = ("new", "worse", "open", "baselined", "suppressed")
ROLES = ("production", "script", "library", "notebook", "example", "test")
WEIGHTLESS = ROLES[3:]
MOST_IN_FULL = 5
MOST_IN_FULL_ASIDE = 1
MOST_LINES = 20
MOST_LINES_LESS = 5
MOST_FIRST = 3
SHORTEST_MESSAGE = 20


def findings(page: Page, report: Report) -> None:
    shown = sorted((f for f in report.findings if f.state != "suppressed"), key=_worst_first)
    hidden = [f for f in report.findings if f.state == "suppressed"]
    lesser = _lesser(shown)
    folded = {other.id for others in lesser.values() for other in others}
    page.heading(f"Findings: {_summary(shown, len(folded))}" if shown else "No findings")
    _baselined(page, shown)
    told = Told()
    only_low = all(f.severity in LESS for f in shown)
    for group in _by_rule([f for f in shown if f.id not in folded]):
        _rule(page, report, group, lesser, told, len(group) if only_low else sum(f.severity not in LESS for f in group))
    _suppressed(page, hidden, shown)


def worst(page: Page, report: Report) -> None:
    """Where there is no score, and so no exact advice: the worst of what is open and can gate."""
    shown = sorted((f for f in report.findings if f.state in COUNTING and f.role not in WEIGHTLESS), key=_worst_first)
    if not shown:
        return
    page.heading("Fix this first" if len(shown) == 1 else "Fix these first")
    for number, finding in enumerate(shown[:MOST_FIRST], 1):
        page.line(f"  {number}. {finding.title}: {finding.at} ({count(len(finding.sites), 'site')})", hang=5)


def _worst_first(finding: Finding) -> tuple[object, ...]:
    aside = finding.role in WEIGHTLESS
    order = _index(STATES, finding.state), _index(SEVERITIES, finding.severity), _index(ROLES, finding.role)
    return aside, *order, finding.rule, -len(finding.sites), finding.at, finding.fingerprint, finding.occurrence


def _index(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _by_rule(shown: Sequence[Finding]) -> list[list[Finding]]:
    """What can gate and what cannot, each by rule; the rule with the worst finding first."""
    groups: dict[tuple[bool, str], list[Finding]] = defaultdict(list)
    for finding in shown:
        groups[finding.role in WEIGHTLESS, finding.rule].append(finding)
    return list(groups.values())


def _lesser(shown: Sequence[Finding]) -> dict[str, list[Finding]]:
    """By the worst finding of an anchor, those of its pack that read the same setting first: it is written once, and mends them all."""
    first: dict[tuple[object, ...], Finding] = {}
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in shown:
        if not finding.evidence:
            continue
        at = None if finding.callee == "def" else finding.at
        anchor = finding.at.path, finding.qualname, finding.callee, at, finding.role in WEIGHTLESS
        key = *anchor, finding.state, finding.pack, finding.evidence[0].setting
        worst = first.setdefault(key, finding)
        if worst.rule != finding.rule:
            found[worst.id].append(finding)
    return found


def _rule(page: Page, report: Report, group: Sequence[Finding], lesser: dict[str, list[Finding]], told: Told, worth: int) -> None:
    """`worth`: of how many, the first ones, there is more to say than a line."""
    most = min(worth, MOST_IN_FULL_ASIDE if group[0].role in WEIGHTLESS else MOST_IN_FULL)
    for finding in group[:most]:
        in_full(page, finding, report.snippets.get(finding.at.path, {}), told, lesser.get(finding.id, ()))
    others = group[most:]
    if not others:
        return
    first = others[0]
    page.line()
    code = f"{first.severity}[{first.rule}]"
    what = f"{len(others):,} more of this rule" if most else f"{first.title} ({count(len(others), 'finding')})"
    page.line((code, STYLES.get(first.severity, "")), f": {what}", hang=2)
    messages = {finding.message for finding in group[:most]}
    lines = MOST_LINES if most else MOST_LINES_LESS
    for finding in others[:lines]:
        _in_a_line(page, finding, messages)
    if len(others) > lines:
        page.line(f"  {len(others) - lines:,} more of this rule (--format json has all)", hang=4)


def _in_a_line(page: Page, finding: Finding, told: Collection[str]) -> None:
    """Place, function and what is special about it; of a message that is not told above as many words as there is room for."""
    sites = f" ({count(len(finding.sites), 'site')})" if len(finding.sites) > 1 else ""
    inside = "" if finding.qualname == "<module>" else f" in {finding.qualname}"
    head = f"  {finding.at}{inside}{marks(finding, confidence=False)}{sites}"
    message = "" if finding.message in told else whole_words(finding.message, page.width - cell_len(printable(head)) - 2)
    page.line(f"{head}: {message}" if len(message) >= min(SHORTEST_MESSAGE, len(finding.message)) and message else head, hang=4)


def _summary(shown: Sequence[Finding], folded: int) -> str:
    found = Counter(finding.severity for finding in shown)
    aside = sum(finding.role in WEIGHTLESS for finding in shown)
    library = sum(finding.role == "library" for finding in shown)
    notes = [f"{aside} in notebooks, examples or tests"] if aside else []
    notes += [f"{library} in library code, to which no path from an entry point was found"] if library else []
    notes = [f"{' and '.join(notes)}: these never gate"] if notes else []
    notes += [f"{folded} told with a worse one that the same change mends"] if folded else []
    note = f" (of these {len(shown):,}: {'; '.join(notes)})" if notes else ""
    return ", ".join(f"{found[severity]:,} {severity}" for severity in SEVERITIES if found[severity]) + note


def _baselined(page: Page, shown: Sequence[Finding]) -> None:
    """A baseline hides nothing that is critical."""
    for finding in shown:
        if finding.state == "baselined" and finding.severity == "critical":
            page.line("  ", ("baselined critical", STYLES["critical"]), f" {finding.rule} at {finding.at}", hang=4)


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
    for finding in sorted(hidden, key=_worst_first):
        because = f": {finding.suppressed_because}" if finding.suppressed_because else ""
        page.line(f"  {finding.severity}[{finding.rule}] {finding.at}{because}", hang=4)
