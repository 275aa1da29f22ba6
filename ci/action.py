"""What the step of action.yml runs: one scan with all its documents, then the outputs of the step.

The inputs come in environment variables and become one argument each; no shell sees them. The documents go to a new folder outside the
workspace, so that none of them can be a file, or a link, that the audited change brings along.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

FAILED = 2
ENDS = (0, 1, 3)
"""exit codes after which there is a report"""
DOCUMENTS = {"sarif": "agentaudit.sarif", "markdown": "agentaudit.md", "json": "agentaudit.json"}
VALUES = ("baseline", "fail-on", "fail-under", "min-coverage")
SWITCHES = ("allow-empty", "exit-zero")


class Refused(Exception):
    """An input that cannot be right."""


def main() -> int:
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    folder = Path(tempfile.mkdtemp(prefix="agentaudit.", dir=os.environ["RUNNER_TEMP"]))
    try:
        code = scan(arguments(os.environ), folder)
    except Refused as error:
        code = fail(str(error))
    outputs = {f"{name}-file": str(folder / file) if (folder / file).is_file() else "" for name, file in DOCUMENTS.items()}
    if code in ENDS and outputs["json-file"]:
        outputs |= values(json.loads((folder / DOCUMENTS["json"]).read_text("utf-8")))
    elif code in ENDS:
        code = fail(f"agentaudit ended with {code} and wrote no report")
    write({**outputs, "exit-code": str(code)})
    return code


def arguments(environment: Mapping[str, str]) -> list[str]:
    """The command line of the scan. `--name=value` and `--`: a value is never taken for an option."""
    given = {
        name: environment.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip() for name in (*VALUES, *SWITCHES, "path", "diff-base")
    }
    wrong = next((name for name in SWITCHES if given[name] not in ("", "true", "false")), None)
    if wrong:
        raise Refused(f"the input {wrong} is {given[wrong]!r}, neither true nor false")
    paths = [line.strip() for line in given["path"].splitlines() if line.strip()] or ["."]
    base = given["diff-base"] or (default_base(environment, paths[0]) if not given["baseline"] else "")
    return [
        *(f"--{name}={given[name]}" for name in VALUES if given[name]),
        *(f"--{name}" for name in SWITCHES if given[name] == "true"),
        *([f"--diff-base={base}"] if base not in ("", "none") else []),
        "--",
        *paths,
    ]


def default_base(environment: Mapping[str, str], path: str) -> str:
    """The base branch of a pull request. In a shallow clone it is asked for although it may be missing: the scan says what mends that."""
    branch = environment.get("GITHUB_BASE_REF", "")
    # In pull_request_target the base itself is checked out: compared with itself, all would pass.
    if not branch or environment.get("GITHUB_EVENT_NAME") != "pull_request":
        return ""
    folder = path if Path(path).is_dir() else str(Path(path).parent)
    if (
        git(folder, "rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{branch}^{{commit}}")
        or git(folder, "rev-parse", "--is-shallow-repository") == "true"
    ):
        return f"origin/{branch}"
    command("notice", f"origin/{branch} is not in this clone, so nothing is compared: all findings count, also those that the base has")
    return ""


def git(folder: str, *arguments: str) -> str:
    """What git says; empty where it fails, or is not there."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except OSError:
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def scan(options: list[str], folder: Path) -> int:
    """The annotations go to stdout as they come. In what else is said, names of files could pass for commands to the runner."""
    outputs = [f"--output={name}={folder / file}" for name, file in DOCUMENTS.items()]
    python = [sys.executable, "-I", "-X", "utf8", "-m", "auditor"]
    done = subprocess.run([*python, "scan", "--format=github", *outputs, *options], stderr=subprocess.PIPE, check=False)
    said = done.stderr.decode("utf-8", "replace").strip()
    if said:
        pause = uuid.uuid4().hex
        print(f"::stop-commands::{pause}\n{said}\n::{pause}::", flush=True)
    code = done.returncode if done.returncode >= 0 else 128 - done.returncode
    if code not in ENDS:
        command("error", said[max(said.find("error: "), 0) :].removeprefix("error: ") or f"agentaudit ended with {code}")
    return code


def values(report: dict[str, object]) -> dict[str, str]:
    """Verdict, score and what is new, of the JSON document."""
    score, gate, findings = report["score"], report["gate"], report["findings"]
    assert isinstance(gate, dict) and isinstance(findings, list)
    new = sum(finding["state"] in ("new", "worse") for finding in findings)
    return {
        "verdict": str(report["verdict"]),
        "score": f"{score['value']:g}" if isinstance(score, dict) else "",
        "new-findings": str(new) if gate["compared_with"] else "",
    }


def write(outputs: Mapping[str, str]) -> None:
    """Each between delimiters that nobody can know before: no value can add an output."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as file:
        for name, value in outputs.items():
            mark = uuid.uuid4().hex
            file.write(f"{name}<<{mark}\n{value}\n{mark}\n")


def fail(message: str) -> int:
    command("error", message)
    return FAILED


def command(name: str, message: str) -> None:
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{name} title=agentaudit::{escaped}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
