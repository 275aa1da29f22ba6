"""`agentaudit nouns`: what a rule can ask about."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import output, streams
from auditor.core.problem import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditor.rules.nouns import FieldDoc, NounDoc

FORMATS = ("text", "json")
WIDTH = 100


def command(
    noun: Annotated[str | None, typer.Argument(metavar="NOUN", help="One noun, with all its fields.", show_default=False)] = None,
    *,
    format: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="The document on stdout.")] = "text",
) -> int:
    """Show what a rule can ask about: nouns and their fields, with type, unit, meaning and why each can be unknown."""
    from auditor.graph.types import NOUNS
    from auditor.rules.nouns import doc_of, docs, nouns_json

    output.check_format(format, FORMATS)
    if noun is not None and noun not in NOUNS:
        hint = streams.suggestion(noun, NOUNS, f"nouns: {', '.join(sorted(NOUNS))}")
        raise AuditError(f"there is no noun {noun!r}", hint=hint)
    found = docs() if noun is None else [doc_of(noun)]
    if format == "json":
        streams.emit(json.dumps(nouns_json(found), indent=2) + "\n")
    else:
        streams.emit("\n".join(_all(found) if noun is None else _one(found[0])) + "\n")
    return 0


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    width = min(shutil.get_terminal_size().columns, WIDTH) if streams.is_terminal(sys.stdout) else WIDTH
    return textwrap.wrap(text, width=max(width, 40), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [
        first.rstrip()
    ]


def _all(found: list[NounDoc]) -> Iterator[str]:
    """A noun a line, then the language."""
    from auditor.rules.nouns import language_rows, shared

    for doc in found:
        yield from _wrapped(doc.words, f"{doc.name:<17} ", " " * 18)
        names = ", ".join(field.name for field in doc.fields)
        yield from _wrapped(names, " " * 18, " " * 20) if names else []
    yield ""
    yield from _wrapped(", ".join(field.name for field in shared()), f"{'each of them':<17} ", " " * 18)
    yield ""
    yield "Expressions"
    for word, words in language_rows():
        yield from _wrapped(words, f"  {word:<16} ", " " * 19)
    yield ""
    yield from _wrapped(
        "`agentaudit nouns NOUN` says what each field means; `agentaudit why PATH:LINE` shows them at a line of code.", "", ""
    )


def _one(doc: NounDoc) -> Iterator[str]:
    from auditor.graph.reasons import FAMILIES
    from auditor.rules.nouns import shared

    yield doc.name
    yield from _wrapped(doc.words, "  ", "  ")
    for title, rows in (("Fields", doc.fields), ("Fields of every noun", shared(doc))):
        if rows:
            yield from ("", title)
        for field in rows:
            yield from _field(field)
    names = dict.fromkeys(name for field in doc.fields for name in field.reasons)
    if names:
        yield from ("", "Why a setting can be unknown (`...`: what differs)")
    for name in names:
        yield from _wrapped(FAMILIES[name].words, f"  {name:<16} ", " " * 19)
        for form in FAMILIES[name].forms:
            yield from _wrapped(form, f"{' ' * 19}- ", " " * 21)


def _field(field: FieldDoc) -> Iterator[str]:
    unit = f" in {field.unit}" if field.unit else ""
    kind = f"{'setting: ' if field.states else ''}{field.type}{unit}"
    unknown = f"; unknown by: {', '.join(field.reasons)}" if field.reasons else ""
    yield from _wrapped(f"{field.words} [{kind}{unknown}]", f"  {field.name:<17} ", " " * 20)
