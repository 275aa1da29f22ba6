"""The score, its gates and the verdict on the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from auditor.graph.types import Noun
from auditor.judgement.populations import CAP, Population, Standing, populations, raw_score, standings
from auditor.judgement.roles import AUDITED, weight_of
from auditor.judgement.types import COUNTING, Coverage, Finding, RuleCoverage, Score, ScoreGate, VerdictName
from auditor.rules.types import Gate, Verdict

FEWEST_CALLS = 3
READY_FROM, CONDITIONAL_FROM, DIMENSION_FROM = 80.0, 60.0, 50.0
MOST_UNKNOWN = 0.4
FEWEST_DECIDED = 50.0
MOST_REASONS = 5


def score(verdicts: Sequence[Verdict], nodes: Mapping[str, Noun], gates: Sequence[Gate], findings: Iterable[Finding] = ()) -> Score | None:
    """None for what is no agent codebase, and where no scored rule has a population."""
    judged = populations(verdicts)
    if not judged or not is_agent_codebase(nodes.values()):
        return None
    standing = standings(verdicts, gates)
    raw, low, high = (raw_score(judged, unknown) for unknown in (0.5, 0.0, 1.0))
    most = CAP if any(s.state == "failed" for s in standing) else 100.0
    return Score(
        value=_rounded(min(raw, most)),
        low=_rounded(min(low, most)),
        high=_rounded(min(high, most)),
        raw=_rounded(raw),
        dimensions=_dimensions(judged),
        gates=tuple(_gates(standing, list(findings))),
        rules=tuple(_coverage(p) for p in judged),
        unknown_share=_unknown_share(judged),
    )


def is_agent_codebase(nodes: Iterable[Noun]) -> bool:
    """Enough model calls, or an agent, outside tests, examples and notebooks."""
    kinds = [noun.kind for noun in nodes if noun.kind in AUDITED and weight_of(noun)]
    return "agent" in kinds or kinds.count("model_call") >= FEWEST_CALLS


def overall(result: Score | None, coverage: Coverage, nodes: Mapping[str, Noun], gates: Sequence[Gate] = ()) -> VerdictName:
    """The first that holds, in the order of the contract."""
    if not is_agent_codebase(nodes.values()):
        return "incomplete" if any(item.talks for item in coverage.undecided) else "not_an_agent_codebase"
    if result and any(gate.state == "failed" for gate in result.gates):
        return "not_ready"
    if result is None or coverage.percent < FEWEST_DECIDED:
        return "incomplete"
    if result.value < CONDITIONAL_FROM:
        return "not_ready"
    return "conditional" if _conditional(result, gates) else "ready"


def _conditional(result: Score, gates: Sequence[Gate]) -> bool:
    blocking = {gate.id for gate in gates if gate.unknown_blocks}
    return (
        result.value < READY_FROM
        or any(value < DIMENSION_FROM for value in result.dimensions.values())
        or result.unknown_share > MOST_UNKNOWN
        or any(gate.unknown and gate.id in blocking for gate in result.gates)
    )


def _gates(standings: Sequence[Standing], findings: Sequence[Finding]) -> Iterable[ScoreGate]:
    for standing in standings:
        behind = [f for f in findings if _fails(f, standing)] if standing.state == "failed" else []
        reasons = [f"{finding.rule} at {finding.at}" for finding in behind]
        if len(reasons) > MOST_REASONS:
            reasons = [*reasons[:MOST_REASONS], f"{len(reasons) - MOST_REASONS} more"]
        counts = any(f.state in COUNTING and _fails(f, standing, heard=True) for f in behind)
        yield ScoreGate(standing.gate.id, standing.gate.title, standing.state, tuple(reasons), counts, standing.unknown)


def _fails(finding: Finding, standing: Standing, *, heard: bool = False) -> bool:
    """Whether a gate fails through a site of the finding; `heard`: through one that is not suppressed."""
    return finding.rule in standing.gate.rules and any(
        (finding.rule, site.subject) in standing.failing for site in finding.sites if not (heard and site.suppressed)
    )


def _dimensions(judged: Sequence[Population]) -> dict[str, float]:
    packs = sorted({p.rule.pack for p in judged})
    return {pack: _rounded(raw_score([p for p in judged if p.rule.pack == pack])) for pack in packs}


def _coverage(population: Population) -> RuleCoverage:
    rule, counts = population.rule, population.counts
    return RuleCoverage(
        rule.id, rule.title, rule.pack, rule.points, counts["pass"], counts["fail"], counts["unknown"], round(population.share(), 4)
    )


def _unknown_share(judged: Sequence[Population]) -> float:
    return sum(p.rule.points * p.unknown / p.total for p in judged) / sum(p.rule.points for p in judged)


def _rounded(value: float) -> float:
    """One decimal, downwards: 79.96 must not be printed as 80 beside `conditional`."""
    return int(value * 10 + 1e-6) / 10
