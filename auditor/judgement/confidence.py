"""How sure a finding is: as its rule, and a step less where nothing is known to run it so and its claim rests on what does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import get_args

from auditor.rules.constants import Constants
from auditor.rules.types import Confidence, Rule, Verdict

CONFIDENCES: Sequence[Confidence] = get_args(Confidence)
"""the surest first"""


def confidence_of(verdict: Verdict, constants: Constants) -> Confidence:
    own = verdict.rule.confidence
    if not verdict.subject.possible or not _by_callers(verdict.rule, constants):
        return own
    return CONFIDENCES[min(CONFIDENCES.index(own) + 1, len(CONFIDENCES) - 1)]


def surest(verdicts: Iterable[Verdict], constants: Constants) -> Confidence:
    return min((confidence_of(v, constants) for v in verdicts), key=CONFIDENCES.index)


def _by_callers(rule: Rule, constants: Constants) -> bool:
    return not set(constants.by_callers).isdisjoint(re.findall(r"\w+", rule.flag))
