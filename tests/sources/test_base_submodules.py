"""The base of a repository with submodules: what their pinned commits hold, as far as it is in the clone."""

import shutil
from pathlib import Path

import pytest

from .conftest import Make, commit, git, said, write
from .test_base import Compared


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """With a submodule of its own."""
    inner = write(tmp_path / "inner", {"i.py": "i1"})
    git(inner, "init", "-q")
    commit(inner)
    made = write(tmp_path / "library", {"lib.py": "1", ".gitignore": "no.py\n"})
    git(made, "init", "-q")
    git(made, "submodule", "add", "-q", "--name", "deep inside", str(inner), "sub/inner")
    commit(made)
    return made


@pytest.fixture
def root(library: Path, repository: Make) -> Path:
    """The submodule is one commit behind what is checked out of it now."""
    made = repository({"a.py": "one"})
    git(made, "submodule", "add", "-q", "--name", "li/b", str(library), "libs/li b")
    git(made, "submodule", "update", "-q", "--init", "--recursive")
    commit(made)
    module = made / "libs/li b"
    commit(module / "sub/inner", {"i.py": "i2"})
    commit(module, {"lib.py": "2", "new.py": ""})
    return made


OLD = ["a.py", "libs/li b/lib.py", "libs/li b/sub/inner/i.py"]


def texts(both: Compared) -> list[object]:
    return [both.text(path) for path in both.paths]


def test_the_pinned_commits_are_read(root: Path) -> None:
    both = Compared(root)
    assert (both.paths, texts(both)) == (OLD, ["one", "1", "i1"])
    assert both.problems == []
    write(root / "libs/li b", {"no.py": "", "untracked.py": ""})
    assert Compared(root).paths == OLD
    git(root, "submodule", "update", "-q", "--recursive")
    (root / "libs/li b/new.py").unlink(missing_ok=True)
    (root / "libs/li b/untracked.py").unlink()
    assert Compared(root).same


def test_a_submodule_that_was_moved_or_removed_is_read_from_the_repository(root: Path) -> None:
    git(root, "submodule", "update", "-q", "--recursive")
    git(root, "mv", "libs/li b", "moved")
    both = Compared(root)
    assert (both.paths, texts(both), both.problems) == (OLD, ["one", "1", "i1"], [])
    assert both.tree.gone(both.base) == set(OLD[1:])
    shutil.rmtree(root / "moved")
    git(root, "rm", "-q", "-f", "--cached", "moved")
    both = Compared(root)
    assert (both.paths, texts(both), both.problems) == (OLD, ["one", "1", "i1"], [])


def test_a_submodule_that_is_not_checked_out_is_out_on_both_sides(root: Path) -> None:
    git(root, "submodule", "deinit", "-q", "-f", "--all")
    both = Compared(root)
    assert (both.paths, both.problems) == (["a.py"], [])
    assert both.same


def test_a_new_submodule_is_part_of_the_change(root: Path) -> None:
    first = said(root, "rev-list", "--max-parents=0", "HEAD")
    base = said(
        root, "commit-tree", "-m", "x", said(root, "mktree", given=f"100644 blob {said(root, 'rev-parse', 'HEAD:a.py')}\ta.py\n".encode())
    )
    git(root, "update-ref", "HEAD", said(root, "commit-tree", "-m", "x", "-p", base, f"{first}^{{tree}}"))
    both = Compared(root, base)
    assert (both.paths, both.problems) == (["a.py"], [])


def test_files_of_a_commit_that_is_not_here_are_taken_from_the_work_tree(root: Path, library: Path) -> None:
    """As where submodules are fetched with a depth of one commit."""
    shutil.rmtree(root / "libs/li b")
    shutil.rmtree(root / ".git/modules/li")
    newer = commit(library, {"lib.py": "3", "third.py": "3"})
    git(root, "clone", "-q", "--depth=1", f"file://{library}", "libs/li b")
    assert said(root / "libs/li b", "rev-parse", "HEAD") == newer
    both = Compared(root)
    assert both.paths == ["a.py", "libs/li b/lib.py", "libs/li b/third.py"]
    assert (both.problems, both.same) == ([("base-submodule", "libs/li b")], True)
    shutil.rmtree(root / "libs/li b")
    git(root, "rm", "-q", "-f", "--cached", "libs/li b")
    both = Compared(root)
    assert (both.paths, both.problems) == (["a.py"], [("base-submodule", "libs/li b")])


