"""Every document of every comparison has the same bytes, whatever the run is made with and wherever the checkout lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import auditor
from auditor.reports.formats import FORMATS

FIXTURES = Path(__file__).parents[1] / "fixtures"
IMPORTABLE = str(Path(auditor.__file__).parents[1])
USER = "zaphod-beeblebrox"
BASELINE = "agentaudit-baseline.json"
SCANS = """
import os, sys
from auditor.cli.app import run
target, out, *modes = sys.argv[1:]
for mode in modes:
    folder = os.path.join(out, mode)
    os.makedirs(folder)
    files = [f"-o{name}={os.path.join(folder, name)}" for name in FORMATS]
    os.environ["GITHUB_STEP_SUMMARY"] = os.path.join(folder, "summary")
    base = {"baseline": ["--baseline", os.path.join(target, BASELINE)], "commit": ["--diff-base", "HEAD~1"]}.get(mode, [])
    assert run(["scan", target, "-q", "--sarif-include-suppressed", *base, *files]) in (0, 1)
assert run(["baseline", "create", target, "-q", "-o", os.path.join(out, "baseline.json")]) == 0
""".replace("FORMATS", repr(FORMATS)).replace("BASELINE", repr(BASELINE))
NEW = """
from openai import OpenAI


def asks_for_ever():
    while True:
        OpenAI().chat.completions.create(model="m", messages=[])


asks_for_ever()
"""
SILENCED = """
from openai import OpenAI

client = OpenAI()


def silenced(messages):
    # agentaudit: ignore[unbounded-agent-loop] the queue ends it
    while True:
        messages.append(client.chat.completions.create(model="m", messages=messages).choices[0].message)


silenced([])
"""


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", f"user.name={USER}", "-c", "user.email=z@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def python(code: str, *arguments: object, cwd: Path, **environment: str) -> None:
    variables = {**os.environ, "PYTHONPATH": IMPORTABLE, **environment}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *map(str, arguments)], cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def documents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def elsewhere(source: Path, target: Path) -> Path:
    """A copy whose files come into their folders in the opposite order."""
    for path in sorted(source.rglob("*"), reverse=True):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return target


def check(first: dict[str, bytes], second: dict[str, bytes], secrets: list[str]) -> None:
    for name, document in first.items():
        assert second[name] == document, name
        for secret in secrets:
            assert secret.encode() not in document, (name, secret)
    assert first.keys() == second.keys()


def secrets_of(tmp_path: Path) -> list[str]:
    return [str(tmp_path), tmp_path.name, USER, "/tmp/", os.uname().nodename, str(Path.home()) + "/"]


@pytest.mark.parametrize("fixture", ["support-api", "well-kept"])
def test_folders(tmp_path: Path, fixture: str) -> None:
    """No repository: another name and place of the folder, another order of the files, another process."""
    one = Path(shutil.copytree(FIXTURES / fixture, tmp_path / "one" / "mine"))
    two = elsewhere(one, tmp_path / "two" / "deeper" / "of another name")
    a, b = tmp_path / "a", tmp_path / "b"
    python(SCANS, one, a, "alone", cwd=tmp_path, PYTHONHASHSEED="1", TZ="UTC", USER=USER)
    python(SCANS, ".", b, "alone", cwd=two, PYTHONHASHSEED="4711", TZ="Asia/Tokyo", COLUMNS="40", LC_ALL="C", PYTHONUTF8="0")
    check(documents(a), documents(b), secrets_of(tmp_path))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, between which findings come, go and stay, and a baseline of the first."""
    folder = tmp_path / "one" / "mine"
    shutil.copytree(FIXTURES / "support-api", folder)
    (folder / "silenced.py").write_text(SILENCED)
    (folder / "gone.py").write_text(NEW.replace("asks_for_ever", "gone"))
    python("import sys; from auditor.cli.app import run; run(['baseline', 'create', '-q', '-o', sys.argv[1]])", BASELINE, cwd=folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "One")
    (folder / "gone.py").unlink()
    (folder / "came.py").write_text(NEW)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Two")
    return folder


def test_repositories(repository: Path, tmp_path: Path) -> None:
    """Compared with a baseline and with a commit, too."""
    two = elsewhere(repository, tmp_path / "two" / "deeper" / "of another name")
    a, b = tmp_path / "a", tmp_path / "b"
    modes = ("alone", "baseline", "commit")
    python(SCANS, ".", a, *modes, cwd=repository, PYTHONHASHSEED="1", USER=USER, LOGNAME=USER)
    python(SCANS, two, b, *modes, cwd=tmp_path, PYTHONHASHSEED="random", TZ="Asia/Tokyo", TMPDIR=str(tmp_path), LC_ALL="C", PYTHONUTF8="0")
    first = documents(a)
    assert b'"new"' in first["baseline/json"]
    assert b"came.py" in first["commit/markdown"]
    assert b"Fixed: " in first["commit/markdown"]
    assert b'"suppressed"' in first["alone/json"]
    check(first, documents(b), secrets_of(tmp_path))
