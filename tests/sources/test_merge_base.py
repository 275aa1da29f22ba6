"""Which commit a change started from, and what a user is told where git cannot say."""

import subprocess
from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.sources import git as asked
from auditor.sources.merge_base import find_base

from .conftest import Make, commit, git, said, write


@pytest.fixture
def origin(repository: Make) -> Path:
    """main: 1 - 2 - 3, topic: 2 - 4 - 5, checked out on topic."""
    root = repository({"a.py": "1"})
    git(root, "checkout", "-q", "-b", "main")
    commit(root)
    commit(root, {"a.py": "2"})
    git(root, "checkout", "-q", "-b", "topic")
    commit(root, {"b.py": "4"})
    commit(root, {"b.py": "5"})
    git(root, "checkout", "-q", "main")
    commit(root, {"a.py": "3"})
    git(root, "checkout", "-q", "topic")
    return root


def clone(origin: Path, name: str, *options: str) -> Path:
    git(origin.parent, "clone", "-q", *options, f"file://{origin}", name)
    return origin.parent / name


def base(root: Path, ref: str) -> str:
    return find_base(root, ref).hash


def error(root: Path | None, ref: str) -> tuple[str, str]:
    with pytest.raises(AuditError) as caught:
        find_base(root, ref)
    assert caught.value.hint
    return caught.value.message, caught.value.hint


def test_the_base_is_where_the_change_left_the_other_branch(origin: Path) -> None:
    second = said(origin, "rev-parse", "main^")
    assert base(origin, "main") == second
    assert base(origin, "main~1") == second
    assert base(origin, "main~2") == said(origin, "rev-parse", "main~2")
    assert base(origin, "HEAD") == base(origin, "topic") == said(origin, "rev-parse", "HEAD")
    assert base(origin, second[:10]) == second
    git(origin, "checkout", "-q", "main")
    assert find_base(origin, "topic").ref == "topic"
    git(origin, "checkout", "-q", second)
    assert base(origin, "main") == second


def test_an_annotated_tag_stands_for_its_commit(origin: Path) -> None:
    git(origin, "tag", "-a", "v1", "-m", "v1", "main")
    assert base(origin, "v1") == said(origin, "rev-parse", "main^")


def test_no_repository() -> None:
    message, hint = error(None, "main")
    assert "not inside" in message
    assert "git clone" in hint


