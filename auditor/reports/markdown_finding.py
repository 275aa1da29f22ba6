"""A finding in Markdown: in full with the way that leads to it, or in a line."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.location import places
from auditor.graph.traces import TraceStep
from auditor.judgement.types import Finding
from auditor.reports.escape import code, prose
from auditor.reports.report import Report
from auditor.reports.words import count, grown, read, times_text

MOST_SITES = 5
MOST_STEPS = 6
MOST_LESSER = 5
MOST_READ = 2
LONGEST_IN_A_LINE = 160
LONGEST = 400


def in_full(report: Report, finding: Finding, said: set[str], lesser: Sequence[Finding] = ()) -> str:
    """`said`: the remedies that stand above; `lesser`: findings that the same change mends."""
    rows = [f"- {_head(report, finding)}: {prose(finding.message)}"]
    if change := grown(finding):
        rows.append(f"{change[0]}: {change[1]} → **{change[2]}**")
    rows += [prose(line, LONGEST) for line in read(finding, MOST_READ)]
    if finding.trace[1:]:
        rows.append(f"path: {_way(finding)}")
    sites = [site.at for site in finding.sites if not site.suppressed]
    if len(finding.sites) > 1:
        silenced = f" ({finding.suppressed_sites:,} suppressed)" if finding.suppressed_sites else ""
        rows.append(f"{count(len(finding.sites), 'site')}{silenced}: {code(places(sites, MOST_SITES))}")
    rows += [f"mended with it: {_what(other)}: {prose(other.message, LONGEST_IN_A_LINE)}" for other in lesser[:MOST_LESSER]]
    if len(lesser) > MOST_LESSER:
        rows.append(f"mended with it: {len(lesser) - MOST_LESSER:,} more")
    if finding.remedy and finding.remedy not in said:
        said.add(finding.remedy)
        rows.append(f"fix: {prose(finding.remedy)}")
    return "\n  - ".join(rows)


def in_a_line(finding: Finding) -> str:
    because = f" (suppressed: {prose(finding.suppressed_because, LONGEST_IN_A_LINE)})" if finding.suppressed_because else ""
    return f"- {_what(finding)} at {code(str(finding.at))}: {prose(finding.message, LONGEST_IN_A_LINE)}{because}"


def _what(finding: Finding) -> str:
    return f"**{prose(finding.severity)}** {code(finding.rule)}"


def _head(report: Report, finding: Finding) -> str:
    state = f"{finding.state} " if report.compared_with and finding.state != "open" else ""
    notes = [] if finding.confidence == "high" else [f"{finding.confidence} confidence"]
    notes += [] if finding.role == "production" else [f"{finding.role} code"]
    inside = f" in {code(finding.qualname)}" if finding.qualname not in ("", "<module>") else ""
    note = f" ({prose(', '.join(notes))})" if notes else ""
    return f"**{state}{prose(finding.severity)}** {code(finding.rule)} at {code(str(finding.at))}{inside}{note}"


def _way(finding: Finding) -> str:
    """From the entry point to the call: where it begins, all that multiplies, with its place, and the last steps."""
    steps = finding.trace
    last = len(steps) - 1
    shown = [n for n, step in enumerate(steps) if len(steps) <= MOST_STEPS or n in (0, last - 1, last) or step.times]
    parts: list[str] = []
    before = -1
    for number in shown[: 2 * MOST_STEPS]:
        if number > before + 1:
            parts.append(count(number - before - 1, "step"))
        parts.append(_step(finding, steps[number], placed=number == 0 or steps[number].times is not None))
        before = number
    if before < last:
        parts.append(f"{count(last - before, 'more step')}")
    return " → ".join(parts)


def _step(finding: Finding, step: TraceStep, *, placed: bool) -> str:
    times = f" **× {prose(times_text(step.times))}**" if step.times else ""
    near = step.at.path == finding.at.path and step.at.cell is None
    place = f" ({code(f':{step.at.line}' if near else str(step.at))})" if placed else ""
    return f"{prose(step.what, LONGEST_IN_A_LINE)}{times}{place}"
