"""Rules asked of the nouns of a graph: one verdict a subject, with the settings that were read as evidence."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from auditor.core.values import ABSENT, OneOf, Setting, Unknown, badness, by_version, worst
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Call, Noun
from auditor.rules import values as v
from auditor.rules.expression import compile_expression, joined, one_line
from auditor.rules.message import one_of, render
from auditor.rules.names import Kind, fields_of_nouns, kind_of_param, value_of
from auditor.rules.parts import Expression
from auditor.rules.subjects import Subjects
from auditor.rules.types import Evidence, Grade, Rule, Verdict, VerdictState

MOST_COMBINATIONS = 64
BADNESS: tuple[VerdictState, ...] = ("fail", "unknown", "pass")
TOO_MANY = f"more than {MOST_COMBINATIONS} combinations of values can reach it"


@dataclass(frozen=True, slots=True)
class Compiled:
    """The expressions of a rule; None where it has none. `plain`: what joins in `where` and reads neither settings nor parameters, so that
    rules with the same need to ask it only once."""

    where: Expression | None
    flag: Expression
    measure: Expression | None
    grades: tuple[Expression | None, ...] = ()
    plain: tuple[Expression, ...] = ()


class NeedChoice(Exception):
    """A field with several values was read: each has to be tried."""

    def __init__(self, name: str, value: OneOf) -> None:
        super().__init__(name)
        self.name, self.value = name, value


class TooMany(Exception):
    """More combinations of alternatives than are tried."""


def names_of(rule: Rule) -> dict[str, Kind]:
    """What a rule's expressions may use."""
    return _names(rule.each, tuple(rule.params.items()))


def _names(each: tuple[str, ...], params: tuple[tuple[str, Any], ...]) -> dict[str, Kind]:
    return {**fields_of_nouns(each), **{name: kind_of_param(value) for name, value in params}}


@lru_cache(maxsize=1024)
def _compiled(
    each: tuple[str, ...], params: tuple[tuple[str, Any], ...], where: str, flag: str, measure: str, grades: tuple[str, ...]
) -> Compiled:
    names = _names(each, params)
    return Compiled(
        compile_expression(where, names, "truth") if where else None,
        compile_expression(flag, names, "truth"),
        compile_expression(measure, names, "number") if measure else None,
        tuple(compile_expression(when, names, "truth") if when else None for when in grades),
        tuple(_plain(one_line(where), names, dict(params))),
    )


def _plain(where: str, names: Mapping[str, Kind], params: Mapping[str, Any]) -> Iterator[Expression]:
    for text in joined(where, ast.And):
        part = compile_expression(text, names, "truth")
        if all(name in names and name not in params and not names[name].setting for name in part.names):
            yield part


def compiled(rule: Rule) -> Compiled:
    return _compiled(
        rule.each, tuple(sorted(rule.params.items())), rule.where, rule.flag, rule.measure, tuple(grade.when for grade in rule.grades)
    )


@dataclass(slots=True)
class Names:
    """The fields of one subject, with the alternative chosen for each field that has several."""

    noun: Noun
    params: Mapping[str, Any]
    chosen: Mapping[str, Setting]
    read_fields: dict[str, None] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def _setting(self, name: str) -> Setting | None:
        value = self.chosen.get(name) or value_of(self.noun, name)
        return self._chosen(name, value) if isinstance(value, Setting) else None

    def _chosen(self, name: str, value: Setting) -> Setting:
        self.read_fields[name] = None
        if isinstance(value.value, OneOf):
            raise NeedChoice(name, value.value)
        if isinstance(value.value, Unknown):
            self.lost.append(value.value.why)
        return value

    def read(self, name: str) -> Any:
        if name in self.params:
            return self.params[name]
        value = self.chosen.get(name) or value_of(self.noun, name)
        if isinstance(value, Setting):
            return self._chosen(name, value).value
        if value is None:
            self.lost.append(f"{name} cannot be told")
            return v.UNDECIDED
        return value

    def origin(self, name: str) -> str:
        setting = self._setting(name)
        return setting.origin if setting is not None else "explicit"


@dataclass(slots=True)
class Answer:
    """None (not in question), pass, fail or unknown.

    `failing`: which alternatives of each group fail; `faults`: the choices of alternatives under which it fails; `read`: what was read.
    """

    state: VerdictState | None
    failing: dict[str, set[int]] = field(default_factory=dict)
    faults: list[Mapping[str, Setting]] = field(default_factory=list)
    read: dict[str, None] = field(default_factory=dict)
    whys: list[str] = field(default_factory=list)


