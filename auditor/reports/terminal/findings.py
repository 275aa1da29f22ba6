"""The findings, worst first: place, code, message, evidence, sites, trace and remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.cells import cell_len

from auditor.core.location import Location
from auditor.core.text import printable
from auditor.core.values import UNBOUNDED
from auditor.judgement.types import Finding
from auditor.reports.report import Report
from auditor.reports.terminal.page import STYLES, Page, count, places

SEVERITIES = ("critical", "high", "medium", "low", "info")
ROLES = ("production", "script", "library", "notebook", "example", "test")
WEIGHTLESS = ROLES[3:]
MOST_SITES = 5
MOST_STEPS = 12
LONGEST_LINE = 500


def findings(page: Page, report: Report) -> None:
    shown = sorted((f for f in report.findings if f.state != "suppressed"), key=_worst_first)
    hidden = [f for f in report.findings if f.state == "suppressed"]
    page.heading(f"Findings: {_summary(shown)}" if shown else "No findings")
    _baselined(page, shown)
    for _, group in groupby(shown, key=lambda f: (f.role in WEIGHTLESS, f.severity, f.rule)):
        for number, finding in enumerate(group):
            _finding(page, finding, report.snippets.get(finding.at.path, {}), remedy=number == 0)
    _suppressed(page, hidden, shown)


def _worst_first(finding: Finding) -> tuple[object, ...]:
    severity = SEVERITIES.index(finding.severity) if finding.severity in SEVERITIES else len(SEVERITIES)
    role = ROLES.index(finding.role) if finding.role in ROLES else len(ROLES)
    return finding.role in WEIGHTLESS, severity, finding.rule, role, -len(finding.sites), finding.at, finding.fingerprint


def _summary(shown: Sequence[Finding]) -> str:
    found = Counter(finding.severity for finding in shown)
    aside = sum(finding.role in WEIGHTLESS for finding in shown)
    note = f" ({aside} of them in notebooks, examples or tests, which never gate)" if aside else ""
    return ", ".join(f"{found[severity]} {severity}" for severity in SEVERITIES if found[severity]) + note


def _baselined(page: Page, shown: Sequence[Finding]) -> None:
    """A baseline hides nothing that is critical."""
    for finding in shown:
        if finding.state == "baselined" and finding.severity == "critical":
            page.line("  ", ("baselined critical", STYLES["critical"]), f" {finding.rule} at {finding.at}", hang=4)


def _finding(page: Page, finding: Finding, lines: Mapping[int, str], *, remedy: bool) -> None:
    page.line()
    page.line(
        (f"{finding.severity}[{finding.rule}]", STYLES.get(finding.severity, "")), (f": {finding.title}", "bold"), _marks(finding), hang=2
    )
    gutter = " " * len(str(finding.at.line))
    page.line(f"{gutter}--> {_place(finding)}", hang=len(gutter) + 4)
    _excerpt(page, finding, lines, gutter)
    for line in finding.evidence:
        place = f" ({line.at})" if line.at and str(line.at) not in line.text else ""
        page.line(f"{gutter} = {line.setting}: {line.text}{place}", hang=len(gutter) + 5)
    if finding.measure and all(line.setting != finding.measure.name for line in finding.evidence):
        value = "unbounded" if finding.measure.value is UNBOUNDED else f"{finding.measure.value:,g}"
        page.line(f"{gutter} = measure: {finding.measure.name} {value}")
    _sites(page, finding, gutter)
    _trace(page, finding, gutter)
    if remedy and finding.remedy:
        page.line(f"{gutter} = ", ("fix: ", "bold"), finding.remedy, hang=len(gutter) + 5)


def _marks(finding: Finding) -> str:
    """What a reader must know before acting on it."""
    marks: list[str] = [] if finding.state == "open" else [finding.state]
    marks += [] if finding.status == "stable" else [finding.status]
    marks += [] if finding.confidence == "high" else [f"{finding.confidence} confidence"]
    marks += [] if finding.role == "production" else [f"{finding.role} code"]
    return f" ({', '.join(marks)})" if marks else ""


def _place(finding: Finding) -> str:
    at = finding.at
    cell = f" (cell {at.cell}, line {at.cell_line})" if at.cell is not None else ""
    holder = f" ({finding.symbol})" if finding.symbol else ""
    inside = holder if finding.qualname == "<module>" else f" in {finding.qualname}"
    return f"{at.path}:{at.line}:{at.column}{cell}{inside}"


def _excerpt(page: Page, finding: Finding, lines: Mapping[int, str], gutter: str) -> None:
    """The line with its carets, then the message: behind them where it fits, else below."""
    text = lines.get(finding.at.line)
    if text is None or not text.strip():
        page.line(f"{gutter} = {finding.message}", hang=len(gutter) + 3)
        return
    before, marked, after = _cut(text, finding.at, page.width - len(gutter) - 4)
    carets = " " * cell_len(before) + "^" * max(cell_len(marked), 1)
    style = STYLES.get(finding.severity, "")
    page.line(f"{gutter} |")
    page.verbatim(f"{finding.at.line} | {before}{marked}{after}")
    room = page.width - len(gutter) - 4 - len(carets)
    if cell_len(printable(finding.message)) <= room:
        page.verbatim(f"{gutter} | ", (f"{carets} {finding.message}", style))
        return
    page.verbatim(f"{gutter} | ", (carets, style))
    page.line(f"{gutter} = ", (finding.message, style), hang=len(gutter) + 3)


def _cut(text: str, at: Location, room: int) -> tuple[str, str, str]:
    """What stands before, at and behind a place, as it will be printed, with the place inside the room."""
    start = max(at.column - 1, 0)
    end = at.end_column - 1 if at.end_line == at.line and at.end_column > at.column else len(text.rstrip())
    before = printable(text[max(0, start - LONGEST_LINE) : start].replace("\t", "    "))
    marked = printable(text[start : max(end, start)][:LONGEST_LINE].replace("\t", "    ")) or " "
    after = printable(text[max(end, start) :][:LONGEST_LINE].rstrip().replace("\t", "    "))
    most = max(room - min(cell_len(marked), room // 2), 8)
    if cell_len(before) > most:
        while cell_len(before) > most - 3:
            before = before[1:]
        before = "..." + before
    while cell_len(before) + cell_len(marked) > room:
        marked = marked[:-1]
        after = ""
    return before, marked, after


def _sites(page: Page, finding: Finding, gutter: str) -> None:
    found = [site.at for site in finding.sites if not site.suppressed]
    if finding.sites and (
        len(finding.sites) > 1 or finding.sites[0].at.line != finding.at.line or finding.sites[0].at.path != finding.at.path
    ):
        silenced = f" ({finding.suppressed_sites} suppressed)" if finding.suppressed_sites else ""
        page.line(f"{gutter} = {count(len(finding.sites), 'site')}{silenced}: {places(found, MOST_SITES)}", hang=len(gutter) + 5)


def _trace(page: Page, finding: Finding, gutter: str) -> None:
    """From the entry point inwards; the middle of a long way is folded."""
    steps = [(step.what, str(step.at), step.times) for step in finding.trace]
    if len(steps) > MOST_STEPS:
        head, tail = MOST_STEPS // 2, MOST_STEPS // 2
        steps = [*steps[:head], (f"... {len(steps) - head - tail} more", "", None), *steps[-tail:]]
    wide = min(max((cell_len(printable(what)) for what, _, _ in steps), default=0), page.width // 2)
    for number, (what, place, times) in enumerate(steps):
        lead = "= reached: " if number == 0 else "           "
        factor = f"  x {times}" if times else ""
        page.line(f"{gutter} {lead}{what:<{wide}}  {place}", (factor, "bold"), hang=len(gutter) + len(lead) + 3)


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
