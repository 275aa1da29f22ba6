"""Where each key of a TOML text stands; the reader of the standard library does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from auditor.settings.types import Position, TomlPath

DEEPEST = 50
"""parts of a key, and brackets in each other: the standard reader takes the square of the first, and fails at many of the second"""
MOST = 20_000
_TOKEN = re.compile(
    r"""
    (?P<line>\n)
    | (?P<blank>[ \t\r]+|\#[^\n]*)
    | (?P<text>\"{3}(?:\\.|[^\\]|\\\Z)*?(?:\"{3,5}|\Z) | '{3}.*?(?:'{3,5}|\Z) | "(?:\\.|[^"\\\n])*"? | '[^'\n]*'?)
    | (?P<mark>[\[\]{}=,.])
    | (?P<word>[^\s\[\]{}=,.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)


class TooMuch(ValueError):
    """`place` is where it is nested too deeply, or where there are too many keys and items."""

    def __init__(self, message: str, place: Position) -> None:
        super().__init__(message)
        self.place = place


def places(text: str) -> dict[TomlPath, Position]:
    """Line and column of every key and item, by its path of keys and indexes. A text that is no TOML gives something, too."""
    scanner = _Scanner()
    for kind, token, position in _tokens(text):
        scanner.feed(kind, token, position)
    return scanner.found


def _tokens(text: str) -> Iterator[tuple[str, str, Position]]:
    line, start = 1, 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "blank":
            yield kind, match[0], (line, match.start() - start + 1)
        if "\n" in match[0]:
            line += match[0].count("\n")
            start = match.start() + match[0].rindex("\n") + 1


class _Scanner:
    """`open` are the brackets around, each with the path of its value and the number of its item."""

    def __init__(self) -> None:
        self.found: dict[TomlPath, Position] = {(): (1, 1)}
        self.rows: dict[TomlPath, int] = {}
        self.table: TomlPath = ()
        self.open: list[tuple[str, TomlPath, int]] = []
        self.key: list[str] = []
        self.path: TomlPath = ()
        self.mode = "key"
        self.at: Position = (1, 1)
        self.repeated = False

    def feed(self, kind: str, token: str, position: Position) -> None:
        if len(self.key) > DEEPEST or len(self.open) > DEEPEST:
            raise TooMuch(f"nested deeper than {DEEPEST} levels", position)
        if len(self.found) > MOST:
            raise TooMuch(f"more than {MOST:,} keys and items", position)
        if kind == "line":
            if not self.open:
                self.mode, self.key = "key", []
        elif self.mode == "value":
            self._value(kind, token, position)
        elif kind in ("word", "text"):
            self.at = self.at if self.key else position
            self.key.append(_plain(token))
        elif self.mode == "header":
            self._header(token)
        else:
            self._key(token, position)

    def _key(self, token: str, position: Position) -> None:
        if token == "=" and self.key:
            self.path = self._record(self.open[-1][1] if self.open else self.table, self.key)
            self.mode, self.key = "value", []
        elif token == "[" and not self.open and not self.key:
            self.mode, self.at, self.repeated = "header", position, False
        elif token == "}" and self.open:
            self._close()

    def _header(self, token: str) -> None:
        if token == "[":
            self.repeated = True
        elif token == "]" and self.key:
            at = self.at
            path: TomlPath = ()
            for number, part in enumerate(self.key, 1):
                path = (*path, part)
                self.found.setdefault(path, at)
                if number == len(self.key) and self.repeated:
                    self.rows[path] = self.rows.get(path, 0) + 1
                if path in self.rows:
                    path = (*path, self.rows[path] - 1)
                    self.found.setdefault(path, at)
            self.table, self.key = path, []

    def _record(self, base: TomlPath, key: list[str]) -> TomlPath:
        path = base
        for part in key:
            path = (*path, part)
            self.found.setdefault(path, self.at)
        return path

    def _value(self, kind: str, token: str, position: Position) -> None:
        mark = token if kind == "mark" else ""
        if mark in ("]", "}"):
            if self.open:
                self._close()
        elif mark == "," and self.open:
            bracket, path, number = self.open[-1]
            self.open[-1] = bracket, path, number + 1
            self.path = (*path, number + 1)
            self.mode = "key" if bracket == "{" else "value"
        else:
            self.found.setdefault(self.path, position)
            if mark in ("[", "{"):
                self.open.append((mark, self.path, 0))
                self.path = (*self.path, 0)
                self.mode = "key" if mark == "{" else "value"

    def _close(self) -> None:
        self.path = self.open.pop()[1]
        self.mode, self.key = "value", []


def _plain(token: str) -> str:
    if token[0] not in "\"'":
        return token
    if token[0] == '"' and "\\" in token:
        try:
            return str(tomllib.loads(f"x={token}")["x"])
        except tomllib.TOMLDecodeError:
            return token
    return token[1:-1]
