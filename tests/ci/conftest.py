"""A Python that has agentaudit, as the action's own environment has; and repositories to audit."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import auditor
from tests.ci import runner

FIXTURES = runner.ROOT / "fixtures"
NAMED = ("-c", "user.name=Team", "-c", "user.email=team@example.com", "-c", "protocol.file.allow=always")
AGENT = """\
from openai import OpenAI

client = OpenAI()


def main():
    messages = []
    while True:
        reply = client.chat.completions.create(model="m", messages=messages)
        messages.append(reply.choices[0].message)


if __name__ == "__main__":
    main()
"""
"""what nothing stops, with no deadline of its own"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sees what these tests import as agentaudit, also with `-I`, which takes neither the folder nor the environment into account."""
    folder = tmp_path_factory.mktemp("installed") / "an environment"
    venv.create(folder, with_pip=False, symlinks=True)
    scripts = folder / "bin"
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    sees = [str(Path(auditor.__file__).resolve().parents[1]), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    (packages / "sees.pth").write_text("\n".join(dict.fromkeys(sees)) + "\n", "utf-8")
    program = scripts / "agentaudit"
    program.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -I -m auditor "$@"\n')
    program.chmod(0o755)
    return scripts / "python"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *NAMED, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository with a faulty service, a sound one, and an unsure one (a broken file); some names break careless scripts."""
    folder = tmp_path / "work of $USER (it's)"
    shutil.copytree(FIXTURES / "support-api", folder / "faulty service")
    shutil.copytree(FIXTURES / "well-kept", folder / "sound")
    shutil.copytree(FIXTURES / "well-kept", folder / "unsure")
    (folder / "unsure" / "broken.py").write_text("def f(:\n")
    (folder / "empty").mkdir()
    (folder / "empty" / "plain.py").write_text("x = 1\n")
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "Start")
    return folder


@pytest.fixture
def pull_request(workspace: Path, tmp_path: Path) -> Callable[..., Path]:
    """A clone with a branch of its own, in which one more agent, or nothing, is added; as checkout makes it, with or without history."""

    def make(*, worse: bool = False, depth: int = 0) -> Path:
        git(workspace, "switch", "-q", "-c", "change")
        (workspace / ("faulty service/again.py" if worse else "notes.txt")).write_text(AGENT if worse else "notes\n")
        commit(workspace, "Change")
        git(workspace, "switch", "-q", "main")
        clone = tmp_path / "clone"
        clone.mkdir()
        git(clone, "init", "-q")
        git(clone, "remote", "add", "origin", workspace.as_uri())
        if depth:
            git(clone, "fetch", "-q", f"--depth={depth}", "origin", "+refs/heads/change:refs/remotes/pull/1/merge")
        else:
            git(clone, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/heads/change:refs/remotes/pull/1/merge")
        git(clone, "checkout", "-q", "refs/remotes/pull/1/merge")
        return clone

    return make


@pytest.fixture
def action(workspace: Path, tmp_path: Path, installed: Path) -> Callable[..., runner.Ran]:
    calls = 0

    def call(inputs: Mapping[str, str], *, at: Path | None = None, **environment: str) -> runner.Ran:
        nonlocal calls
        calls += 1
        scratch = tmp_path / f"runner {calls}"
        scratch.mkdir()
        return runner.run(at or workspace, scratch, inputs, installed=installed, environment=environment)

    return call
