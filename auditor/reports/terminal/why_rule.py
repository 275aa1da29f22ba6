"""What a rule says of a subject, for people: the conditions that decided with what they read, and what becomes of its finding."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from auditor.core.values import ABSENT
from auditor.graph.title import title
from auditor.graph.traces import TraceStep
from auditor.graph.types import Noun
from auditor.graph.words import words_of
from auditor.judgement.why import AskedRule
from auditor.reports.seen import read_text, remedy_for
from auditor.reports.terminal.page import STYLES, Page
from auditor.reports.words import noun_text, standing, times_text
from auditor.rules.inquiry import Part

HEADS = {"fail": "FAIL", "unknown": "CANNOT TELL", "pass": "pass", None: "not asked"}
WORSE = {"fail": "bad", "unknown": "unknown", "pass": "ok", None: "n/a"}
INDENT = 14
MOST_STEPS = 14
ASKS = {"yes": "asked, as", "no": "asks only if", "unknown": "asks only if"}
FAILS = {"yes": "fails, as", "no": "fails only if", "unknown": "fails only if"}
HERE = {"yes": ": ", "no": "; here ", "unknown": "; here it cannot be told: "}


@dataclass(slots=True)
class Telling:
    """A page, and what it has said already: the steps of the ways, and the fields that are neither number nor text, which it explains once.
    `nodes`: those that settings name."""

    page: Page
    nodes: Mapping[str, Noun]
    ways: set[TraceStep] = field(default_factory=set)
    words: set[tuple[str, str]] = field(default_factory=set)

    def knows(self, way: Iterable[TraceStep]) -> bool:
        """Whether all of a way stands on the page; it does from now on."""
        steps = {replace(step, times=None) for step in way}
        known = steps <= self.ways
        self.ways |= steps
        return known

    def steps(self, trace: Iterable[TraceStep], indent: int = 4) -> None:
        steps = list(trace)
        left = len(steps) - MOST_STEPS
        for number, step in enumerate(steps):
            if left > 0 and MOST_STEPS // 2 <= number < MOST_STEPS // 2 + left:
                if number == MOST_STEPS // 2:
                    self.page.line(f"{' ' * indent}... {left} more (`--format json` has all)")
                continue
            times = f"  x {times_text(step.times)}" if step.times else ""
            self.page.line(f"{' ' * indent}{step.what}  {step.at}", (times, "bold"), hang=indent + 2)


def tell(to: Telling, row: AskedRule, of: Noun | None = None) -> None:
    """`of`: what it is asked of, where that does not stand here."""
    rule, state, verdict = row.inquiry.rule, row.inquiry.state, row.inquiry.verdict
    severity = f" ({row.severity})" if row.severity else ""
    preview = f" ({rule.status})" if rule.status != "stable" else ""
    style = STYLES.get(row.severity or "") or STYLES.get(WORSE[state], "")
    to.page.line("  ", (f"{HEADS[state]:<11}", style), f" {rule.id}{severity}{preview}: {rule.title}", hang=INDENT)
    if of is not None:
        _line(to, f"asked of the {noun_text(of.kind)} {title(of)} at {of.at}{_others(row, of)}")
    _conditions(to, row)
    if verdict is not None and verdict.state == "unknown":
        _line(to, f"why: {verdict.why}")
        if told := remedy_for(verdict.why):
            _line(to, f"to have it told: {told}")
    if verdict is not None and verdict.state == "fail":
        _line(to, f"so: {verdict.message}")
        _way(to, row)
        _severity(to, row)
        _finding(to, row, here=of is not None)


def _others(row: AskedRule, of: Noun) -> str:
    others = len(row.finding.sites) - 1 if row.finding is not None else 0
    return (
        f", one of {others + 1} that fail (`agentaudit why {_spot(of)}` tells all of it)"
        if others
        else f" (see `agentaudit why {_spot(of)}`)"
    )


def _spot(noun: Noun) -> str:
    at = noun.at
    return f"{at.path}:{at.line}" if at.cell is None else f"{at.path}:{at.cell}:{at.cell_line}"


def _line(to: Telling, text: str) -> None:
    to.page.line(f"{' ' * INDENT}{text}", hang=INDENT + 2)


def _conditions(to: Telling, row: AskedRule) -> None:
    """What decided: of a rule that does not ask, the conditions that do not hold; of one that fails, all of them."""
    inquiry = row.inquiry
    shown = {*inquiry.where, *inquiry.flag} if inquiry.state == "fail" else set(inquiry.decisive)
    for leads, parts in ((ASKS, inquiry.where), (FAILS, inquiry.flag)):
        for part in (part for part in parts if part in shown):
            _line(to, f"{leads[part.truth]} {_condition(to, row, part)}")


def _condition(to: Telling, row: AskedRule, part: Part) -> str:
    """A condition and what it read; of several joined by `or` one that holds for each value, else all that hold."""
    if part.holding:
        ways = [way for way in part.holding if way.share == part.share][:1] or part.holding
        return ", and as ".join(_condition(to, row, way) for way in ways)
    share = f" for {part.share[0]} of {part.share[1]} values" if part.share else ""
    read = "; ".join(text for name in part.names if (text := _read(to, row, part, name)))
    return f"{part.text}{share}{HERE[part.truth]}{read}" if read else f"{part.text}{share}"


def _read(to: Telling, row: AskedRule, part: Part, name: str) -> str:
    """A field and its value; what a yes or no means is said once, and its value not where the condition says it."""
    rule, noun = row.inquiry.rule, row.inquiry.subject
    text = read_text(rule, noun, name, to.nodes)
    if name in rule.params or not isinstance(getattr(noun, name, None), bool):
        return text
    words = words_of(type(noun)).get(name)
    said = (noun.kind, name) in to.words
    to.words.add((noun.kind, name))
    if words is not None and words.text and not said:
        field_name, _, value = text.partition(" = ")
        return f"{field_name} ({words.text}) = {value}"
    return "" if part.truth == "yes" and _is_plain(part.text) else text


def _is_plain(condition: str) -> bool:
    """Whether it is a name or the contrary of one."""
    tree = ast.parse(condition, mode="eval").body
    return isinstance(tree.operand if isinstance(tree, ast.UnaryOp) else tree, ast.Name)


def _way(to: Telling, row: AskedRule) -> None:
    """The way that the rule is about, where it is not the one that is told of the subject."""
    way: tuple[TraceStep, ...] = getattr(row.inquiry.subject, row.inquiry.rule.trace, ())
    if row.inquiry.rule.trace != "trace" and way and not to.knows(way):
        _line(to, "on this way:")
        to.steps(way, INDENT + 2)


def _severity(to: Telling, row: AskedRule) -> None:
    """The grade of the rule, and why it is another one here."""
    inquiry, verdict = row.inquiry, row.inquiry.verdict
    own = verdict.severity or inquiry.rule.severity if verdict is not None else None
    if inquiry.grade is not None:
        _line(to, f"{own}, as {_condition(to, row, inquiry.grade)}")
    if row.severity and row.severity != own:
        _line(to, f"{row.severity} here: {_milder(row)}")


def _milder(row: AskedRule) -> str:
    noun = row.inquiry.subject
    if noun.unused or noun.tried:
        return "nothing in this project uses this code"
    if noun.off.value is not ABSENT:
        return f"it is switched off unless somebody sets it ({noun.off.why})"
    if noun.possible:
        return "no way that leads to it is known to be one"
    if row.cause is not None:
        return f"{row.cause.rule} at {row.cause.at} tells the same cause"
    return f"{noun.role} code, where no more is at stake" if noun.role != "production" else "another site of the finding is the worst"


def _finding(to: Telling, row: AskedRule, *, here: bool) -> None:
    """`here`: the finding is told at this line."""
    finding = row.finding
    if finding is None:
        _line(to, row.aside)
        return
    where = f" is told at {finding.at} and" if not here and finding.at != row.inquiry.subject.at else ""
    sites = f", one of {len(finding.sites)} sites" if len(finding.sites) > 1 and not here else ""
    gate = f"does not fail the gate: {row.aside}" if row.aside else "fails the gate"
    _line(to, f"its finding ({standing(finding)}{sites}){where} {gate}")
    if row.comment is not None:
        _line(to, f"suppressed at {row.comment.at}: {row.comment.reason}")
    if finding.remedy:
        _line(to, f"to change it: {finding.remedy}")
