"""The report as one comment on a pull request: what it changes first, all else folded away.

Places are code spans, not links: a platform resolves a relative link against the page it stands on, and no host is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.core.location import places
from auditor.judgement.reasons import resolved_by
from auditor.judgement.types import Finding
from auditor.reports.escape import cell, code, marker, prose
from auditor.reports.markdown_finding import in_a_line, in_full
from auditor.reports.ordering import attempts, by_reason, fresh, lesser, told, worst_first
from auditor.reports.report import Report, Statement
from auditor.reports.sheet import Sheet
from auditor.reports.words import (
    COVERAGE_FELL,
    SHORT_OF_READY,
    UPDATE,
    amount,
    compared,
    count,
    coverage_fell,
    coverage_text,
    failed_gates,
    gate_answer,
    known_criticals,
    newly_failed,
    noun_text,
    remarks,
    score_number,
    score_text,
    severities,
    verdict,
    why,
)

MOST_COMMENT = 65_000
"""bytes; a comment of more than 65,536 characters is refused"""
MOST_FULL = 10
MOST_FIRST = 5
MOST_OF_A_RULE = 2
"""told in full where there is no base: a first scan is to show of how many kinds the findings are"""
MOST_LINES = 40
MOST_REASONS = 10
MOST_ATTEMPTS = 20
MOST_FIXED = 10
MOST_PLACES = 2
LONGEST_REASON = 300


def render_markdown(report: Report) -> str:
    return document(report, most=MOST_COMMENT, full=MOST_FULL, lines=MOST_LINES)


def document(report: Report, *, most: int, full: int, lines: int) -> str:
    """`most`: bytes; `full`: how many new findings are told in full; `lines`: how many of each other group in a line."""
    sheet = Sheet(most)
    sheet.add("\n".join([marker(report.root), "\n\n".join(_criticals(report))]).rstrip())
    _gate(sheet, report)
    _numbers(sheet, report)
    main, aside = told(report)
    _findings(sheet, report, [f for f in main if fresh(report, f)], full, lines)
    _attempts(sheet, report)
    _fixed(sheet, report)
    _known(sheet, report, main, aside, lines)
    _not_seen(sheet, report, lines)
    return sheet.text()


def _criticals(report: Report) -> Iterable[str]:
    for line in known_criticals(report):
        what, _, which = line.partition(": ")
        yield f"**{what}:** {prose(which)}"


def _gate(sheet: Sheet, report: Report) -> None:
    name = f" {code(report.root)}" if report.root != "." else ""
    sheet.add(f"### agentaudit{name}: gate {prose(gate_answer(report))}")
    reasons = [f"- {prose(reason, LONGEST_REASON)}" for reason in report.gate.reasons[:MOST_REASONS]]
    if len(report.gate.reasons) > MOST_REASONS:
        reasons.append(f"- {len(report.gate.reasons) - MOST_REASONS:,} more reasons")
    sheet.add("\n".join(reasons)) if reasons else None
    base = (
        f"Compared with {report.compared_with.kind} {code(report.compared_with.name)}: **{compared(report)}**."
        if report.compared_with
        else ""
    )
    aside = f"Not counted: {prose('; '.join(report.gate.aside))}." if report.gate.aside else ""
    if base or aside:
        sheet.add(" ".join(part for part in (base, aside) if part))
    said = [f"- {prose(remark, LONGEST_REASON)}" for remark in remarks(report)]
    sheet.add("\n".join(said)) if said else None


def _numbers(sheet: Sheet, report: Report) -> None:
    """Verdict, score and coverage, before and now where the base has them."""
    before = report.before
    note = _apart(report)
    if before is None or before.verdict is None:
        score = f", score {prose(score_text(report.score))}" if report.score else ""
        sheet.add(f"**{verdict(report)}**{score}: {prose(why(report))}{note}. Coverage {coverage_text(report.coverage)}.")
        new = newly_failed(report)
        sheet.add(f"Newly failed: {prose('; '.join(new))}.") if new else None
        return
    rows = ["| | before | now |", "|:--|:--|:--|"]
    rows.append(f"| Verdict | {verdict(report, before.verdict)} | **{verdict(report)}** |")
    rows.append(f"| Score | {score_number(before.score)} | **{cell(prose(score_text(report.score))) if report.score else 'none'}** |")
    if before.coverage is not None:
        fell = f": {COVERAGE_FELL}" if coverage_fell(report) else ""
        rows.append(f"| Coverage | {coverage_text(before.coverage)} | {coverage_text(report.coverage)}{fell} |")
    if before.failed_gates or failed_gates(report):
        rows.append(f"| Failed gates | {_listed(before.failed_gates)} | {_listed(failed_gates(report))} |")
    sheet.add("\n".join(rows))
    sheet.add(f"{verdict(report)}: {prose(why(report))}{note}.")


def _apart(report: Report) -> str:
    """Where verdict and gate seem to contradict each other."""
    if report.gate.passed and report.verdict in SHORT_OF_READY and report.score:
        return " (the verdict of the score, which fails the gate only with `--fail-under N`)"
    return " (the verdict of the score; the gate counts findings, too)" if not report.gate.passed and report.verdict == "ready" else ""


def _listed(gates: Sequence[str]) -> str:
    return cell(prose("; ".join(gates))) or "none"


def _findings(sheet: Sheet, report: Report, found: Sequence[Finding], full: int, lines: int) -> None:
    """Some in full, the others of the same importance folded."""
    mended = lesser(found)
    folded = {other.id for others in mended.values() for other in others}
    first = [f for f in found if f.id not in folded]
    chosen = first[:full] if report.compared_with else _of_each_rule(first)
    said: set[str] = set()
    items = [in_full(report, finding, said, mended.get(finding.id, ())) for finding in chosen]
    kind = "New and worse" if report.compared_with else "Worst findings" if len(first) > len(chosen) else "Findings"
    sheet.section(f"{kind}: {severities(found)}", items, "findings told in full")
    if report.compared_with and not found:
        sheet.add("No new finding.")
    ids = {finding.id for finding in chosen}
    others = [f for f in first if f.id not in ids]
    sheet.folded(f"{count(len(others), 'more finding')}: {severities(others)}", _lines(others, lines), "more findings", total=len(others))


def _of_each_rule(found: Sequence[Finding]) -> list[Finding]:
    chosen: list[Finding] = []
    for finding in found:
        if sum(f.rule == finding.rule for f in chosen) < MOST_OF_A_RULE:
            chosen.append(finding)
        if len(chosen) == MOST_FIRST:
            break
    return chosen


def _lines(found: Sequence[Finding], most: int) -> list[str]:
    return [in_a_line(finding) for finding in found[:most]]


def _attempts(sheet: Sheet, report: Report) -> None:
    rows = attempts(report)
    items = [
        f"| {cell(code(row.name))} at {cell(code(str(row.at)))} | {amount(row.before)} | **{amount(row.after)}** |"
        for row in rows[:MOST_ATTEMPTS]
    ]
    head = "| Model call | before | now |\n|:--|--:|--:|"
    sheet.section("Attempts of one call, all retry layers multiplied", items, "attempts", head=head, total=len(rows))


def _fixed(sheet: Sheet, report: Report) -> None:
    items = [f"- {code(gone.rule)} at {code(str(gone.at))}" for gone in report.fixed[:MOST_FIXED]]
    stale = report.compared_with is not None and report.compared_with.kind == "baseline"
    head = f"The baseline still lists them: `{UPDATE}` shrinks the file.\n" if stale else ""
    sheet.section(f"Fixed: {len(report.fixed):,}", items, "fixed", head=head, total=len(report.fixed))
    items = [f"- {code(gone.rule)} at {code(str(gone.at))}" for gone in report.undecided[:MOST_FIXED]]
    sheet.section(
        f"No longer decided, so neither known nor fixed: {len(report.undecided):,}", items, "undecided", total=len(report.undecided)
    )


def _known(sheet: Sheet, report: Report, main: Sequence[Finding], aside: Sequence[Finding], lines: int) -> None:
    known = [f for f in main if not fresh(report, f)]
    never = [f for f in aside if fresh(report, f)]
    before = [f for f in aside if not fresh(report, f)]
    hidden = sorted((f for f in report.findings if f.state == "suppressed"), key=worst_first)
    sites = sum(finding.suppressed_sites for finding in [*main, *aside])
    new = "New, but these never gate" if report.compared_with else "These never gate"
    for title, found in ((new, never), ("Known", known), ("Known, and these never gate", before)):
        sheet.folded(f"{title}: {severities(found)}", _lines(found, lines), title.lower(), total=len(found))
    of_others = f" and {count(sites, 'site')} of others" if sites else ""
    if hidden:
        title = f"Suppressed: {count(len(hidden), 'finding')}{of_others} (the score counts them)"
        sheet.folded(title, _lines(hidden, lines), "suppressed", total=len(hidden))
    elif sites:
        sheet.folded(
            f"Suppressed: {count(sites, 'site')} (the score counts them)", _sites([*main, *aside], lines), "suppressed", total=sites
        )


def _sites(found: Sequence[Finding], most: int) -> list[str]:
    rows = [f"- {code(finding.rule)} at {code(str(site.at))}" for finding in found for site in finding.sites if site.suppressed]
    return rows[:most]


def _not_seen(sheet: Sheet, report: Report, lines: int) -> None:
    reasons = by_reason(report.coverage.undecided)
    items = []
    for reason, found in reasons[:MOST_REASONS]:
        nouns = sorted({item.noun for item in found})
        of = ", ".join(count(sum(item.noun == noun for item in found), noun_text(noun)) for noun in nouns)
        resolve = f"; resolve: {prose(remedy)}" if (remedy := resolved_by(reason)) else ""
        items.append(f"- {of}: {prose(reason)}, at {code(places([item.at for item in found], MOST_PLACES))}{resolve}")
    sheet.folded(f"Not decided: {len(report.coverage.undecided):,}", items, "reasons why something is not decided", total=len(reasons))
    problems = [f"- {code(f'{p.path}:{p.line}')}: {prose(p.message)} ({code(p.code)})" for p in report.problems[:lines]]
    sheet.folded(f"Problems: {len(report.problems):,}", problems, "problems", total=len(report.problems))
    for title, said in (("Declared", report.declared), ("Taken for granted", report.assumptions)):
        sheet.folded(f"{title}: {len(said):,}", [_statement(s) for s in said[:lines]], title.lower(), total=len(said))


def _statement(statement: Statement) -> str:
    return f"- {prose(statement.text)}" + (f" ({code(str(statement.at))})" if statement.at else "")
