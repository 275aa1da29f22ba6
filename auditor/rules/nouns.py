"""What a rule can ask about: every noun with its fields, their types, units and reasons for unknown, and the words of the language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.graph.reasons import FAMILIES, OF_FIELDS
from auditor.graph.types import NOUNS, Noun
from auditor.graph.words import Words, summary_of, words_of
from auditor.rules.expression import FUNCTIONS, LONGEST
from auditor.rules.names import STATES, WORDS, Kind, fields_of

LANGUAGE: Mapping[str, str] = {
    "a field": "of the noun; of several nouns in `each` those that all of them have",
    "a parameter": "of the rule, by its name in `params`",
    "and or not": "of what may be unknown: `no and unknown` is no, `yes or unknown` is yes, all else is unknown",
    "< <= > >= == !=": "numbers have an order; texts and truths only `==` and `!=`; with an absent value the answer is unknown",
    "a setting by name": "one of those of a field that has them, in quotes: `arguments['timeout']`, whether or not it is written",
    "in, not in": "a text in a list of texts, or anything in a written list `('a', 'b')`",
    "+ - *": "of numbers; unbounded exceeds every number",
    "for": "one comprehension at a time, over a list field: `any(l.mechanism == 'sdk' for l in layers)`; its element has fields",
    '["name"]': 'of what has settings by name: `arguments["timeout"] is absent`',
}
OF_FUNCTIONS: Mapping[str, str] = {
    "len": "how many a list or comprehension has",
    "any": "whether one of them is so",
    "all": "whether each of them is so",
    "max": "the largest of a list, or of several numbers",
    "min": "the smallest of a list, or of several numbers",
    "sum": "the numbers of a list added up",
}
OF_STATES: Mapping[str, str] = {
    "absent": "no limit applies: nothing was written, None was passed on, or the library's own default is none",
    "unbounded": "a count that nothing limits",
    "unknown": "it cannot be told, and the setting says why",
    "default": "the library's value, which nobody has written; asked of a field alone",
}


@dataclass(frozen=True, slots=True)
class FieldDoc:
    """`states`: whether it may be absent, unbounded or unknown; `reasons`: names of the families of reasons for unknown."""

    name: str
    type: str
    states: bool
    unit: str
    words: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NounDoc:
    name: str
    words: str
    fields: tuple[FieldDoc, ...]


def doc_of(name: str) -> NounDoc:
    """One noun with its own fields, and those shared ones of which it has something else to say."""
    own, common = words_of(NOUNS[name]), words_of(Noun)
    return NounDoc(name, summary_of(NOUNS[name]), tuple(_fields(NOUNS[name], {n for n in common if own[n] == common[n]})))


def docs() -> list[NounDoc]:
    return [doc_of(name) for name in sorted(NOUNS)]


def shared(noun: NounDoc | None = None) -> tuple[FieldDoc, ...]:
    """The fields of every noun, without those of which this one has something else to say."""
    told = {field.name for field in noun.fields} if noun is not None else set()
    return tuple(_fields(Noun, told))


def _fields(cls: type[Noun], without: set[str]) -> Iterator[FieldDoc]:
    words = words_of(cls)
    for name, kind in fields_of(cls).items():
        if name not in without:
            found = words.get(name, Words(""))
            yield FieldDoc(name, _type(kind), kind.setting, found.unit, found.text, OF_FIELDS.get(name, ()) if kind.setting else ())


def _type(kind: Kind) -> str:
    if kind.name == "items" and kind.item is not None:
        return f"a list of {kind.item.__name__} ({', '.join(fields_of(kind.item))})"
    return WORDS[kind.name]


def nouns_json(found: list[NounDoc]) -> dict[str, Any]:
    return {
        "format": 1,
        "nouns": [
            {"name": noun.name, "words": noun.words, "fields": [_field_json(field) for field in (*noun.fields, *shared(noun))]}
            for noun in found
        ],
        "reasons": {name: {"words": family.words, "forms": list(family.forms)} for name, family in FAMILIES.items()},
        "language": {"words": dict(LANGUAGE), "functions": dict(OF_FUNCTIONS), "states": dict(OF_STATES), "longest": LONGEST},
    }


def _field_json(field: FieldDoc) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "states": list(STATES) if field.states else [],
        "unit": field.unit or None,
        "words": field.words,
        "reasons": list(field.reasons),
    }


def language_rows() -> Iterator[tuple[str, str]]:
    """The words of the language, in the order in which they are told."""
    yield from LANGUAGE.items()
    yield from ((f"{name}(...)", OF_FUNCTIONS[name]) for name in FUNCTIONS)
    yield from ((f"is {state}", OF_STATES[state]) for state in STATES)


# -- Markdown


def markdown() -> list[str]:
    """The section of the list of the rules."""
    rows = [
        "## Nouns",
        "",
        "What a rule can ask about (`each:`) and the fields that its expressions may use; `agentaudit nouns NOUN` shows the same.",
        "A *setting* may be absent, unbounded or unknown; what it can be unknown for is below. A field without a unit has a plain number.",
        "",
        "### The language",
        "",
        f"`where:`, `flag:`, `measure:` and the `when:` of a severity are expressions of at most {LONGEST:,} characters.",
        "",
        "| Word | Meaning |",
        "|---|---|",
        *(f"| `{_cell(word)}` | {_cell(words)} |" for word, words in language_rows()),
        "",
        "### Fields of every noun",
        "",
        *_table(shared()),
    ]
    for noun in docs():
        rows += ["", f"### `{noun.name}`", "", noun.words, "", *(_table(noun.fields) if noun.fields else ["It has no fields of its own."])]
    rows += ["", "### Why a setting can be unknown", "", "| Kind | When | As reports say it (`...`: what differs) |", "|---|---|---|"]
    rows += [f"| {name} | {family.words} | {_cell('; '.join(family.forms))} |" for name, family in FAMILIES.items()]
    return rows


def _table(rows: tuple[FieldDoc, ...]) -> list[str]:
    head = ["| Field | Type | Unit | Meaning | Unknown |", "|---|---|---|---|---|"]
    return head + [
        f"| `{r.name}` | {'setting: ' if r.states else ''}{r.type} | {r.unit} | {_cell(r.words)} | {', '.join(r.reasons)} |" for r in rows
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
