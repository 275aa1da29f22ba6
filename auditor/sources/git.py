"""The files of a folder as git sees them, asked without letting the repository's settings run anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30
# What a repository's own settings could start: a file monitor, hooks, a transport for missing objects; or a bare repository inside it.
_OVERRIDES = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never", "safe.bareRepository=explicit")
_UNOPENED = re.compile(r"could not open directory '(.+?)/?':")


class GitFailed(Exception):
    """Git is missing, refuses the repository, or takes too long."""


@dataclass(frozen=True, slots=True)
class Listing:
    """`files` relative to the folder (nested repositories are folders among them); `unopened`: folders that could not be read."""

    files: list[str]
    unopened: list[str]


def list_files(folder: str, git_root: Path) -> Listing | None:
    """Tracked files and untracked ones that are not ignored; None if the folder itself is ignored."""
    ignored = _git(folder, git_root, "check-ignore", "-q", "--no-index", "--", ".")
    if ignored.returncode == 0:
        return None
    done = _git(folder, git_root, "ls-files", "-co", "--exclude-standard", "-z")
    errors = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise GitFailed(errors.splitlines()[0] if errors else f"exit code {done.returncode}")
    return Listing([os.fsdecode(name) for name in done.stdout.split(b"\0") if name], _UNOPENED.findall(errors))


def _git(folder: str, git_root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None or not Path(program).is_absolute():
        raise GitFailed("git is not installed")
    command = [program, *(part for override in _OVERRIDES for part in ("-c", override)), *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, env=_environment(git_root), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"no answer in {SECONDS} s") from error
    except OSError as error:
        raise GitFailed(str(error)) from error


def _environment(git_root: Path) -> dict[str, str]:
    """Without GIT_* of a surrounding hook; the work tree is set, or `core.worktree` could move it elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_WORK_TREE": str(git_root),
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
