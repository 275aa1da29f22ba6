"""Runs the steps of action.yml as the runner does: expressions of `env`, bash with its options, the files for outputs and summary."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
EXPRESSION = re.compile(r"\$\{\{\s*(\S+?)\s*\}\}")
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


@dataclass(frozen=True)
class Ran:
    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str
    commands: list[tuple[str, str]] = field(default_factory=list)

    def command(self, name: str) -> list[str]:
        return [text for known, text in self.commands if known == name]


def load() -> dict[str, Any]:
    return yaml.safe_load(ACTION.read_text("utf-8"))


def run(
    workspace: Path,
    scratch: Path,
    inputs: Mapping[str, str],
    *,
    installed: Path | None,
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """`installed`: the Python that has agentaudit already, which stands for the step that installs it."""
    action = load()
    unknown = set(inputs) - set(action["inputs"])
    assert not unknown, f"the runner ignores inputs that the action does not know: {unknown}"
    given = {name: str(inputs.get(name, about.get("default", ""))) for name, about in action["inputs"].items()}
    context = {f"inputs.{name}": value for name, value in given.items()}
    log, summary, code = "", scratch / "summary.md", 0
    temporary = scratch / "runner temp"
    temporary.mkdir(parents=True, exist_ok=True)
    summary.touch()
    for number, step in enumerate(action["runs"]["steps"]):
        if step["id"] == "install" and installed:
            context["steps.install.outputs.python"] = str(installed)
            continue
        output = scratch / f"output-{number}"
        output.touch()
        script = scratch / f"step-{number}.sh"
        script.write_text(step["run"], "utf-8")
        assert step["shell"] == "bash"
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=workspace,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(scratch),
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_WORKSPACE": str(workspace),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_EVENT_NAME": "push",
                "RUNNER_TEMP": str(temporary),
                **(environment or {}),
                **{name: evaluate(str(value), context) for name, value in step.get("env", {}).items()},
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        log, code = log + done.stdout.decode("utf-8"), done.returncode
        context |= {f"steps.{step['id']}.outputs.{name}": value for name, value in read_outputs(output.read_text("utf-8")).items()}
        if code:
            break
    outputs = {name: evaluate(about["value"], context) for name, about in action["outputs"].items()}
    return Ran(code, log, outputs, summary.read_text("utf-8"), read_commands(log))


def evaluate(text: str, context: Mapping[str, str]) -> str:
    """Only what an action may need: an input, or an output of a step; a step that did not run has none."""

    def value(found: re.Match[str]) -> str:
        assert re.fullmatch(r"inputs\.[\w-]+|steps\.[\w-]+\.outputs\.[\w-]+", found[1]), found[0]
        assert not found[1].startswith("inputs.") or found[1] in context, found[0]
        return context.get(found[1], "")

    return EXPRESSION.sub(value, text)


def read_outputs(text: str) -> dict[str, str]:
    """`name=value`, or `name<<MARK` and lines up to MARK."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, sign, rest = re.fullmatch(r"(.*?)(=|<<)(.*)", line).groups()
        if sign == "=":
            found[name] = rest
            continue
        rows = []
        for row in lines:
            if row == rest:
                break
            rows.append(row)
        else:
            raise AssertionError(f"no end of {name}")
        found[name] = "\n".join(rows)
    return found


def read_commands(log: str) -> list[tuple[str, str]]:
    """What the runner takes for commands, on stdout and stderr alike."""
    found, paused = [], None
    for line in re.split(r"\r\n|\r|\n", log):
        match = re.match(r"\s*::(.*?)::(.*)", line)
        if not match:
            continue
        name, text = match[1].partition(" ")[0], match[2]
        if paused:
            paused = None if name == paused else paused
        elif name == "stop-commands":
            paused = text
        else:
            found.append((name, text))
    return found
