"""What a rule says at a line of an example whose mark is not true, and from which values: for the author of the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.graph.title import title
from auditor.graph.types import Noun
from auditor.reports.seen import read_text
from auditor.reports.words import noun_text

if TYPE_CHECKING:
    from auditor.rules.inquiry import Inquiry, Part
    from auditor.rules.types import Rule

MOST = 3
"""subjects at one line that are told of"""


def instead(rule: Rule, nouns: Iterable[Noun], file: str, line: int) -> Iterator[str]:
    """A sentence for each subject of the rule at the line; without one what is there, and where the nearest subject is."""
    from auditor.rules.inquiry import inquire

    rows = sorted(nouns, key=lambda n: (n.at.path, n.at.line, n.at.column, n.id))
    asked = [n for n in rows if n.kind in rule.each and n.at.path == file]
    found = [inquire(rule, n) for n in asked if n.at.line == line]
    if not found:
        yield _nothing(rule, [n for n in rows if n.at.path == file and n.at.line == line], asked, line)
    # What is in question first.
    found.sort(key=lambda i: i.verdict is None)
    yield from (_told(inquiry) for inquiry in found[:MOST])


def _nothing(rule: Rule, here: Sequence[Noun], asked: Sequence[Noun], line: int) -> str:
    wanted = " or ".join(noun_text(kind) for kind in rule.each)
    seen = ", ".join(dict.fromkeys(_of(n) for n in here))
    near = min(asked, key=lambda n: abs(n.at.line - line), default=None)
    # In lines from here: the line of the page is not that of the file.
    away = "" if near is None else _away(near.at.line - line)
    other = f"; the nearest is {_of(near)}, {away}" if near is not None else ""
    return f"no {wanted} is seen at this line{f', but {seen}' if seen else ''}{other}"


def _away(lines: int) -> str:
    return f"{abs(lines)} line{'s' * (abs(lines) != 1)} {'below' if lines > 0 else 'above'}"


def _told(inquiry: Inquiry) -> str:
    subject, verdict = _of(inquiry.subject), inquiry.verdict
    read = "; ".join(_part(inquiry, part) for part in inquiry.decisive)
    if verdict is None:
        return f"{subject} is not in question: {read}"
    if verdict.state == "fail":
        return f"{subject} fails, as {read}"
    return f"{subject} passes: {read}" if verdict.state == "pass" else f"{subject} cannot be told: {verdict.why}"


def _part(inquiry: Inquiry, part: Part) -> str:
    """A condition, and what its names are here."""
    values = ", ".join(read_text(inquiry.rule, inquiry.subject, name, {}) for name in part.names)
    return f"`{part.text}` is {part.truth if part.truth != 'unknown' else 'not known'} ({values})" if values else f"`{part.text}`"


def _of(noun: Noun) -> str:
    return f"the {noun_text(noun.kind)} {title(noun)}"
