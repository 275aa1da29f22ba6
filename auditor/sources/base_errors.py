"""What a user is told where the base cannot be read from git, with the command that mends it."""

from __future__ import annotations

import shlex
from pathlib import Path

from auditor.core.problem import AuditError
from auditor.sources import git


def failed(error: git.GitFailed) -> AuditError:
    """What the user is told when git cannot be run."""
    hint = None
    if isinstance(error, git.GitMissing):
        hint = "install it (e.g. `apt-get install git`), or compare with `--baseline FILE`"
    elif isinstance(error, git.GitSlow):
        hint = "`git gc` makes a large repository faster"
    return AuditError(f"the base could not be read from git: {error}", hint=hint)


def refused(git_root: Path, complaint: str) -> AuditError:
    """Git does not open the repository."""
    hint = "`git status` says the same; `git worktree repair` mends a work tree whose repository was moved"
    if "dubious ownership" in complaint:
        hint = f"if you trust its owner: `git config --global --add safe.directory {shlex.quote(str(git_root))}`"
    return AuditError(f"git cannot open the repository of {git_root}: {complaint.removeprefix('fatal: ')}", hint=hint)


def missing_objects(git_root: Path, commit: str, detail: str = "") -> AuditError:
    """A partial clone (what is missing is never fetched behind the user's back), or a damaged one."""
    done = git.run(git_root, git_root, "config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$")
    hint = "`git fsck` shows what is missing; a fresh clone mends it"
    if done.returncode == 0:
        hint = f"this is a partial clone: `git diff --numstat {commit} HEAD` fetches what differs"
    said = f" ({detail.removeprefix('fatal: ')})" if detail else ""
    return AuditError(f"objects of the commit {commit[:12]} are not in this clone{said}", hint=hint)
