"""The page of a rule: fixed sections, and code blocks that are its tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeAlias

SECTIONS = ("Why", "Flagged", "Accepted", "Cannot tell", "Known misses", "Remedy")
HEADING = re.compile(r"^##[ \t]+(.+?)[ \t]*$")
FENCE = re.compile(r"^```([\w+-]*)[ \t]*(\S*)[ \t]*$")
WIDEST_LINE = 1_000
"""longer lines are no heading, fence or mark: the patterns would take too long on them"""
LONGEST_PATH = 200
MARK = re.compile(r"(?:#|//)[ \t]*(flag|unknown|miss|noise):[ \t]*([a-z0-9-]+(?:[ \t]*,[ \t]*[a-z0-9-]+)*)")
NAMES = {"python": "app.py", "typescript": "app.ts", "yaml": "config.yaml"}
WANTED = {"flag": "fail", "noise": "fail", "unknown": "unknown"}
SAID = {"fail": "fails", "unknown": "cannot tell"}

Result: TypeAlias = tuple[str, str, int, str]
"""(rule, file, line, "fail" or "unknown")"""


@dataclass(slots=True)
class Example:
    """Files of one example, the marks in them (rule, file, line, mark), and the line of the page where it begins; `fences`: the line of
    the page above the first line of each file."""

    files: dict[str, str]
    marks: set[Result]
    line: int
    fences: dict[str, int] = field(default_factory=dict)


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
        line = lines[number].rstrip("\r")
        number += 1
        short = len(line) <= WIDEST_LINE
        fence = FENCE.match(line) if short else None
        if short and (heading := HEADING.match(line)):
            found.append(heading[1])
        if not fence:
            joined = joined and not line.strip()
            continue
        end = next((i for i in range(number, len(lines)) if lines[i].rstrip() == "```"), None)
        if end is None:
            page.errors.append(f"{name}:{number}: the code block is not closed")
            break
        if fence[1] in NAMES or fence[2]:
            _block(page, fence[2] or NAMES[fence[1]], lines[number:end], f"{name}:{number}", joined=joined and bool(fence[2]))
            joined = bool(fence[2])
        number = end + 1
    if tuple(found) != SECTIONS:
        page.errors.append(f"{name}:1: the sections must be {', '.join(SECTIONS)}, in this order; found {', '.join(found) or 'none'}")
    return page


def _block(page: Page, file: str, body: list[str], place: str, *, joined: bool) -> None:
    """A block with a file name that follows another such block directly belongs to the same example."""
    if not _inside(file):
        page.errors.append(f"{place}: {file} is no path inside the example")
        return
    if not joined:
        page.examples.append(Example({}, set(), int(place.rpartition(":")[2])))
    example = page.examples[-1]
    if file in example.files:
        page.errors.append(f"{place}: {file} is there twice")
    if any(file.startswith(f"{other}/") or other.startswith(f"{file}/") for other in example.files):
        page.errors.append(f"{place}: {file} is a file and a folder")
    example.fences[file] = int(place.rpartition(":")[2])
    example.files[file] = "\n".join(line.rstrip("\r") for line in body) + "\n"
    for offset, text in enumerate(body, start=1):
        for kind, rules in MARK.findall(text) if len(text) <= WIDEST_LINE else ():
            example.marks.update((rule.strip(), file, offset, kind) for rule in rules.split(","))


def _inside(file: str) -> bool:
    """A plain path below the example's folder; nothing of git, which reads settings there that start programs."""
    path = PurePosixPath(file)
    plain = file.isprintable() and len(file) <= LONGEST_PATH and not set(file) & set('\\~:*?"<>|')
    return plain and not path.is_absolute() and ".." not in path.parts and ".git" not in [part.lower().rstrip(". ") for part in path.parts]


def check_example(example: Example, own: str, scan: Callable[[dict[str, str]], Iterable[Result]]) -> list[str]:
    """Differences between the marks and what a scan of the files gives, for the page's rule and all rules named in marks."""
    return [f"{file}:{line} (block at line {example.line}): {text}" for file, line, text in differences(example, own, scan(example.files))]


def differences(example: Example, own: str, results: Iterable[Result]) -> list[tuple[str, int, str]]:
    """File, line in it and what is wrong, for the page's rule and all rules named in marks."""
    asked = {own} | {mark[0] for mark in example.marks}
    found = {result for result in results if result[0] in asked}
    wanted = {(rule, file, line, WANTED[mark]) for rule, file, line, mark in example.marks if mark != "miss"}
    misses = {(rule, file, line) for rule, file, line, mark in example.marks if mark == "miss"}
    rows = []
    for rule, file, line, state in sorted(wanted ^ found):
        if (rule, file, line, state) in wanted:
            rows.append((file, line, f"a mark says that {rule} {SAID[state]} here, which is not so"))
        elif (rule, file, line) in misses:
            rows.append((file, line, f"{rule} is found now, the mark `miss` can go"))
        else:
            rows.append((file, line, f"{rule} {SAID[state]} here, which no mark says"))
    return rows
