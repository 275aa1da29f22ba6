"""The sums behind the score: for each rule the weight that is good, bad and unknown, for each gate its subjects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from auditor.core.values import Setting, alternatives
from auditor.judgement.confidence import confidence_of
from auditor.judgement.roles import weight_of
from auditor.judgement.severity import by_severity, severity_of
from auditor.judgement.types import GateState
from auditor.rules.constants import Constants
from auditor.rules.types import Gate, Rule, Verdict


@dataclass(slots=True)
class Population:
    """Weights by state. Weights are multiples of one half, so their sums are exact and in no order."""

    rule: Rule
    ok: float = 0.0
    bad: float = 0.0
    unknown: float = 0.0
    counts: dict[str, int] = field(default_factory=lambda: {"pass": 0, "fail": 0, "unknown": 0})

    @property
    def total(self) -> float:
        return self.ok + self.bad + self.unknown

    def share(self, unknown: float) -> float:
        return (self.ok + unknown * self.unknown) / self.total

    def add(self, verdict: Verdict, weight: float) -> None:
        if not weight:
            return
        self.counts[verdict.state] += 1
        if verdict.state == "pass":
            self.ok += weight
        elif verdict.state == "fail":
            self.bad += weight
        else:
            self.unknown += weight


@dataclass(slots=True)
class Standing:
    """A gate and its subjects: (rule, subject id) of those that fail it, and how many pass and cannot be told."""

    gate: Gate
    failing: set[tuple[str, str]] = field(default_factory=set)
    passing: int = 0
    unknown: int = 0

    @property
    def state(self) -> GateState:
        decisive = self.gate.condition == "any" or not self.passing
        if self.failing and decisive and not (self.unknown and self._lenient):
            return "failed"
        if self.unknown and decisive:
            return "unknown"
        return "passed" if self.passing or self.failing else "not_applicable"

    @property
    def _lenient(self) -> bool:
        """A fault in another state passes such a gate; were it hidden behind an unknown value, the gate must not fail by that."""
        return self.gate.condition == "all" and bool(self.gate.only)

    def mended_by(self, keys: Iterable[tuple[str, str]]) -> bool:
        """Whether the failed gate would pass with these subjects mended."""
        left = self.failing.difference(keys)
        return not left or (self.gate.condition == "all" and len(left) < len(self.failing))

    def mend(self, keys: Iterable[tuple[str, str]]) -> None:
        before = len(self.failing)
        self.failing.difference_update(keys)
        self.passing += before - len(self.failing)

    def add(self, verdict: Verdict, constants: Constants) -> None:
        if verdict.state == "unknown":
            self.unknown += 1
        elif verdict.state == "fail" and self._counts(verdict, constants):
            self.failing.add((verdict.rule.id, verdict.subject.id))
        else:
            self.passing += 1

    def _counts(self, verdict: Verdict, constants: Constants) -> bool:
        return _only(self.gate, verdict) and by_severity(severity_of(verdict, constants)) <= by_severity(self.gate.severity)


def populations(verdicts: Iterable[Verdict], constants: Constants) -> list[Population]:
    """Of each stable rule with points and a population, by id."""
    found: dict[str, Population] = {}
    for verdict in verdicts:
        rule = verdict.rule
        if rule.status == "stable" and rule.points > 0:
            found.setdefault(rule.id, Population(rule)).add(verdict, weight_of(verdict.subject, constants))
    return [p for _, p in sorted(found.items()) if p.total]


def standings(verdicts: Iterable[Verdict], gates: Sequence[Gate], constants: Constants) -> list[Standing]:
    """Of each gate; only stable rules can fail one, where their confidence is high or medium."""
    standings = [Standing(gate) for gate in gates]
    asked: dict[str, list[Standing]] = {}
    for standing in standings:
        for rule in standing.gate.rules:
            asked.setdefault(rule, []).append(standing)
    for verdict in verdicts:
        if verdict.rule.status != "stable" or confidence_of(verdict, constants) == "low":
            continue
        for standing in asked.get(verdict.rule.id, ()):
            if verdict.subject.role in standing.gate.roles:
                standing.add(verdict, constants)
    return standings


def raw_score(populations: Sequence[Population], unknown: float) -> float:
    """Between 0 and 100; the populations are not empty."""
    points = sum(p.rule.points for p in populations)
    return 100.0 * sum(p.rule.points * p.share(unknown) for p in populations) / points


def _only(gate: Gate, verdict: Verdict) -> bool:
    """Whether the settings of a failing subject are in the states that the gate is about."""
    for name, state in gate.only.items():
        setting = getattr(verdict.subject, name, None)
        if not isinstance(setting, Setting) or all(s.state != state for s in alternatives(setting)):
            return False
    return True
