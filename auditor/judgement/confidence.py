"""How sure a finding is: as its rule, and a step less where its claim rests on a way that is not known, or that is one of several, where
something that is not read may bring another value, or where a retry that multiplies may not try again after what those inside it did;
another step less where it rests on a long way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import get_args

from auditor.core.values import OneOf, Setting, alternatives, leaves
from auditor.rules.constants import Constants
from auditor.rules.types import Confidence, Rule, Verdict

CONFIDENCES: Sequence[Confidence] = get_args(Confidence)
"""the surest first"""


def confidence_of(verdict: Verdict, constants: Constants) -> Confidence:
    own = verdict.rule.confidence
    rests = _by_callers(verdict.rule, constants)
    chosen = own == CONFIDENCES[0] and any(step.chosen for step in verdict.subject.trace)
    unsure = (rests and (verdict.subject.possible or chosen)) or _may_be_another(verdict) or _may_not_repeat(verdict)
    far = rests and len(_way(verdict)) > constants.long_way
    return CONFIDENCES[min(CONFIDENCES.index(own) + unsure + far, len(CONFIDENCES) - 1)]


def surest(verdicts: Iterable[Verdict], constants: Constants) -> Confidence:
    return min((confidence_of(v, constants) for v in verdicts), key=CONFIDENCES.index)


def _way(verdict: Verdict) -> Sequence[object]:
    """The steps on which the claim rests."""
    steps: Sequence[object] = getattr(verdict.subject, verdict.rule.trace, ())
    return steps or verdict.subject.trace


def _by_callers(rule: Rule, constants: Constants) -> bool:
    return not set(constants.by_callers).isdisjoint(re.findall(r"\w+", rule.flag))


def _may_be_another(verdict: Verdict) -> bool:
    """Whether none of the values that it fails for is sure, in one of the settings that were read."""
    return any(e.setting.unread or all(leaf.unread for leaf in _failing(verdict, e.setting)) for e in verdict.evidence)


def _may_not_repeat(verdict: Verdict) -> bool:
    """Whether it counts a retry of which it is not known that it tries again after the failures that those inside it give up on."""
    counted = "total_attempts" in re.findall(r"\w+", verdict.rule.flag)
    return counted and any(layer.same_errors is None for layer in getattr(verdict.subject, "layers", ()))


def _failing(verdict: Verdict, setting: Setting) -> Sequence[Setting]:
    several = alternatives(setting)
    rows = [several[i] for i in verdict.failing if i < len(several)] if isinstance(setting.value, OneOf) else []
    return [leaf for row in rows or several for leaf in leaves(row)]
