"""Ranges from what people write: pyproject.toml, setup.cfg, setup.py, Pipfile."""

from __future__ import annotations

import ast
import configparser
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.sources.requirements import EXTRAS, MANIFEST, Broken, Table, mapping, parse_toml, strings


def read_pyproject(text: str, source: str) -> list[Table] | Broken:
    """Two tables: the dependencies, and those of extras and groups."""
    data = parse_toml(text)
    if isinstance(data, Broken):
        return data
    project, tools = mapping(data.get("project")), mapping(data.get("tool"))
    poetry = mapping(tools.get("poetry"))
    main, extras = Table(source, MANIFEST), Table(source, EXTRAS)
    _add_all(main, strings(project.get("dependencies")))
    if isinstance(python := project.get("requires-python"), str):
        main.add("python", python)
    _add_poetry(main, mapping(poetry.get("dependencies")))
    groups = [
        *mapping(project.get("optional-dependencies")).values(),
        *mapping(data.get("dependency-groups")).values(),
        *mapping(mapping(tools.get("pdm")).get("dev-dependencies")).values(),
        mapping(tools.get("uv")).get("dev-dependencies"),
    ]
    for group in groups:
        _add_all(extras, strings(group))
    _add_poetry(extras, mapping(poetry.get("dev-dependencies")))
    for group in mapping(poetry.get("group")).values():
        _add_poetry(extras, mapping(mapping(group).get("dependencies")))
    return [main, extras]


def read_pipfile(text: str, source: str) -> list[Table] | Broken:
    data = parse_toml(text)
    if isinstance(data, Broken):
        return data
    main, extras = Table(source, MANIFEST), Table(source, EXTRAS)
    for table, key in ((main, "packages"), (extras, "dev-packages")):
        for name, value in mapping(data.get(key)).items():
            version = mapping(value).get("version", "") if isinstance(value, dict) else value
            table.add(name, version if isinstance(version, str) and version != "*" else "")
    return [main, extras]


def read_setup_cfg(text: str, source: str) -> list[Table] | Broken:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return Broken(getattr(error, "lineno", None) or 1, str(error).split("\n", 1)[0])
    main, extras = Table(source, MANIFEST), Table(source, EXTRAS)
    _add_all(main, parser.get("options", "install_requires", fallback="").split("\n"))
    main_python = parser.get("options", "python_requires", fallback="").strip()
    if main_python:
        main.add("python", main_python)
    if parser.has_section("options.extras_require"):
        for _, value in parser.items("options.extras_require"):
            _add_all(extras, value.split("\n"))
    return [main, extras]


def read_setup_py(text: str, source: str) -> list[Table] | Broken:
    """Only what stands literally in the call of `setup`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return Broken(error.lineno or 1, error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return Broken(1, str(error) or "nested too deeply")
    table = Table(source, MANIFEST)
    for keyword in _setup_keywords(tree):
        if keyword.arg == "install_requires" and isinstance(keyword.value, (ast.List, ast.Tuple)):
            _add_all(table, [e.value for e in keyword.value.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)])
        if keyword.arg == "python_requires" and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            table.add("python", keyword.value.value)
    return [table]


def _setup_keywords(tree: ast.Module) -> Iterator[ast.keyword]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
            if name == "setup":
                yield from node.keywords


def _add_all(table: Table, requirements: Iterable[str]) -> None:
    for requirement in requirements:
        table.add_requirement(requirement)


def _add_poetry(table: Table, dependencies: dict[str, Any]) -> None:
    for name, value in dependencies.items():
        for one in value if isinstance(value, list) else [value]:
            version = one.get("version", "") if isinstance(one, dict) else one
            table.add(name, poetry_specifier(version) if isinstance(version, str) else "")


def poetry_specifier(version: str) -> str:
    """Poetry's ranges as PEP 440: `^1.2` is `>=1.2,<2`, `~1.2` is `>=1.2,<1.3`, a bare number is that version."""
    if "|" in version:
        return ""
    parts = [part for part in re.split(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])", version.strip()) if part]
    return ",".join(filter(None, map(_poetry_part, parts)))


def _poetry_part(part: str) -> str:
    if part == "*":
        return ""
    match = re.fullmatch(r"([~^])\s*v?(\d{1,9}(?:\.\d{1,9}){0,9})([a-z0-9.+-]*)", part)
    if match:
        numbers = [int(n) for n in match[2].split(".")]
        place = min(1, len(numbers) - 1) if match[1] == "~" else next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
        upper = ".".join(map(str, [*numbers[:place], numbers[place] + 1]))
        return f">={match[2]}{match[3]},<{upper}"
    return part if part[0] in "<>=!~" else f"=={part}"
