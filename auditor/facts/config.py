"""What configuration files say of a deployment: variables, console scripts, JSON as it is, names; a pure function of path and text."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.facts.jobs import Job, read_jobs

ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
DOCKER = re.compile(r"^\s*ENV\s+(.*)$", re.IGNORECASE)
DOCKER_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(\"[^\"]*\"|'[^']*'|\S+)")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
VARIABLES = re.compile(r"""\b(?:env|environment)["']?\s*[:\n]""")
"""the key under which a YAML file sets variables: files without it, which may be large recordings, are not parsed"""
LOCKS = (".lock", "requirements.txt", ".python-version")
"""names of packages, not of functions"""
EXAMPLES = ("example", "sample", "template", "dist")
CHECKS = re.compile(r"(^|/)(\.github|\.circleci|\.buildkite)/|(^|/)(\.gitlab-ci|\.travis|azure-pipelines|bitbucket-pipelines)\.ya?ml$")
"""files of services that test a project: what they set does not hold where it is deployed"""
DEEPEST = 12
CONSOLE = "console_scripts"


@dataclass(slots=True)
class ConfigFacts:
    """`environment`: variable -> text as written (`$...` where it comes from elsewhere); `lines`: the lines that these stand in;
    `mentioned`: variables of example files, which may be set; `scripts`: console script -> `module:function`; `document`: parsed JSON;
    `words`: all names in it; `packaged`: whether the folder is built into a distribution, None where it does not say; `jobs`: of a
    workflow file."""

    mentioned: set[str] = field(default_factory=set)
    environment: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    document: object = None
    scripts: dict[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    packaged: bool | None = None
    jobs: list[Job] = field(default_factory=list)


def read_config(path: str, text: str) -> ConfigFacts:
    """What a file says, by its name; files of no known kind say nothing, broken ones what could be read."""
    name = path.rsplit("/", 1)[-1].lower()
    facts = ConfigFacts() if name.endswith(LOCKS) else ConfigFacts(words=frozenset(WORD.findall(text)))
    if name == "pyproject.toml":
        project = _project(text)
        facts.scripts = _scripts(project)
        facts.packaged = "build-system" in project
    elif name in ("setup.py", "setup.cfg"):
        facts.packaged = "setup(" in text or "[metadata]" in text
        facts.scripts = dict(_declared(text, code=name == "setup.py"))
    elif name.startswith(".env") or name.endswith(".env"):
        found = dict(_assignments(text))
        if any(word in name for word in EXAMPLES):
            facts.mentioned = set(found)
        else:
            facts.environment = found
    elif name.startswith("dockerfile") or name.endswith(".dockerfile"):
        facts.environment = dict(_docker(text))
    elif name.endswith((".yml", ".yaml")):
        found = dict(_yaml(text))
        if CHECKS.search(path):
            facts.mentioned = set(found)
            facts.jobs = read_jobs(path, text)
        else:
            facts.environment = found
    elif name.endswith(".json"):
        facts.document = _json(text)
    facts.lines = _lines(text, facts.environment)
    return facts


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _lines(text: str, variables: Collection[str]) -> dict[str, int]:
    """The first line in which each variable stands."""
    rows: dict[str, int] = {}
    for number, line in enumerate(text.splitlines() if variables else (), 1):
        for word in WORD.findall(line):
            if word in variables:
                rows.setdefault(word, number)
    return rows


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


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = ASSIGNMENT.match(line)
        if found and not line.lstrip().startswith("#"):
            yield found[1], _plain(found[2])


def _docker(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = DOCKER.match(line)
        if found:
            pairs = DOCKER_PAIR.findall(found[1])
            if pairs:
                yield from ((k, _plain(v)) for k, v in pairs)
            else:
                key, _, value = found[1].strip().partition(" ")
                yield key, _plain(value)


def _yaml(text: str) -> Iterator[tuple[str, str]]:
    """`environment:` and `env:` of compose files, workflows and manifests."""
    if not VARIABLES.search(text):
        return
    import yaml

    try:
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    for document in documents:
        yield from _variables(document, 0)


def _variables(node: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("environment", "env"):
                yield from _pairs(value)
            yield from _variables(value, depth + 1)
    elif isinstance(node, list):
        for item in node:
            yield from _variables(item, depth + 1)


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((str(k), str(v)) for k, v in value.items() if not isinstance(v, (dict, list)))
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str):
                key, given, text = item.partition("=")
                yield key.strip(), _plain(text) if given else f"${{{key.strip()}}}"
            elif isinstance(item, dict) and "name" in item and isinstance(item.get("value"), (str, int, float, bool)):
                yield str(item["name"]), str(item["value"])
            elif isinstance(item, dict) and "name" in item and "valueFrom" in item:
                yield str(item["name"]), f"${{{item['name']}}}"


def _plain(text: str) -> str:
    text = text.split(" #", maxsplit=1)[0].strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
