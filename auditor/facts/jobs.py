"""Jobs that a service runs on events of a repository: how long each may take, and which Python files its commands start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.core.problem import AuditError
from auditor.core.text import Positions, load_yaml

WORKFLOW = re.compile(r"(^|/)\.github/workflows/[^/]+\.ya?ml$")
MINUTES = 360.0
"""what such a job may take where its file does not say (GitHub docs: timeout-minutes)"""
FILE = re.compile(r"(?<![\w./-])[\w./-]+\.py(?![\w./-])")
MODULE = re.compile(r"(?<!\S)-m[ \t]+([A-Za-z_]\w*(?:\.\w+)*)")
MOST_JOBS = 200
MOST_TEXT = 100_000
MOST_NODES = 1_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """`files`: what its commands start, as written, relative to the root of the repository."""

    name: str
    minutes: float
    path: str
    line: int
    files: frozenset[str]


def read_jobs(path: str, text: str) -> list[Job]:
    """The jobs of a workflow file that start Python files; another file, or a broken one, has none."""
    if not WORKFLOW.search(path):
        return []
    try:
        document, positions = load_yaml(text, path, MOST_NODES)
    except AuditError:
        return []
    jobs = document.get("jobs") if isinstance(document, dict) else None
    rows = list(jobs.items())[:MOST_JOBS] if isinstance(jobs, dict) else []
    return [job for name, body in rows if isinstance(body, dict) for job in _jobs(path, str(name), body, positions)]


def _jobs(path: str, name: str, body: dict[str, Any], positions: Positions) -> Iterator[Job]:
    """A job for each of its steps that starts something: a step may have a limit of its own."""
    whole, at = _limit(body), positions.get(("jobs", name, "timeout-minutes")) or positions.get(("jobs", name)) or (1, 1)
    folder = _folder(body.get("defaults", {}).get("run")) if isinstance(body.get("defaults"), dict) else ""
    steps = body.get("steps")
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict) or not isinstance(step.get("run"), str):
            continue
        own = _limit(step) if "timeout-minutes" in step else None
        files = frozenset(_files(step["run"][:MOST_TEXT], _folder(step) or folder))
        limits = [limit for limit in (whole, own) if limit is not None]
        if files and limits:
            shorter = own is not None and own == min(limits)
            line = positions.get(("jobs", name, "steps", number, "timeout-minutes"), at)[0] if shorter else at[0]
            yield Job(name, min(limits), path, line, files)


def _limit(body: dict[str, Any]) -> float | None:
    """None: an expression decides it."""
    value = body.get("timeout-minutes", MINUTES)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e6 else None


def _folder(step: object) -> str:
    folder = step.get("working-directory") if isinstance(step, dict) else None
    return folder.strip("/").removeprefix("./") if isinstance(folder, str) and "$" not in folder else ""


def _files(command: str, folder: str) -> Iterator[str]:
    inside = f"{folder}/" if folder else ""
    for word in FILE.findall(command):
        yield f"{inside}{word.removeprefix('./')}"
    for module in MODULE.findall(command):
        name = module.replace(".", "/")
        yield from (f"{inside}{name}.py", f"{inside}{name}/__main__.py")
