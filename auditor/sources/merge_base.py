"""The commit that a change started from: the merge base of a ref and HEAD, or an error with the command that mends it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.core.problem import AuditError
from auditor.core.text import did_you_mean
from auditor.sources import git
from auditor.sources.base_errors import failed, missing_objects, refused

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PARENT = re.compile(rb"^parent ([0-9a-f]+)$", re.MULTILINE)
_IN_CI = " (in CI check out the whole history: `fetch-depth: 0`, `GIT_DEPTH: 0`)"
_HISTORY = f"`git fetch --unshallow`{_IN_CI}"
_REFS = ("refs/heads/", "refs/tags/", "refs/remotes/")
MOST_REFS = 20_000


@dataclass(frozen=True, slots=True)
class Commit:
    """`hash` is the full one; `ref` is what the user asked to be compared with."""

    hash: str
    ref: str


def find_base(git_root: Path | None, ref: str) -> Commit:
    """What the work tree was before the change: where its history left that of `ref`."""
    if git_root is None:
        raise AuditError(
            f"there is nothing to compare with {ref!r}: the path is not inside the work tree of one git repository",
            hint="scan a folder of a clone (`git clone URL`), not of an unpacked archive; or compare with `--baseline FILE`",
        )
    if not ref or ref.startswith("-") or not ref.isprintable():
        raise AuditError(f"{ref!r} is no name of a commit", hint="name a branch, a tag or a commit, e.g. `--diff-base origin/main`")
    try:
        return Commit(_Finder(git_root, ref).base(), ref)
    except git.GitFailed as error:
        raise failed(error) from error


class _Finder:
    """Asks git about one ref."""

    def __init__(self, git_root: Path, ref: str) -> None:
        self.git_root = git_root
        self.ref = ref
        self.shallow = False

    def base(self) -> str:
        self._open()
        head = self._commit("HEAD")
        if head is None:
            raise AuditError("there is nothing to compare with: the repository has no commit yet", hint="make the first one: `git commit`")
        base = self._commit(self.ref)
        if base is None:
            raise self._unknown()
        return self._merge_base(base, head)

    def _ask(self, *arguments: str) -> git.Done:
        return git.run(self.git_root, self.git_root, *arguments)

    def _lines(self, *arguments: str) -> list[str]:
        return os.fsdecode(self._ask(*arguments).stdout).splitlines()

    def _open(self) -> None:
        """The repository must be the one whose work tree this is, not one around a damaged one."""
        own = self._ask("rev-parse", "--resolve-git-dir", str(self.git_root / ".git"))
        used = self._ask("rev-parse", "--absolute-git-dir")
        for done in (own, used):
            if done.returncode != 0:
                raise refused(self.git_root, git.complaint(done))
        if not Path(_line(own)).samefile(_line(used)):
            raise refused(self.git_root, f"{self.git_root / '.git'} is damaged")
        self.shallow = _line(self._ask("rev-parse", "--is-shallow-repository")) == "true"

    def _commit(self, name: str) -> str | None:
        """The full hash of the commit that a name stands for; None if it stands for nothing."""
        found = self._hash(f"{name}^{{commit}}")
        if found:
            return found
        something = self._hash(name)
        if something is None:
            return None
        done = self._ask("cat-file", "-t", something)
        if done.returncode != 0:
            raise self._missing(name, something)
        kind = _line(done)
        if kind == "commit":
            raise missing_objects(self.git_root, something)
        what = "the tag of something else" if kind == "tag" else f"a {kind}"
        raise AuditError(f"{name} is no commit but {what}", hint="`git log --oneline` shows commits; branches and tags of commits do too")

    def _hash(self, name: str) -> str | None:
        done = self._ask("rev-parse", "--verify", "--quiet", name)
        text = _line(done)
        return text if done.returncode == 0 and _HASH.fullmatch(text) else None

    def _merge_base(self, base: str, head: str) -> str:
        done = self._ask("merge-base", "--all", base, head)
        if done.returncode not in (0, 1) or b"error: " in done.stderr:
            raise missing_objects(self.git_root, base, git.complaint(done))
        found = os.fsdecode(done.stdout).split()
        if found and not self.shallow:
            return found[0]
        if self.shallow:
            proven = self._proven(base, head, found)
            if proven:
                return proven
            message = f"this shallow clone does not hold the commit where the history of HEAD left that of {self.ref}"
            raise AuditError(message, hint=_HISTORY)
        related = "`git branch -a --contains $(git rev-list --max-parents=0 HEAD | tail -1)`"
        raise AuditError(f"{self.ref} and HEAD have no commit in common", hint=f"name a branch that has: {related}")

    def _proven(self, base: str, head: str, found: list[str]) -> str | None:
        """The merge base, if what lies behind the cuts of a shallow clone cannot change it.

        An ancestor is one, whatever is cut off. Else nothing may be cut off on the way to the one common ancestor, from either side:
        all that is hidden then lies behind it. A cut commit still names its parents: that makes those ancestors too.
        """
        if found in ([base], [head]):
            return found[0]
        ahead = self._lines("rev-list", "--left-right", f"{base}...{head}")
        cut = set(self._cut())
        if len(found) == 1 and not any(line[1:] in cut for line in ahead):
            return found[0]
        for side, other in ((">", base), ("<", head)):
            if any(other in self._parents(line[1:]) for line in ahead if line[0] == side and line[1:] in cut):
                return other
        return None

    def _cut(self) -> list[str]:
        return (self.git_root / _line(self._ask("rev-parse", "--git-path", "shallow"))).read_text("ascii", "replace").split()

    def _parents(self, commit: str) -> list[str]:
        header = self._ask("cat-file", "commit", commit).stdout.partition(b"\n\n")[0]
        return [parent.decode() for parent in _PARENT.findall(header)]

    def _missing(self, name: str, found: str) -> AuditError:
        remote = next(iter(self._lines("remote")), None)
        if remote is None:
            return missing_objects(self.git_root, found)
        command = f"`git fetch {'--unshallow ' if self.shallow else ''}{shlex.quote(remote)} {found}`"
        return AuditError(f"the commit {name} is not in this clone", hint=command + (_IN_CI if self.shallow else ""))

    def _unknown(self) -> AuditError:
        known = list(self._known())
        message = f"git knows no commit {self.ref!r}"
        there = next((name for name in known if name.endswith(f"/{self.ref}")), None)
        if there:
            return AuditError(message, hint=f"did you mean the remote's branch? `--diff-base {shlex.quote(there)}`")
        near = did_you_mean(self.ref, known)
        hints = [f"did you mean `--diff-base {shlex.quote(near)}`?"] if near else []
        if self.shallow and re.search(r"[~^]", self.ref):
            return AuditError(message, hint=_HISTORY)
        remotes = self._lines("remote")
        remote, _, branch = self.ref.partition("/")
        if remote in remotes:
            hints = []
        else:
            remote, branch = ("origin" if "origin" in remotes else remotes[0] if remotes else ""), self.ref
        if remote and self._ask("check-ref-format", "--branch", branch).returncode == 0:
            depth = "--unshallow " if self.shallow else ""
            target = shlex.quote(f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}")
            hints.append(f"`git fetch {depth}{shlex.quote(remote)} {target}`, then `--diff-base {shlex.quote(f'{remote}/{branch}')}`")
        hint = "; else ".join(hints) or "`git branch --all` and `git tag` list what there is"
        return AuditError(message, hint=hint + (_IN_CI if self.shallow else ""))

    def _known(self) -> Iterator[str]:
        for line in self._lines("for-each-ref", f"--count={MOST_REFS}", "--format=%(refname)", *_REFS):
            if not line.endswith("/HEAD"):
                yield line.split("/", 2)[2]


def _line(done: git.Done) -> str:
    return os.fsdecode(done.stdout).removesuffix("\n")
