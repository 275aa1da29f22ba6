"""Rules asked of the nouns of a graph: one verdict a subject, with the settings that were read as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from auditor.core.values import OneOf, Setting, Special, Unknown, worst
from auditor.graph.types import AgentGraph, Noun
from auditor.rules import values as v
from auditor.rules.expression import Expression, compile_expression
from auditor.rules.message import render
from auditor.rules.names import Kind, fields_of_nouns, kind_of_param
from auditor.rules.types import Evidence, Rule, Verdict, VerdictState

MOST_COMBINATIONS = 64


@dataclass(frozen=True, slots=True)
class Compiled:
    """The expressions of a rule; None where it has none."""

    where: Expression | None
    flag: Expression
    measure: Expression | None


class NeedChoice(Exception):
    """A field with several values was read: each has to be tried."""

    def __init__(self, name: str, setting: Setting) -> None:
        super().__init__(name)
        self.name, self.setting = name, setting


class TooMany(Exception):
    """More combinations of alternatives than are tried."""


def names_of(rule: Rule) -> dict[str, Kind]:
    """What a rule's expressions may use."""
    return {**fields_of_nouns(rule.each), **{name: kind_of_param(value) for name, value in rule.params.items()}}


@lru_cache(maxsize=1024)
def _compiled(each: tuple[str, ...], params: tuple[tuple[str, Any], ...], where: str, flag: str, measure: str) -> Compiled:
    names = {**fields_of_nouns(each), **{n: kind_of_param(p) for n, p in params}}
    return Compiled(
        compile_expression(where, names, "truth") if where else None,
        compile_expression(flag, names, "truth"),
        compile_expression(measure, names, "number") if measure else None,
    )


def compiled(rule: Rule) -> Compiled:
    return _compiled(rule.each, tuple(sorted(rule.params.items())), rule.where, rule.flag, rule.measure)


@dataclass(slots=True)
class Names:
    """The fields of one subject, with the alternative chosen for each field that has several."""

    noun: Noun
    params: Mapping[str, Any]
    chosen: dict[str, Setting]
    read_fields: dict[str, None] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    pick_worst: bool = False

    def _setting(self, name: str) -> Setting | None:
        value = self.chosen.get(name) or getattr(self.noun, name)
        if not isinstance(value, Setting):
            return None
        self.read_fields[name] = None
        if isinstance(value.value, OneOf):
            if not self.pick_worst:
                raise NeedChoice(name, value)
            value = worst(value.value.alternatives) or value
        if isinstance(value.value, Unknown):
            self.lost.append(value.value.why)
        return value

    def read(self, name: str) -> Any:
        if name in self.params:
            return self.params[name]
        setting = self._setting(name)
        if setting is not None:
            return setting.value
        value = getattr(self.noun, name)
        if value is None:
            self.lost.append(f"{name} cannot be told")
            return v.UNDECIDED
        return value

    def origin(self, name: str) -> str:
        setting = self._setting(name)
        return setting.origin if setting is not None else "explicit"


@dataclass(slots=True)
class Answer:
    """none, pass, fail or unknown; which alternatives of each group failed; what was read."""

    state: VerdictState | None
    failing: dict[str, set[int]] = field(default_factory=dict)
    read: dict[str, None] = field(default_factory=dict)
    whys: list[str] = field(default_factory=list)


def evaluate(rules: Iterable[Rule], graph: AgentGraph) -> list[Verdict]:
    """All verdicts, by rule, path, line and id."""
    by_kind: dict[str, list[Noun]] = {}
    for noun in graph.nodes.values():
        by_kind.setdefault(noun.kind, []).append(noun)
    rows: list[Verdict] = []
    for rule in sorted(rules, key=lambda r: r.id):
        subjects = [n for kind in rule.each for n in by_kind.get(kind, ())]
        for noun in sorted(subjects, key=lambda n: (n.at.path, n.at.line, n.id)):
            verdict = ask(rule, noun)
            if verdict is not None:
                rows.append(verdict)
    return rows


def ask(rule: Rule, noun: Noun) -> Verdict | None:
    """The verdict of a rule on a subject; None: it is not in question."""
    parts = compiled(rule)
    try:
        answer = _answer(rule, parts, noun, {}, [0])
    except TooMany:
        answer = Answer("unknown", whys=["too many values can reach it"])
    if answer.state is None:
        return None
    read = tuple(Evidence(name, getattr(noun, name)) for name in answer.read)
    if answer.state == "pass":
        return Verdict(rule=rule, subject=noun, state="pass", evidence=read)
    if answer.state == "unknown":
        why = "; ".join(dict.fromkeys(answer.whys)) or "it cannot be told"
        return Verdict(rule=rule, subject=noun, state="unknown", evidence=read, why=why)
    failing, anchors = _anchors(rule, noun, answer)
    return Verdict(
        rule=rule,
        subject=noun,
        state="fail",
        failing=failing,
        evidence=read,
        anchors=anchors,
        measure=_measure(rule, parts, noun),
        message=render(rule, noun),
    )


