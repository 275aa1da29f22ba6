"""Runs the command line, in this process and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.cli.app import run

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


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one agent that nothing stops."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "agent.py").write_text(AGENT)
    return folder


@pytest.fixture
def agentaudit(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return call


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, **options.pop("environment", {})}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, **options}
        return subprocess.run([sys.executable, "-m", "auditor", *map(str, arguments)], env=environment, check=False, **options)

    return call