def test_no_git(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    message, hint = error(origin, "main")
    assert "git is not installed" in message
    assert "install" in hint


def test_no_commit_yet(repository: Make) -> None:
    message, hint = error(repository({"a.py": ""}), "main")
    assert "no commit yet" in message
    assert "git commit" in hint


@pytest.mark.parametrize("ref", ["-x", "--upload-pack=touch ran", "--output=ran", "", "a\nb", "a\0b"])
def test_what_looks_like_an_option_never_reaches_git(origin: Path, ref: str) -> None:
    message, hint = error(origin, ref)
    assert "no name of a commit" in message
    assert "--diff-base origin/main" in hint
    assert not (origin / "ran").exists()


@pytest.mark.parametrize("ref", ["main..topic", "main...topic", "^main", "main topic", ":/x y z", "HEAD~99", "@{-7}", "*", "main:a.py:b"])
def test_what_is_no_single_commit_is_unknown(origin: Path, ref: str) -> None:
    assert "git knows no commit" in error(origin, ref)[0]


def test_an_unknown_ref_with_a_name_that_is_near(origin: Path) -> None:
    assert error(origin, "mian") == ("git knows no commit 'mian'", "did you mean `--diff-base main`?")
    assert "git branch --all" in error(origin, "entirely-different")[1]


def test_a_branch_that_only_the_remote_has(origin: Path) -> None:
    root = clone(origin, "clone")
    assert "`--diff-base origin/main`" not in error(root, "mian")[1]
    assert error(root, "main") == ("git knows no commit 'main'", "did you mean the remote's branch? `--diff-base origin/main`")


def test_the_command_for_a_branch_that_was_not_fetched_works(origin: Path) -> None:
    root = clone(origin, "clone", "--single-branch")
    for ref in ("origin/main", "main"):
        message, hint = error(root, ref)
        assert message == f"git knows no commit '{ref}'"
        assert hint == "`git fetch origin +refs/heads/main:refs/remotes/origin/main`, then `--diff-base origin/main`"
    git(root, *hint.split("`")[1].split()[1:])
    assert base(root, "origin/main") == said(origin, "rev-parse", "main^")


def test_names_of_a_hostile_repository_are_quoted(origin: Path) -> None:
    git(origin, "branch", "mai;touch$IFS/tmp/ran")
    assert "'mai;touch$IFS/tmp/ran'" in error(origin, "mai;touch$IFS/tmp/rum")[1]


def test_a_hash_that_was_not_fetched(origin: Path) -> None:
    root = clone(origin, "clone", "--single-branch", "--depth=1")
    main = said(origin, "rev-parse", "main")
    message, hint = error(root, main)
    assert "is not in this clone" in message
    assert hint.startswith(f"`git fetch --unshallow origin {main}`")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(root, *hint.split("`")[1].split()[1:])
    assert base(root, main) == said(origin, "rev-parse", "main^")
    assert "fresh clone" in error(origin, "1" * 40)[1]


def test_trees_blobs_and_their_tags_are_no_commits(origin: Path) -> None:
    git(origin, "tag", "-a", "of-tree", "-m", "x", "HEAD^{tree}")
    assert "no commit but a tree" in error(origin, "HEAD^{tree}")[0]
    assert "no commit but a blob" in error(origin, "HEAD:a.py")[0]
    assert "no commit but the tag of something else" in error(origin, "of-tree")[0]


def test_histories_without_a_common_commit(origin: Path) -> None:
    git(origin, "checkout", "-q", "--orphan", "other")
    commit(origin)
    message, hint = error(origin, "main")
    assert "no commit in common" in message
    assert "git branch -a --contains" in hint


def test_a_shallow_clone_in_which_the_other_branch_was_fetched(origin: Path) -> None:
    root = clone(origin, "clone", "--depth=1")
    git(root, "fetch", "-q", "--depth=1", "origin", "+main:refs/remotes/origin/main")
    message, hint = error(root, "origin/main")
    assert message == "this shallow clone does not hold the commit where the history of HEAD left that of origin/main"
    assert "`git fetch --unshallow`" in hint
    assert "fetch-depth: 0" in hint
    git(root, "fetch", "-q", "--unshallow")
    assert base(root, "origin/main") == said(origin, "rev-parse", "main^")


def test_a_shallow_clone_that_holds_the_way_from_both_sides(origin: Path) -> None:
    root = clone(origin, "clone", "--depth=3", "--no-single-branch")
    assert (root / ".git/shallow").is_file() is False or base(root, "origin/main")
    first = said(origin, "rev-parse", "main~2")
    git(origin, "checkout", "-q", "main")
    for number in range(5):
        commit(origin, {"a.py": f"n{number}"})
    git(origin, "checkout", "-q", "topic")
    git(origin, "rebase", "-q", "main")
    git(origin, "checkout", "-q", "main")
    commit(origin, {"a.py": "last"})
    git(origin, "checkout", "-q", "topic")
    deep = clone(origin, "deep", "--depth=4", "--no-single-branch")
    assert said(deep, "rev-parse", "--is-shallow-repository") == "true"
    assert base(deep, "origin/main") == said(origin, "rev-parse", "main^") != first


def test_an_answer_of_a_shallow_clone_that_is_too_old_is_refused(repository: Make) -> None:
    """main was merged into the topic behind a cut: the visible common ancestor is an older one."""
    root = repository({"a.py": "1"})
    git(root, "checkout", "-q", "-b", "main")
    old = commit(root)
    git(root, "checkout", "-q", "-b", "topic")
    commit(root, {"b.py": "1"})
    git(root, "checkout", "-q", "main")
    newer = commit(root, {"a.py": "2"})
    git(root, "checkout", "-q", "topic")
    git(root, "merge", "-q", "-m", "m", "main")
    merge = said(root, "rev-parse", "HEAD")
    commit(root, {"b.py": "2"})
    git(root, "checkout", "-q", "main")
    commit(root, {"a.py": "3"})
    git(root, "checkout", "-q", "topic")
    assert base(root, "main") == newer
    first = said(root, "rev-parse", f"{merge}^1")
    git(root, "replace", "--graft", merge, first)
    assert said(root, "merge-base", "main", "topic") == old
    assert base(root, "main") == newer, "replacements are local, and no history"
    git(root, "replace", "-d", merge)
    # The same cut as a fetch makes it: the merge keeps no parents, a second way leads to the old commit.
    git(root, "checkout", "-q", "-b", "wide", first)
    git(root, "merge", "-q", "--no-ff", "-m", "m", "topic")
    (root / ".git/shallow").write_text(merge + "\n")
    assert said(root, "merge-base", "main", "wide") == old
    assert "does not hold the commit" in error(root, "main")[0]


def test_the_merge_commit_of_a_pull_request(origin: Path) -> None:
    """What CI checks out: a merge of the base branch and the topic, with one or two commits of depth."""
    git(origin, "checkout", "-q", "main")
    git(origin, "merge", "-q", "--no-ff", "-m", "m", "topic")
    git(origin, "update-ref", "refs/pull/1/merge", "HEAD")
    git(origin, "reset", "-q", "--hard", "HEAD^1")
    main = said(origin, "rev-parse", "main")
    for depth, ref in (("2", "HEAD^1"), ("2", "origin/main"), ("1", "origin/main")):
        root = origin.parent / f"clone{depth}{ref.replace('/', '-')}"
        root.mkdir()
        git(root, "init", "-q")
        git(root, "remote", "add", "origin", f"file://{origin}")
        git(root, "fetch", "-q", f"--depth={depth}", "origin", "refs/pull/1/merge")
        git(root, "checkout", "-q", "FETCH_HEAD")
        git(root, "fetch", "-q", "--depth=1", "origin", "+main:refs/remotes/origin/main")
        assert base(root, ref) == main
    commit(origin, {"a.py": "later"})
    git(root, "fetch", "-q", "--depth=1", "origin", "+main:refs/remotes/origin/main")
    assert "shallow clone" in error(root, "origin/main")[0]


def test_a_message_cannot_claim_a_parent(origin: Path) -> None:
    main = said(origin, "rev-parse", "main")
    git(origin, "commit", "-q", "--allow-empty", "-m", f"x\n\nparent {main}\n")
    root = clone(origin, "clone", "--depth=1")
    git(root, "fetch", "-q", "--depth=1", "origin", "+main:refs/remotes/origin/main")
    assert "shallow clone" in error(root, "origin/main")[0]


def test_a_partial_clone_without_the_commits(origin: Path) -> None:
    git(origin, "config", "uploadpack.allowFilter", "true")
    root = clone(origin, "clone", "--filter=blob:none")
    assert base(root, "origin/main") == said(origin, "rev-parse", "main^")


def test_a_damaged_repository(origin: Path) -> None:
    second = said(origin, "rev-parse", "main^")
    (origin / ".git/objects" / second[:2] / second[2:]).unlink()
    message, hint = error(origin, "main")
    assert "are not in this clone" in message
    assert "git fsck" in hint
    (origin / ".git/config").write_text("[core\n")
    assert "cannot open the repository" in error(origin, "main")[0]


def test_a_work_tree_whose_repository_is_elsewhere(tmp_path: Path) -> None:
    root = write(tmp_path / "mounted", {".git": "gitdir: /nonexistent/worktrees/x\n", "a.py": ""})
    message, hint = error(root, "main")
    assert "cannot open the repository" in message
    assert "git worktree repair" in hint


def test_a_damaged_repository_inside_another_is_not_taken_for_it(origin: Path) -> None:
    write(origin, {"inner/.git/HEAD": "nonsense", "inner/a.py": ""})
    assert "cannot open the repository" in error(origin / "inner", "main")[0]


def test_the_owner_is_another(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = origin.parent / "bin/git"
    write(origin.parent, {"bin/git": "#!/bin/sh\necho \"fatal: detected dubious ownership in repository at '/x'\" >&2\nexit 128\n"})
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    message, hint = error(origin, "main")
    assert "dubious ownership" in message
    assert f"git config --global --add safe.directory {origin}" in hint


def test_git_that_does_not_answer(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(origin.parent, {"bin/git": "#!/bin/sh\nexec sleep 5\n"})
    (origin.parent / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{origin.parent / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(asked, "SECONDS", 0.1)
    message, hint = error(origin, "main")
    assert "no answer" in message
    assert "git gc" in hint


def test_variables_of_a_hook_do_not_matter(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = base(origin, "main")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, "/nonexistent")
    assert base(origin, "main") == expected


def test_a_name_with_spaces_and_letters(repository: Make) -> None:
    root = repository({"a.py": ""})
    commit(root)
    moved = root.parent / 'dépôt né\n"ici'
    root.rename(moved)
    git(moved, "branch", "zweig-ä")
    commit(moved)
    assert base(moved, "zweig-ä") == subprocess.check_output(["git", "rev-parse", "HEAD^"], cwd=moved, text=True).strip()
