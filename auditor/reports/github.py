"""The report on a pull request: annotations on lines, the log of the step, and its summary.

What the scanned code says is hostile: a runner reads every line of the log for commands, `::name::` at the start of a line and `##[name]`
anywhere in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.core.location import Location, places
from auditor.core.text import inert, printable
from auditor.judgement.gate import gates
from auditor.judgement.types import Finding
from auditor.reports import markdown
from auditor.reports.escape import one_line
from auditor.reports.ordering import fresh, told, worst_first
from auditor.reports.report import Report
from auditor.reports.words import (
    compared,
    count,
    coverage_fell,
    gate_answer,
    grown,
    known_criticals,
    read,
    remarks,
    severities,
    verdict,
    why,
)

MOST_ANNOTATIONS = 10
"""of a kind and step; a runner drops the others in silence"""
MOST_SUMMARY = 900_000
"""bytes; a summary over 1,024 kB is not shown at all"""
MOST_SITES = 3
MOST_READ = 2
BLOCKING = ("critical", "high")
LONGEST_MESSAGE = 1000


def render_github(report: Report) -> str:
    """Annotations, the worst first, one that counts, then all findings as plain lines."""
    found = [f for f in told(report)[0] if fresh(report, f)]
    shown = found[: MOST_ANNOTATIONS - bool(known_criticals(report))]
    levels = [_level(finding) for finding in shown]
    if levels.count("notice") == MOST_ANNOTATIONS:
        # The closing one is a notice, too.
        shown = shown[:-1]
    lines = [*_criticals(report), *(_annotation(report, finding) for finding in shown)]
    lines += [_command("notice", {"title": "agentaudit"}, _closing(report, len(shown)))]
    return "".join(f"{line}\n" for line in [*lines, *_log(report)])


def step_summary(report: Report) -> str:
    """The Markdown for the page of the run."""
    return markdown.document(report, most=MOST_SUMMARY, full=30, lines=500)


def _level(finding: Finding) -> str:
    """`error` is only what can fail the default gate."""
    if gates(finding) and finding.severity in BLOCKING:
        return "error"
    return "warning" if finding.severity in (*BLOCKING, "medium") else "notice"


def _criticals(report: Report) -> Iterable[str]:
    """What the gate does not count and nobody may overlook, at the first of its places."""
    lines = known_criticals(report)
    if lines:
        known = [f for f in report.findings if f.state in ("baselined", "suppressed") and f.severity == "critical"]
        found = (
            [min(known, key=lambda f: (f.state, f.at, f.rule, f.id)).at] if known else [s.at for s in report.silenced if s.at is not None]
        )
        place = _place(report, found[0]) if found else {}
        title = "critical, not counted" if known or any(s.critical for s in report.silenced) else "code not read"
        yield _command("warning", {**place, "title": title}, "\n".join(lines))


def _annotation(report: Report, finding: Finding) -> str:
    state = f"{finding.state}: " if finding.state != "open" else ""
    title = f"{state}{finding.severity}: {finding.title} ({finding.rule})"
    message = [one_line(finding.message, LONGEST_MESSAGE)]
    if change := grown(finding):
        message.append(f"{change[0]}: {change[1]} -> {change[2]}")
    message += [one_line(line, LONGEST_MESSAGE) for line in read(finding, MOST_READ)]
    if len(finding.sites) > 1:
        message.append(f"{count(len(finding.sites), 'site')}: {places([site.at for site in finding.sites], MOST_SITES)}")
    if finding.remedy:
        message.append(f"fix: {one_line(finding.remedy, LONGEST_MESSAGE)}")
    return _command(_level(finding), {**_place(report, finding.at), "title": title}, "\n".join(message))


def _place(report: Report, at: Location) -> dict[str, str]:
    """One line: an annotation of several stands below the last of them, and has no columns. In a notebook columns are those of a cell."""
    place = {"file": report.in_repository(at.path), "line": str(at.line), "endLine": str(at.line)}
    if at.cell is not None:
        return place
    text = report.snippets.get(at.path, {}).get(at.row, "")
    end = at.end_column if at.end_line in (0, at.line) else len(text.rstrip()) + 1
    place["col"] = str(at.column)
    return {**place, "endColumn": str(end)} if end > at.column else place


def _closing(report: Report, shown: int) -> str:
    total = [f for f in report.findings if f.state != "suppressed" and (report.compared_with is None or f.state in ("new", "worse"))]
    parts = [f"Gate {gate_answer(report)}; {verdict(report)}"]
    if report.compared_with:
        parts.append(f"Compared with {report.compared_with.kind} {report.compared_with.name}: {compared(report)}")
    parts += [fell] if (fell := coverage_fell(report)) else []
    parts += remarks(report)
    if total:
        what = count(len(total), "new or worse finding" if report.compared_with else "finding")
        are = "is" if shown == 1 else "are"
        parts.append(f"{shown:,} of {what} ({severities(total)}) {are} annotated; all are in the log of this step")
    else:
        parts.append("No new or worse finding" if report.compared_with else "No findings")
    return ". ".join(one_line(part) for part in parts)


def _log(report: Report) -> Iterable[str]:
    """Each line begins with a word of this report, and so with no command."""
    yield from (_plain(line) for line in known_criticals(report))
    yield _plain(f"agentaudit: gate {gate_answer(report)}; {verdict(report)}: {why(report)}")
    for reason in report.gate.reasons:
        yield _plain(f"gate: {reason}")
    if report.compared_with:
        yield _plain(f"compared with {report.compared_with.kind} {report.compared_with.name}: {compared(report)}")
    if fell := coverage_fell(report):
        yield fell
    yield from (_plain(f"remark: {remark}") for remark in remarks(report))
    for finding in sorted(report.findings, key=worst_first):
        yield _plain(_in_a_line(report, finding))
    for gone in report.undecided:
        yield _plain(f"no longer decided: [{gone.rule}] {_at(report, gone.at)}")
    for gone in report.fixed:
        yield _plain(f"fixed: [{gone.rule}] {_at(report, gone.at)}")
    for problem in report.problems:
        yield _plain(f"problem: [{problem.code}] {report.in_repository(problem.path)}:{problem.line}: {problem.message}")


def _at(report: Report, at: Location) -> str:
    """A baseline knows no line."""
    return str(replace(at, path=report.in_repository(at.path)))


def _in_a_line(report: Report, finding: Finding) -> str:
    at = finding.at
    notes: list[str] = [finding.state] if finding.state != "open" else []
    notes += [finding.suppressed_because] if finding.suppressed_because else []
    notes += [finding.status] if finding.status != "stable" else []
    notes += [f"{finding.confidence} confidence"] if finding.confidence != "high" else []
    notes += [f"{finding.role} code"] if finding.role != "production" else []
    if change := grown(finding):
        notes.append(f"{change[0]}: {change[1]} -> {change[2]}")
    note = f" ({', '.join(notes)})" if notes else ""
    return f"finding: {finding.severity}[{finding.rule}] {report.in_repository(at.path)}:{at.line}: {finding.message}{note}"


def _plain(line: str) -> str:
    return inert(one_line(line, 2 * LONGEST_MESSAGE))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    text = inert(printable(text.replace("\t", " ").replace("\r", "\n")))
    return text.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
