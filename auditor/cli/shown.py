"""`--show-settings`: each value, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from auditor.cli.options import Asked
from auditor.core.text import printable
from auditor.rules.distributions import installed
from auditor.settings import Settings

Row: TypeAlias = tuple[str, str, str]
WIDEST = 60
DEFAULT = "default"


def text(line: Asked, settings: Settings) -> str:
    """A line for each value: name, value, where it comes from."""
    rows = [_safe(row) for row in _rows(line, settings)]
    names, values = (min(max(len(row[column]) for row in rows), WIDEST) for column in (0, 1))
    head = f"settings of {_one_line(str(settings.path))}" if settings.path else "no file of settings"
    return "".join(f"{row}\n" for row in [head, *(f"{name:<{names}}  {value:<{values}}  {source}" for name, value, source in rows)])


def _rows(line: Asked, settings: Settings) -> Iterable[Row]:
    selected = [("select", name, "--select") for name in line.select]
    yield from selected or _listed("select", settings.select, settings) or [("select", "all rules", DEFAULT)]
    left = [name for name in settings.ignore if name not in line.select]
    for key, given, kept in (("ignore", line.ignore, left), ("exclude", line.exclude, settings.exclude)):
        here = [(key, name, f"--{key}") for name in given]
        there = [row if row[1] in kept else _aside(row) for row in _listed(key, getattr(settings, key), settings)]
        yield from [*here, *there] or [(key, "nothing", DEFAULT)]
    yield _one("fail-on", line.fail_on, settings.fail_on, "high", settings)
    yield _one("fail-under", line.fail_under, settings.fail_under, "not asked", settings)
    yield _one("min-coverage", line.min_coverage, settings.min_coverage, "not asked", settings)
    packs = [("packs", str(pack), "--pack") for pack in line.packs]
    packs += [("packs", pack.shown, "installed") for pack in installed()]
    yield from [*packs, *_listed("packs", settings.packs, settings)] or [("packs", "none of one's own", DEFAULT)]
    yield _one("ruleset", None, settings.ruleset, "of this version", settings)
    yield from _tables(settings)


def _tables(settings: Settings) -> Iterable[Row]:
    for name, rule in settings.rules.items():
        if rule.severity:
            yield f"rules.{name}.severity", rule.severity, settings.place("rules", name, "severity")
        for key, value in rule.params.items():
            yield f"rules.{name}.params.{key}", _value(value), settings.place("rules", name, "params", key)
    for number, silence in enumerate(settings.suppress):
        until = f", until {silence.until}" if silence.until else ""
        yield f"suppress[{number + 1}]", f"{silence.rule} in {silence.path}{until}", settings.place("suppress", number)
    for number, declared in enumerate(settings.declare):
        value = "" if declared.value is None else f" {_value(declared.value)}"
        where = f" in {', '.join(declared.paths)}" if declared.paths else ""
        of = f" for {', '.join(declared.nouns)}" if declared.nouns else ""
        yield f"declare[{number + 1}]", f"{declared.control}{value}{of}{where}", settings.place("declare", number)


def _listed(key: str, values: Sequence[object], settings: Settings) -> list[Row]:
    return [(key, str(value), settings.place(key, number)) for number, value in enumerate(values)]


def _aside(row: Row) -> Row:
    key, name, at = row
    return key, f"{name}: set aside by --select", at


def _one(key: str, asked: object, set_: object, default: str, settings: Settings) -> Row:
    if asked is not None:
        return key, _value(asked), f"--{key}"
    return (key, default, DEFAULT) if set_ is None else (key, _value(set_), settings.place(key))


def _value(value: object) -> str:
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _safe(row: Row) -> Row:
    name, value, source = map(_one_line, row)
    return name, value, source


def _one_line(text: str) -> str:
    return printable(text.replace("\n", " ").replace("\t", " "))
