"""Trees that no checkout would write, repositories that would run something, and what stays untouched."""

import os
import time
from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.sources import git_objects

from .conftest import Make, commit, git, said, write
from .test_base import Compared

pytestmark = pytest.mark.usefixtures("own_time")

Row = tuple[str, str, str]


def blob(root: Path, text: str) -> str:
    return said(root, "hash-object", "-w", "--stdin", given=text.encode())


def tree(root: Path, *rows: Row) -> str:
    """A tree as git would not make it: its bytes are written as they are."""
    data = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(oid) for mode, name, oid in rows)
    return said(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=data)


def on_top(root: Path, made: str) -> str:
    """A commit of the tree below the one that is checked out."""
    base = said(root, "commit-tree", "-m", "x", made)
    head = said(root, "commit-tree", "-m", "x", "-p", base, "HEAD^{tree}")
    git(root, "update-ref", "HEAD", head)
    return base


@pytest.fixture
def root(repository: Make) -> Path:
    made = repository({"a.py": "x = 1"})
    commit(made)
    return made


def snapshot(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*") if "into" not in path.parts)


def test_names_that_lead_out_are_told_and_not_written(root: Path) -> None:
    one = blob(root, "y = 1")
    inner = tree(root, ("100644", "b.py", one))
    around = snapshot(root.parent)
    base = on_top(
        root,
        tree(
            root,
            ("100644", "a.py", one),
            ("40000", "..", inner),
            ("40000", ".", inner),
            ("40000", ".git", inner),
            ("40000", ".GIT", inner),
            ("100644", "../c.py", one),
            ("100644", "/tmp/base-out.py", one),
            ("40000", "deep", tree(root, ("40000", "..", tree(root, ("40000", "..", inner))))),
            ("100644", "x" * 300 + ".py", one),
        ),
    )
    both = Compared(root, base)
    assert both.paths == ["a.py"]
    assert both.problems == [("base-unwritable", ".")] * 7 + [("base-unwritable", "x" * 300 + ".py")]
    assert [path for path in snapshot(root.parent) if "/objects/" not in path] == [path for path in around if "/objects/" not in path]
    assert not Path("/tmp/base-out.py").exists()


def test_a_tree_that_git_does_not_read(root: Path) -> None:
    base = on_top(root, tree(root, ("100644", "", blob(root, "y = 1"))))
    with pytest.raises(AuditError, match="empty filename in tree entry"):
        Compared(root, base)


def test_names_that_stand_twice_and_files_that_are_folders(root: Path) -> None:
    one, two = blob(root, "one"), blob(root, "two")
    inner = tree(root, ("100644", "b.py", one))
    both = Compared(
        root,
        on_top(
            root,
            tree(
                root,
                ("100644", "a.py", one),
                ("100644", "a.py", two),
                ("100644", "d.py", one),
                ("40000", "d.py", inner),
                ("40000", "e", inner),
            ),
        ),
    )
    assert both.paths == ["a.py", "d.py", "e/b.py"]
    assert both.text("a.py") == "one"
    assert both.problems == [("base-unwritable", "a.py"), ("base-unwritable", "d.py/b.py")]


def test_nothing_is_written_through_a_link(root: Path) -> None:
    outside = write(root.parent / "outside", {"kept.py": "kept"})
    one, out = blob(root, "one"), blob(root, str(outside))
    inner = tree(root, ("100644", "kept.py", one), ("100644", "new.py", one), ("120000", "link.py", out))
    only_link = tree(root, ("120000", "link.py", out))
    base = on_top(
        root,
        tree(root, ("120000", "d", out), ("40000", "d", inner), ("120000", "l", out), ("40000", "l", only_link), ("100644", "a.py", one)),
    )
    both = Compared(root, base)
    assert both.paths == ["a.py", "d/kept.py", "d/new.py"]
    assert sorted(path.name for path in outside.iterdir()) == ["kept.py"]
    assert (outside / "kept.py").read_text() == "kept"


def test_entries_that_are_not_what_their_mode_says(root: Path) -> None:
    one, head = blob(root, "one"), said(root, "rev-parse", "HEAD")
    both = Compared(
        root,
        on_top(
            root,
            tree(
                root,
                ("100644", "commit.py", head),
                ("100664", "old.py", one),
                ("120000", "long.py", blob(root, "x" * 5_000)),
                ("120000", "no.py", blob(root, "")),
            ),
        ),
    )
    assert both.paths == ["old.py"]
    assert both.problems == [("base-unwritable", "commit.py"), ("base-unwritable", "long.py"), ("base-unwritable", "no.py")]


def test_a_tree_that_unfolds_for_ever_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tree(root, *(("100644", f"{number}.py", blob(root, "")) for number in range(10)))
    for _ in range(9):
        made = tree(root, *(("40000", str(number), made) for number in range(10)))
    base = on_top(root, made)
    monkeypatch.setattr(git_objects, "MOST_ENTRIES", 100_000)
    before = time.monotonic()
    with pytest.raises(AuditError, match="holds more than 100,000 files"):
        Compared(root, base)
    assert time.monotonic() - before < 5


def test_links_in_circles_take_no_time(root: Path) -> None:
    rows = [("120000", f"{number}.py", blob(root, f"{(number + 1) % 50}.py/" * 200)) for number in range(50)]
    before = time.process_time()
    assert Compared(root, on_top(root, tree(root, *rows))).paths == []
    assert time.process_time() - before < 2


def test_nothing_of_the_repository_runs_or_changes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = root.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch {root.parent}/ran\ncat\n")
    program.chmod(0o755)
    write(root, {".gitattributes": "* filter=x diff=x text eol=crlf ident\n", "sub/b.py": "# $Id$\ny = 1\n", "n.ipynb": "{}"})
    base = commit(root)
    commit(root, {"sub/b.py": "y = 2\n"})
    write(root, {"untracked.py": "", "sub/b.py": "y = 3\n"})
    git(root, "add", "sub/b.py")
    write(root, {"sub/b.py": "y = 4\n"})
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.gitProxy", "credential.helper", "diff.external"):
        git(root, "config", key, str(program))
    for key in ("filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv", "diff.x.command", "gpg.program"):
        git(root, "config", key, str(program))
    for key in (
        "remote.origin.uploadpack",
        "remote.origin.vcs",
        "pager.log",
        "pager.ls-tree",
        "alias.ls-tree",
        "uploadpack.packObjectsHook",
    ):
        git(root, "config", key, f"!{program}" if key.startswith("alias") else str(program))
    git(root, "config", "remote.origin.url", f"ext::{program}")
    git(root, "config", "remote.origin.promisor", "true")
    git(root, "config", "log.showSignature", "true")
    git(root, "config", "core.hooksPath", str(root.parent / "hooks"))
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc", "fsmonitor-watchman"):
        write(root.parent / "hooks", {name: program.read_bytes()})
        (root.parent / "hooks" / name).chmod(0o755)
    write(root.parent / "elsewhere", {"c.py": ""})
    git(root, "config", "core.worktree", str(root.parent / "elsewhere"))

    def state() -> tuple[object, ...]:
        files = {
            path: (path.read_bytes(), path.lstat().st_mtime_ns) for path in root.rglob("*") if path.is_file() and not path.is_symlink()
        }
        return files, snapshot(root), (root / ".git").stat().st_mtime_ns

    before = state()
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND"):
        monkeypatch.setenv(name, str(program))
    both = Compared(root, base)
    assert (both.paths, both.text("sub/b.py")) == (["a.py", "n.ipynb", "sub/b.py"], "# $Id$\ny = 1\n")
    assert both.text("a.py") == "x = 1"
    assert state() == before, "index, refs, objects and work tree"
    assert not (root.parent / "ran").exists()


def test_the_index_and_the_status_stay(root: Path) -> None:
    commit(root, {"b.py": "1"})
    write(root, {"b.py": "2", "c.py": ""})
    git(root, "add", "b.py")
    os.utime(root / "a.py", (1, 1))  # its entry in the index is stale: a refresh would write it
    index, refs = (root / ".git/index").read_bytes(), said(root, "for-each-ref")
    assert Compared(root, "HEAD~1").paths == ["a.py"]
    assert ((root / ".git/index").read_bytes(), said(root, "for-each-ref")) == (index, refs)
    assert said(root, "status", "--porcelain") == "M  b.py\n?? c.py"


def test_an_unwritable_or_full_place_is_an_error(root: Path) -> None:
    from auditor.sources.base import write_base
    from auditor.sources.discover import discover
    from auditor.sources.merge_base import find_base

    target = root.parent / "file"
    target.write_text("")
    with pytest.raises(AuditError, match="could not be written") as caught:
        write_base(discover(root), find_base(root, "HEAD"), target)
    assert "TMPDIR" in str(caught.value.hint)


def test_a_thousand_files_take_well_below_a_second(repository: Make) -> None:
    root = repository({f"p{n % 20}/m{n}.py": f"n = {n}\n" * 200 for n in range(1_000)})
    commit(root)
    before = time.process_time()
    assert len(Compared(root).paths) == 1_000
    assert time.process_time() - before < 1
