"""The score, its gates and the verdict on the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from auditor.graph.types import ModelCall, Noun
from auditor.judgement.populations import Population, Standing, populations, raw_score, standings
from auditor.judgement.roles import AUDITED, counts
from auditor.judgement.types import COUNTING, Coverage, Finding, RuleCoverage, Score, ScoreGate, VerdictName
from auditor.rules.constants import NEWEST, Constants
from auditor.rules.types import Gate, Verdict

MOST_REASONS = 5
AGENT_RUN = "agent_run"


def score(
    verdicts: Sequence[Verdict],
    nodes: Mapping[str, Noun],
    gates: Sequence[Gate],
    findings: Iterable[Finding] = (),
    constants: Constants = NEWEST,
) -> Score | None:
    """None for what is no agent codebase, and where no scored rule has a population."""
    judged = populations(verdicts, constants)
    if not judged or not is_agent_codebase(nodes.values(), constants):
        return None
    standing = standings(verdicts, gates, constants)
    raw, low, high = (raw_score(judged, unknown) for unknown in (constants.unknown, 0.0, 1.0))
    most = constants.cap if any(s.state == "failed" for s in standing) else 100.0
    return Score(
        value=_rounded(min(raw, most)),
        low=_rounded(min(low, most)),
        high=_rounded(min(high, most)),
        raw=_rounded(raw),
        dimensions=_dimensions(judged, constants.unknown),
        gates=tuple(_gates(standing, list(findings))),
        rules=tuple(_coverage(p, constants.unknown) for p in judged),
        unknown_share=_unknown_share(judged),
    )


def is_agent_codebase(nodes: Iterable[Noun], constants: Constants = NEWEST) -> bool:
    """Enough model calls, or an agent, a run of one or a loop in which a model that is told of tools decides on the next turn, outside
    tests, examples and notebooks."""
    found = [noun for noun in nodes if noun.kind in AUDITED and counts(noun)]
    calls = [noun for noun in found if isinstance(noun, ModelCall)]
    agents = (call.call == AGENT_RUN or (call.offers_tools and call.loop_kind == "model") for call in calls)
    return len(calls) < len(found) or any(agents) or len(calls) >= constants.fewest_calls


def overall(
    result: Score | None, coverage: Coverage, nodes: Mapping[str, Noun], gates: Sequence[Gate] = (), constants: Constants = NEWEST
) -> VerdictName:
    """The first that holds, in the order of the contract."""
    if not is_agent_codebase(nodes.values(), constants):
        return "incomplete" if any(item.talks for item in coverage.undecided) else "not_an_agent_codebase"
    if result and any(gate.state == "failed" for gate in result.gates):
        return "not_ready"
    if result is None or coverage.percent < constants.fewest_decided or mostly_untold(coverage, nodes.values()):
        return "incomplete"
    if result.value < constants.conditional_from:
        return "not_ready"
    return "conditional" if _conditional(result, gates, constants) else "ready"


def mostly_untold(coverage: Coverage, nodes: Iterable[Noun]) -> bool:
    """Whether more calls that look like requests to a model are not understood than model calls were found, or most of these are given
    tools and no agent was found."""
    found = [noun for noun in nodes if counts(noun)]
    calls = sum(isinstance(noun, ModelCall) for noun in found)
    return coverage.asking > calls or (2 * coverage.agentless > calls and all(noun.kind != "agent" for noun in found))


def _conditional(result: Score, gates: Sequence[Gate], constants: Constants) -> bool:
    blocking = {gate.id for gate in gates if gate.unknown_blocks}
    return (
        result.value < constants.ready_from
        or any(value < constants.dimension_from for value in result.dimensions.values())
        or result.unknown_share > constants.most_unknown
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


def _dimensions(judged: Sequence[Population], unknown: float) -> dict[str, float]:
    packs = sorted({p.rule.pack for p in judged})
    return {pack: _rounded(raw_score([p for p in judged if p.rule.pack == pack], unknown)) for pack in packs}


def _coverage(population: Population, unknown: float) -> RuleCoverage:
    rule, counts = population.rule, population.counts
    return RuleCoverage(
        rule.id, rule.title, rule.pack, rule.points, counts["pass"], counts["fail"], counts["unknown"], round(population.share(unknown), 4)
    )


def _unknown_share(judged: Sequence[Population]) -> float:
    return sum(p.rule.points * p.unknown / p.total for p in judged) / sum(p.rule.points for p in judged)


def _rounded(value: float) -> float:
    """One decimal, downwards: 79.96 must not be printed as 80 beside `conditional`."""
    return int(value * 10 + 1e-6) / 10
