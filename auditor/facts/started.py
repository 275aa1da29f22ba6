"""Commands that files of a deployment start: of images, of compose services and of process files, which may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from auditor.facts.compose import names_compose
from auditor.facts.deployment import is_example

INSTRUCTION = re.compile(r"\s*(?:CMD|ENTRYPOINT)\s+(.*)", re.IGNORECASE)
KEY = re.compile(r"\s*(?:command|entrypoint)\s*:\s*(.*)")
PROCESS = re.compile(r"[\w-]+\s*:\s*(.*)")
ITEM = re.compile(r"\s*-\s+(.*)")
FUNCTION = re.compile(r"\s*[Hh]andler\s*:\s*[\"']?([\w./-]+\.\w+)[\"']?\s*(?:#.*)?")
RESOURCE = re.compile(r"AWS::(?:Serverless|Lambda)::Function|^service\s*:", re.MULTILINE)
TEMPLATE = "template."
"""how files that declare such functions are called, which are no mere examples by that"""
QUOTES = re.compile(r"[\[\]\"',]")
MOST_TEXT = 100_000
MOST_COMMANDS = 50
MOST_ITEMS = 50
TASKS = ("scripts", "tasks")
COMMANDS = ("cmd", "shell")


def read_commands(path: str, text: str) -> list[tuple[str, ...]]:
    """The words of each command that such a file starts, the one word `module.function` where it has a function run on events; another
    file, or one for developers and tests, starts none."""
    name = path.rpartition("/")[2].lower()
    if name.startswith("dockerfile") or name.endswith((".dockerfile", "containerfile")):
        pattern = INSTRUCTION
    elif name == "procfile":
        pattern = PROCESS
    elif names_compose(path):
        pattern = KEY
    elif name.endswith((".yaml", ".yml")) and RESOURCE.search(text[:MOST_TEXT]):
        pattern = FUNCTION
    else:
        return []
    if is_example(path) and not (pattern is FUNCTION and name.startswith(TEMPLATE)):
        return []
    lines = text[:MOST_TEXT].replace("\\\n", " ").splitlines()
    rows = [(number, match[1]) for number, line in enumerate(lines) if (match := pattern.match(line))][:MOST_COMMANDS]
    found = (_words(text) or (_items(lines[number + 1 :]) if pattern is KEY else ()) for number, text in rows)
    return [words for words in found if words]


def tasks(project: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The words of the commands that tools run by name, as a pyproject.toml lists them: `[tool.x.tasks] serve = "acme run app.py"`."""
    tools = project.get("tool")
    found = [tool.get(key) for tool in (tools.values() if isinstance(tools, dict) else ()) if isinstance(tool, dict) for key in TASKS]
    rows = [task for table in found if isinstance(table, dict) for task in table.values()][:MOST_COMMANDS]
    for row in rows:
        text = next((row[key] for key in COMMANDS if key in row), None) if isinstance(row, dict) else row
        if isinstance(text, str) and len(words := _words(text[:MOST_TEXT])) > 1:
            yield words


def _words(text: str) -> tuple[str, ...]:
    return tuple(QUOTES.sub(" ", text).split())


def _items(lines: list[str]) -> tuple[str, ...]:
    """The items of a list that follow their key."""
    found = (ITEM.match(line) for line in lines[:MOST_ITEMS])
    return tuple(word for match in takewhile(bool, found) if match for word in _words(match[1]))
