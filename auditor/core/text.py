"""Text from outside: YAML with positions, carets that point at mistakes, suggestions, and what is safe to print."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from auditor.core.problem import AuditError

if TYPE_CHECKING:
    from yaml.events import Event, ScalarEvent

YamlPath: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]
Positions: TypeAlias = dict[YamlPath, Position]
Data: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | None

MOST_BYTES = 1_000_000
DEEPEST = 50
MOST_NODES = 15_000
LONGEST_NUMBER = 40
WIDEST_SNIPPET = 160
LONGEST_WORD = 80
VALUE = "\0value"
"""Last part of a path in `Positions`: where the value of a key starts."""
COMMAND = re.compile(r"##(?=\w*\[)")
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Without control, escape, bidirectional and other invisible characters; newline and tab stay."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in HIDDEN)


def inert(text: str) -> str:
    """As long as before, without what runners of CI take for a command wherever it stands in a line: `##[name]`, `##tool[name]`."""
    return COMMAND.sub("# ", text) if "##" in text else text


def inert_json(json: str) -> str:
    """The same JSON without what runners of CI would take for a command in their log: `##[name]`, `##tool[name]`."""
    return COMMAND.sub(r"#\\u0023", json) if "##" in json else json


def no_command(line: str) -> str:
    """A line that no runner takes for a command, neither as a whole (`::name::` where it begins) nor for one inside it."""
    line = inert(line)
    start = len(line) - len(line.lstrip())
    return f"{line[:start]}: {line[start + 1 :]}" if line.startswith("::", start) else line


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant."""
    from difflib import get_close_matches

    found = get_close_matches(word[:LONGEST_WORD], list(candidates), n=1, cutoff=0.6)
    return found[0] if found else None


