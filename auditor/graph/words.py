"""What the nouns and their fields mean, from the words that stand with them: "`field`, `field` (unit): words"."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, fields

from auditor.graph.types import ModelCall, Noun

_NAME = r"`\w+`(?: \([a-z ,]+\))?"
_ENTRY = re.compile(rf"(?:^|(?<=[.;] )|(?<=\n))({_NAME}(?:, {_NAME})*): ")
_FIELD = re.compile(r"`(\w+)`(?: \(([a-z ,]+)\))?")


@dataclass(frozen=True, slots=True)
class Words:
    """What a field means; `unit`: of its numbers, empty where they have none."""

    text: str
    unit: str = ""


def summary_of(noun: type[Noun]) -> str:
    """What it is, in a sentence or two."""
    return inspect.cleandoc(noun.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def words_of(noun: type[Noun]) -> dict[str, Words]:
    """The words of each field of a noun; where it has none of its own, those that a model call has."""
    known: dict[str, Words] = {}
    for cls in (ModelCall, *reversed(noun.__mro__)):
        if issubclass(cls, Noun):
            known.update(_own(cls))
    return {f.name: known[f.name] for f in fields(noun) if f.name in known}


def _own(noun: type[Noun]) -> dict[str, Words]:
    text = " ".join(inspect.cleandoc(noun.__doc__ or "").partition("\n\n")[2].split())
    parts = _ENTRY.split(text)
    rows: dict[str, Words] = {}
    for heads, words in zip(parts[1::2], parts[2::2], strict=True):
        for name, unit in _FIELD.findall(heads):
            rows[name] = Words(words.strip().rstrip(".;"), unit)
    return rows
