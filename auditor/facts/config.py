"""What configuration files say of a deployment: variables, console scripts, JSON as it is, names; a pure function of path and text."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.facts.deployment import Variables, lines_of, names_in, variables_of
from auditor.facts.jobs import Job, read_jobs
from auditor.facts.started import read_commands, tasks

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LOCKS = (".lock", "requirements.txt", ".python-version")
"""names of packages, not of functions"""
CONSOLE = "console_scripts"


@dataclass(slots=True)
class ConfigFacts:
    """`variables`: those of a deployment, `lines`: where these stand; `scripts`: console script -> `module:function`; `document`: parsed
    JSON; `words`: all names in it; `packaged`: whether the folder is built into a distribution, None where it does not say; `jobs`: of a
    workflow file; `commands`: the words of those that a deployment starts."""

    variables: Variables = field(default_factory=Variables)
    lines: dict[str, int] = field(default_factory=dict)
    document: object = None
    scripts: dict[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    packaged: bool | None = None
    jobs: list[Job] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)


def read_config(path: str, text: str) -> ConfigFacts:
    """What a file says, by its name; files of no known kind say nothing, broken ones what could be read."""
    name = path.rsplit("/", 1)[-1].lower()
    facts = ConfigFacts() if name.endswith(LOCKS) else ConfigFacts(words=frozenset(WORD.findall(text)))
    if name == "pyproject.toml":
        project = _project(text)
        facts.scripts = _scripts(project)
        facts.packaged = "build-system" in project
        facts.commands = list(tasks(project))
    elif name in ("setup.py", "setup.cfg"):
        facts.packaged = "setup(" in text or "[metadata]" in text
        facts.scripts = dict(_declared(text, code=name == "setup.py"))
    elif name.endswith(".json"):
        facts.document = _json(text)
    else:
        facts.jobs = read_jobs(path, text)
        facts.commands = read_commands(path, text)
        facts.variables = variables_of(path, text)
        facts.lines = lines_of(text, names_in(facts.variables))
    return facts


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _project(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return {}


def _scripts(project: dict[str, Any]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for table in (project.get("project", {}), project.get("tool", {}).get("poetry", {}) if isinstance(project.get("tool"), dict) else {}):
        scripts = table.get("scripts") if isinstance(table, dict) else None
        if isinstance(scripts, dict):
            rows.update({str(k): v for k, v in scripts.items() if isinstance(v, str)})
    return rows


def _declared(text: str, *, code: bool) -> Iterator[tuple[str, str]]:
    """Console scripts of a setup.py, where they are written out, or of a setup.cfg."""
    for line in _written(text) if code else _section(text).splitlines():
        name, _, target = line.partition("=")
        if ":" in target:
            yield name.strip(), target.partition("[")[0].strip()


def _written(text: str) -> Iterator[str]:
    """The texts under the key `console_scripts` of a mapping in the code."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value == CONSOLE:
                yield from (n.value for n in ast.walk(value) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _section(text: str) -> str:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ""
    return parser.get("options.entry_points", CONSOLE, fallback="")
