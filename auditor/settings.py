"""Settings of a project: the table `[tool.agentaudit]` of the nearest pyproject.toml that has one."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from auditor.core.files import find_git_root, read_regular, real_inside
from auditor.core.problem import AuditError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FailOn: TypeAlias = Literal["critical", "high", "medium", "low", "never"]

MOST_BYTES = 5_000_000
_FILE = "pyproject.toml"
_TABLE = re.compile(r"\s*\[\s*tool\s*\.\s*[\"']?agentaudit[\"']?\s*\]")
_AT_LINE = re.compile(r"at line (\d+), column (\d+)")


@dataclass(frozen=True, slots=True)
class Silence:
    """A suppression for files: `path` is a pattern as in .gitignore, from the folder of the settings file on; `line` is its own there."""

    path: str
    rule: str
    reason: str
    until: str
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Settings:
    """`path` is the file that they stand in, None where there is none; None means that nothing is set."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: FailOn | None = None
    fail_under: float | None = None
    min_coverage: float | None = None
    suppress: tuple[Silence, ...] = ()
    path: Path | None = None


def load_settings(root: Path) -> Settings:
    """From the nearest pyproject.toml with a table `[tool.agentaudit]`, at the root or above it up to the git root."""
    root = root.resolve()
    boundary = find_git_root(root) or root
    for folder in (root, *root.parents):
        if not folder.is_relative_to(boundary):
            break
        file = real_inside(folder / _FILE, boundary)
        if file is None or not file.is_file():
            continue
        text = _read(file)
        tool = _parse(text, file).get("tool", {})
        if isinstance(tool, dict) and "agentaudit" in tool:
            return _checked(tool["agentaudit"], text, file)
    return Settings()


def _read(file: Path) -> str:
    try:
        return read_regular(file, MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{_FILE} cannot be read: {error}", place=str(file)) from error


def _parse(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        line, column = (place[1], place[2]) if place else (str(text.count("\n") + 1), "1")
        message = re.sub(r"\s*\(at .*", "", str(error))
        raise AuditError(f"{_FILE} is not valid TOML: {message}", place=f"{file}:{line}:{column}") from error
    except (ValueError, RecursionError) as error:
        raise AuditError(f"{_FILE} is not valid TOML: {str(error) or 'nested too deeply'}", place=f"{file}:1:1") from error


def _checked(table: object, text: str, file: Path) -> Settings:
    if not isinstance(table, dict):
        raise AuditError("tool.agentaudit is not a table", place=f"{file}:{_line_of(None, text)}:1")
    known = [field.name.replace("_", "-") for field in fields(Settings) if field.name != "path"]
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise AuditError(f"unknown setting {key!r}", hint=hint, place=f"{file}:{_line_of(key, text)}:1")
    return _validated(table, text, file)


def _validated(table: dict[str, Any], text: str, file: Path) -> Settings:
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    class Suppress(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        path: str = Field(min_length=1)
        rule: str
        reason: str = ""
        until: str | date = ""

    class Model(BaseModel):
        model_config = ConfigDict(strict=True)
        select: list[str] = []
        ignore: list[str] = []
        exclude: list[str] = []
        fail_on: FailOn | None = None
        fail_under: float | None = Field(None, ge=0, le=100, allow_inf_nan=False)
        min_coverage: float | None = Field(None, ge=0, le=100, allow_inf_nan=False)
        suppress: list[Suppress] = []

    try:
        model = Model.model_validate({key.replace("-", "_"): value for key, value in table.items()})
    except ValidationError as error:
        _refuse(error.errors(include_url=False)[0], text, file)
    lines = _lines_of_tables("suppress", text)
    silences = tuple(
        Silence(row.path, row.rule, row.reason, str(row.until), file, lines[number] if number < len(lines) else _line_of("suppress", text))
        for number, row in enumerate(model.suppress)
    )
    return Settings(
        tuple(model.select),
        tuple(model.ignore),
        tuple(model.exclude),
        model.fail_on,
        model.fail_under,
        model.min_coverage,
        silences,
        path=file,
    )


def _refuse(error: ErrorDetails, text: str, file: Path) -> NoReturn:
    key = str(error["loc"][0]).replace("_", "-")
    hint = None
    if error["type"] == "literal_error" and isinstance(error["input"], str):
        close = difflib.get_close_matches(error["input"], ["critical", "high", "medium", "low", "never"], 1)
        hint = f"did you mean {close[0]!r}?" if close else None
    message = str(error["msg"])
    within = [str(part) for part in error["loc"][2:3]]
    if error["type"] == "extra_forbidden" and within:
        close = difflib.get_close_matches(within[-1], ["path", "rule", "reason", "until"], 1)
        message, hint = f"unknown key {within[-1]!r}", f"did you mean {close[0]!r}?" if close else "known are path, rule, reason, until"
    elif within:
        message = f"{within[-1]}: {message[:1].lower()}{message[1:]}"
    lines = _lines_of_tables(key, text)
    number = error["loc"][1] if len(error["loc"]) > 1 else None
    line = lines[number] if isinstance(number, int) and number < len(lines) else _line_of(key, text)
    raise AuditError(f"setting {key!r}: {message[:1].lower()}{message[1:]}", hint=hint, place=f"{file}:{line}:1")


def _lines_of_tables(key: str, text: str) -> list[int]:
    """The lines of `[[tool.agentaudit.key]]`, in order."""
    header = re.compile(rf"\s*\[\[\s*tool\s*\.\s*[\"']?agentaudit[\"']?\s*\.\s*[\"']?{re.escape(key)}[\"']?\s*\]\]")
    return [number for number, line in enumerate(text.split("\n"), 1) if header.match(line)]


def _line_of(key: str | None, text: str) -> int:
    """The line of a key, else that of the table: TOML is read without places, so they are looked up in the text."""
    lines = text.split("\n")
    header = next((number for number, line in enumerate(lines, 1) if _TABLE.match(line)), None)
    if header is None:
        return next((number for number, line in enumerate(lines, 1) if "agentaudit" in line), 1)
    for number, line in enumerate(lines[header:], header + 1):
        if re.match(r"\s*\[[^\]]*\]\s*(#.*)?$", line):
            break
        if key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
            return number
    return header
