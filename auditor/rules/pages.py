"""The page of a rule: fixed sections, and code blocks that are its tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

SECTIONS = ("Why", "Flagged", "Accepted", "Cannot tell", "Known misses", "Remedy")
HEADING = re.compile(r"^##\s+(.+?)\s*$")
FENCE = re.compile(r"^```(python|typescript|yaml)?[ \t]*(\S*)\s*$")
MARK = re.compile(r"#\s*(flag|unknown|miss|noise):\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)")
NAMES = {"python": "app.py", "typescript": "app.ts", "yaml": "config.yaml"}
WANTED = {"flag": "fail", "noise": "fail", "unknown": "unknown"}

Result: TypeAlias = tuple[str, str, int, str]
"""(rule, file, line, "fail" or "unknown")"""


@dataclass(slots=True)
class Example:
    """Files of one example and the marks in them: (rule, file, line, mark)."""

    files: dict[str, str]
    marks: set[Result]
    line: int


@dataclass(slots=True)
class Page:
    examples: list[Example] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def read_page(text: str, name: str) -> Page:
    """Sections and examples; errors carry file and line."""
    page = Page()
    found: list[str] = []
    lines = text.split("\n")
    number, joined = 0, False
    while number < len(lines):
        line = lines[number]
        number += 1
        heading = HEADING.match(line)
        fence = FENCE.match(line)
        if heading:
            found.append(heading[1])
            joined = False
        elif fence:
            start = number
            while number < len(lines) and lines[number].rstrip() != "```":
                number += 1
            if number >= len(lines):
                page.errors.append(f"{name}:{start}: the code block is not closed")
                break
            if fence[1] in NAMES:
                _block(page, fence[1], fence[2], lines[start:number], start + 1, joined)
                joined = bool(fence[2])
            number += 1
        elif line.strip():
            joined = False
    if tuple(found) != SECTIONS:
        page.errors.append(f"{name}:1: the sections must be {', '.join(SECTIONS)}, in this order; found {', '.join(found) or 'none'}")
    return page


def _block(page: Page, language: str, file: str, body: list[str], line: int, joined: bool) -> None:
    """A block with a file name that follows another such block directly belongs to the same example."""
    if not (joined and file and page.examples):
        page.examples.append(Example({}, set(), line))
    example = page.examples[-1]
    name = file or NAMES[language]
    example.files[name] = "\n".join(body) + "\n"
    for offset, text in enumerate(body, start=1):
        for kind, rules in MARK.findall(text):
            example.marks.update((rule.strip(), name, offset, kind) for rule in rules.split(","))


def check_example(example: Example, own: str, scan: Callable[[dict[str, str]], Iterable[Result]]) -> list[str]:
    """Differences between the marks and what a scan of the files gives, for the page's rule and all rules named in marks."""
    asked = {own} | {m[0] for m in example.marks}
    found = {r for r in scan(example.files) if r[0] in asked}
    wanted = {(r, f, n, WANTED[k]) for r, f, n, k in example.marks if k != "miss"}
    misses = {(r, f, n) for r, f, n, k in example.marks if k == "miss"}
    rows = [f"{f}:{n} (block at line {example.line}): {r} should be {s}" for r, f, n, s in sorted(wanted - found)]
    for r, f, n, s in sorted(found - wanted):
        if (r, f, n) in misses:
            rows.append(f"{f}:{n} (block at line {example.line}): {r} is found now, the mark `miss` can go")
        else:
            rows.append(f"{f}:{n} (block at line {example.line}): {r} is {s}, which no mark says")
    return rows
