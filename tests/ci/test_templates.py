"""What the GitLab template and the hook of pre-commit run, run as they would."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.ci.conftest import AGENT, git
from tests.ci.runner import ROOT

REPORTS = ("gl-code-quality-report.json", "agentaudit.sarif", "agentaudit.md")


def gitlab(project: Path, installed: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """The script of the job, with its variables; `installed` stands for what comes before it."""
    job = yaml.safe_load((ROOT / "ci" / "gitlab-ci.yml").read_text("utf-8"))["agentaudit"]
    environment = {"PATH": f"{installed.parent}:{os.environ['PATH']}", "HOME": str(project), **job["variables"], **variables}
    script = "set -e\n" + "\n".join(job["script"])
    return subprocess.run(["sh", "-c", script], cwd=project, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, 1),
        ({"AGENTAUDIT_EXIT_ZERO": "true"}, 0),
        ({"AGENTAUDIT_PATH": "sound"}, 0),
        ({"AGENTAUDIT_PATH": "sound", "AGENTAUDIT_FAIL_ON": "low"}, 0),
        ({"AGENTAUDIT_PATH": "sound", "AGENTAUDIT_BASELINE": "$(touch pwned)"}, 2),
        ({"AGENTAUDIT_PATH": "; touch pwned"}, 2),
    ],
)
def test_the_gitlab_job(workspace: Path, installed: Path, variables: dict[str, str], code: int) -> None:
    done = gitlab(workspace, installed, **{"AGENTAUDIT_PATH": "faulty service", **variables})
    assert done.returncode == code, done.stderr.decode()
    assert not list(workspace.rglob("*pwned*"))
    assert all((workspace / name).is_file() for name in REPORTS) == (code != 2)
    if code == 1:
        report = json.loads((workspace / REPORTS[0]).read_text("utf-8"))
        assert {row["location"]["path"].partition("/")[0] for row in report} == {"faulty service"}, "paths are those of the repository"


def test_the_gitlab_job_compares_a_merge_request(pull_request: Callable[..., Path], installed: Path) -> None:
    clone = pull_request(worse=True)
    base, head = git(clone, "rev-parse", "origin/main"), git(clone, "rev-parse", "HEAD")
    failing = gitlab(clone, installed, AGENTAUDIT_PATH="faulty service", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert failing.returncode == 1, failing.stderr.decode()
    merged = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": head}
    passing = gitlab(clone, installed, AGENTAUDIT_PATH="faulty service", **merged)
    assert passing.returncode == 0, passing.stderr.decode()


def test_the_gitlab_job_needs_the_history(pull_request: Callable[..., Path], workspace: Path, installed: Path) -> None:
    clone = pull_request(depth=1)
    done = gitlab(clone, installed, CI_MERGE_REQUEST_DIFF_BASE_SHA=git(workspace, "rev-parse", "main"))
    assert done.returncode == 2, done.stderr.decode()


def hook(project: Path, installed: Path, *files: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """As pre-commit calls it: the entry, the arguments of the user, the files."""
    (manifest,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    program, *arguments = shlex.split(manifest["entry"])
    command = [str(installed.parent / program), *arguments, *options, *files]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The loop is in one file; that nothing bounds it is known only with the other one, which holds the client."""
    folder = tmp_path / "a project"
    folder.mkdir()
    client, rest = AGENT.split("\n\n\n", 1)
    (folder / "llm.py").write_text(f"{client}\n")
    (folder / "agent.py").write_text(f"from llm import client\n\n\n{rest}")
    (folder / "plain.py").write_text("def double(x: int) -> int:\n    return 2 * x\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    git(folder, "init", "-q", "-b", "main")
    return folder


def test_the_hook_tells_findings_of_the_files_that_are_committed(project: Path, installed: Path) -> None:
    done = hook(project, installed, "agent.py")
    assert done.returncode == 1, done.stderr
    assert "unbounded-agent-loop" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("files", [("plain.py",), ("pyproject.toml",), ("plain.py", "pyproject.toml")])
def test_the_hook_stops_no_commit_of_something_else(project: Path, installed: Path, files: tuple[str, ...]) -> None:
    done = hook(project, installed, *files)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "unbounded-agent-loop" not in done.stdout


def test_the_hook_with_a_base_stops_only_new_findings(project: Path, installed: Path) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Start")
    (project / "agent.py").write_text((project / "agent.py").read_text() + "# more\n")
    assert hook(project, installed, "agent.py", options=("--diff-base", "HEAD")).returncode == 0
    (project / "second.py").write_text(AGENT)
    assert hook(project, installed, "agent.py", "second.py", options=("--diff-base", "HEAD")).returncode == 1


def test_the_hook_with_a_baseline_of_the_project(project: Path, installed: Path) -> None:
    program = str(installed.parent / "agentaudit")
    subprocess.run([program, "baseline", "create", ".", "-o", "agentaudit-baseline.json", "-q"], cwd=project, check=True)
    assert hook(project, installed, "agent.py", options=("--baseline", "agentaudit-baseline.json")).returncode == 0
    (project / "second.py").write_text(AGENT)
    assert hook(project, installed, "second.py", options=("--baseline", "agentaudit-baseline.json")).returncode == 1
