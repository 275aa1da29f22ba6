"""Folders with files, and repositories made with git itself."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[[dict[str, str | bytes]], Path]


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Make:
    """A folder outside any repository."""
    return lambda files: write(tmp_path / "folder", files)


@pytest.fixture
def repository(tmp_path: Path) -> Make:
    """A repository in which nothing is committed."""

    def make(files: dict[str, str | bytes]) -> Path:
        root = write(tmp_path / "repository", files)
        git(root, "init", "-q")
        return root

    return make


def said(root: Path, *arguments: str, given: bytes = b"") -> str:
    """What git answers."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    return subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, input=given).stdout.decode().strip()


def commit(root: Path, files: dict[str, str | bytes] | None = None) -> str:
    """Commits all that lies there; the answer is its hash."""
    write(root, files or {})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty")
    return said(root, "rev-parse", "HEAD")
