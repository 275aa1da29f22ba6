"""Which rules run, and as what: the rule set that is pinned, severities and parameters of settings, and selectors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast, get_args

from auditor.core.problem import AuditError
from auditor.core.text import did_you_mean
from auditor.rules.expression import LARGEST
from auditor.rules.names import kind_of_param
from auditor.rules.types import Confidence, Rule, Severity, Status

CLASSES: dict[str, tuple[str, ...]] = {"severity": get_args(Severity), "confidence": get_args(Confidence), "status": get_args(Status)}
BY_ID, BY_PACK, BY_CLASS = 3, 2, 1
MOST_TOLD = 20
"""mistakes that are looked for: a suggestion costs time"""


class Override(Protocol):
    """What settings say of one rule, and where."""

    @property
    def severity(self) -> str | None: ...
    @property
    def params(self) -> Mapping[str, float | str | bool]: ...
    @property
    def file(self) -> Path: ...
    @property
    def line(self) -> int: ...


def check(tests: Iterable[Callable[[], object]]) -> None:
    """The mistakes of all of these at once, each with its place."""
    found: dict[str, AuditError] = {}
    for test in tests:
        try:
            test()
        except AuditError as error:
            place, hint = f"{error.place}: " if error.place else "", f"\n  {error.hint}" if error.hint else ""
            found.setdefault(f"{place}{error.message}{hint}", error)
            if len(found) == MOST_TOLD:
                break
    if len(found) == 1:
        raise next(iter(found.values()))
    if found:
        raise AuditError("\n".join([f"{len(found)} mistakes in what is said of rules", *found]))


def changed(rules: Sequence[Rule], overrides: Mapping[str, Override]) -> list[Rule]:
    """With the severities and parameters of settings."""
    by_id = {rule.id: rule for rule in rules}
    for name, override in overrides.items():
        place = f"{override.file}:{override.line}:1"
        check_rule(name, rules, place)
        by_id[name] = _changed(by_id[name], override, place)
    return [by_id[rule.id] for rule in rules]


def _changed(rule: Rule, override: Override, place: str) -> Rule:
    if override.severity is not None:
        if override.severity not in CLASSES["severity"]:
            known = CLASSES["severity"]
            raise _unknown(f"there is no severity {override.severity!r}", override.severity, known, place, f"one of {', '.join(known)}")
        rule = replace(rule, severity=cast(Severity, override.severity), grades=())
    params = dict(rule.params)
    for name, value in override.params.items():
        if name not in params:
            otherwise = f"its parameters: {', '.join(params)}" if params else "it has none"
            raise _unknown(f"the rule {rule.id!r} has no parameter {name!r}", name, params, place, otherwise)
        if kind_of_param(value) != kind_of_param(params[name]):
            raise AuditError(f"the parameter {name!r} of {rule.id} is of another kind: it is {params[name]!r} by default", place=place)
        if isinstance(value, (int, float)) and not abs(value) <= LARGEST:
            raise AuditError(f"the parameter {name!r} of {rule.id} goes up to 10^12", place=place)
        params[name] = value
    return replace(rule, params=params)


def chosen(rules: Sequence[Rule], select: Sequence[str], ignore: Sequence[str], places: Mapping[str, str] | None = None) -> list[Rule]:
    """The rules that run. A selector is an id, `pack:NAME`, `severity:S`, `confidence:C` or `status:S`; the more specific one decides, of
    two equal ones `ignore`. `places`: where a selector stands."""
    for name in (*select, *ignore):
        check_selector(name, rules, (places or {}).get(name))
    rows = []
    for rule in rules:
        wanted = max((_rank(name, rule) for name in select), default=0)
        unwanted = max((_rank(name, rule) for name in ignore), default=0)
        if (wanted or not select) and not (unwanted and unwanted >= wanted):
            rows.append(rule)
    return rows


def check_selector(name: str, rules: Sequence[Rule], place: str | None = None, later: Collection[str] = ()) -> None:
    """AuditError with a suggestion for a selector that can select nothing. `later`: ids of rules that the rule set does not have yet."""
    if name in later:
        message = f"the rule {name!r} is newer than the rule set that is pinned"
        raise AuditError(message, hint="take it out of `select`, or the pin", place=place)
    kind, colon, value = name.partition(":")
    if not colon:
        return check_rule(name, rules, place)
    packs = sorted({rule.pack for rule in rules})
    options: Sequence[str] = packs if kind == "pack" else CLASSES.get(kind, ())
    if not options:
        kinds = ("pack", *CLASSES)
        raise _unknown(
            f"there is no selector {kind!r}", kind, kinds, place, f"one of {', '.join(f'{k}:' for k in kinds)} or the id of a rule"
        )
    if value not in options:
        raise _unknown(f"there is no {kind} {value!r}", value, options, place, f"one of {', '.join(options)}")
    return None


def check_rule(name: str, rules: Sequence[Rule], place: str | None = None) -> None:
    """AuditError with a suggestion for an id that no rule has."""
    ids = [rule.id for rule in rules]
    if name not in ids:
        raise _unknown(
            f"there is no rule {name!r}",
            name,
            ids,
            place,
            "`agentaudit rules` lists them; those of a pack are there with `--pack DIR`, or `packs` in the settings",
        )


def _rank(name: str, rule: Rule) -> int:
    """How specific a selector is for a rule; 0: it is not meant."""
    kind, colon, value = name.partition(":")
    if not colon:
        return BY_ID if name == rule.id else 0
    if kind == "pack":
        return BY_PACK if value == rule.pack else 0
    return BY_CLASS if value == getattr(rule, kind) else 0


def _unknown(message: str, word: str, known: Iterable[str], place: str | None, otherwise: str) -> AuditError:
    near = did_you_mean(word, known)
    return AuditError(message, hint=f"did you mean {near}?" if near else otherwise, place=place)
