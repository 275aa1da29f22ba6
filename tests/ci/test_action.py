"""action.yml, run as the runner would run it: exit codes, outputs, pull requests, and inputs that mean harm."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci import runner
from tests.ci.conftest import git

Action = Callable[..., runner.Ran]
PULL_REQUEST = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"}


def test_a_failed_gate_leaves_all_documents_behind(action: Action, workspace: Path) -> None:
    ran = action({"path": "faulty service"})
    assert ran.code == 1, ran.log
    assert ran.outputs["verdict"] == "not_ready"
    assert 0 < float(ran.outputs["score"]) < 60
    assert ran.outputs["new-findings"] == "", "nothing was compared"
    assert ran.outputs["exit-code"] == "1"
    assert json.loads(Path(ran.outputs["sarif-file"]).read_text("utf-8"))["version"] == "2.1.0"
    assert json.loads(Path(ran.outputs["json-file"]).read_text("utf-8"))["gate"]["exit_code"] == 1
    mark = Path(ran.outputs["markdown-file"]).read_text("utf-8").partition("\n")[0]
    assert re.fullmatch(r"<!-- agentaudit\b.* -->", mark), "the recipe in docs/ci.md finds its comment by the first line"
    assert ran.summary.strip()
    assert ran.command("error")
    assert git(workspace, "status", "--porcelain") == "", "the workspace stays as it was"


def test_what_passes_passes(action: Action) -> None:
    ran = action({"path": "sound", "min-coverage": "50", "fail-under": "50", "fail-on": "medium"})
    assert (ran.code, ran.outputs["exit-code"], ran.outputs["verdict"]) == (0, "0", "ready"), ran.log


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"path": "empty"}, 3),
        ({"path": "empty", "allow-empty": "true"}, 0),
        ({"path": "faulty service", "exit-zero": "true"}, 0),
        ({"path": "sound", "min-coverage": "100", "allow-empty": "false"}, 0),
        ({"path": "unsure", "min-coverage": "100"}, 3),
        ({"path": "faulty service", "fail-on": "never", "exit-zero": "false"}, 1),
        ({"path": "sound\nfaulty service\n"}, 1),
    ],
)
def test_inputs_reach_the_scan(action: Action, inputs: dict[str, str], code: int) -> None:
    ran = action(inputs)
    assert (ran.code, ran.outputs["exit-code"]) == (code, str(code)), ran.log


@pytest.mark.parametrize(
    "inputs",
    [
        {"path": "missing"},
        {"path": "$(touch pwned)"},
        {"path": "; touch pwned"},
        {"path": "`touch pwned`"},
        {"path": "sound' || touch pwned; '"},
        {"path": "-o\njson=pwned"},
        {"path": "--output=json=pwned"},
        {"path": "sound\nverdict=ready\npwned=1"},
        {"path": "sound", "fail-on": "high; touch pwned"},
        {"path": "sound", "fail-on": "high\nverdict=ready"},
        {"path": "sound", "fail-under": "1 --output=json=pwned"},
        {"path": "sound", "baseline": "$(touch pwned)"},
        {"path": "sound", "baseline": "a\n::error::pwned\n::add-mask::pwned\n::stop-commands::pwned"},
        {"path": "sound", "diff-base": "--output=pwned"},
        {"path": "sound", "diff-base": "main --"},
        {"path": "sound", "diff-base": "main", "baseline": "b.json"},
        {"path": "sound", "exit-zero": "true; touch pwned"},
        {"path": "sound", "allow-empty": "yes"},
    ],
)
def test_an_input_that_means_harm_is_an_error_and_nothing_else(action: Action, workspace: Path, inputs: dict[str, str]) -> None:
    ran = action(inputs)
    assert ran.code == 2, ran.log
    assert ran.outputs == dict.fromkeys(ran.outputs, "") | {"exit-code": "2"}
    assert [name for name, _ in ran.commands] == ["error"], ran.commands
    assert not list(workspace.parent.rglob("*pwned*"))
    assert git(workspace, "status", "--porcelain") == ""


def test_files_of_the_workspace_are_not_imported(action: Action, workspace: Path) -> None:
    for name in ("auditor", "json", "subprocess", "sitecustomize", "typer"):
        (workspace / f"{name}.py").write_text("open('pwned', 'w')\n")
    ran = action({"path": "sound"}, PYTHONPATH=str(workspace))
    assert ran.code == 0, ran.log
    assert not (workspace / "pwned").exists()


def test_a_document_is_never_a_file_that_the_change_brings(action: Action, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("as it was")
    for name in ("agentaudit.json", "agentaudit.sarif", "agentaudit.md"):
        (workspace / name).symlink_to(tmp_path / "kept")
    assert action({"path": "sound"}).code == 0
    assert (tmp_path / "kept").read_text() == "as it was"


def test_a_pull_request_is_compared_with_its_base(action: Action, pull_request: Callable[..., Path]) -> None:
    ran = action({"path": "faulty service"}, at=pull_request(), **PULL_REQUEST)
    assert (ran.code, ran.outputs["new-findings"]) == (0, "0"), ran.log
    assert ran.outputs["verdict"] == "not_ready", "the old findings are still said"
    report = json.loads(Path(ran.outputs["json-file"]).read_text("utf-8"))
    assert report["gate"]["compared_with"] == {"kind": "commit", "name": "origin/main"}


def test_what_a_pull_request_adds_fails_it(action: Action, pull_request: Callable[..., Path]) -> None:
    ran = action({"path": "faulty service"}, at=pull_request(worse=True), **PULL_REQUEST)
    assert ran.code == 1, ran.log
    assert int(ran.outputs["new-findings"]) >= 1


def test_a_shallow_clone_is_an_error_with_its_remedy(action: Action, pull_request: Callable[..., Path]) -> None:
    ran = action({"path": "faulty service"}, at=pull_request(depth=1), **PULL_REQUEST)
    assert ran.code == 2, ran.log
    assert "fetch-depth: 0" in ran.log
    assert ran.outputs["sarif-file"] == ""


@pytest.mark.parametrize(
    ("inputs", "environment"),
    [
        ({"diff-base": "none"}, PULL_REQUEST),
        ({}, {**PULL_REQUEST, "GITHUB_EVENT_NAME": "pull_request_target"}),
        ({}, {**PULL_REQUEST, "GITHUB_BASE_REF": "of-another-remote"}),
    ],
)
def test_without_a_base_all_findings_count(
    action: Action, pull_request: Callable[..., Path], inputs: dict[str, str], environment: dict[str, str]
) -> None:
    ran = action({"path": "faulty service", **inputs}, at=pull_request(), **environment)
    assert (ran.code, ran.outputs["new-findings"]) == (1, ""), ran.log
    assert any("nothing is compared" in text for text in ran.command("notice")) == (environment["GITHUB_BASE_REF"] != "main")


def test_a_baseline_goes_before_the_base_branch(action: Action, pull_request: Callable[..., Path], installed: Path) -> None:
    clone = pull_request(worse=True)
    program = installed.parent / "agentaudit"
    done = runner.subprocess.run(
        [program, "baseline", "create", "faulty service", "-o", "known findings.json"], cwd=clone, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    ran = action({"path": "faulty service", "baseline": "known findings.json"}, at=clone, **PULL_REQUEST)
    assert (ran.code, ran.outputs["new-findings"]) == (0, "0"), ran.log


def test_no_expression_is_part_of_a_script() -> None:
    for step in runner.load()["runs"]["steps"]:
        assert "${{" not in step["run"]


@pytest.mark.parametrize(
    ("python", "says"),
    [("false", "Python 3.11 or newer is needed"), ("; touch pwned", "Python 3.11 or newer is needed"), ("", "could not be installed")],
)
def test_what_cannot_be_installed_is_an_error(workspace: Path, tmp_path: Path, python: str, says: str) -> None:
    """Not the exit code of a gate that failed. Also here no module of the workspace is imported."""
    for name in ("venv", "ensurepip", "pip", "sitecustomize"):
        (workspace / f"{name}.py").write_text("open('pwned', 'w')\n")
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
    ran = runner.run(workspace, tmp_path, {"path": "sound", "python": python}, installed=None, environment=nowhere)
    assert ran.code == 2, ran.log
    assert any(says in text for text in ran.command("error")), ran.log
    assert not list(tmp_path.rglob("pwned"))
    assert set(ran.outputs.values()) == {""}
