"""What was seen at a line, for people: what it is, what was read, how it is reached, what each rule says, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from auditor.core.values import ABSENT, OneOf, Setting
from auditor.graph.title import title
from auditor.graph.traces import CallSeen, Layer, TraceStep
from auditor.graph.types import EntryPoint, Noun
from auditor.graph.words import summary_of
from auditor.judgement.why import AskedRule, SeenNoun, Why
from auditor.reports.seen import MOST_ALTERNATIVES, facts_of, is_quiet, origin_of, read_text, remedy_for, settings_of, value_of
from auditor.reports.terminal.page import STYLES, Page
from auditor.reports.words import count, noun_text, times_text
from auditor.rules.inquiry import Part
from auditor.rules.message import layers_text
from auditor.rules.types import Rule

HEADS = {"fail": "FAIL", "unknown": "CANNOT TELL", "pass": "pass", None: "not asked"}
WORSE = {"fail": "bad", "unknown": "unknown", "pass": "ok", None: "n/a"}
WIDEST_NAME = 18
MOST_STEPS = 14
INDENT = 14
MORE = "`agentaudit nouns NOUN` says what each word means, `agentaudit explain RULE` what a rule is for."
ASKS = {"yes": "asked, as", "no": "asks only if", "unknown": "asks only if"}
FAILS = {"yes": "fails, as", "no": "fails only if", "unknown": "fails only if"}
HERE = {"yes": "", "no": "here ", "unknown": "here it cannot be told: "}


def render_why(why: Why, *, width: int = 100, color: bool = False) -> str:
    page = Page(width, color=color)
    _head(page, why)
    told: set[TraceStep] = set()
    for seen in why.nouns:
        _noun(page, seen, why, told)
    if why.told:
        _elsewhere(page, why)
    if not why.nouns and not why.told:
        _nothing(page, why)
    else:
        page.line()
        page.line(MORE, hang=2)
    return page.text()


def _head(page: Page, why: Why) -> None:
    page.line((str(why.at), "bold"))
    if why.text.strip():
        page.verbatim(f"  {why.at.row[1]} | {why.text.rstrip()}")
    page.line(f"read: {count(why.files, 'file')} of {why.root}, as `agentaudit scan` reads it", hang=6)
    for problem in why.problems:
        page.line(f"problem at line {problem.line}: {problem.message} [{problem.code}]", hang=2)
    for noun in why.around:
        page.line(f"it stands in: {noun_text(noun.kind)} {title(noun)} (line {noun.at.row[1]})", hang=2)


# -- nothing


def _nothing(page: Page, why: Why) -> None:
    page.line()
    if why.left_out:
        page.line(("The file was not read: ", "bold"), why.left_out, hang=2)
        return
    lost = any(call.standing == "not_understood" for call in why.calls)
    page.line(("What is called here is not understood." if lost else "Nothing at this line that a rule asks about.", "bold"))
    for call in why.calls:
        page.line(_call(call), hang=4)
    if lost:
        page.line("  to change it: a pack can say what it is (`frameworks/*.yaml`, see rules/README.md)", hang=4)
    if not why.calls:
        page.line("  no call begins or goes on here")
    here = {call.at for call in why.calls}
    others = [call for call in why.unknowns if call.at not in here]
    if others:
        page.line("Nearest calls of the file that are not understood:")
        for other in others:
            page.line(f"  {other.at}: {other.name}: nothing is known about this call into {other.package}", hang=4)
    if why.near:
        page.line("Nearest in this file:")
        for noun in why.near:
            page.line(f"  {noun.at}: {noun_text(noun.kind)} {title(noun)}", hang=4)
    else:
        page.line("In this file nothing was seen that a rule asks about.")


def _call(call: CallSeen) -> str:
    full = f" ({call.name})" if call.name and call.name != call.callee else ""
    where = f", at {call.target}" if call.target is not None else ""
    return f"  the call {call.callee}(){full}: {call.says}{where}"


def _elsewhere(page: Page, why: Why) -> None:
    page.line()
    page.line(("FINDINGS THAT ARE TOLD HERE", "bold"), ", as this is where they are mended; what fails stands elsewhere", hang=2)
    for row in why.told:
        _rule(page, row, why.named, of=row.inquiry.subject)


# -- a noun


def _noun(page: Page, seen: SeenNoun, why: Why, told: set[TraceStep]) -> None:
    noun = seen.noun
    page.line()
    by = f" ({noun.framework})" if noun.framework else ""
    inside = f", in {noun.qualname}" if noun.qualname != "<module>" else ""
    page.line((f"{noun_text(noun.kind).upper()}  {title(noun)}{by}", "bold"), f"  at {noun.at}{inside}", hang=2)
    page.line(f"  {summary_of(type(noun))}", hang=2)
    api = f"it is {noun.api}; " if noun.api and noun.api != title(noun) else ""
    page.line(f"  {api}{_role(noun)}", hang=2)
    nodes = why.named
    facts = "; ".join(f"{name} = {text}" for name, text in facts_of(noun, nodes) if name not in ("framework", "api"))
    if facts:
        page.line(f"  {facts}", hang=4)
    _settings(page, noun, nodes)
    _way(page, noun, told)
    if not seen.rules:
        page.line(f"  {f'The rule {why.only}' if why.only else 'No rule that runs'} {'does not ask' if why.only else 'asks'} about this.")
    for row in seen.rules:
        _rule(page, row, nodes)


def _role(noun: Noun) -> str:
    code = {
        "library": "library code: no path from an entry point leads here",
        "production": "production code",
        "script": "a script",
        "test": "a test",
        "notebook": "a notebook",
        "example": "an example",
    }[noun.role]
    return f"{code}{', and nothing in this project uses it' if noun.unused else ''}"


def _settings(page: Page, noun: Noun, nodes: Mapping[str, Noun]) -> None:
    rows = [(name, setting) for name, setting in settings_of(noun) if not is_quiet(noun, name)]
    if rows:
        page.line(("  What was read", "bold"))
    for name, setting in rows:
        _setting(page, name, setting, nodes)
    quiet = [name for name, _ in settings_of(noun) if is_quiet(noun, name)]
    if quiet:
        page.line(f"    nothing seen for: {', '.join(quiet)}", hang=6)


def _setting(page: Page, name: str, setting: Setting, nodes: Mapping[str, Noun]) -> None:
    value = value_of(name, setting, nodes)
    origin = origin_of(setting, value)
    rows = setting.value.alternatives if isinstance(setting.value, OneOf) else ()
    if rows:
        value = f"{len(rows)} values"
    page.line(f"    {name:<{WIDEST_NAME}} ", (value, "bold"), f": {origin}" if origin else "", hang=7 + WIDEST_NAME)
    for row in rows[:MOST_ALTERNATIVES]:
        shown = value_of(name, row, nodes, setting)
        told = origin_of(row, shown)
        page.line(f"    {'':<{WIDEST_NAME}} - {shown}{f': {told}' if told else ''}", hang=7 + WIDEST_NAME)
    if len(rows) > MOST_ALTERNATIVES:
        page.line(f"    {'':<{WIDEST_NAME}} - and {len(rows) - MOST_ALTERNATIVES} more (`--format json` has all)")


def _way(page: Page, noun: Noun, told: set[TraceStep]) -> None:
    layers: tuple[Layer, ...] = getattr(noun, "layers", ())
    if layers:
        page.line(("  Retry layers, from the inside out: ", "bold"), layers_text(layers), hang=4)
        for layer in layers:
            if layer.same_errors is False:
                page.line(f"    the {layer.mechanism} does not retry what the layers inside it did, so it does not multiply", hang=6)
    if not noun.trace:
        return
    way = {replace(step, times=None) for step in noun.trace}
    if way <= told:
        page.line(("  It is reached as above.", "bold"))
        return
    told |= way
    entries = f", the worst of the ways from {count(len(noun.reached), 'entry point')}" if len(noun.reached) > 1 else ""
    page.line(("  Where its largest count comes from" if isinstance(noun, EntryPoint) else "  How it is reached", "bold"), entries)
    _steps(page, noun.trace)


def _steps(page: Page, trace: Iterable[TraceStep]) -> None:
    steps = list(trace)
    left = len(steps) - MOST_STEPS
    for number, step in enumerate(steps):
        if left > 0 and MOST_STEPS // 2 <= number < MOST_STEPS // 2 + left:
            if number == MOST_STEPS // 2:
                page.line(f"    ... {left} more (`--format json` has all)")
            continue
        times = f"  x {times_text(step.times)}" if step.times else ""
        page.line(f"    {step.what}  {step.at}", (times, "bold"), hang=6)


# -- a rule


def _rule(page: Page, row: AskedRule, nodes: Mapping[str, Noun], of: Noun | None = None) -> None:
    """`of`: what it is asked of, where that does not stand here."""
    rule, state, verdict = row.inquiry.rule, row.inquiry.state, row.inquiry.verdict
    severity = f" ({row.severity})" if row.severity else ""
    preview = f" ({rule.status})" if rule.status != "stable" else ""
    style = STYLES.get(row.severity or "") or STYLES.get(WORSE[state], "")
    page.line("  ", (f"{HEADS[state]:<11}", style), f" {rule.id}{severity}{preview}: {rule.title}", hang=INDENT)
    if of is not None:
        others = len(row.finding.sites) - 1 if row.finding is not None else 0
        more = (
            f", one of {others + 1} that fail (`agentaudit why {_spot(of)}` tells all of it)"
            if others
            else f" (see `agentaudit why {_spot(of)}`)"
        )
        _told(page, f"asked of the {noun_text(of.kind)} {title(of)} at {of.at}{more}")
    _parts(page, row, nodes)
    if verdict is not None and verdict.state == "unknown":
        _told(page, f"why: {verdict.why}")
        if told := remedy_for(verdict.why):
            _told(page, f"to have it told: {told}")
    if verdict is not None and verdict.state == "fail":
        _told(page, f"so: {verdict.message}")
        _severity(page, row, nodes)
        _finding(page, row)


def _spot(noun: Noun) -> str:
    at = noun.at
    return f"{at.path}:{at.line}" if at.cell is None else f"{at.path}:{at.cell}:{at.cell_line}"


def _told(page: Page, text: str) -> None:
    page.line(f"{' ' * INDENT}{text}", hang=INDENT + 2)


def _parts(page: Page, row: AskedRule, nodes: Mapping[str, Noun]) -> None:
    """What decided: of a rule that does not ask, the conditions that do not hold; of one that fails, all of them."""
    inquiry = row.inquiry
    shown = {*inquiry.where, *inquiry.flag} if inquiry.state == "fail" else set(inquiry.decisive)
    for leads, parts in ((ASKS, inquiry.where), (FAILS, inquiry.flag)):
        for part in parts:
            if part in shown:
                share = f" for {part.share[0]} of {part.share[1]} values" if part.share else ""
                mark = ":" if part.truth == "yes" else ";"
                read = _read(inquiry.rule, inquiry.subject, part, nodes)
                _told(page, f"{leads[part.truth]} {part.text}{share}{mark} {HERE[part.truth]}{read}")


def _read(rule: Rule, noun: Noun, part: Part, nodes: Mapping[str, Noun]) -> str:
    return "; ".join(read_text(rule, noun, name, nodes) for name in part.names)


def _severity(page: Page, row: AskedRule, nodes: Mapping[str, Noun]) -> None:
    """The grade of the rule, and why it is another one here."""
    inquiry, verdict = row.inquiry, row.inquiry.verdict
    own = verdict.severity or inquiry.rule.severity if verdict is not None else None
    if inquiry.grade is not None:
        _told(page, f"{own}, as {inquiry.grade.text}: {_read(inquiry.rule, inquiry.subject, inquiry.grade, nodes)}")
    if row.severity and row.severity != own:
        _told(page, f"{row.severity} here: {_milder(row)}")


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


def _finding(page: Page, row: AskedRule) -> None:
    finding = row.finding
    if finding is None:
        _told(page, row.aside)
        return
    where = "" if finding.at == row.inquiry.subject.at else f", told at {finding.at},"
    sites = f", one of its {len(finding.sites)} sites" if len(finding.sites) > 1 else ""
    gate = f"does not fail the gate: {row.aside}" if row.aside else "fails the gate"
    _told(page, f"its finding{where} ({finding.state}{sites}) {gate}")
    if row.comment is not None:
        _told(page, f"suppressed at {row.comment.at}: {row.comment.reason}")
    if finding.remedy:
        _told(page, f"to change it: {finding.remedy}")
