"""Commands that files of a deployment start: of images, of compose services and of process files, which may be hostile."""

from __future__ import annotations

import re

from auditor.facts.deployment import is_example

INSTRUCTION = re.compile(r"\s*(?:CMD|ENTRYPOINT)\s+(.*)", re.IGNORECASE)
KEY = re.compile(r"\s*(?:command|entrypoint)\s*:\s*(.*)")
PROCESS = re.compile(r"[\w-]+\s*:\s*(.*)")
QUOTES = re.compile(r"[\[\]\"',]")
MOST_TEXT = 100_000
MOST_COMMANDS = 50


def read_commands(path: str, text: str) -> list[tuple[str, ...]]:
    """The words of each command that such a file starts; another file, or one for developers and tests, starts none."""
    name = path.rpartition("/")[2].lower()
    if name.startswith("dockerfile") or name.endswith((".dockerfile", "containerfile")):
        pattern = INSTRUCTION
    elif name == "procfile":
        pattern = PROCESS
    elif "compose" in name and name.endswith((".yml", ".yaml")):
        pattern = KEY
    else:
        return []
    if is_example(path):
        return []
    lines = text[:MOST_TEXT].replace("\\\n", " ").splitlines()
    found = (pattern.match(line) for line in lines)
    return [tuple(QUOTES.sub(" ", match[1]).split()) for match in found if match][:MOST_COMMANDS]
