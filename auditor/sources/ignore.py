"""Patterns of .gitignore files and of the setting `exclude`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.core.files import read_regular

MOST_PATTERNS = 2_000
MOST_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of one file, relative to the folder `base`; `refused` are those that could not be used."""

    base: str
    spec: Any
    refused: tuple[str, ...] = ()

    def decides(self, path: str) -> bool | None:
        """Whether an absolute path (folders end in `/`) is ignored; None: no pattern speaks of it."""
        answer: bool | None = self.spec.check_file(path[len(self.base) :].replace(os.sep, "/").lstrip("/")).include
        return answer


def parse(lines: Iterable[str], base: str) -> Patterns:
    """Patterns that are wrong, or so built that matching them could take for ever, are left out."""
    from pathspec import GitIgnoreSpec

    good: list[str] = []
    refused: list[str] = []
    for line in lines:
        text = line.rstrip("\n")
        if not text.strip() or text.startswith("#"):
            continue
        if len(good) >= MOST_PATTERNS or not _is_tame(text):
            refused.append(text)
            continue
        try:
            GitIgnoreSpec.from_lines([text])
        except (ValueError, re.error):
            refused.append(text)
        else:
            good.append(text)
    return Patterns(base, GitIgnoreSpec.from_lines(good), tuple(refused))


def read_ignore_file(folder: str) -> Patterns | None:
    try:
        data = read_regular(Path(folder, ".gitignore"), 1_000_000)
    except OSError:
        return None
    return parse(data.decode("utf-8-sig", "replace").split("\n"), folder)


def is_ignored(path: str, chain: tuple[Patterns, ...]) -> bool:
    """The nearest file of patterns that speaks of a path decides."""
    for patterns in reversed(chain):
        answer = patterns.decides(path)
        if answer is not None:
            return answer
    return False


def _is_tame(pattern: str) -> bool:
    """Each star more in one part is one power more in the time that the regular expression takes."""
    parts = pattern.split("/")
    stars = [len(re.findall(r"\*+", part)) for part in parts if part != "**"]
    return len(pattern) <= MOST_LENGTH and parts.count("**") <= 2 and max(stars, default=0) <= 2
