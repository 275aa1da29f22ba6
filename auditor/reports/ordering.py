"""What every report agrees on: which findings come first, which are told aside, and which are mended together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from auditor.graph.types import Role
from auditor.judgement.gate import sure
from auditor.judgement.reasons import kind_of
from auditor.judgement.roles import GATING, strongest
from auditor.judgement.types import Attempts, Finding, Undecided
from auditor.reports.report import Report
from auditor.reports.words import SEVERITIES, size

STATES = ("new", "worse", "open", "baselined", "suppressed")
ROLES = ("production", "script", "library", "notebook", "example", "test")
WEIGHTLESS = ROLES[3:]


def worst_first(finding: Finding) -> tuple[object, ...]:
    aside = finding.role in WEIGHTLESS
    order = index(STATES, finding.state), index(SEVERITIES, finding.severity), index(ROLES, finding.role)
    return aside, *order, finding.rule, -len(finding.sites), finding.at, finding.fingerprint, finding.occurrence


def fresh(report: Report, finding: Finding) -> bool:
    """Whether it is to be told in full: where there is a base, only what the base did not have."""
    known = finding.state == "baselined" or (
        finding.state == "open" and report.compared_with is not None and report.compared_with.kind == "commit"
    )
    return not known and finding.state != "suppressed"


def index(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def told(report: Report) -> tuple[list[Finding], list[Finding]]:
    """What is not suppressed, worst first: what the repository is to be judged by, and what is told aside because it can never fail the
    gate."""
    shown = sorted((f for f in report.findings if f.state != "suppressed"), key=worst_first)
    roles = _told_roles(report, shown)
    main = [f for f in shown if f.role in roles and sure(f)]
    return main, [f for f in shown if f.role not in roles or not sure(f)]


def _told_roles(report: Report, shown: Sequence[Finding]) -> frozenset[Role]:
    """What a repository is for: production code and scripts, or the strongest there is where it has neither."""
    roles = {row.role for row in report.matrix} | {finding.role for finding in shown}
    return GATING if not roles or roles & GATING else frozenset({strongest(roles)})


def lesser(shown: Sequence[Finding]) -> dict[str, list[Finding]]:
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


def by_reason(undecided: Iterable[Undecided]) -> list[tuple[str, list[Undecided]]]:
    """Each reason with what it concerns, the commonest first; one subject can have several."""
    groups: dict[str, list[Undecided]] = defaultdict(list)
    for item in sorted(undecided):
        for reason in dict.fromkeys(kind_of(why) for why in item.why.split("; ")):
            groups[reason].append(item)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def attempts(report: Report) -> list[Attempts]:
    """Calls whose attempts differ from the base: those that have grown first, the largest first."""
    rows = report.before.attempts if report.before else ()
    return sorted(rows, key=lambda row: (size(row.after) <= size(row.before), -size(row.after), row.at, row.name))
