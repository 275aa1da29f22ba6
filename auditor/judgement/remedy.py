"""What mends a finding, with the argument of the library that it is about."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.values import OneOf, Setting, Unknown, alternatives
from auditor.rules.types import Verdict

MOST_NAMED = 3


def remedy_of(verdicts: Sequence[Verdict]) -> str:
    """The rule's remedy for a library that has an argument for the setting, for one that has none, or for any where that is not known.

    `verdicts`: what is said of one subject through each client that is mended.
    """
    rule = verdicts[0].rule
    rows = [row for verdict in verdicts for row in _failing(verdict)]
    if rule.remedies is None or not rows:
        return rule.remedy
    levers = list(dict.fromkeys(s.argument for s in rows if not isinstance(s.value, Unknown)))
    named = [lever for lever in levers if lever]
    if None in levers or not levers or len(named) > MOST_NAMED or (named and "" in levers):
        return rule.remedy
    return rule.remedies.argument.replace("{argument}", " or ".join(named)) if named else rule.remedies.none


def _failing(verdict: Verdict) -> tuple[Setting, ...]:
    remedies = verdict.rule.remedies
    setting = getattr(verdict.subject, remedies.setting) if remedies is not None else None
    if not isinstance(setting, Setting):
        return ()
    rows = alternatives(setting)
    if isinstance(setting.value, OneOf):
        rows = tuple(rows[i] for i in verdict.failing if i < len(rows)) or rows
    return rows
