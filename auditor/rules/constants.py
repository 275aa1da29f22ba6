"""What judgement reckons with, beside the rules, their points and the gates of the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.graph.types import Role
from auditor.rules.types import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """The defaults are those of today; each rule set has its own, so a sealed one needs a word for a constant that is new."""

    weights: Mapping[Role, float] = field(default_factory=lambda: {"production": 1.0, "script": 1.0, "library": 0.5})
    """of a subject in the score, by role; what is in tests, examples and notebooks never counts"""
    unknown: float = 0.5
    """the share that a subject earns of which it cannot be told"""
    cap: float = 59.0
    """of the score where a gate has failed"""
    ready_from: float = 80.0
    conditional_from: float = 60.0
    dimension_from: float = 50.0
    """a dimension under it is a condition"""
    most_unknown: float = 0.4
    """share of the points: more is a condition"""
    fewest_decided: float = 50.0
    """percent of the subjects: fewer are no verdict"""
    fewest_calls: int = 3
    """model calls that make an agent codebase where there is no agent"""

    worst: Mapping[Role, Severity] = field(
        default_factory=lambda: {"script": "high", "notebook": "medium", "example": "medium", "test": "low"}
    )
    """what a finding is at most, by role: rules speak of what a production entry point reaches"""
    worst_unused: Severity = "low"
    worst_possible: Severity = "high"
    """where nothing is known to run it"""
    tried: tuple[Role, ...] = ("notebook", "example")
    """what a person tries: there a medium matter is a low one"""
    by_callers: tuple[str, ...] = ("total_attempts", "needed_seconds", "over_limit", "blocking_in_async")
    """what a subject has only by what leads to it: a rule that flags it is less sure where nothing is known to"""
    long_way: int = 9
    """steps of a trace, all of which must be right: such a rule is less sure where there are more"""


NEWEST = Constants()