def caret(text: str, line: int, column: int) -> str:
    """The line of a text with a caret under a column; both count from 1."""
    lines = text.split("\n")
    source = lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""
    start = max(0, column - 1 - WIDEST_SNIPPET // 2)
    # Hidden characters become spaces: dropped ones would move the caret.
    shown = "".join(c if c.isprintable() else " " for c in source[start : start + WIDEST_SNIPPET])
    return f"  {shown.rstrip()}\n  {' ' * width(shown[: column - 1 - start])}^"


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def broken(text: str, path: str, line: int, column: int, message: str, hint: str | None = None) -> AuditError:
    """An error at a place of a text, with the line and a caret."""
    return AuditError(f"{message}\n{caret(text, line, column)}", place=f"{path}:{line}:{column}", hint=hint)


QUOTING = "a value that begins with a quote or another sign, or has a colon in it, goes between quotes as a whole: \"'a' in names\""
QUOTED = (
    "did not find expected key",
    "did not find expected alphabetic or numeric character",
    "found character that cannot start any token",
    "mapping values are not allowed in this context",
)
"""what the parser has against a text without the quotes that it needs"""


@dataclass(slots=True)
class Yaml:
    """Plain data, the position (line, column) of every key and item, by its path of keys and indexes, `VALUE`: of what a key holds; and
    what is wrong, as place, message and hint. `whole`: whether all of the file was read."""

    data: Data = None
    positions: Positions = field(default_factory=dict)
    mistakes: list[tuple[Position, str, str | None]] = field(default_factory=list)
    whole: bool = True


def load_yaml(text: str, path: str, most_nodes: int = MOST_NODES) -> tuple[Any, Positions]:
    """Data and positions; AuditError with the first mistake, by its place."""
    found = read_yaml(text, path, most_nodes)
    if found.mistakes:
        (line, column), message, hint = min(found.mistakes, key=lambda row: row[0])
        raise broken(text, path, line, column, message, hint)
    return found.data, found.positions


def read_yaml(text: str, path: str, most_nodes: int = MOST_NODES) -> Yaml:
    """Keys are text as written. Aliases, anchors, tags, duplicate keys, several documents, more than 1 MB, more than 50 levels and too many
    values are mistakes: the file may be hostile. After a duplicate key, an anchor, a tag and what is no number it is read on."""
    from yaml import YAMLError

    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise AuditError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB", place=f"{path}:1:1")
    found = Yaml()
    try:
        found.data = _Builder(text, found, most_nodes).document()
    except _Stop:
        found.whole = False
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
        found.mistakes.append((place, f"not valid YAML: {problem}", _hint(text, place, problem)))
        found.whole = False
    except UnicodeError:
        raise AuditError(f"{path} holds characters that are no text", place=f"{path}:1:1") from None
    return found


def _hint(text: str, place: Position, problem: str) -> str | None:
    line, column = place
    # What else breaks lines in YAML may make the mark one of a line that is not there.
    if any(row.startswith("\t", column - 1) for row in text.split("\n")[line - 1 : line]):
        return "a file is indented with spaces, not with tabs"
    return QUOTING if problem in QUOTED else None


class _Stop(Exception):
    """Nothing more is read."""


class _Builder:
    """Builds data of parser events: nothing is expanded, no tag constructs anything."""

    def __init__(self, text: str, found: Yaml, most: int) -> None:
        import yaml

        self.left = self.most = most
        self.positions = found.positions
        self.mistakes = found.mistakes
        self.resolver: Any = yaml.resolver.Resolver()
        self.constructor: Any = yaml.constructor.SafeConstructor()
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Event] = yaml.parse(text, Loader=loader)

    def document(self) -> Data:
        from yaml.events import DocumentStartEvent, StreamEndEvent

        next(self.events)
        if isinstance(next(self.events), StreamEndEvent):
            self.positions[()] = (1, 1)
            return None
        data = self.value((), 0)
        next(self.events)
        if isinstance(more := next(self.events), DocumentStartEvent):
            self.stop(more, "a second document is not allowed")
        return data

    def value(self, where: YamlPath, depth: int, event: Event | None = None) -> Data:
        from yaml.events import MappingStartEvent, ScalarEvent

        event = event or next(self.events)
        position = _position(event)
        if self.positions.setdefault(where, position) != position:
            self.positions[*where, VALUE] = position
        self.check(event, depth)
        if isinstance(event, ScalarEvent):
            return self.scalar(event)
        return self.mapping(where, depth) if isinstance(event, MappingStartEvent) else self.sequence(where, depth)

    def check(self, event: Event, depth: int) -> None:
        """Refuses what data never needs."""
        from yaml.events import AliasEvent

        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            self.wrong(event, "anchors and aliases are not allowed")
        if getattr(event, "tag", None) is not None:
            self.wrong(event, "tags are not allowed")
        if isinstance(event, AliasEvent):
            raise _Stop
        if depth > DEEPEST:
            self.stop(event, f"nested deeper than {DEEPEST} levels")
        self.left -= 1
        if self.left < 0:
            self.stop(event, f"more than {self.most:,} keys and values")

    def mapping(self, where: YamlPath, depth: int) -> dict[str, Any]:
        from yaml.events import MappingEndEvent, ScalarEvent

        rows: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            self.check(event, depth)
            if not isinstance(event, ScalarEvent):
                self.stop(event, "a key must be plain text")
            key = event.value
            if key in rows:
                line, column = self.positions[*where, key]
                self.wrong(event, f"the key {printable(key)[:LONGEST_WORD]!r} is there twice", f"the first is at {line}:{column}")
                # What it holds is read for what is wrong in it; nobody asks for such a path.
                self.value((*where, key, VALUE, self.left), depth + 1)
                continue
            self.positions[*where, key] = _position(event)
            rows[key] = self.value((*where, key), depth + 1)
        return rows

    def sequence(self, where: YamlPath, depth: int) -> list[Any]:
        from yaml.events import SequenceEndEvent

        rows: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            rows.append(self.value((*where, len(rows)), depth + 1, event))
        return rows

    def scalar(self, event: ScalarEvent) -> str | int | float | bool | None:
        """Text, whole and decimal numbers, truth values and null; dates stay text."""
        from yaml import ScalarNode

        text: str = event.value
        tag: str = self.resolver.resolve(ScalarNode, text, (True, False)) if event.implicit[0] else ""
        if tag.rpartition(":")[2] not in {"null", "bool", "int", "float"}:
            return text
        try:
            if len(text) > LONGEST_NUMBER:
                raise ValueError
            value: str | int | float | bool | None = self.constructor.construct_document(ScalarNode(tag, text))
        except (ValueError, OverflowError):
            self.wrong(event, f"{text[:LONGEST_NUMBER]!r} is no number")
            return 0
        return value

    def wrong(self, event: Event, message: str, hint: str | None = None) -> None:
        self.mistakes.append((_position(event), message, hint))

    def stop(self, event: Event, message: str) -> NoReturn:
        self.wrong(event, message)
        raise _Stop


def _position(event: Event) -> Position:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1
