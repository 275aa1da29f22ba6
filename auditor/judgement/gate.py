"""The gate: from findings, score and coverage to an exit code with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from auditor.graph.types import Noun
from auditor.judgement.compare import Base
from auditor.judgement.roles import AUDITED, GATING
from auditor.judgement.types import ADDED, COUNTING, SEVERITIES, Coverage, Finding, GateResult, Score

FailOn: TypeAlias = Literal["critical", "high", "medium", "low", "never"]
MOST_NAMED = 3
IN_LIBRARY = "in library code, to which no path from an entry point was found"
IN_SCORE = " (the score counts it: --fail-under N makes it count here)"
ASIDE = "in notebooks, examples or tests"
PREVIEW = "of rules that are not stable"
UNSURE = "of low confidence"
REASONS = (IN_LIBRARY, ASIDE, PREVIEW, UNSURE)


@dataclass(frozen=True, slots=True)
class GateOptions:
    """What the user asked of the gate; None: not asked."""

    fail_on: FailOn = "high"
    fail_under: float | None = None
    min_coverage: float | None = None
    allow_empty: bool = False
    exit_zero: bool = False


def decide(
    findings: Sequence[Finding],
    score: Score | None,
    coverage: Coverage,
    options: GateOptions,
    *,
    files_read: int,
    nodes: Iterable[Noun],
    base: Base | None = None,
) -> GateResult:
    """Exit 3 beats 1 beats 0; `exit_zero` turns 1 into 0 only. `files_read`: how many source files could be read.

    Against a base only new and worse findings count, and score gates that had not failed.
    """
    counted = [f for f in findings if base is None or f.state in ADDED]
    unable = [*_nothing(options, files_read, nodes), *_unable(options, score, coverage)]
    failed = [*_findings(failing(findings, options, base)), *_score_gates(score, base.gates if base else None), *_score(score, options)]
    return GateResult(
        passed=not unable and not failed,
        exit_code=3 if unable else 1 if failed and not options.exit_zero else 0,
        reasons=(*unable, *failed),
        asked=_asked(options),
        none="" if unable or failed else _none(score, options, compared=base is not None),
        aside=tuple(_aside(counted, options)),
    )


def _asked(options: GateOptions) -> str:
    limits = [("fail-under", options.fail_under), ("min-coverage", options.min_coverage)]
    return ", ".join([f"fail-on {options.fail_on}", *(f"{name} {value:g}" for name, value in limits if value is not None)])


def _none(score: Score | None, options: GateOptions, *, compared: bool) -> str:
    """What a passed gate has looked at."""
    severe = options.fail_on if options.fail_on == "critical" else f"{options.fail_on} or worse"
    which = "no new or worse finding" if compared else "no finding"
    found = "findings do not count" if options.fail_on == "never" else f"{which} that is {severe} in production or script code"
    if score is None:
        return found
    if compared:
        return f"{found}, no score gate failed that had not"
    closed = any(gate.state == "failed" for gate in score.gates)
    return f"{found}, no score gate failed" + (" with an open finding behind it" if closed else "")


def _aside(findings: Sequence[Finding], options: GateOptions) -> Iterable[str]:
    """Findings that are severe enough to fail the gate and do not count, by reason."""
    if options.fail_on == "never":
        return
    severe = SEVERITIES[SEVERITIES.index(options.fail_on) :]
    counts = Counter(reason for f in findings if f.severity in severe and not gates(f) and (reason := reason_of(f)))
    for reason in REASONS:
        if counts[reason]:
            yield f"{counts[reason]} {'finding' if counts[reason] == 1 else 'findings'} {reason}{IN_SCORE if reason == IN_LIBRARY else ''}"


def reason_of(finding: Finding) -> str:
    """Why a finding does not count, its severity aside; empty where it is known, or hidden."""
    if finding.state not in COUNTING:
        return ""
    if finding.role not in GATING:
        return IN_LIBRARY if finding.role == "library" else ASIDE
    return PREVIEW if finding.status != "stable" else UNSURE


def _nothing(options: GateOptions, files_read: int, nodes: Iterable[Noun]) -> Iterable[str]:
    if options.allow_empty:
        return
    if not files_read:
        yield "nothing to audit: no source file could be read"
    elif not any(noun.kind in AUDITED and noun.role != "test" for noun in nodes):
        tools = any(noun.kind == "tool" and noun.role != "test" for noun in nodes)
        yield f"nothing to {'score' if tools else 'audit'}: neither a model call nor an agent was found outside tests"


def _unable(options: GateOptions, score: Score | None, coverage: Coverage) -> Iterable[str]:
    if options.min_coverage is not None and coverage.found and coverage.percent < options.min_coverage:
        decided = f"{coverage.decided} of {coverage.found} subjects decided"
        yield f"coverage {coverage.percent:.1f} % is under {options.min_coverage:g} % ({decided})"
    if options.fail_under is not None and score is None:
        yield f"there is no score to compare with {options.fail_under:g}"


def failing(findings: Iterable[Finding], options: GateOptions, base: Base | None) -> list[Finding]:
    """The findings by which the gate fails."""
    if options.fail_on == "never":
        return []
    severe = SEVERITIES[SEVERITIES.index(options.fail_on) :]
    return [f for f in findings if f.severity in severe and gates(f) and (base is None or f.state in ADDED)]


def _findings(findings: Sequence[Finding]) -> Iterable[str]:
    for severity in reversed(SEVERITIES):
        counted = [f for f in findings if f.severity == severity]
        if counted:
            named = ", ".join(f"{f.rule} at {f.at}{_state(f)}" for f in counted[:MOST_NAMED])
            more = f" and {len(counted) - MOST_NAMED} more" if len(counted) > MOST_NAMED else ""
            yield f"{len(counted)} {severity} {'finding' if len(counted) == 1 else 'findings'}: {named}{more}"


def _state(finding: Finding) -> str:
    return f" ({finding.state})" if finding.state in ADDED else ""


def gates(finding: Finding) -> bool:
    """Whether a finding can fail the gate, its severity aside."""
    return finding.state in COUNTING and sure(finding) and finding.role in GATING


def sure(finding: Finding) -> bool:
    """Whether it is of a stable rule, and not of low confidence."""
    return finding.status == "stable" and finding.confidence != "low"


def _score_gates(score: Score | None, known: Collection[str] | None) -> Iterable[str]:
    """`known`: those that a base had failed. Known findings can be what a gate fails by that the base had passed, or could not tell."""
    newly = "" if known is None else ", which the base had not,"
    for gate in score.gates if score else ():
        if gate.state == "failed" and gate.open and gate.id not in (known or ()):
            yield f"score gate {gate.id} failed{newly} ({gate.title}): {', '.join(gate.because)}"


def _score(score: Score | None, options: GateOptions) -> Iterable[str]:
    if score and options.fail_under is not None and score.value < options.fail_under:
        yield f"score {score.value:g} is under {options.fail_under:g}"
