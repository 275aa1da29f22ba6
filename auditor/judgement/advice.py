"""'Fix these first': the score recomputed with the sites of findings mended, greedily, what fails a gate first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from auditor.judgement.populations import Population, Standing, populations, raw_score, standings
from auditor.judgement.types import SEVERITIES, Advice, AdviceStep, Finding, Score
from auditor.rules.constants import NEWEST, Constants
from auditor.rules.types import Gate, Verdict

_Cause: TypeAlias = tuple[Finding, tuple[str, ...]]
"""a finding with the sites of all of its cause, and the ids of the others"""

MOST_STEPS = 3
SMALLEST_GAIN = 0.05


class _State:
    """Sums that change step by step: a subject is mended when the last finding that holds it is."""

    def __init__(self, verdicts: Sequence[Verdict], gates: Sequence[Gate], findings: Iterable[Finding], constants: Constants) -> None:
        self.constants = constants
        self.rules: Mapping[str, Population] = {p.rule.id: p for p in populations(verdicts, constants)}
        self.gates = standings(verdicts, gates, constants)
        self.points = sum(p.rule.points for p in self.rules.values())
        self.holding: dict[tuple[str, str], int] = {}
        for finding in findings:
            for site in finding.sites:
                key = finding.rule, site.subject
                self.holding[key] = self.holding.get(key, 0) + 1

    def mends(self, finding: Finding) -> list[tuple[str, str]]:
        """The subjects that would be good with this finding gone."""
        keys = ((finding.rule, site.subject) for site in finding.sites)
        return [key for key in keys if self.holding[key] == 1]

    def gain(self, finding: Finding) -> float:
        """What the uncapped score gains."""
        population = self.rules.get(finding.rule)
        return 100.0 * population.rule.points * self._weight(finding) / population.total / self.points if population else 0.0

    def lifted(self, finding: Finding) -> list[Standing]:
        keys = self.mends(finding)
        return [g for g in self.gates if g.state == "failed" and finding.rule in g.gate.rules and g.mended_by(keys)]

    def towards(self, finding: Finding) -> int:
        """How many of the subjects through which a gate fails would be mended."""
        keys = self.mends(finding)
        return sum(len(g.failing.intersection(keys)) for g in self.gates if g.state == "failed" and finding.rule in g.gate.rules)

    def mend(self, finding: Finding) -> None:
        keys, weight = self.mends(finding), self._weight(finding)
        for gate in self.gates:
            gate.mend(keys)
        population = self.rules.get(finding.rule)
        if population:
            population.bad -= weight
            population.ok += weight
        for site in finding.sites:
            self.holding[finding.rule, site.subject] -= 1

    def score(self) -> tuple[float, float]:
        """The score and the uncapped score."""
        raw = raw_score(list(self.rules.values()), self.constants.unknown)
        return min(raw, self.constants.cap if any(g.state == "failed" for g in self.gates) else 100.0), raw

    def _weight(self, finding: Finding) -> float:
        return sum(site.weight for site in finding.sites if self.holding[finding.rule, site.subject] == 1)


def advise(
    result: Score | None,
    verdicts: Sequence[Verdict],
    gates: Sequence[Gate],
    findings: Sequence[Finding],
    constants: Constants = NEWEST,
    *,
    failing: Iterable[Finding] = (),
) -> Advice:
    """Up to three findings whose mending gains most, before others those by which the gate fails (`failing`), the most severe first;
    suppressed ones are nobody's plan."""
    if result is None:
        return Advice()
    severities = {f.id: SEVERITIES.index(f.severity) + 1 for f in failing}
    state = _State(verdicts, gates, findings, constants)
    left = _causes(f for f in findings if f.state != "suppressed" and f.status == "stable")
    before, _ = state.score()
    steps: list[AdviceStep] = []
    while left and len(steps) < MOST_STEPS:
        best, also = max(left, key=lambda cause: _worth(state, cause, severities))
        lifted, gain = state.lifted(best), state.gain(best)
        fails = any(identity in severities for identity in (best.id, *also))
        if gain < SMALLEST_GAIN and not lifted and not fails and not state.towards(best):
            break
        opened = tuple(g.gate.id for g in lifted)
        steps.append(AdviceStep(best.rule, best.title, best.id, best.at, len(best.sites), round(gain, 1), opened, also, fails))
        state.mend(best)
        left.remove((best, also))
    after, raw = state.score()
    return Advice(tuple(steps), round(after - before, 1), round(after, 1), round(raw, 1))


def _causes(findings: Iterable[Finding]) -> list[_Cause]:
    """Findings of one cause as one, with the sites of all and the ids of the others: the entry points that lead to the same loop."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        first, last = (finding.trace[0], finding.trace[-1]) if finding.trace else (None, None)
        shared = first and last and first.at == finding.at != last.at and last.times is not None
        groups.setdefault((finding.rule, last.at if last and shared else finding.id), []).append(finding)
    return [
        (replace(one, sites=tuple(site for f in (one, *others) for site in f.sites)), tuple(f.id for f in others))
        for one, *others in groups.values()
    ]


def _worth(state: _State, cause: _Cause, severities: Mapping[str, int]) -> tuple[int, int, int, float]:
    """Gates first: those of the score that it lifts, how severely the gate fails by it, how near it comes to lifting one, then the gain."""
    finding, also = cause
    lifted = len(state.lifted(finding))
    severest = max(severities.get(identity, 0) for identity in (finding.id, *also))
    return lifted, severest, 0 if lifted else int(bool(state.towards(finding))), round(state.gain(finding), 6)