def _answer(rule: Rule, parts: Compiled, noun: Noun, chosen: dict[str, Setting], count: list[int]) -> Answer:
    count[0] += 1
    if count[0] > MOST_COMBINATIONS * 4:
        raise TooMany
    names = Names(noun, rule.params, chosen)
    try:
        return _decided(parts, names)
    except NeedChoice as choice:
        return _each(rule, parts, noun, chosen, choice, count, names)


def _decided(parts: Compiled, names: Names) -> Answer:
    """The table of where and flag."""
    where = True if parts.where is None else v.truth(parts.where.run(names))
    if where is False:
        return Answer(None)
    flag = v.truth(parts.flag.run(names))
    if where is True and not isinstance(flag, Unknown):
        return Answer("fail" if flag else "pass", read=names.read_fields)
    if flag is False:
        return Answer(None)
    whys = list(names.lost)
    whys += [x.why for x in (where, flag) if isinstance(x, Unknown)] if not whys else []
    return Answer("unknown", read=names.read_fields, whys=whys)


def _each(
    rule: Rule, parts: Compiled, noun: Noun, chosen: dict[str, Setting], choice: NeedChoice, count: list[int], names: Names
) -> Answer:
    """Every alternative of a field; fields of the same group go along."""
    value = choice.setting.value
    assert isinstance(value, OneOf)
    group = value.group or choice.name
    together = {choice.name: value.alternatives}
    if value.group:
        together.update(_group(noun, value))
    answers = []
    for i in range(len(value.alternatives)):
        answers.append(_answer(rule, parts, noun, {**chosen, **{f: rows[i] for f, rows in together.items()}}, count))
    result = _combined(answers, undecided=value.undecided)
    if result.state == "fail":
        result.failing.setdefault(group, set()).update(i for i, a in enumerate(answers) if a.state == "fail")
    result.read = {**names.read_fields, **result.read}
    if result.state == "unknown" and value.undecided and not result.whys:
        shown = ", ".join(_shown(s) for s in value.alternatives)
        result.whys = [f"{choice.name} is one of {shown}"]
    return result


def _shown(setting: Setting) -> str:
    value = setting.value
    return value.value if isinstance(value, Special) else "unknown" if isinstance(value, Unknown) else str(value)


def _group(noun: Noun, wanted: OneOf) -> dict[str, tuple[Setting, ...]]:
    rows: dict[str, tuple[Setting, ...]] = {}
    for name in noun.__dataclass_fields__:
        value = getattr(noun, name)
        if isinstance(value, Setting) and isinstance(value.value, OneOf):
            other = value.value
            if other.group == wanted.group and len(other.alternatives) == len(wanted.alternatives):
                rows[name] = other.alternatives
    return rows


def _combined(answers: list[Answer], *, undecided: bool) -> Answer:
    """Reaching alternatives: one failing is enough; undecided ones: all must agree."""
    states = [a.state for a in answers if a.state is not None]
    read: dict[str, None] = {}
    failing: dict[str, set[int]] = {}
    for a in answers:
        read.update(a.read)
        for group, found in a.failing.items():
            failing.setdefault(group, set()).update(found)
    whys = [w for a in answers if a.state == "unknown" for w in a.whys]
    if not states:
        return Answer(None)
    if undecided:
        same = len(set(states)) == 1 and len(states) == len(answers)
        return Answer(states[0] if same else "unknown", failing if same else {}, read, whys)
    if "fail" in states:
        return Answer("fail", failing, read)
    return Answer("unknown" if "unknown" in states else "pass", {}, read, whys)


def _anchors(rule: Rule, noun: Noun, answer: Answer) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The failing alternatives of the group of `at`, and the nodes where they are mended."""
    if not rule.at:
        return (), ()
    setting = getattr(noun, rule.at)
    if isinstance(setting, tuple):
        return (), tuple(setting)
    value = setting.value if isinstance(setting, Setting) else setting
    if isinstance(value, str) and value:
        return (), (value,)
    if not isinstance(value, OneOf):
        return (), ()
    failing = answer.failing.get(value.group) if value.group else None
    indices = sorted(failing) if failing else range(len(value.alternatives)) if not answer.failing else ()
    ids = [value.alternatives[i].value for i in indices if i < len(value.alternatives)]
    return tuple(indices), tuple(dict.fromkeys(i for i in ids if isinstance(i, str)))


def _measure(rule: Rule, parts: Compiled, noun: Noun) -> float | Special | None:
    if parts.measure is None:
        return None
    value = parts.measure.run(Names(noun, rule.params, {}, pick_worst=True))
    return value if isinstance(value, (int, float, Special)) else None
