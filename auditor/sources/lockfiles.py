"""Exact versions from lock files: uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock."""

from __future__ import annotations

import json
import re
from typing import Any

from auditor.sources.requirements import LOCK, Broken, Table, mapping, parse_toml

_TEXT = r'"[^"\\\n]*"'
_PLACE = rf"\{{ ?(?:url|file) = {_TEXT}, hash = {_TEXT}(?:, size = \d+)?(?:, upload-time = {_TEXT})? ?\}}"
_DOWNLOAD = re.compile(rf"^(?:sdist = {_PLACE}|    {_PLACE},)$", re.M)


def read_toml_lock(text: str, source: str) -> list[Table] | Broken:
    """Nine tenths of a lock say where its packages are downloaded from, each on a line: they need not be parsed."""
    data = parse_toml(_DOWNLOAD.sub("", text))
    if isinstance(data, Broken):
        return data
    table = Table(source, LOCK)
    members: list[str] = []
    # The first uv locks call them distributions.
    packages: Any = next((data[key] for key in ("package", "packages", "distribution") if key in data), [])
    for package in map(mapping, packages if isinstance(packages, list) else []):
        name, version = package.get("name"), package.get("version")
        if isinstance(name, str) and isinstance(version, str):
            table.add(name, f"=={version}")
        members += _local_folders(package)
    table.members = frozenset(members)
    if isinstance(python := data.get("requires-python"), str):
        table.add("python", python)
    return [table]


def _local_folders(package: dict[str, Any]) -> list[str]:
    """Where the package lies, if it is a part of this repository."""
    source = mapping(package.get("source"))
    places = [source.get(key) for key in ("editable", "virtual", "directory")]
    if source.get("type") == "directory":
        places.append(source.get("url"))
    places += [package.get("path"), mapping(package.get("directory")).get("path")]
    return [place for place in places if isinstance(place, str)]


def read_pipfile_lock(text: str, source: str) -> list[Table] | Broken:
    try:
        data = mapping(json.loads(text))
    except json.JSONDecodeError as error:
        return Broken(error.lineno, error.msg)
    except (ValueError, RecursionError) as error:
        return Broken(1, str(error) or "nested too deeply")
    table = Table(source, LOCK)
    for section in ("default", "develop"):
        for name, package in mapping(data.get(section)).items():
            if isinstance(version := mapping(package).get("version"), str):
                table.add(name, version)
    return [table]
