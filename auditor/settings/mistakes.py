"""Mistakes in settings: all of them at once, each with its place and, where there is one, a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from auditor.core.problem import AuditError
from auditor.core.text import caret, did_you_mean, printable
from auditor.settings.types import Position, TomlPath

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

MOST = 50
MOST_LOOKED_AT = 500
"""a suggestion costs time, and a file can hold as many mistakes as it likes"""
LONGEST_NAME = 80
INPUT = "Input should be "


@dataclass(slots=True)
class Mistakes:
    """Those of one file; `prefix` is where its settings begin."""

    file: Path
    text: str
    prefix: TomlPath
    places: Mapping[TomlPath, Position]
    found: list[tuple[Position, str, str | None]] = field(default_factory=list)

    def at(self, path: TomlPath) -> Position:
        """Of what has no place of its own that of what holds it."""
        whole = (*self.prefix, *path)
        return next(self.places[whole[:end]] for end in range(len(whole), -1, -1) if whole[:end] in self.places)

    def add(self, path: TomlPath, message: str, hint: str | None = None) -> None:
        self.found.append((self.at(path), message, hint))

    def refuse(self) -> None:
        """AuditError where there is one."""
        found = sorted(set(self.found), key=lambda row: (row[0], row[1]))
        if not found:
            return
        rows = [
            (f"{self.file}:{line}:{column}", f"{message}\n{caret(self.text, line, column)}", hint)
            for (line, column), message, hint in found
        ]
        if len(rows) == 1:
            place, message, hint = rows[0]
            raise AuditError(message, hint=hint, place=place)
        said = [f"{place}: {message}" + (f"\n  {hint}" if hint else "") for place, message, hint in rows[:MOST]]
        more = [f"and {len(rows) - MOST} more"] if len(rows) > MOST else []
        raise AuditError("\n".join([f"{len(rows)} mistakes in the settings", *said, *more]), place=str(self.file))


def collect(errors: Iterable[ErrorDetails], model: type[BaseModel], data: Mapping[str, Any], mistakes: Mistakes) -> None:
    """Of the branches of a union one mistake is made."""
    told: dict[TomlPath, list[str]] = {}
    for error in islice(errors, MOST_LOOKED_AT):
        path = _real(error["loc"], data)
        if error["type"] == "extra_forbidden":
            mistakes.add(path, *_unknown_key(path, model))
        elif error["type"] == "literal_error":
            mistakes.add(path, *_choice(path, error))
        elif error["type"] == "list_type" and isinstance(error["input"], dict):
            mistakes.add(
                path, f"{setting(path)}: there can be several, so it is a list of tables", f"write `[[{_dotted(path, mistakes)}]]`"
            )
        elif error["type"] == "model_type":
            table = f"[{_dotted(path, mistakes)}]"
            mistakes.add(path, f"{setting(path)}: a table is wanted", f"write `{f'[{table}]' if isinstance(path[-1], int) else table}`")
        else:
            missing = (*path, str(error["loc"][-1])) if error["type"] == "missing" else path
            told.setdefault(missing, []).append(str(error["msg"]))
    for path, messages in told.items():
        first, *others = dict.fromkeys(messages)
        said = " or ".join([first[:1].lower() + first[1:], *(other.removeprefix(INPUT) for other in others)])
        mistakes.add(path, f"{setting(path)}: {said}", _description(path, model))


def _real(where: Sequence[str | int], data: Mapping[str, Any]) -> TomlPath:
    """The part of a place that is in the data: the rest names a branch of a union, or what is missing."""
    path: TomlPath = ()
    value: Any = data
    for part in where:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not inside:
            break
        path, value = (*path, part), value[part]
    return path


def setting(path: TomlPath) -> str:
    """`setting 'fail-on'`, `setting 'suppress[1].path'`."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"setting {printable(text.removeprefix('.'))[:LONGEST_NAME]!r}"


def _dotted(path: TomlPath, mistakes: Mistakes) -> str:
    """Of the table at a path, as its header has it."""
    return ".".join(printable(part)[:LONGEST_NAME] for part in (*mistakes.prefix, *path) if isinstance(part, str))


def _unknown_key(path: TomlPath, model: type[BaseModel]) -> tuple[str, str]:
    known = _keys(path[:-1], model)
    key = printable(str(path[-1]))[:LONGEST_NAME]
    what = f"unknown setting {key!r}" if len(path) == 1 else f"{setting(path[:-1])}: unknown key {key!r}"
    return what, _hint(str(path[-1]), known)


def _choice(path: TomlPath, error: ErrorDetails) -> tuple[str, str | None]:
    message = str(error["msg"])
    given = error["input"]
    names = [word for word in message.split("'") if word.strip() and word.strip() not in {"Input should be", ",", "or"}]
    near = did_you_mean(given, names) if isinstance(given, str) else None
    return f"{setting(path)}: {message[:1].lower()}{message[1:]}", f"did you mean {near!r}?" if near else None


def _hint(word: str, known: Sequence[str]) -> str:
    near = did_you_mean(word, known)
    return f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"


def _description(path: TomlPath, model: type[BaseModel]) -> str | None:
    """What the schema says of a key, or of what holds it."""
    said = None
    for part in path:
        field = next((f for name, f in model.model_fields.items() if (f.alias or name) == part), None)
        if field is None:
            continue
        said, table = field.description, _table(field.annotation)
        if table is None:
            break
        model = table
    return said


def _keys(path: TomlPath, model: type[BaseModel]) -> list[str]:
    """The keys of the table at a path."""
    for part in path:
        if isinstance(part, str):
            kinds = [field.annotation for name, field in model.model_fields.items() if (field.alias or name) == part]
            model = next((table for kind in kinds if (table := _table(kind))), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _table(kind: Any) -> type[BaseModel] | None:
    """The table that a list, a mapping or an optional value holds."""
    walk: Callable[[Any], type[BaseModel] | None] = _table
    if get_origin(kind) in (list, dict, Union, UnionType):
        return next((found for part in get_args(kind) if (found := walk(part))), None)
    return kind if hasattr(kind, "model_fields") else None