def evaluate(rules: Iterable[Rule], graph: AgentGraph) -> list[Verdict]:
    """All verdicts, by rule, path, line and id."""
    subjects = Subjects([*graph.nodes.values(), *graph.calls])
    rows: list[Verdict] = []
    for rule in sorted(rules, key=lambda r: r.id):
        parts = compiled(rule)
        asked = subjects.of(rule, {condition.text: partial(_may_hold, condition) for condition in parts.plain})
        rows += _one_a_place([verdict for noun in asked if (verdict := _ask(rule, parts, noun)) is not None])
    return rows


def _may_hold(condition: Expression, noun: Noun) -> bool:
    return condition.run(Names(noun, {}, {})) is not False


def _one_a_place(verdicts: list[Verdict]) -> list[Verdict]:
    """A call that may mean several things fails if it fails for one of them."""
    worst_at: dict[object, Verdict] = {}
    for verdict in verdicts:
        key = verdict.subject.at if isinstance(verdict.subject, Call) else verdict.subject.id
        known = worst_at.get(key)
        if known is None or BADNESS.index(verdict.state) < BADNESS.index(known.state):
            worst_at[key] = verdict
    return list(worst_at.values())


def ask(rule: Rule, noun: Noun) -> Verdict | None:
    """The verdict of a rule on a subject; None: it is not in question."""
    return _ask(rule, compiled(rule), noun)


def _ask(rule: Rule, parts: Compiled, noun: Noun) -> Verdict | None:
    try:
        answer = _Question(rule, parts, noun).answer({})
    except TooMany:
        answer = Answer("unknown", whys=[TOO_MANY])
    if answer.state is None:
        return None
    why = "; ".join(dict.fromkeys(answer.whys)) or "it cannot be told" if answer.state == "unknown" else ""
    evidence = tuple(Evidence(n, value_of(noun, n)) for n in answer.read)
    verdict = Verdict(rule=rule, subject=noun, state=answer.state, evidence=evidence, why=why)
    if answer.state != "fail":
        return verdict
    failing, anchors = _anchors(rule, noun, answer)
    seen = _worst_of_faults(noun, answer.faults)
    measure = parts.measure.run(Names(noun, rule.params, seen)) if parts.measure is not None else None
    grade, read = _grade(rule, parts, lambda: Names(noun, rule.params, seen))
    more = tuple(Evidence(n, value_of(noun, n)) for n in read if n not in answer.read)
    return replace(
        verdict,
        evidence=(*verdict.evidence, *more),
        failing=failing,
        anchors=anchors,
        measure=None if isinstance(measure, (bool, str, Unknown)) or measure is ABSENT else measure,
        message=render(rule, noun, seen),
        severity=grade.severity if grade else None,
        grade=grade.when if grade else "",
        remedy=grade.remedy if grade else "",
    )


def held_by(rule: Rule, condition: Expression, noun: Noun) -> tuple[Answer, Mapping[str, int]]:
    """One condition asked of a subject as `flag` is (`fail`: it holds), and how many values each of its settings has, by group or field."""
    values = {
        setting.value.group or name: len(setting.value.alternatives)
        for name in condition.names
        if name not in rule.params and isinstance(setting := value_of(noun, name), Setting) and isinstance(setting.value, OneOf)
    }
    try:
        return _Question(rule, Compiled(None, condition, None), noun).answer({}), values
    except TooMany:
        return Answer("unknown", whys=[TOO_MANY]), values


def _grade(rule: Rule, parts: Compiled, names_of: Callable[[], Names]) -> tuple[Grade | None, Collection[str]]:
    """The first grade that holds, and the settings that make it hold; what cannot be told does not."""
    for grade, when in zip(rule.grades, parts.grades, strict=True):
        names = names_of()
        if when is None or v.truth(when.run(names)) is True:
            return grade, [n for n in names.read_fields if value_of(names.noun, n).value is not ABSENT]
    return None, ()


