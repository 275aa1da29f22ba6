"""The report for coding assistants: of each finding that counts its place, its cause and the edit to make, in as few tokens as will do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from auditor.core.location import Location, places
from auditor.core.text import no_command
from auditor.judgement.types import Finding
from auditor.reports.escape import one_line
from auditor.reports.ordering import fresh, lesser, told
from auditor.reports.report import Report
from auditor.reports.words import (
    compared,
    coverage_fell,
    gate_answer,
    grown,
    known_criticals,
    remarks,
    severities,
    times_text,
    verdict,
)

MOST_FINDINGS = 40
MOST_SITES = 8
MOST_REASONS = 5
LONGEST = 400
LONGEST_REASON = 200


def render_agent(report: Report) -> str:
    """What the base had, and what can never fail the gate, is only counted."""
    main, aside = told(report)
    found = [f for f in main if fresh(report, f)]
    mended = lesser(found)
    folded = {other.id for others in mended.values() for other in others}
    shown = [f for f in found if f.id not in folded]
    lines = [*known_criticals(report), *_head(report)]
    for group in _groups(shown[:MOST_FINDINGS]):
        lines += ["", *_group(group, mended)]
    hidden = [f for f in shown[MOST_FINDINGS:] for f in (f, *mended.get(f.id, ()))]
    rest = [(f"more ({severities(hidden)})", hidden)]
    rest += [("known from the base", [f for f in main if not fresh(report, f)]), ("that never gate", aside)]
    left = [f"{len(group):,} {what}" for what, group in rest if group]
    if left:
        lines += ["", f"not listed: {'; '.join(left)} (--format json has all)"]
    return "".join(f"{'' if line.lstrip() == line else '  '}{no_command(one_line(line, 2 * LONGEST))}\n" for line in lines)


def _head(report: Report) -> Iterable[str]:
    yield f"agentaudit: {verdict(report)}; gate {gate_answer(report)}"
    yield from (f"  {one_line(reason, LONGEST_REASON)}" for reason in report.gate.reasons[:MOST_REASONS])
    if len(report.gate.reasons) > MOST_REASONS:
        yield f"  {len(report.gate.reasons) - MOST_REASONS:,} more reasons"
    if report.compared_with:
        yield f"compared with {report.compared_with.kind} {report.compared_with.name}: {compared(report)}"
    if fell := coverage_fell(report):
        yield fell
    yield from (one_line(remark, LONGEST_REASON) for remark in remarks(report))
    if report.root != ".":
        yield f"paths are relative to {report.root}"


def _groups(shown: Sequence[Finding]) -> list[list[Finding]]:
    """What is mended in the same way stands together, the worst first."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in shown:
        groups[finding.rule, finding.remedy].append(finding)
    return list(groups.values())


def _group(group: Sequence[Finding], mended: dict[str, list[Finding]]) -> Iterable[str]:
    """The same words are said once; what has causes of its own is told with them."""
    alike: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in group:
        alone = finding.id if finding.sites[1:] or finding.id in mended or grown(finding) else ""
        alike[finding.severity, finding.state, finding.message, alone, *_causes(finding, _sites(finding))].append(finding)
    for same in alike.values():
        first = same[0]
        yield _line(first)
        if same[1:]:
            yield f"  likewise: {places([f.at for f in same[1:]], MOST_FINDINGS)}"
        sites = _sites(first)
        if sites:
            yield f"  sites: {places(sites, MOST_SITES)}"
        yield from (f"  {line}" for line in _causes(first, sites))
        yield from (f"  also: {other.severity} {other.rule} - {one_line(other.message, LONGEST)}" for other in mended.get(first.id, ()))
    if group[0].remedy:
        yield f"  fix{f' of these {len(group)}' if len(group) > 1 else ''}: {one_line(group[0].remedy, LONGEST)}"


def _sites(finding: Finding) -> list[Location]:
    """Those that stand elsewhere."""
    return [site.at for site in finding.sites if not site.suppressed and _row(site.at) != _row(finding.at)]


def _line(finding: Finding) -> str:
    state = f" ({finding.state})" if finding.state != "open" else ""
    change = grown(finding)
    measured = f" ({change[0]} {change[1]} -> {change[2]})" if change else ""
    return f"{finding.at}: {finding.severity} {finding.rule}{state} - {one_line(finding.message, LONGEST)}{measured}"


def _causes(finding: Finding, sites: Sequence[Location]) -> Iterable[str]:
    """Where what the rule has read is written, if elsewhere; and, of what is counted, what multiplies on the way."""
    known = {_row(at) for at in (finding.at, *sites)}
    for line in finding.evidence:
        if line.at is not None and _row(line.at) not in known:
            known.add(_row(line.at))
            text = line.text.replace(f" at {line.at}", " here").replace(": ", ", ", 1)
            yield f"cause: {line.at}: {line.label}: {one_line(text, LONGEST)}"
    factors = [f"{one_line(step.what, 80)} x {times_text(step.times)} at {step.at}" for step in finding.trace if step.times]
    if factors and finding.measure and finding.measure.name != "failing":
        yield f"factors: {'; '.join(factors)}"


def _row(at: Location) -> tuple[object, ...]:
    return at.path, *at.row
