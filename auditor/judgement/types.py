"""What judgement hands on: findings, coverage, score, gate, matrix and advice, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from auditor.core.location import Location
from auditor.core.values import Special, Unknown
from auditor.graph.traces import TraceStep
from auditor.graph.types import Role

State: TypeAlias = Literal["open", "new", "worse", "baselined", "suppressed"]
VerdictName: TypeAlias = Literal["ready", "conditional", "not_ready", "incomplete", "not_an_agent_codebase"]
GateState: TypeAlias = Literal["passed", "failed", "unknown", "not_applicable"]
Cell: TypeAlias = Literal["ok", "bad", "default", "declared", "unknown", "n/a"]

Site: TypeAlias = tuple[str, str]
"""path and digest: a site is recognised by them, however sites are taken together"""
DIGITS = 16
"""of the digest of a site"""
Total: TypeAlias = float | Special | Unknown
"""of attempts: a number, UNBOUNDED, or Unknown"""

UNSEEN_AGENT = "unseen_agent"
"""the noun of what is not understood of agents, in the coverage"""
SEVERITIES = ("info", "low", "medium", "high", "critical")
COUNTING: frozenset[State] = frozenset({"open", "new", "worse"})
"""the states in which a finding can fail the gate"""

ADDED: frozenset[State] = frozenset({"new", "worse"})
"""the states in which it can do so against a base"""


@dataclass(frozen=True, slots=True)
class Measure:
    """The number that can get worse; `value` is a number or UNBOUNDED."""

    name: str
    value: float | Special


@dataclass(frozen=True, slots=True)
class FindingSite:
    """One subject that fails: its node, its place, and whether a suppression stands there."""

    subject: str
    name: str
    at: Location
    role: Role
    suppressed: bool = False
    weight: float = 1.0
    """in the score"""
    digest: str = ""
    """of rule, function and callee: with its path the site is recognised by it, however sites are taken together"""


LABELS = {"unpooled": "severity"}
"""settings whose name says nothing to a reader"""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One setting that the rule has read, as a sentence."""

    setting: str
    text: str
    at: Location | None = None

    @property
    def label(self) -> str:
        """How reports for readers call the setting."""
        return LABELS.get(self.setting, self.setting.replace("_", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One root cause. `occurrence` is the n of `hash:n`, the n-th equal fingerprint in source order, from 1."""

    rule: str
    title: str
    pack: str
    severity: str
    confidence: str
    status: str
    state: State
    message: str
    at: Location
    symbol: str
    qualname: str
    callee: str
    role: Role
    fingerprint: str
    occurrence: int
    remedy: str
    measure: Measure | None = None
    sites: tuple[FindingSite, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    evidence: tuple[EvidenceLine, ...] = ()
    references: tuple[str, ...] = ()
    suppressed_because: str = ""
    unplaced: str = ""
    """the fingerprint without the path"""
    added: bool = False
    """whether all its sites are known not to be in the base, though a finding of the same fingerprint may be"""
    before: Measure | None = None
    """of what has become worse: what it measured in the base"""
    was: str = ""
    """of what the base had as less severe, or in code that cannot fail the gate: what it was"""

    @property
    def id(self) -> str:
        return f"{self.fingerprint}:{self.occurrence}"

    @property
    def suppressed_sites(self) -> int:
        return sum(site.suppressed for site in self.sites)


@dataclass(frozen=True, slots=True)
class Gone:
    """A finding that the base had and that is no longer there."""

    rule: str
    at: Location
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """A model call whose total attempts (its retry layers multiplied) differ from the base; None where it is not there on that side."""

    name: str
    at: Location
    before: Total | None
    after: Total | None


@dataclass(frozen=True, slots=True, order=True)
class Undecided:
    """A subject that cannot be judged whole. `noun`: its kind, `call` for a call that is not understood, `file` for an unread file.
    `talks`: a call into a library that asks models or runs agents, or one that is given what a request to a model takes (`asks`)."""

    at: Location
    noun: str
    name: str
    why: str
    rules: tuple[str, ...] = ()
    talks: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How many subjects of a noun were found, and of how many every stable rule could be answered."""

    noun: str
    found: int
    decided: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen. Tests, examples and notebooks are in no number; `undecided` says what and why."""

    found: int = 0
    decided: int = 0
    nouns: tuple[Seen, ...] = ()
    undecided: tuple[Undecided, ...] = ()

    @property
    def percent(self) -> float:
        return 100.0 * self.decided / self.found if self.found else 0.0

    @property
    def asking(self) -> int:
        """How many calls look like requests to a model and are not understood."""
        return sum(item.asks for item in self.undecided)

    @property
    def agentless(self) -> int:
        """How many model calls are given tools of which none was found."""
        return sum(item.noun == UNSEEN_AGENT for item in self.undecided)


@dataclass(frozen=True, slots=True)
class Reach:
    """Outside tests, examples and notebooks: the number of model calls, of entry points that reach one, of tools, and of agents."""

    model_calls: int = 0
    entry_points: int = 0
    tools: int = 0
    agents: int = 0


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """The population of a rule in the score: how many are good, bad and unknown, and the weighted share."""

    rule: str
    title: str
    pack: str
    points: float
    ok: int
    bad: int
    unknown: int
    share: float

    @property
    def total(self) -> int:
        return self.ok + self.bad + self.unknown


@dataclass(frozen=True, slots=True)
class ScoreGate:
    """A gate of the score.

    `because` names the findings that failed it, `open` says whether one that counts for the exit code is among them, `unknown` of how many
    subjects it cannot be told.
    """

    id: str
    title: str
    state: GateState
    because: tuple[str, ...] = ()
    open: bool = False
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is capped by failed gates, `raw` is not; `low` and `high` count what is unknown as bad and as good (capped, too)."""

    value: float
    low: float
    high: float
    raw: float
    dimensions: Mapping[str, float] = field(default_factory=dict)
    gates: tuple[ScoreGate, ...] = ()
    rules: tuple[RuleCoverage, ...] = ()
    unknown_share: float = 0.0


def failed_gates(score: Score | None) -> tuple[str, ...]:
    """The ids of the gates that failed."""
    return tuple(gate.id for gate in score.gates if gate.state == "failed") if score else ()


@dataclass(frozen=True, slots=True)
class AdviceStep:
    """A fix: the finding whose sites it mends (`fingerprint` as `hash:n`), and what the score (`raw` where capped) gains by it. `fails`:
    the gate fails by it."""

    rule: str
    title: str
    finding: str
    at: Location
    sites: int
    gain: float
    gates: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """the other findings of the same cause, which it mends as well"""
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """'Fix these first': exact, by recomputation. `after` and `raw_after` are the score and the uncapped score with all steps done."""

    steps: tuple[AdviceStep, ...] = ()
    gain: float = 0.0
    after: float = 0.0
    raw_after: float = 0.0


@dataclass(frozen=True, slots=True)
class GateResult:
    """`passed` is the gate's own answer, `exit_code` the process's, after `--exit-zero`.

    `asked`: what was asked of it (`fail-on high`), `none`: what it means that it passed, `aside`: what it does not count, and why.
    """

    passed: bool
    exit_code: int
    reasons: tuple[str, ...] = ()
    asked: str = ""
    none: str = ""
    aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the control matrix: a node and the state of each of its controls, by column."""

    noun: str
    name: str
    at: Location
    role: Role
    cells: Mapping[str, Cell]
