"""Rules, gates, and the verdicts that rules give on nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from auditor.core.values import Setting, Special
from auditor.graph.types import Noun

Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
Confidence: TypeAlias = Literal["high", "medium", "low"]
Status: TypeAlias = Literal["preview", "stable", "deprecated"]
VerdictState: TypeAlias = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Grade:
    """A severity, and when a failing subject has it; the last one of a rule has no condition. `remedy`: where it is not the rule's."""

    severity: Severity
    when: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Remedies:
    """What mends a subject by the way in which the library sets `setting`: `argument` names it in place of `{argument}`, `none` is for a
    library that has nothing for it (else the rule's remedy), `blocking` in place of that for calls that block their thread, `mixed` for a
    call that several clients reach of which only some have an argument, named in place of `{argument}` (else the rule's remedy)."""

    setting: str
    argument: str
    none: str = ""
    blocking: str = ""
    mixed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One yes/no question about a noun. `column`: the column of the control matrix that it answers; `page`: its Markdown.

    `control`: what the settings declare to answer it; `within`: the parameter that the value of the declaration must not exceed.

    `severity`: the worst that it can be; `grades`: where it depends on the subject, the first that holds.
    `behind`: rules whose findings speak of the same cause where they stand on the trace: the finding is one step less severe then.
    """

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    status: Status
    pack: str
    each: tuple[str, ...]
    flag: str = ""
    where: str = ""
    measure: str = ""
    at: str = ""
    together: str = ""
    behind: tuple[str, ...] = ()
    trace: str = "trace"
    column: str = ""
    control: str = ""
    within: str = ""
    since: str = ""
    params: Mapping[str, float | str | bool] = field(default_factory=dict)
    points: float = 0.0
    message: str = ""
    remedy: str = ""
    remedies: Remedies | None = None
    references: tuple[str, ...] = ()
    page: str = ""
    grades: tuple[Grade, ...] = ()
    own: bool = False
    """it comes with the tool"""

    @property
    def severities(self) -> str:
        """`critical`, or `critical to medium`: the worst and the mildest that it can be."""
        order: tuple[Severity, ...] = get_args(Severity)
        mildest = max((grade.severity for grade in self.grades), key=order.index, default=self.severity)
        return self.severity if mildest == self.severity else f"{self.severity} to {mildest}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A setting that the evaluator has read."""

    field: str
    setting: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of a rule on a subject.

    `failing`: which of the reaching alternatives fail; `anchors`: ids of the nodes where it is mended, empty for the subject itself;
    `measure`: the number that can get worse; `message` is filled in for `fail`, `why` for `unknown`;
    `severity`, `remedy`: where the rule grades, `grade`: the condition that it is by.
    """

    rule: Rule
    subject: Noun
    state: VerdictState
    failing: tuple[int, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    anchors: tuple[str, ...] = ()
    measure: float | Special | None = None
    message: str = ""
    why: str = ""
    severity: Severity | None = None
    grade: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A gate of the score, asked of the subjects whose role is in `roles`.

    `condition`: `any` fails when one subject fails one of `rules`; `all` when some fail and none passes.
    `only`: field -> state (`absent`); a failing subject whose settings are in other states passes the gate.
    `unknown_blocks`: a subject that cannot be told keeps the verdict from being `ready`.
    `severity`: a failing subject whose verdict is less severe passes the gate.
    """

    id: str
    title: str
    rules: tuple[str, ...]
    condition: Literal["any", "all"] = "any"
    roles: tuple[str, ...] = ("production", "script")
    only: Mapping[str, str] = field(default_factory=dict)
    unknown_blocks: bool = False
    severity: Severity = "info"
