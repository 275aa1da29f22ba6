"""What was seen at one line, and what each rule says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.values import Setting, leaves
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import CallSeen, NotUnderstood
from auditor.graph.types import Noun, Suppression
from auditor.judgement.declared import PREFIX
from auditor.judgement.gate import FailOn, gates, reason_of
from auditor.judgement.severity import severity_of
from auditor.judgement.suppress import COMPOUND, Suppressions
from auditor.judgement.types import SEVERITIES, Finding
from auditor.rules.constants import Constants
from auditor.rules.inquiry import Inquiry, inquire
from auditor.rules.types import Rule, Severity

KINDS = ("model_call", "external_call", "agent", "tool", "entry_point", "loop", "retry")
"""what is told first; then all others"""
ORDER = ("fail", "unknown", "pass", None)
MOST_NEAR = 3


@dataclass(frozen=True, slots=True)
class AskedRule:
    """A rule and a subject. Of a failing one: `severity`, the finding that it belongs to, `comment`: what suppresses it; `cause`: the
    finding on the way to it that makes it less severe; `aside`: why it does not fail the gate, empty where it does."""

    inquiry: Inquiry
    severity: Severity | None = None
    finding: Finding | None = None
    comment: Suppression | None = None
    cause: Finding | None = None
    aside: str = ""


@dataclass(frozen=True, slots=True)
class SeenNoun:
    noun: Noun
    rules: tuple[AskedRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """`text`: the line itself; `left_out`: why its file was not read, in words; `told`: findings that are told here, of what stands
    elsewhere (a client of the calls that it feeds), by one of their sites; `around`: what the line stands in; `calls`: those at the line
    where no noun is; `near`, `unknowns`: what is nearest then; `named`: the nodes that settings name by their ids; `only`: the one rule."""

    root: str
    at: Location
    text: str = ""
    files: int = 0
    left_out: str = ""
    problems: tuple[Problem, ...] = ()
    only: str | None = None
    nouns: tuple[SeenNoun, ...] = ()
    told: tuple[AskedRule, ...] = ()
    around: tuple[Noun, ...] = ()
    calls: tuple[CallSeen, ...] = ()
    near: tuple[Noun, ...] = ()
    unknowns: tuple[NotUnderstood, ...] = ()
    named: Mapping[str, Noun] = field(default_factory=dict)


def at_line(
    at: Location,
    column: int | None,
    graph: AgentGraph,
    nodes: Mapping[str, Noun],
    findings: Sequence[Finding],
    rules: Iterable[Rule],
    suppressions: Suppressions,
    fail_on: FailOn,
    constants: Constants,
) -> Why:
    """`column`: of several nouns on the line only those that stand there; `rules`: those to be told about."""
    inside = [noun for noun in nodes.values() if noun.at.path == at.path]
    here = sorted(_at_column([n for n in inside if _stands_at(n, at)], at.line, column), key=_first)
    asked = sorted(rules, key=lambda rule: rule.id)
    seen = tuple(SeenNoun(n, tuple(_asked(n, asked, findings, suppressions, fail_on, constants))) for n in here)
    if len(asked) == 1 and any(row.rules for row in seen):
        seen = tuple(row for row in seen if row.rules)
    known = {row.finding.id for noun in seen for row in noun.rules if row.finding is not None}
    ids = {rule.id: rule for rule in asked}
    elsewhere = [f for f in findings if f.rule in ids and f.id not in known and f.at.path == at.path and _is_told_at(f, at)]
    told = tuple(
        _judged(inquire(ids[f.rule], nodes[f.sites[0].subject]), f, findings, suppressions, fail_on, constants)
        for f in elsewhere
        if f.sites
    )
    around = sorted((n for n in inside if n not in here and _encloses(n, at)), key=lambda n: (n.at, n.id))
    unknowns = [call for call in graph.unknowns if call.at.path == at.path]
    others = [n for n in inside if n not in here and not isinstance(n, Suppression)]
    return Why(
        root="",
        at=at,
        nouns=seen,
        told=told,
        around=tuple(around),
        calls=tuple(call for call in graph.asked if call.standing != "noun") if not here else (),
        near=tuple(sorted(others, key=lambda n: (abs(n.at.line - at.line), n.at, n.id))[:MOST_NEAR]) if not here else (),
        unknowns=tuple(sorted(unknowns, key=lambda c: (abs(c.at.line - at.line), c))[:MOST_NEAR]) if not here else (),
        named={i: nodes[i] for noun in (*here, *(row.inquiry.subject for row in told)) for i in _ids(noun) if i in nodes},
    )


def _stands_at(noun: Noun, at: Location) -> bool:
    """Of a compound statement only the first line counts, as for suppressions."""
    if any(other.path == at.path and _same_line(other, at) for other in (noun.at, *noun.also)):
        return True
    return noun.callee not in COMPOUND and noun.at.line < at.line <= noun.at.end_line


def _same_line(one: Location, at: Location) -> bool:
    """All cells of a notebook may stand on one line of the file."""
    return one.line == at.line if at.cell is None else one.row == at.row


def _is_told_at(finding: Finding, at: Location) -> bool:
    return _same_line(finding.at, at) or (finding.callee not in COMPOUND and finding.at.line < at.line <= finding.at.end_line)


def _encloses(noun: Noun, at: Location) -> bool:
    return noun.callee in COMPOUND and noun.at.line < at.line <= noun.at.end_line


def _at_column(found: list[Noun], line: int, column: int | None) -> list[Noun]:
    """Those that stand at the column, else all."""
    return [n for n in found if column is not None and _covers(n.at, line, column)] or found


def _covers(at: Location, line: int, column: int) -> bool:
    begins = at.line < line or at.column <= column
    return begins and (at.end_line > line or (at.end_line == line and column < at.end_column) or (at.line == line and at.column == column))


def _first(noun: Noun) -> tuple[object, ...]:
    return KINDS.index(noun.kind) if noun.kind in KINDS else len(KINDS), noun.kind, noun.at, noun.id


def _ids(noun: Noun) -> Iterator[str]:
    """Its texts, ids of other nodes among them."""
    for name in noun.__dataclass_fields__:
        value = getattr(noun, name)
        rows = [leaf.value for leaf in leaves(value)] if isinstance(value, Setting) else value if isinstance(value, tuple) else [value]
        yield from (row for row in rows if isinstance(row, str))


def _asked(
    noun: Noun, rules: Iterable[Rule], findings: Sequence[Finding], suppressions: Suppressions, fail_on: FailOn, constants: Constants
) -> Iterable[AskedRule]:
    rows = []
    for rule in (rule for rule in rules if noun.kind in rule.each):
        mine = [f for f in findings if f.rule == rule.id and any(site.subject == noun.id for site in f.sites)]
        finding = next((f for f in mine if gates(f)), mine[0] if mine else None)
        rows.append(_judged(inquire(rule, noun), finding, findings, suppressions, fail_on, constants))
    return sorted(rows, key=lambda row: (ORDER.index(row.inquiry.state), row.inquiry.rule.id))


def _judged(
    inquiry: Inquiry,
    finding: Finding | None,
    findings: Sequence[Finding],
    suppressions: Suppressions,
    fail_on: FailOn,
    constants: Constants,
) -> AskedRule:
    verdict = inquiry.verdict
    if verdict is None or verdict.state != "fail":
        return AskedRule(inquiry)
    subject, rule = verdict.subject, verdict.rule
    if finding is None:
        return AskedRule(
            inquiry, severity_of(verdict, constants), aside="no finding: it fails elsewhere in code that runs, and is told there alone"
        )
    comment = suppressions.found(rule.id, subject.at, callee=subject.callee)
    comment = comment or suppressions.found(rule.id, finding.at, callee=finding.callee)
    on_trace = {(step.at.path, step.at.line) for step in finding.trace}
    behind = [f for f in findings if f.rule in rule.behind]
    cause = next((f for f in behind if any((at.path, at.line) in on_trace for at in (f.at, *(site.at for site in f.sites)))), None)
    return AskedRule(inquiry, finding.severity, finding, comment, cause, _aside(finding, fail_on))  # type: ignore[arg-type]


def _aside(finding: Finding, fail_on: FailOn) -> str:
    """Why a finding does not fail the gate; empty where it does."""
    if finding.state == "suppressed":
        outside = finding.suppressed_because.removeprefix(PREFIX)
        return "it is suppressed" if outside == finding.suppressed_because else f"it is declared in the settings: {outside}"
    if not gates(finding):
        return f"it is {reason_of(finding)}" if reason_of(finding) else f"it is {finding.state}"
    if fail_on == "never" or SEVERITIES.index(finding.severity) < SEVERITIES.index(fail_on):
        return f"the gate counts findings from {fail_on} on" if fail_on != "never" else "the gate counts no findings (fail-on never)"
    return ""
