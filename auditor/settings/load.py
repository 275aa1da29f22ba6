"""Finds and reads the file of settings; a scanned repository's is hostile input."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.core.files import find_git_root, read_regular, real_inside
from auditor.core.problem import AuditError
from auditor.core.text import caret
from auditor.settings.mistakes import Mistakes, collect, setting
from auditor.settings.places import TooMuch, places
from auditor.settings.types import UNITS, Declaration, Param, Position, RuleSettings, Settings, Silence, TomlPath

if TYPE_CHECKING:
    from auditor.settings.model import Declare

MOST_BYTES = 1_000_000
OWN, SHARED = "agentaudit.toml", "pyproject.toml"
IN_SHARED: TomlPath = ("tool", "agentaudit")
_AT_LINE = re.compile(r"at line (\d+), column (\d+)")


@dataclass(frozen=True, slots=True)
class Read:
    """A file with settings: `prefix` is where in it they begin."""

    file: Path
    text: str
    prefix: TomlPath
    places: Mapping[TomlPath, Position]
    table: object


def load_settings(root: Path, *, config: Path | None = None, boundary: Path | None = None) -> Settings:
    """From the nearest agentaudit.toml or pyproject.toml with a table `[tool.agentaudit]`, at the root or above it up to the git root.

    `config`: from this file and no other; its patterns speak of the root. `boundary`: the folder that stands for the git root.
    """
    root = root.resolve()
    if config is not None:
        return _named(config, root)
    boundary = boundary or find_git_root(root) or root
    for folder in (root, *root.parents):
        if not folder.is_relative_to(boundary):
            break
        _refuse_what_is_no_file(folder / OWN, boundary)
        files = ((folder / name, real_inside(folder / name, boundary)) for name in (OWN, SHARED))
        found = [read for file, real in files if real and real.is_file() and (read := _read(file, real))]
        if len(found) > 1:
            line, column = found[1].places.get(IN_SHARED, (1, 1))
            raise AuditError(
                f"settings stand in two files of one folder: {found[0].file} and {found[1].file}",
                hint=f"keep one: move the table of {SHARED} into {OWN}, without `tool.agentaudit`",
                place=f"{found[1].file}:{line}:{column}",
            )
        if found:
            return _checked(found[0], base=folder, boundary=boundary)
    return Settings()


def _refuse_what_is_no_file(own: Path, boundary: Path) -> None:
    """Who has written settings has to know that they do not hold; a link out of the repository is not followed."""
    real = real_inside(own, boundary)
    if (own.is_symlink() or own.exists()) and (real is None or not real.is_file()):
        why = "leads out of the repository, or nowhere" if real is None else "is no regular file"
        raise AuditError(f"{own.name} {why}", hint="--config FILE takes a file from anywhere, --isolated goes without", place=str(own))


def _named(config: Path, root: Path) -> Settings:
    if not config.is_file():
        raise AuditError(f"--config {config} is no file")
    file = config.absolute()
    read = _read(file, config.resolve())
    if read is None:
        raise AuditError(f"--config {config} has no table [tool.agentaudit]")
    return _checked(read, base=root, boundary=None)


def _read(file: Path, real: Path) -> Read | None:
    """None where there are no settings in it; `real`: where a link leads."""
    text, data, places = _parsed(file, real)
    if file.name != SHARED:
        return Read(file, text, (), places, data)
    tool = data.get("tool", {})
    return Read(file, text, IN_SHARED, places, tool["agentaudit"]) if isinstance(tool, dict) and "agentaudit" in tool else None


def _parsed(file: Path, real: Path) -> tuple[str, dict[str, Any], Mapping[TomlPath, Position]]:
    name = file.name
    try:
        text = read_regular(real, MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{name} cannot be read: {error}", place=str(file)) from error
    text = text.replace("\r\n", "\n")
    try:
        # Before the standard reader, which takes for ever on what is nested deeply enough.
        found = places(text)
        return text, tomllib.loads(text), found
    except TooMuch as error:
        line, column = error.place
        message = str(error)
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (text.count("\n") + 1, 1)
        message = re.sub(r"\s*\(at .*", "", str(error))
    except (ValueError, RecursionError) as error:
        line, column, message = 1, 1, str(error)
    raise AuditError(f"{name} is not valid TOML: {message}\n{caret(text, line, column)}", place=f"{file}:{line}:{column}")


def _checked(read: Read, *, base: Path, boundary: Path | None) -> Settings:
    """`boundary`: the folder that packs must lie in, where the settings are the scanned repository's own."""
    from pydantic import ValidationError

    from auditor.settings.model import Model

    file, prefix, table = read.file, read.prefix, read.table
    mistakes = Mistakes(file, read.text, prefix, read.places)
    if not isinstance(table, dict):
        mistakes.add((), "tool.agentaudit is not a table")
        mistakes.refuse()
        return Settings()
    try:
        model = Model.model_validate(table)
    except ValidationError as error:
        collect(error.errors(include_url=False), Model, table, mistakes)
        mistakes.refuse()
        raise
    own = {path[len(prefix) :]: place for path, place in mistakes.places.items() if path[: len(prefix)] == prefix}
    packs = _packs(model.packs, file, boundary, mistakes)
    for number, row in enumerate(model.declare):
        _declaration(row, ("declare", number), mistakes)
    mistakes.refuse()
    return Settings(
        select=tuple(model.select),
        ignore=tuple(model.ignore),
        exclude=tuple(model.exclude),
        fail_on=model.fail_on,
        fail_under=model.fail_under,
        min_coverage=model.min_coverage,
        suppress=tuple(
            Silence(row.path, row.rule, row.reason, str(row.until), file, mistakes.at(("suppress", number))[0], base)
            for number, row in enumerate(model.suppress)
        ),
        packs=packs,
        ruleset=model.ruleset,
        rules={
            name: RuleSettings(row.severity, _params(row.params), file, mistakes.at(("rules", name))[0])
            for name, row in model.rules.items()
        },
        declare=tuple(
            Declaration(
                row.control,
                row.reason,
                row.value,
                tuple(row.paths),
                tuple(row.nouns),
                file,
                mistakes.at(("declare", number))[0],
                base,
            )
            for number, row in enumerate(model.declare)
        ),
        path=file,
        places=own,
    )


def _declaration(row: Declare, path: TomlPath, mistakes: Mistakes) -> None:
    if not row.reason.strip():
        mistakes.add(
            (*path, "reason"), f"{setting((*path, 'reason'))}: a declaration needs a reason", "say by what, and how one can see it"
        )
    unit = UNITS.get(row.control)
    if unit and row.value is not None and not (isinstance(row.value, float) and row.value > 0):
        where = (*path, "value")
        mistakes.add(where, f"{setting(where)}: of {row.control} it is a number of {unit}, above 0", "write it alone: `value = 30`")


def _params(given: dict[str, Any]) -> dict[str, Param]:
    return dict(given)


def _packs(given: list[str], file: Path, boundary: Path | None, mistakes: Mistakes) -> tuple[Path, ...]:
    """A scanned repository has no files read that are not its own."""
    rows = []
    for number, name in enumerate(given):
        folder = file.parent / name
        if boundary is not None and not folder.resolve().is_relative_to(boundary):
            mistakes.add(("packs", number), f"the pack {name!r} lies outside of the repository", "name it on the command line: --pack DIR")
        elif not folder.is_dir():
            mistakes.add(("packs", number), f"the pack {name!r} is no folder")
        rows.append(folder)
    return tuple(rows)
