"""Text of the scanned code in Markdown: it can name no one, link nowhere, and break out of nothing.

What is not a plain word becomes a code span. Code spans need no escapes, platforms look for no mention, reference or link inside them, and
names of code belong there anyway.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from auditor.core.text import inert, printable

CUT = "..."
LONGEST_NAME = 200
LONGEST_TEXT = 600

# Of letters alone, or a number alone: no platform reads more than text into it.
WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d[\d,.]*")
LIST = re.compile(r"\d+[.)]")
GLUE = frozenset({"%", "=", "-"})
"""what stands alone between words; only at the start of a line would it mean anything"""


def one_line(text: str, most: int = LONGEST_TEXT) -> str:
    """Without control, bidirectional and other invisible characters, blanks as single spaces, cut where it is too long."""
    line = " ".join(printable(" ".join(text.split())).split())
    return line if len(line) <= most else line[: most - len(CUT)].rstrip() + CUT


def code(text: str, most: int = LONGEST_NAME) -> str:
    """A code span; empty for what holds nothing that can be seen."""
    line = inert(one_line(text, most)).replace("<!--", "<! --")
    if not line:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def prose(text: str, most: int = LONGEST_TEXT) -> str:
    """A sentence in which what is no plain word is a code span."""
    parts: list[str] = []
    span: list[str] = []
    for word in one_line(text, most).split(" "):
        lead, core, trail = _parts(word)
        # At the start of a line a number with a dot or bracket begins a list.
        starts = not parts and not span and LIST.fullmatch(word)
        plain = not core or (WORD.fullmatch(core) and not starts) or (core in GLUE and not lead and bool(parts))
        if span and (plain or lead):
            parts.append(code(" ".join(span), most))
            span = []
        if plain:
            parts.append(word)
            continue
        if lead or trail:
            parts.append(f"{lead}{code(' '.join([*span, core]), most)}{trail}")
            span = []
        else:
            span.append(core)
    return " ".join([*parts, code(" ".join(span), most)] if span else parts)


def cell(markdown: str) -> str:
    """What may stand in a cell of a table: platforms disagree on a backslash before a bar, so there is none."""
    return re.sub(r"(\\*)\|", lambda found: f"{found[1]}\u00a6" if found[1] else r"\|", markdown)


def marker(root: str) -> str:
    """The hidden first line by which a comment is found again; packages of a repository have one each."""
    if root == ".":
        return "<!-- agentaudit -->"
    name = quote(root, safe="/", errors="replace").replace("--", "-%2D")
    return f"<!-- agentaudit {name} -->"


def _parts(word: str) -> tuple[str, str, str]:
    """A word without the brackets before and the punctuation behind it."""
    core = word.lstrip("(")
    lead = word[: len(word) - len(core)]
    end = len(core)
    closing = core.count(")") - core.count("(")
    while end and (core[end - 1] in ",;:." or (core[end - 1] == ")" and closing > 0)):
        end -= 1
        closing -= core[end] == ")"
    return lead, core[:end], core[end:]
