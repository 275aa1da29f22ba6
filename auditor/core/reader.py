"""Reads a file of a pack: its bytes, its YAML, and checks of single keys whose mistakes are collected with their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from auditor.core.files import read_regular
from auditor.core.problem import AuditError
from auditor.core.text import MOST_BYTES, MOST_NODES, VALUE, Position, Positions, YamlPath, caret, did_you_mean, printable, read_yaml

T = TypeVar("T")
MOST_MISTAKES = 30
"""of one file: more help nobody, and a hostile file could make any number"""
LONGEST_TEXT = 2_000
LONGEST_NAME = 80
MOST_LINES = 50
"""of one value that are looked through for a place in it"""


def read_text(path: Path, shown: str, *, links: bool = False) -> str:
    """The text of a regular file; through a link only with `links`."""
    try:
        return read_regular(path.resolve(strict=True) if links else path, MOST_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise AuditError(f"cannot be read: {error.reason} at byte {error.start}", place=f"{shown}:1:1") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AuditError(f"cannot be read, it must be a regular file of at most 1 MB: {reason}", place=f"{shown}:1:1") from None


def in_one(error: AuditError) -> str:
    """An error as it is told among others."""
    rows = [f"{error.place}: {error.message}" if error.place else error.message]
    return printable("\n".join([*rows, f"  {error.hint}"] if error.hint else rows))


class Reader:
    """Checks one YAML file and collects its mistakes."""

    def __init__(self, path: Path, shown: str, *, links: bool = False, most_nodes: int = MOST_NODES) -> None:
        text = read_text(path, shown, links=links)
        found = read_yaml(text, shown, most_nodes)
        self._of(found.positions, shown, text, placed=True)
        for place, message, hint in found.mistakes:
            self.add(*place, message, hint)
        if found.whole and not isinstance(found.data, dict):
            self.wrong((), "a mapping of keys is wanted here")
        if not found.whole or not isinstance(found.data, dict):
            self.finish()
        self.data: dict[str, Any] = cast(dict[str, Any], found.data)

    @classmethod
    def of_data(cls, data: object, shown: str) -> Self:
        """Of what is a part of a file that was read: its mistakes have no place."""
        reader = cls.__new__(cls)
        reader._of({}, shown, "", placed=False)
        reader.data = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            reader.wrong((), "a mapping of keys is wanted here")
        return reader

    def _of(self, positions: Positions, shown: str, text: str, *, placed: bool) -> None:
        self.shown, self.text, self.positions, self.placed = shown, text, positions, placed
        self.lines = self.text.split("\n")
        self.errors: list[str] = []

    @property
    def full(self) -> bool:
        return len(self.errors) >= MOST_MISTAKES

    def at(self, key: YamlPath) -> Position:
        """Where a key stands, or the nearest one around it."""
        while key and key not in self.positions:
            key = key[:-1]
        return self.positions.get(key, (1, 1))

    def place_in(self, start: Position, text: str, column: int) -> Position | None:
        """Where a column of a value stands that begins at a place, quoted or over several lines; None where it is written otherwise."""
        line, first = start
        rows = [row[:LONGEST_TEXT] for row in self.lines[line - 1 : line - 1 + MOST_LINES]] or [""]
        quoted = rows[0][first - 1 : first] in ("'", '"')
        folded = rows[0][first - 1 : first] in ("|", ">")
        rows[0] = "" if folded else " " * (first - 1 + quoted) + rows[0][first - 1 + quoted :]
        wanted = "".join(text[:column].split())
        signs = ((char, number, place) for number, row in enumerate(rows, line) for place, char in enumerate(row, 1) if not char.isspace())
        found = list(islice(signs, len(wanted)))
        if not found or "".join(char for char, _, _ in found) != wanted:
            return None
        _, line, place = found[-1]
        return line, place + (column > len(text) or text[column - 1].isspace())

    def wrong(self, key: YamlPath, message: str, hint: str | None = None) -> None:
        self.add(*self.at(key), message, hint)

    def add(self, line: int, column: int, message: str, hint: str | None = None, mark: str | None = None) -> None:
        if self.full:
            return
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        place = f"{self.shown}:{line}:{column}" if self.placed else self.shown
        mark = caret(source, 1, column) if mark is None and self.placed else mark
        rows = [f"{place}: {message}", *([mark] if mark is not None else [])]
        self.errors.append(printable("\n".join([*rows, f"  {hint}"] if hint else rows)))

    def unknown(self, key: YamlPath, what: str, name: object, known: Sequence[str]) -> None:
        if not self.full:
            word = str(name)[:LONGEST_NAME]
            near = did_you_mean(word, known)
            self.wrong(key, f"there is no {what} {word!r}", f"did you mean {near!r}?" if near else f"known: {', '.join(known)}")

    def keys(self, data: Mapping[str, Any], where: YamlPath, needed: Sequence[str], optional: Sequence[str]) -> None:
        known = [*needed, *optional]
        others = [key for key in data if key not in known]
        for key in others:
            self.unknown((*where, key), "key", key, known)
        meant = {did_you_mean(str(key), known) for key in others[:MOST_MISTAKES]}
        for key in needed:
            if data.get(key) in (None, "", [], {}) and not (key in meant and key not in data):
                self.wrong((*where, key) if key in data else where, f"the key {key!r} is missing or empty")

    def of(
        self, key: str, kinds: tuple[type[T], ...], fallback: T, words: str, data: Mapping[str, Any] | None = None, where: YamlPath = ()
    ) -> T:
        """The value of a key of the file, or of a mapping in it."""
        value = (self.data if data is None else data).get(key, fallback)
        if isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds):
            return value
        self.wrong((*where, key, VALUE), f"{key} must be {words}")
        return fallback

    def text_of(self, key: str, data: Mapping[str, Any] | None = None, where: YamlPath = (), most: int = LONGEST_TEXT) -> str:
        """Without what is invisible: it reaches terminals and reports."""
        value = self.of(key, (str,), "", "a text", data, where).strip()
        if len(value) > most:
            self.wrong((*where, key, VALUE), f"{key} is longer than {most:,} characters")
            return ""
        return printable(value)

    def texts(self, data: Mapping[str, Any], key: str, where: YamlPath = ()) -> tuple[str, ...]:
        value = data.get(key, [])
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, str) for row in rows):
            self.wrong((*where, key), f"{key} must be a list of texts")
        elif any(len(row) > LONGEST_TEXT for row in rows):
            self.wrong((*where, key), f"one of {key} is longer than {LONGEST_TEXT:,} characters")
        else:
            return tuple(printable(row) for row in rows)
        return ()

    def choice(self, key: str, options: Sequence[str], fallback: str) -> str:
        value = self.data.get(key, fallback)
        if isinstance(value, str) and value in options:
            return value
        self.unknown((key, VALUE), key, value, options)
        return fallback

    def finish(self) -> None:
        if self.errors:
            raise AuditError("\n".join([*self.errors, *([f"{self.shown}: more mistakes are not told"] if self.full else [])]))
