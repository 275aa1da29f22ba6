"""One finding in full: place, code, message, evidence, sites, trace and remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from auditor.core.location import Location, places
from auditor.core.text import printable
from auditor.graph.traces import TraceStep
from auditor.judgement.types import Finding, Measure
from auditor.reports.terminal.page import STYLES, Page, shortened
from auditor.reports.words import amount, count, grown, read

MOST_SITES = 5
MOST_STEPS = 10
LEAST_SHARED = 3
LONGEST_LINE = 500


@dataclass(slots=True)
class Told:
    """What the report has said already: remedies, whole traces and, as a tree, their steps."""

    remedies: set[str] = field(default_factory=set)
    traces: dict[tuple[TraceStep, ...], str] = field(default_factory=dict)
    steps: dict[tuple[int, TraceStep], tuple[int, str]] = field(default_factory=dict)
    """(number of the step before, 0 at the start; step) -> its own number, and the finding that was told with it"""

    def shared(self, trace: Sequence[TraceStep], name: str) -> tuple[int, str]:
        """How many steps at the start have been told, and with which finding; from now on all are told with this one."""
        before, known, by = 0, 0, ""
        for number, step in enumerate(trace):
            key = before, step
            if key in self.steps:
                known, by = number + 1, self.steps[key][1]
            before, _ = self.steps.setdefault(key, (len(self.steps) + 1, name))
        return known, by


def in_full(page: Page, finding: Finding, lines: Mapping[tuple[int | None, int], str], told: Told, lesser: Sequence[Finding] = ()) -> None:
    """`lesser`: findings that the same change mends, named in a line each."""
    page.line()
    page.line((_code(finding), STYLES.get(finding.severity, "")), (f": {finding.title}", "bold"), marks(finding), hang=2)
    gutter = " " * len(str(finding.at.row[1]))
    page.line(f"{gutter}--> {_place(finding)}", hang=len(gutter) + 4)
    _excerpt(page, finding, lines, gutter)
    for text in read(finding):
        page.line(f"{gutter} = {text}", hang=len(gutter) + 5)
    if (change := grown(finding)) is not None:
        page.line(f"{gutter} = ", (f"worse: {change[0]}: {change[1]} -> {change[2]}", "bold"), hang=len(gutter) + 5)
    elif finding.measure and _told_apart(finding) and all(line.setting != finding.measure.name for line in finding.evidence):
        page.line(f"{gutter} = {_measure(finding.measure)}")
    _sites(page, finding, gutter)
    for other in lesser:
        page.line(f"{gutter} = mended by the same change: {_code(other)}: {other.message}{marks(other)}", hang=len(gutter) + 5)
    _trace(page, finding, gutter, told)
    if finding.remedy and finding.remedy not in told.remedies:
        told.remedies.add(finding.remedy)
        page.line(f"{gutter} = ", ("fix: ", "bold"), finding.remedy, hang=len(gutter) + 5)


def marks(finding: Finding, *, confidence: bool = True) -> str:
    """What a reader must know before acting on it."""
    found: list[str] = [] if finding.state == "open" else [finding.state]
    found += [] if finding.status == "stable" else [finding.status]
    found += [] if finding.confidence == "high" or not confidence else [f"{finding.confidence} confidence"]
    found += [] if finding.role == "production" else [f"{finding.role} code"]
    return f" ({', '.join(found)})" if found else ""


def _code(finding: Finding) -> str:
    return f"{finding.severity}[{finding.rule}]"


def _told_apart(finding: Finding) -> bool:
    """One failing client is the finding itself."""
    return finding.measure is not None and (finding.measure.name, finding.measure.value) != ("failing", 1)


def _measure(measure: Measure) -> str:
    value = amount(measure.value)
    if measure.name == "failing":
        return f"{value} clients made here fail"
    return f"{measure.name}: {value}"


def _place(finding: Finding) -> str:
    at = finding.at
    holder = f" ({finding.symbol})" if finding.symbol not in ("", "<module>") else ""
    inside = holder if finding.qualname == "<module>" else f" in {finding.qualname}"
    column = "" if at.cell is not None else f":{at.column}"
    return f"{at}{column}{inside}"


def _excerpt(page: Page, finding: Finding, lines: Mapping[tuple[int | None, int], str], gutter: str) -> None:
    """The line with its carets, then the message: behind them where it fits, else below."""
    text = lines.get(finding.at.row)
    if text is None or not text.strip():
        page.line(f"{gutter} = {finding.message}", hang=len(gutter) + 3)
        return
    before, marked, after = _cut(text, finding.at, page.width - len(gutter) - 4)
    carets = " " * cell_len(before) + "^" * max(cell_len(marked), 1)
    style = STYLES.get(finding.severity, "")
    page.line(f"{gutter} |")
    page.verbatim(f"{finding.at.row[1]} | {before}{marked}{after}")
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
        len(finding.sites) > 1 or finding.sites[0].at.row != finding.at.row or finding.sites[0].at.path != finding.at.path
    ):
        silenced = f" ({finding.suppressed_sites} suppressed)" if finding.suppressed_sites else ""
        different = len({str(at) for at in found})
        where = f" in {count(different, 'place')}" if different < len(found) else ""
        page.line(f"{gutter} = {count(len(finding.sites), 'site')}{where}{silenced}: {places(found, MOST_SITES)}", hang=len(gutter) + 5)


def _trace(page: Page, finding: Finding, gutter: str, told: Told) -> None:
    """From the entry point inwards; the middle of a long way is folded, and what is printed already of a way is named."""
    if not finding.trace:
        return
    name = f"{finding.rule} at {finding.at}"
    whole = told.traces.setdefault(finding.trace, name)
    known, before = told.shared(finding.trace, name)
    if whole != name:
        page.line(f"{gutter} = reached: as in {whole} above", hang=len(gutter) + 5)
        return
    lead = f"{gutter} = reached: "
    if LEAST_SHARED <= known < len(finding.trace):
        page.line(f"{lead}as in {before} above, up to: {finding.trace[known - 1].what}; then", hang=len(gutter) + 5)
        _steps(page, finding.trace[known:], " " * len(lead), " " * len(lead))
    else:
        _steps(page, finding.trace, lead, " " * len(lead))


def _steps(page: Page, trace: Sequence[TraceStep], first: str, others: str) -> None:
    steps: list[tuple[str, Location | None, str | None]] = [(step.what, step.at, step.times) for step in trace]
    if len(steps) > MOST_STEPS:
        head, tail = MOST_STEPS // 2, MOST_STEPS // 2
        # What is left out may multiply, too.
        folded = [factor for _, _, factor in steps[head:-tail] if factor]
        times = f" (with x {', x '.join(folded)})" if folded else ""
        steps = [*steps[:head], (f"... {len(steps) - head - tail} more{times}", None, None), *steps[-tail:]]
    wide = min(max((cell_len(printable(what)) for what, _, _ in steps), default=0), page.width // 2)
    for number, (what, at, factor) in enumerate(steps):
        lead = others if number else first
        bold = (f"  x {factor}" if factor else "", "bold")
        if at is None:
            page.line(f"{lead}{what}", hang=len(lead) + 2)
            continue
        padded = what + " " * max(wide - cell_len(printable(what)), 0)
        room = page.width - cell_len(printable(f"{lead}{padded}  {bold[0]}"))
        place = shortened(at, room)
        if cell_len(printable(place)) <= room:
            page.line(f"{lead}{padded}  {place}", bold)
            continue
        page.line(f"{lead}{what}", hang=len(lead) + 2)
        page.line(f"{' ' * len(lead)}  {at}", bold, hang=len(lead) + 4)