@dataclass(slots=True)
class _Question:
    """One rule asked of one subject, for each combination of alternatives."""

    rule: Rule
    parts: Compiled
    noun: Noun
    asked: int = 0

    def answer(self, chosen: Mapping[str, Setting]) -> Answer:
        names = Names(self.noun, self.rule.params, chosen)
        try:
            decided = _decided(self.parts, names)
        except NeedChoice as choice:
            return self.each(chosen, choice, names)
        self.asked += 1
        if self.asked > MOST_COMBINATIONS:
            raise TooMany
        return decided

    def each(self, chosen: Mapping[str, Setting], choice: NeedChoice, names: Names) -> Answer:
        """Every alternative of a field; fields of the same group go along."""
        value = choice.value
        together = {**_group(self.noun, chosen, value), choice.name: value.alternatives}
        rows = [{f: row[i] for f, row in together.items()} for i in range(len(value.alternatives))]
        answers = [self.answer({**chosen, **row}) for row in rows]
        result = _combined(answers, undecided=value.undecided)
        if result.state == "fail":
            found = {i for i, a in enumerate(answers) if a.state == "fail"}
            result.failing.setdefault(value.group or choice.name, set()).update(found)
        result.read = {**names.read_fields, **result.read}
        if result.state == "unknown" and value.undecided and not result.whys:
            whole = value_of(self.noun, choice.name)
            result.whys = [one_of(choice.name, value, whole.why if isinstance(whole, Setting) and whole.value == value else None)]
        return result


def _decided(parts: Compiled, names: Names) -> Answer:
    """The table of where and flag."""
    where = True if parts.where is None else v.truth(parts.where.run(names))
    if where is False:
        return Answer(None)
    flag = v.truth(parts.flag.run(names))
    if where is True and not isinstance(flag, Unknown):
        return Answer("fail" if flag else "pass", faults=[names.chosen] if flag else [], read=names.read_fields)
    if flag is False:
        return Answer(None)
    whys = names.lost or [x.why for x in (where, flag) if isinstance(x, Unknown)]
    return Answer("unknown", read=names.read_fields, whys=list(whys))


def _group(noun: Noun, chosen: Mapping[str, Setting], wanted: OneOf) -> dict[str, tuple[Setting, ...]]:
    """The fields whose alternatives are parallel to these and not chosen from yet."""
    rows: dict[str, tuple[Setting, ...]] = {}
    for name in noun.__dataclass_fields__ if wanted.group else ():
        value = chosen.get(name) or getattr(noun, name)
        if isinstance(value, Setting) and isinstance(value.value, OneOf):
            other = value.value
            if other.group == wanted.group and len(other.alternatives) == len(wanted.alternatives):
                rows[name] = other.alternatives
    return rows


def _combined(answers: list[Answer], *, undecided: bool) -> Answer:
    """Reaching alternatives: one failing is enough; undecided ones: all must agree."""
    states = [a.state for a in answers]
    state: VerdictState | None
    if undecided:
        state = states[0] if len(set(states)) == 1 else "unknown" if {"fail", "unknown"} & set(states) else None
    else:
        state = next((s for s in ("fail", "unknown", "pass") if s in states), None)
    result = Answer(state)
    if state is None:
        return result
    for a in answers:
        result.read.update(a.read)
        if state == "unknown" and a.state == "unknown":
            result.whys += a.whys
        if state == "fail" and a.state == "fail":
            result.faults += a.faults
            for group, found in a.failing.items():
                result.failing.setdefault(group, set()).update(found)
    return result


def _anchors(rule: Rule, noun: Noun, answer: Answer) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The failing alternatives of the group of `at` (without it, of the client), and the ids of the nodes where they are mended."""
    setting = getattr(noun, rule.at or "client", None)
    value = setting.value if isinstance(setting, Setting) else setting
    ids: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
    indices: tuple[int, ...] = ()
    if isinstance(value, OneOf):
        row = value.alternatives
        # Without `at`, values that do not come with a client say nothing about clients.
        every = range(len(row)) if rule.at else ()
        indices = tuple(sorted(answer.failing.get(value.group or rule.at) or every))
        ids = tuple(row[i].value for i in indices if i < len(row))
    elif len(answer.failing) == 1:
        indices = tuple(sorted(next(iter(answer.failing.values()))))
    return indices, tuple(dict.fromkeys(i for i in ids if isinstance(i, str) and i)) if rule.at else ()


def _worst_of_faults(noun: Noun, faults: list[Mapping[str, Setting]]) -> dict[str, Setting]:
    """Of each field with several values the worst of those under which the rule fails; where a version decides that is not known, the
    least: that much is certain."""
    rows: dict[str, Setting] = {}
    for name in dict.fromkeys((*noun.__dataclass_fields__, *(name for fault in faults for name in fault))):
        value = value_of(noun, name)
        if isinstance(value, Setting) and isinstance(value.value, OneOf):
            several = [fault[name] for fault in faults if name in fault] or value.value.alternatives
            rows[name] = _single(min(several, key=badness) if by_version(value) else worst(several) or value)
    return rows


def _single(setting: Setting) -> Setting:
    while isinstance(setting.value, OneOf):
        setting = worst(setting.value.alternatives) or Setting(v.UNDECIDED)
    return setting
