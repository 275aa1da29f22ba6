"""Suppressions in comments: `# agentaudit: ignore[rule-id, other-rule] reason until=2026-12-31`."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

MARK = "agentaudit:"
_COMMENT = re.compile(r"#\s*agentaudit:\s*(?P<verb>[\w-]*)\s*(?P<ids>\[[^\]#]*\]?)?(?P<rest>.*?)(?=\s#(?!\d)|$)")
_RULE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNTIL = re.compile(r"\buntil\s*=\s*(\S*)")


@dataclass(frozen=True, slots=True)
class Comment:
    """One suppression; `defect` says why it suppresses nothing, empty when it is valid."""

    line: int
    rules: tuple[str, ...]
    reason: str
    until: str
    defect: str


def read_comments(text: str, today: date) -> list[Comment]:
    """All suppressions of a Python text, in order. `today` is the day on which `until` is judged: that day itself is still covered."""
    if MARK not in text:
        return []
    return [comment for line, raw in _comments(text) if MARK in raw for comment in _parsed(line, raw, today)]


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Comments by line; behind a place that cannot be split into tokens, whatever looks like one."""
    line = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            line = token.end[0]
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        yield from enumerate(text.split("\n")[line:], line + 1)


def _parsed(line: int, raw: str, today: date) -> Iterator[Comment]:
    for match in _COMMENT.finditer(raw):
        verb, ids = match["verb"], match["ids"]
        if verb != "ignore":
            # Prose may speak of the tool; what was meant as an instruction has brackets, or is one letter off.
            if ids or difflib.get_close_matches(verb, ["ignore"], cutoff=0.7):
                yield Comment(line, (), "", "", f"unknown instruction {verb!r}, did you mean 'ignore'?")
            continue
        rules = tuple(dict.fromkeys(part.strip() for part in (ids or "").strip("[]").split(",") if part.strip()))
        until = _UNTIL.search(match["rest"])
        reason = " ".join(_UNTIL.sub("", match["rest"]).split()).strip("-:,;–— ")
        day = until[1].rstrip(".,;)") if until else ""
        yield Comment(line, rules, reason, day, _defect(ids, rules, reason, day if until else None, today))


def _defect(ids: str | None, rules: tuple[str, ...], reason: str, until: str | None, today: date) -> str:
    if not ids or not rules:
        return "it names no rule: write ignore[rule-id] and a reason"
    if not ids.endswith("]"):
        return "the bracket is not closed"
    return defect_of(rules, reason, until, today)


def defect_of(rules: Iterable[str], reason: str, until: str | None, today: date) -> str:
    """Why a suppression silences nothing; empty where it does."""
    wrong = next((rule for rule in rules if not _RULE_ID.fullmatch(rule)), None)
    if wrong:
        return f"{wrong!r} is no rule id"
    if not reason:
        return "it gives no reason"
    if until is None:
        return ""
    try:
        day = date.fromisoformat(until) if re.fullmatch(r"\d{4}-\d\d-\d\d", until) else None
    except ValueError:
        day = None
    if day is None:
        return f"until={until} is no date: write until=YYYY-MM-DD"
    return f"it expired on {until}" if today > day else ""
