"""One rule asked of one subject, told in its parts: for authors of rules, and for those who doubt a verdict."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal, TypeAlias

from auditor.graph.types import Noun
from auditor.rules.evaluate import ask, held_by, names_of
from auditor.rules.expression import compile_expression, joined
from auditor.rules.types import Rule, Verdict, VerdictState

Truth: TypeAlias = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Part:
    """A condition that is joined to others by `and`. `names`: the fields and parameters in it; `share`: of several values those for which
    it holds, and all of them, where these are not the same; `holding`: of conditions joined by `or` those that make it hold."""

    text: str
    truth: Truth
    names: tuple[str, ...]
    share: tuple[int, int] | None = None
    why: str = ""
    holding: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`verdict` is None where the rule does not ask this subject; `grade`: the condition by which a failing one has its severity."""

    rule: Rule
    subject: Noun
    verdict: Verdict | None
    where: tuple[Part, ...]
    flag: tuple[Part, ...]
    grade: Part | None = None

    @property
    def state(self) -> VerdictState | None:
        return self.verdict.state if self.verdict is not None else None

    @property
    def decisive(self) -> tuple[Part, ...]:
        """The parts that make the answer what it is."""
        if self.verdict is None:
            return tuple(p for p in self.where if p.truth == "no") or tuple(p for p in (*self.where, *self.flag) if p.truth != "yes")
        if self.verdict.state == "fail":
            return self.flag
        wanted = "no" if self.verdict.state == "pass" else "unknown"
        return tuple(p for p in (*self.where, *self.flag) if p.truth == wanted) or self.flag


def inquire(rule: Rule, noun: Noun) -> Inquiry:
    """What the rule says of the subject, and each part of its conditions."""
    verdict = ask(rule, noun)
    where, flag = (tuple(_part(rule, noun, text) for text in joined(source, ast.And)) for source in (rule.where, rule.flag))
    grade = _part(rule, noun, verdict.grade) if verdict is not None and verdict.grade else None
    return Inquiry(rule, noun, verdict, where, flag, grade)


def _part(rule: Rule, noun: Noun, text: str) -> Part:
    expression = compile_expression(text, names_of(rule), "truth")
    answer, values = held_by(rule, expression, noun)
    truth: Truth = {"fail": "yes", "pass": "no"}.get(answer.state or "", "unknown")  # type: ignore[assignment]
    share = next(((len(found), values[group]) for group, found in answer.failing.items() if len(found) < values.get(group, 0)), None)
    ways = tuple(joined(text, ast.Or)) if truth == "yes" else ()
    holding = tuple(way for way in (_part(rule, noun, way) for way in ways) if way.truth == "yes") if len(ways) > 1 else ()
    return Part(text, truth, expression.names, share, "; ".join(dict.fromkeys(answer.whys)), holding)
