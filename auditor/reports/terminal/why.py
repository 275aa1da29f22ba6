"""What was seen at a line, for people: what it is, what was read, how it is reached, what each rule says, and what would change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from auditor.core.values import OneOf, Setting
from auditor.graph.title import title
from auditor.graph.traces import CallSeen, Layer
from auditor.graph.types import EntryPoint, Noun
from auditor.graph.words import summary_of
from auditor.judgement.why import SeenNoun, Why
from auditor.reports.seen import MOST_ALTERNATIVES, facts_of, is_quiet, origin_of, settings_of, value_of
from auditor.reports.terminal.page import Page, fitted
from auditor.reports.terminal.why_rule import Telling, tell
from auditor.reports.words import count, noun_text
from auditor.rules.message import layers_text

WIDEST_NAME = 18
MORE = (
    "`agentaudit why` at any of these places tells what was seen there, `agentaudit nouns NOUN` what each word means, "
    "`agentaudit explain RULE` what a rule is for."
)
ASKED_ABOUT = (
    "Rules ask about calls to models and services, about tools, agents and entry points, and about the loops, retries and deadlines around "
    "such calls; `agentaudit nouns` lists all."
)
IN_MESSAGES = ("unrecorded", "unmetered", "held_by", "lasts")
"""words that a rule's message is made of, which stand there"""


def render_why(why: Why, *, width: int = 100, color: bool = False) -> str:
    page = Page(width, color=color)
    _head(page, why, width)
    to = Telling(page, why.named)
    for seen in why.nouns:
        _noun(to, seen, why)
    if why.told:
        _elsewhere(to, why)
    if not why.nouns and not why.told:
        _nothing(page, why)
    else:
        page.line()
        page.line(MORE, hang=2)
    return page.text()


def _head(page: Page, why: Why, width: int) -> None:
    page.line((str(why.at), "bold"))
    if why.text.strip():
        page.verbatim(fitted(f"  {why.at.row[1]} | {why.text.rstrip()}", width))
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
    if not lost:
        page.line(f"  {ASKED_ABOUT}", hang=2)
    here = {call.at for call in why.calls}
    others = [call for call in why.unknowns if call.at not in here]
    if others:
        page.line("Nearest calls of the file that are not understood:")
        for other in others:
            page.line(f"  {other.at}: {other.name}: {other.says}", hang=4)
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


def _elsewhere(to: Telling, why: Why) -> None:
    to.page.line()
    to.page.line(("FINDINGS THAT ARE TOLD HERE", "bold"), ", as this is where they are mended; what fails stands elsewhere", hang=2)
    for row in why.told:
        tell(to, row, of=row.inquiry.subject)


# -- a noun


def _noun(to: Telling, seen: SeenNoun, why: Why) -> None:
    noun, page, nodes = seen.noun, to.page, to.nodes
    page.line()
    by = f" ({noun.framework})" if noun.framework else ""
    inside = f", in {noun.qualname}" if noun.qualname != "<module>" else ""
    page.line((f"{noun_text(noun.kind).upper()}  {title(noun)}{by}", "bold"), f"  at {noun.at}{inside}", hang=2)
    page.line(f"  {summary_of(type(noun))}", hang=2)
    api = f"it is {noun.api}; " if noun.api and noun.api != title(noun) else ""
    page.line(f"  {api}{_role(noun)}", hang=2)
    facts = "; ".join(f"{name} = {text}" for name, text in facts_of(noun, nodes) if name not in ("framework", "api", *IN_MESSAGES))
    if facts:
        page.line(f"  {facts}", hang=4)
    _settings(page, noun, nodes)
    _way(to, noun)
    if not seen.rules:
        page.line(f"  {f'The rule {why.only}' if why.only else 'No rule that runs'} {'does not ask' if why.only else 'asks'} about this.")
    for row in seen.rules:
        tell(to, row)


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
    client = getattr(noun, "client", None)
    for name, setting in rows:
        if not name.endswith("_client") or setting != client:
            _setting(page, name, setting, nodes)
    quiet = [name for name, _ in settings_of(noun) if is_quiet(noun, name)]
    if quiet:
        page.line(f"    nothing seen for: {', '.join(quiet)}", hang=6)


def _setting(page: Page, name: str, setting: Setting, nodes: Mapping[str, Noun]) -> None:
    value = value_of(name, setting, nodes)
    origin = origin_of(setting, value)
    rows = _alternatives(name, setting, nodes)
    if rows:
        value = f"{sum(rows.values())} values"
    page.line(f"    {name:<{WIDEST_NAME}} ", (value, "bold"), f": {origin}" if origin else "", hang=7 + WIDEST_NAME)
    for text, times in list(rows.items())[:MOST_ALTERNATIVES]:
        page.line(f"    {'':<{WIDEST_NAME}} - {f'{times} times ' if times > 1 else ''}{text}", hang=7 + WIDEST_NAME)
    if len(rows) > MOST_ALTERNATIVES:
        page.line(f"    {'':<{WIDEST_NAME}} - and {len(rows) - MOST_ALTERNATIVES} more (`--format json` has all)")


def _alternatives(name: str, setting: Setting, nodes: Mapping[str, Noun]) -> Counter[str]:
    """Of several values each one and its origin, and how many of them are the same."""
    rows = setting.value.alternatives if isinstance(setting.value, OneOf) else ()
    values = [(value_of(name, row, nodes, setting), row) for row in rows]
    return Counter(f"{value}: {told}" if (told := origin_of(row, value)) else value for value, row in values)


def _way(to: Telling, noun: Noun) -> None:
    page = to.page
    layers: tuple[Layer, ...] = getattr(noun, "layers", ())
    if layers:
        page.line(("  Retry layers, from the inside out: ", "bold"), layers_text(layers), hang=4)
        for layer in layers:
            if layer.same_errors is False:
                page.line(f"    the {layer.mechanism} does not retry what the layers inside it did, so it does not multiply", hang=6)
            if layer.same_errors is None:
                page.line(f"    whether the {layer.mechanism} retries what the layers inside it did is not known", hang=6)
    if not noun.trace:
        return
    if to.knows(noun.trace):
        page.line(("  It is reached as above.", "bold"))
        return
    entries = f", the worst of the ways from {count(len(noun.reached), 'entry point')}" if len(noun.reached) > 1 else ""
    page.line(("  Where its largest count comes from" if isinstance(noun, EntryPoint) else "  How it is reached", "bold"), entries)
    to.steps(noun.trace)