def test_a_submodule_without_git_is_taken_as_it_lies_there(root: Path) -> None:
    """As where the files were copied into an image without their repositories."""
    (root / "libs/li b/.git").unlink()
    shutil.rmtree(root / ".git/modules/li")
    both = Compared(root)
    assert both.paths == ["a.py", "libs/li b/lib.py", "libs/li b/new.py", "libs/li b/sub/inner/i.py"]
    assert both.problems == [("base-submodule", "libs/li b")]


def test_missing_files_of_a_submodule(root: Path) -> None:
    module = root / ".git/modules/li/b"
    blob = said(root / "libs/li b", "rev-parse", "HEAD^:lib.py")
    (module / "objects" / blob[:2] / blob[2:]).unlink(missing_ok=True)
    for pack in (module / "objects/pack").glob("*"):
        pack.unlink()
    both = Compared(root)
    assert both.problems == [("base-submodule", "libs/li b")]
    assert both.text("libs/li b/lib.py") == "2"


@pytest.mark.parametrize("name", ["../../outside", "/etc", "x/../../../outside", ""])
def test_names_and_links_that_lead_to_other_repositories(tmp_path: Path, repository: Make, name: str) -> None:
    secret = write(tmp_path / "outside", {"secret.py": ""})
    git(secret, "init", "-q")
    pinned = commit(secret)
    (secret / ".git").rename(secret / "git")
    shutil.copytree(secret / "git/objects", secret / "objects")
    root = repository({"a.py": "", ".gitmodules": f'[submodule "{name}"]\n\tpath = sub\n\turl = x\n'})
    (root / "sub").symlink_to(secret)
    git(root, "add", "a.py", ".gitmodules")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{pinned},sub")
    git(root, "commit", "-qm", "x")
    git(root, "rm", "-q", "--cached", "sub")
    (secret / "git").rename(secret / ".git")
    both = Compared(root)
    assert (both.paths, both.problems) == (["a.py"], [("base-submodule", "sub")])


def test_a_repository_in_which_each_commit_pins_many(repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository({"a.py": ""})
    pinned = commit(root)
    rows = "".join(f"160000 commit {pinned}\tm{number}\n" for number in range(20))
    base = said(root, "commit-tree", "-m", "x", said(root, "mktree", "--missing", given=rows.encode()))
    git(root, "update-ref", "HEAD", said(root, "commit-tree", "-m", "x", "-p", base, "HEAD^{tree}"))
    monkeypatch.setattr("auditor.sources.base_entries.MOST_SUBMODULES", 5)
    both = Compared(root, base)
    assert both.paths == []
    assert len(both.problems) == 20


def test_a_submodule_is_compared_with_its_own_history(root: Path) -> None:
    both = Compared(root / "libs/li b/sub", "HEAD^")
    assert both.base.git_root == both.tree.tree
    assert both.tree.tree.name == "li b"
    assert (both.paths, texts(both)) == (["inner/i.py"], ["i1"])
    assert Compared(root / "libs/li b", "HEAD^").paths == ["lib.py", "sub/inner/i.py"]


def test_a_linked_work_tree_with_submodules(root: Path) -> None:
    git(root, "submodule", "update", "-q", "--recursive")
    linked = root.parent / "linked"
    git(root, "worktree", "add", "-q", str(linked))
    assert Compared(linked).paths == ["a.py"]
    git(linked, "submodule", "update", "-q", "--init", "--recursive")
    both = Compared(linked)
    assert (both.paths, both.problems, both.same) == (OLD, [], True)
