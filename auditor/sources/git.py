"""The files of a folder as git sees them, asked without letting the repository's settings run anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

SECONDS = 30
SECONDS_OF_TALK = 300
# What a repository's own settings could start: a file monitor, hooks, a transport for missing objects; or a bare repository inside it.
_OVERRIDES = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never", "safe.bareRepository=explicit")
_UNOPENED = re.compile(r"could not open directory '(.+?)/?':")


class GitFailed(Exception):
    """Git is missing, refuses the repository, or takes too long."""


class GitMissing(GitFailed):
    """There is no git."""


class GitSlow(GitFailed):
    """Git gave no answer in time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A git that still runs."""

    process: subprocess.Popen[bytes]
    given: IO[bytes]
    answers: IO[bytes]
    errors: IO[bytes]

    def end(self) -> Done:
        """What it came to, once there are no more answers."""
        code = self.process.wait()
        self.errors.seek(0)
        return subprocess.CompletedProcess((), code, b"", self.errors.read(10_000))


Done: TypeAlias = subprocess.CompletedProcess[bytes]


@dataclass(frozen=True, slots=True)
class Listing:
    """`files` relative to the folder (nested repositories are folders among them); `unopened`: folders that could not be read."""

    files: list[str]
    unopened: list[str]


def list_files(folder: str, git_root: Path) -> Listing | None:
    """Tracked files and untracked ones that are not ignored; None if the folder itself is ignored."""
    ignored = run(folder, git_root, "check-ignore", "-q", "--no-index", "--", ".")
    if ignored.returncode == 0:
        return None
    done = run(folder, git_root, "ls-files", "-co", "--exclude-standard", "-z")
    if done.returncode != 0:
        raise GitFailed(complaint(done))
    return Listing(
        [os.fsdecode(name) for name in done.stdout.split(b"\0") if name], _UNOPENED.findall(done.stderr.decode("utf-8", "replace"))
    )


def complaint(done: Done) -> str:
    """The first line that git says is wrong."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else f"exit code {done.returncode}")


def run(folder: Path | str, git_root: Path, *arguments: str, given: bytes = b"", objects: Sequence[str] = ()) -> Done:
    """Runs git to its end; `given` is its input, `objects` are further folders of objects that it may read."""
    try:
        return subprocess.run(
            _command(arguments),
            cwd=folder,
            env=_environment(git_root, objects),
            input=given,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitSlow(f"no answer in {SECONDS} s") from error
    except (OSError, ValueError) as error:
        raise GitFailed(str(error)) from error


@contextmanager
def running(folder: Path | str, git_root: Path, *arguments: str, objects: Sequence[str] = ()) -> Iterator[Running]:
    """A git to be talked with; it is ended with the block, or when it takes too long."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                _command(arguments),
                cwd=folder,
                env=_environment(git_root, objects),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except OSError as error:
            raise GitFailed(str(error)) from error
        timer = threading.Timer(SECONDS_OF_TALK, process.kill)
        timer.daemon = True
        timer.start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Running(process, process.stdin, process.stdout, errors)
        finally:
            timer.cancel()
            process.kill()
            with suppress(OSError):
                process.communicate()


def _command(arguments: Sequence[str]) -> list[str]:
    program = shutil.which("git")
    if program is None or not Path(program).is_absolute():
        raise GitMissing("git is not installed")
    return [program, *(part for override in _OVERRIDES for part in ("-c", override)), *arguments]


def _environment(git_root: Path, objects: Sequence[str] = ()) -> dict[str, str]:
    """Without GIT_* of a surrounding hook; the work tree is set, or `core.worktree` could move it elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_WORK_TREE": str(git_root),
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(map(_quoted, objects)),
        "LC_ALL": "C",
    }


def _quoted(folder: str) -> str:
    if os.pathsep not in folder and not folder.startswith('"'):
        return folder
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
