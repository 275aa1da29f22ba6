"""The variables that files of a deployment set, and those that they only show; the files may be hostile."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.core.text import MOST_BYTES
from auditor.facts.compose import MERGE, Service, is_compose, services_of

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
ASSIGNMENT = re.compile(rf"\s*(?:export\s+)?({NAME})\s*=(.*)")
SHOWN = re.compile(r"\s*#[#\s]*(?:-\s*|export\s+|ENV\s+)?([A-Z][A-Z0-9_]{2,})\s*[=:]")
"""an assignment that is commented out"""
DOCKER = re.compile(r"\s*ENV\s+(.*)", re.IGNORECASE)
DOCKER_PAIR = re.compile(rf"({NAME})=(\"[^\"]*\"|'[^']*'|\S+)")
DOCKER_IMAGE = re.compile(r"^\s*(?:FROM\s+(?:--\S+\s+)*|COPY\s+(?:--\S+\s+)*?--from=)([^\s$]+)", re.IGNORECASE | re.MULTILINE)
RESOURCE = re.compile(r"^\s*[\"']?Type[\"']?\s*:\s*[\"']?(\w+::\w+::\w+)", re.MULTILINE)
WORD = re.compile(NAME)
CONSTANT = re.compile(r"\b[A-Z][A-Z0-9_]{3,}\b")
KEYS = ("environment", "env", "env_variables", "envVars")
FILES = ("env_file", "envFile")
VARIABLES = re.compile(rf"""\b(?:{"|".join((*KEYS, *FILES))})["']?[ \t]*[:\n]|\bkind:[ \t]*["']?ConfigMap|^services:""", re.MULTILINE)
"""what a YAML file has that sets variables, or says what services are built from: others, which may be large recordings, are not parsed"""
TEMPLATE = re.compile(r"\{\{|\{%")
EXAMPLES = ("example", "sample", "template", "dist")
ENVIRONMENT = re.compile(rf"\.env([-._].*)?|[^.].*\.env(\..*)?|env[-._]({'|'.join(EXAMPLES)})")
OTHER_STAGES = frozenset(("dev", "development", "local", "test", "tests", "testing", "ci"))
CHECKS = re.compile(r"(^|/)(\.github|\.circleci|\.buildkite)/|(^|/)(\.gitlab-ci|\.travis|azure-pipelines|bitbucket-pipelines)\.ya?ml$")
"""files of services that test a project: what they set does not hold where it is deployed"""
DEEPEST = 50
YAML = (".yml", ".yaml")


@dataclass(slots=True)
class Variables:
    """`given`: variable -> text as written (`$...` where it comes from elsewhere); `sure`: they hold where the project is deployed, else
    only where somebody uses this file; `shown`: those that are commented out, or stand in a file that cannot be read; `files`: files with
    variables that this one names; `defect`: why it is not read; `runs_on`: images and kinds of resources that it is made of. `services`:
    those of a compose file, each with variables of its own."""

    given: dict[str, str] = field(default_factory=dict)
    sure: bool = True
    shown: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    runs_on: tuple[str, ...] = ()
    services: list[Service] = field(default_factory=list)
    defect: str = ""


def is_environment(name: str) -> bool:
    """Whether a file, by its name in lower case, holds nothing but variables."""
    return bool(ENVIRONMENT.fullmatch(name)) and not name.endswith(".py")


def is_example(path: str) -> bool:
    """Whether a file is there to be copied, or is for developers and tests."""
    name = path.rpartition("/")[2].lower()
    return any(word in name for word in EXAMPLES) or not OTHER_STAGES.isdisjoint(re.split(r"[._-]", name)) or bool(CHECKS.search(path))


def variables_of(path: str, text: str) -> Variables:
    """What a file sets, by its name; of files of no known kind, nothing."""
    name = path.rpartition("/")[2].lower()
    found = Variables(sure=not is_example(path))
    in_yaml = name.endswith(YAML) or (is_environment(name) and any(f"{ending}." in name for ending in YAML))
    if in_yaml:
        _yaml(path, text, found, plain=is_environment(name))
        found.runs_on = tuple(dict.fromkeys(RESOURCE.findall(text)))
    elif is_environment(name):
        found.given = dict(_assignments(text))
    elif name.startswith("dockerfile") or name.endswith((".dockerfile", "containerfile")):
        found.given = dict(_docker(text))
        found.runs_on = tuple(dict.fromkeys(DOCKER_IMAGE.findall(text)))
    else:
        return found
    if not in_yaml or is_environment(name) or VARIABLES.search(text):
        found.shown.update(m[1] for line in text.splitlines() if (m := SHOWN.match(line)))
    return found


def names_in(variables: Variables) -> set[str]:
    """All variables that a file sets or shows."""
    return variables.given.keys() | variables.shown | {name for service in variables.services for name in service.given}


def lines_of(text: str, variables: Collection[str]) -> dict[str, int]:
    """The first line in which each variable stands; one that is not commented out goes first."""
    rows: dict[str, int] = {}
    shown: dict[str, int] = {}
    for number, line in enumerate(text.splitlines() if variables else (), 1):
        for word in WORD.findall(line):
            if word in variables:
                (shown if line.lstrip().startswith("#") else rows).setdefault(word, number)
    return {**shown, **rows}


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = ASSIGNMENT.match(line)
        if found:
            yield found[1], _plain(found[2])


def _docker(text: str) -> Iterator[tuple[str, str]]:
    for line in text.replace("\\\n", " ").splitlines():
        found = DOCKER.match(line)
        if found:
            pairs = DOCKER_PAIR.findall(found[1])
            if pairs:
                yield from ((k, _plain(v)) for k, v in pairs)
            else:
                key, _, value = found[1].strip().partition(" ")
                yield key, _plain(value)


def _yaml(path: str, text: str, found: Variables, *, plain: bool) -> None:
    """Compose files, manifests and the like; `plain`: the whole file is a mapping of variables."""
    if not plain and not VARIABLES.search(text):
        return
    documents, found.defect = _documents(text)
    if documents is None:
        # What a template sets is not known before it is filled in.
        found.defect = "" if TEMPLATE.search(text) else found.defect
        found.shown.update(CONSTANT.findall(text[:MOST_BYTES]))
        return
    for document in documents:
        if plain:
            found.given.update(_pairs(document, set()))
            continue
        in_services = is_compose(document, path)
        if in_services:
            found.services.extend(services_of(document, path, lambda value: dict(_pairs(value, set()))))
        _visit(document, path, found, set(), files_only=in_services)


def _documents(text: str) -> tuple[list[Any] | None, str]:
    """The documents with all scalars as text: no tag means anything, and keys that merge others stay as they are."""
    import yaml

    if len(text) > MOST_BYTES:
        return None, f"a YAML file of more than {MOST_BYTES // 1_000_000} MB is not read"
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                return None, f"YAML of more than {DEEPEST} levels is not read"
        return list(yaml.load_all(text, Loader=loader)), ""
    except (yaml.YAMLError, ValueError, RecursionError):
        return None, "not valid YAML: the variables that it sets are not read"


def _visit(node: Any, path: str, found: Variables, seen: set[int], *, files_only: bool) -> None:
    """What stands under the keys that set variables; a part that is referred to more than once is visited once."""
    if not isinstance(node, (dict, list)) or id(node) in seen:
        return
    seen.add(id(node))
    mapped = isinstance(node, dict) and node.get("kind") == "ConfigMap"
    for key, value in node.items() if isinstance(node, dict) else ((None, v) for v in node):
        if not files_only and (key in KEYS or (mapped and key == "data")):
            found.given.update(_pairs(value, set()))
        elif key in FILES:
            found.files.update(posixpath.normpath(posixpath.join(posixpath.dirname(path), f)) for f in _names(value))
        _visit(value, path, found, seen, files_only=files_only)


def _names(value: Any) -> Iterator[str]:
    """`env_file: x`, `[x]`, `[{path: x}]`."""
    for item in value if isinstance(value, list) else [value]:
        name = item.get("path") if isinstance(item, dict) else item
        if isinstance(name, str):
            yield name


def _pairs(value: Any, seen: set[int]) -> Iterator[tuple[str, str]]:
    """A mapping, or a list of `A=1`, `{name: A, value: 1}`, `{key: A, value: 1}`, mappings."""
    if not isinstance(value, (dict, list)) or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, list):
        for item in value:
            if isinstance(item, str):
                key, given, text = item.partition("=")
                yield key.strip(), _plain(text) if given else f"${{{key.strip()}}}"
            else:
                yield from _pairs(item, seen)
        return
    name = value.get("name", value.get("key"))
    if isinstance(name, str) and len(value) > 1:
        held = value.get("value")
        yield name, held if isinstance(held, str) else f"${{{name}}}"
        return
    yield from _pairs(value.get(MERGE), seen)
    yield from ((k, v) for k, v in value.items() if isinstance(v, str) and k != MERGE)


def _plain(text: str) -> str:
    text = text.split(" #", maxsplit=1)[0].strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
