"""What mends a finding, with the argument of the library that it is about."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.values import OneOf, Setting, Unknown, alternatives
from auditor.rules.types import Verdict

MOST_NAMED = 3


def remedy_of(verdicts: Sequence[Verdict]) -> str:
    """The rule's remedy for a library that has an argument for the setting, for one that has none, for clients of both kinds, or for any
    where that is not known.

    `verdicts`: what is said of one subject through each client that is mended, or of several that are mended in the same way.
    """
    rule = verdicts[0].rule
    if rule.remedies is None:
        return rule.remedy
    levers = list(dict.fromkeys(lever for verdict in verdicts for lever in _levers(verdict)))
    named = _joined([lever for lever in levers if lever])
    named = _of_each(named) if len(named) > MOST_NAMED else named
    words = rule.remedies.mixed if named and "" in levers else rule.remedies.argument
    if None in levers or not levers or len(named) > MOST_NAMED or not words:
        return rule.remedy
    text = words.replace("{argument}", _listed(_by_argument(named))) if named else _without(verdicts)
    return text.replace("{caller}", "the agent" if getattr(verdicts[0].subject, "by_tool", False) else "the caller")


def _without(verdicts: Sequence[Verdict]) -> str:
    """For what has no argument: what is awaited can be ended from outside, what blocks its thread cannot."""
    remedies = verdicts[0].rule.remedies
    assert remedies is not None
    block = all(getattr(verdict.subject, "blocks", False) for verdict in verdicts)
    return (remedies.blocking if block else "") or remedies.none or verdicts[0].rule.remedy


def _joined(levers: Sequence[str]) -> list[str]:
    """One argument is named once, with all that it is to be used in place of."""
    rows: dict[str, list[str]] = {}
    for lever in levers:
        argument, _, other = lever.partition(" (in place of ")
        rows.setdefault(argument, []).append(other.removesuffix(")"))
    return [
        f"{argument} ({'also ' if '' in others else ''}in place of {' and '.join(o for o in others if o)})" if any(others) else argument
        for argument, others in rows.items()
    ]


def _by_argument(named: Sequence[str]) -> list[str]:
    """One argument of several callables is named once, with each of them: all of them are to have it."""
    rows: dict[str, list[str]] = {}
    for lever in named:
        argument, _, owner = lever.rpartition(" of ")
        whole = argument and owner.endswith("()")
        rows.setdefault(argument if whole else lever, []).extend([owner] if whole else [])
    return [f"{argument} of {_listed(owners)}" if owners else argument for argument, owners in rows.items()]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _of_each(named: Sequence[str]) -> list[str]:
    """One argument of many methods of a class is named with the class alone, or with what gives its object."""
    owners = {lever.rpartition(".")[0] for lever in named if lever.endswith("()")}
    argument, _, owner = next(iter(owners)).rpartition(" of ") if len(owners) == 1 else ("", "", "")
    owner = f"what {owner} gives" if owner.endswith("()") else owner
    return [f"{argument} of each call of {owner}"] if argument and owner else list(named)


def way_of(verdict: Verdict) -> str:
    """Which of the rule's remedies fits: one that names an argument, one for what has none, or the one for all."""
    levers = _levers(verdict) if verdict.rule.remedies is not None else []
    if None in levers or not levers or (any(levers) and "" in levers):
        return "any"
    return "argument" if any(levers) else "none"


def _levers(verdict: Verdict) -> list[str | None]:
    """The arguments that set what fails; empty text: there is none, None: it is not known."""
    assert verdict.rule.remedies is not None
    setting = getattr(verdict.subject, verdict.rule.remedies.setting)
    if not isinstance(setting, Setting):
        return [None]
    rows = alternatives(setting)
    if isinstance(setting.value, OneOf):
        rows = tuple(rows[i] for i in verdict.failing if i < len(rows)) or rows
    return [s.argument for s in rows if not isinstance(s.value, Unknown)]
