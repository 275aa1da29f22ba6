"""Texts of a SARIF document: what comes from the scanned repository is hostile, and must not become markup, a link or a placeholder."""

from __future__ import annotations

import re

from auditor.core.text import printable

MOST_TEXT = 400
MOST_RULE_TEXT = 1000
"""code scanning reads 1,024 of a rule's short and full description"""

_MARKUP = str.maketrans({"`": "'", "{": "(", "}": ")", "\n": " ", "\r": " ", "\t": " "})
"""Back-quotes vanish on GitHub. Braces hold placeholders: the standard wants them doubled, which most viewers would show as they stand."""
_TAG = re.compile(r"<([A-Za-z/!?][^<>]*)>")
_PAIR = re.compile(r"\[[^\[\]]*\]")
_BRACKET = re.compile(r"[\[\]]")
_ROUND = str.maketrans("[]", "()")


def clean(text: str, most: int = MOST_TEXT) -> str:
    """On one line, without control characters and markup, and not too long; no bracket of it can begin or end a link of ours."""
    line = " ".join(printable(text.translate(_MARKUP)).split())
    line = cut(_TAG.sub(r"(\1)", line).replace("](", "] ("), most)
    return line if not _BRACKET.search(_PAIR.sub("", line)) else line.translate(_ROUND)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def quoted(text: str) -> str:
    """As code scanning wants names: in single quotes."""
    return f"'{clean(text)}'"


def link(text: str, number: int) -> str:
    """To the related location of that id; `text` is always our own."""
    return f"[{text}]({number})"


def sentence(text: str) -> str:
    """With a full stop."""
    return text if text.endswith((".", "...")) else f"{text}."


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(texts: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def factor(times: str | None) -> str:
    """Of a step that multiplies: `x 4`, `without a limit`."""
    return "" if times is None else "without a limit" if times == "unbounded" else f"x {clean(times)}"
