"""What a base holds: the same as a checkout of the commit, read in the same way as the work tree."""

import hashlib
import os
from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.sources.base import BaseTree, paths, write_base
from auditor.sources.discover import discover
from auditor.sources.locks import Versions
from auditor.sources.merge_base import find_base
from auditor.sources.read import read_text
from auditor.sources.types import Sources

from .conftest import Make, commit, git, said, write

SCRIPT = "#!/usr/bin/env python3\nprint(1)\n"


class Compared:
    """Both sides of a root."""

    def __init__(self, root: Path, ref: str = "HEAD", only: tuple[Path, ...] = (), exclude: tuple[str, ...] = ()) -> None:
        self.head = discover(root, only=only, exclude=exclude)
        assert self.head.git_root
        self.into = self.head.git_root.parent / "into"
        while self.into.exists():
            self.into = self.into.with_name(self.into.name + "x")
        self.tree: BaseTree = write_base(self.head, find_base(self.head.git_root, ref), self.into, only=only)
        self.base: Sources = self.tree.sources(exclude)

    @property
    def paths(self) -> list[str]:
        return [file.path for file in self.base.files]

    def text(self, path: str) -> object:
        return next((read_text(file) for file in (*self.base.files, *self.base.above) if file.path == path), None)

    @property
    def problems(self) -> list[tuple[str, str]]:
        assert not any(problem.counts for problem in self.tree.problems)
        return [(problem.code, problem.path) for problem in self.tree.problems]

    @property
    def same(self) -> bool:
        return self.tree.same(self.head, self.base)


FILES: dict[str, str | bytes] = {
    "app/a.py": "x = 1\n",
    "app/b.py": "y = 1\n",
    "app/__init__.py": "",
    "tools/run": SCRIPT,
    "tools/data": "no script",
    "notes.txt": "",
    "uv.lock": "",
    "n.ipynb": "{}",
    "build/a.py": "",
    "dist/__init__.py": "",
    "my/pyvenv.cfg": "",
    "my/lib/c.py": "",
    ".env": "A=1",
    "ü b.py": "",
}
READ = [".env", "app/__init__.py", "app/a.py", "app/b.py", "dist/__init__.py", "n.ipynb", "tools/run", "uv.lock", "ü b.py"]


def test_the_same_files_are_read_on_both_sides(repository: Make) -> None:
    root = repository(FILES)
    commit(root)
    both = Compared(root)
    assert both.paths == READ
    assert both.base.git_root == both.base.root == both.into / "repository"
    assert both.same
    assert both.tree.unchanged(both.head, both.base) == paths(both.head) == set(READ)
    assert (both.problems, both.tree.gone(both.base)) == ([], frozenset())


def test_changes_of_the_work_tree_are_not_in_the_base(repository: Make) -> None:
    root = repository(FILES)
    commit(root)
    write(root, {"app/a.py": "x = 2\n", "new.py": "", "staged.py": ""})
    git(root, "add", "staged.py")
    (root / "app/b.py").rename(root / "app/c.py")
    both = Compared(root)
    assert both.paths == READ
    assert both.text("app/a.py") == "x = 1\n"
    assert not both.same
    assert both.tree.unchanged(both.head, both.base) == set(READ) - {"app/a.py", "app/b.py"}
    assert both.tree.gone(both.base) == {"app/b.py"}
    assert paths(both.head) - paths(both.base) == {"app/c.py", "new.py", "staged.py"}


def test_the_merge_base_is_read(repository: Make) -> None:
    root = repository({"a.py": "1"})
    commit(root)
    git(root, "checkout", "-q", "-b", "topic")
    commit(root, {"b.py": ""})
    git(root, "checkout", "-q", "-")
    commit(root, {"a.py": "later"})
    git(root, "checkout", "-q", "topic")
    assert Compared(root, said(root, "rev-parse", "@{-1}")).text("a.py") == "1"


def test_a_folder_of_the_repository_is_read_with_what_is_above(repository: Make) -> None:
    root = repository(
        {
            "pk/__init__.py": "",
            "pk/one/__init__.py": "",
            "pk/one/a.py": "",
            "pk/two/b.py": "",
            "pk/uv.lock": "",
            "pyproject.toml": "",
            "o/c.py": "",
        }
    )
    commit(root)
    both = Compared(root / "pk/one")
    assert both.paths == ["__init__.py", "a.py"]
    assert [file.path for file in both.base.above] == ["../uv.lock", "../../pyproject.toml"]
    assert both.base.root == both.tree.tree / "pk/one"
    assert both.base.boundary == both.tree.tree
    assert (both.tree.tree / "pk/__init__.py").is_file()
    assert not (both.tree.tree / "o").exists()
    assert both.same
    (root / "pk/uv.lock").write_text("version = 1")
    assert not Compared(root / "pk/one").same


def test_a_root_that_is_not_there_yet_is_empty(repository: Make) -> None:
    root = repository({"a.py": "", "kind": "a file"})
    commit(root)
    (root / "kind").unlink()
    write(root, {"new/b.py": "", "kind/c.py": ""})
    assert Compared(root / "new").paths == []
    assert Compared(root / "kind").paths == []


def test_files_by_name(repository: Make) -> None:
    root = repository({"app/a.py": "", "app/b.py": "", "lib/c.py": "", "old/d.py": ""})
    commit(root)
    write(root, {"app/new.py": "", "more/e.py": ""})
    for only, judged in (
        ((root / "app/a.py",), ["app/a.py"]),
        ((root / "app/new.py",), []),
        ((root / "more",), []),
        ((root / "app", root / "more/e.py"), ["app/a.py", "app/b.py"]),
    ):
        both = Compared(root, only=only)
        assert both.paths == ["app/a.py", "app/b.py", "lib/c.py", "old/d.py"]
        assert [file.path for file in both.base.files if file.judged] == judged


def test_a_path_that_was_a_link_out_of_the_repository(repository: Make) -> None:
    root = repository({"a.py": ""})
    outside = write(root.parent / "outside", {"b.py": "", "sub/c.py": ""})
    (root / "app").symlink_to(outside)
    commit(root)
    (root / "app").unlink()
    write(root, {"app/b.py": "", "app/sub/c.py": ""})
    assert Compared(root, only=(root / "app",)).paths == ["a.py"]
    assert Compared(root, only=(root / "app/b.py", root / "app/sub")).paths == ["a.py"]
    both = Compared(root / "app")
    assert both.paths == []
    assert both.problems == [("base-unwritable", ".")]


def test_excluded_files_are_excluded_on_both_sides(repository: Make) -> None:
    root = repository({"a.py": "", "old/b.py": "", "gen_c.py": ""})
    commit(root)
    assert Compared(root, exclude=("old/", "gen_*.py")).paths == ["a.py"]


def test_tracked_files_that_are_ignored_and_untracked_ones(repository: Make) -> None:
    root = repository({".gitignore": "*.gen.py\nout/\n", "a.py": "", "b.gen.py": "", "out/c.py": "1", "out/d.py": "2"})
    git(root, "add", "-f", "b.gen.py", "out/c.py")
    commit(root)
    write(root, {"out/c.py": "changed"})
    both = Compared(root)
    assert both.paths == ["a.py", "b.gen.py", "out/c.py"]
    assert (both.problems, both.text("out/c.py")) == ([], "1")
    # A folder by name: what git ignores there is environment, what it tracks is not.
    both = Compared(root / "out")
    assert both.paths == ["c.py", "d.py"]
    assert [both.text(path) for path in both.paths] == ["1", "2"]
    assert both.problems == [("base-untracked", "d.py")]


def test_a_repository_inside_that_no_commit_pins_is_environment(repository: Make) -> None:
    root = repository({"a.py": ""})
    commit(root)
    write(root, {"tools/b.py": "", "tools/.gitignore": "c.py", "tools/c.py": "", "tools/deep/inner/d.py": ""})
    git(root / "tools", "init", "-q")
    git(root / "tools/deep/inner", "init", "-q")
    both = Compared(root)
    assert both.paths == ["a.py", "tools/b.py", "tools/deep/inner/d.py"]
    assert both.same
    assert both.problems == [("base-untracked", "tools"), ("base-untracked", "tools/deep/inner")]


def test_what_a_sparse_checkout_leaves_out_is_out_on_both_sides(repository: Make) -> None:
    root = repository({"app/a.py": "", "other/b.py": "", "other/kept.py": ""})
    commit(root)
    git(root, "sparse-checkout", "set", "--no-cone", "/app", "/other/kept.py")
    assert not (root / "other/b.py").exists()
    both = Compared(root)
    assert both.paths == ["app/a.py", "other/kept.py"]
    assert both.same


def test_too_large_files_are_the_same_problem(repository: Make) -> None:
    root = repository({"a.py": "x = 1\n" * 400_000, "b.ipynb": "x" * 2_500_000, "big": SCRIPT + "#" * 3_000_000, "c.yaml": "a: 1\n"})
    commit(root)
    both = Compared(root)
    assert both.paths == ["b.ipynb", "c.yaml"]
    assert (
        [problem for problem in both.base.problems if problem.path == "a.py"] == [p for p in both.head.problems if p.path == "a.py"] != []
    )
    assert (both.tree.tree / "a.py").stat().st_size == 2_400_000


def test_links(repository: Make) -> None:
    root = repository({"a.py": "x = 1", "data/real.txt": "y = 1", "sub/b.py": "", "deep/er/c.py": ""})
    outside = write(root.parent / "outside", {"secret.py": "", "folder/c.py": ""})
    for name, target in {
        "alias.py": "a.py",
        "text.py": "data/real.txt",
        "through.py": "way/c.py",
        "way": "deep/er",
        "sub/up.py": "../a.py",
        "whole.py": str(root / "sub/b.py"),
        "circle.py": "circle.py",
        "broken.py": "nothing.py",
        "out.py": "../outside/secret.py",
        "gone.py": "../outside/nothing.py",
        "absolute.py": str(outside / "secret.py"),
        "folder": "../outside/folder",
    }.items():
        (root / name).symlink_to(target)
    commit(root)
    both = Compared(root)
    read = [(file.path, file.judged) for file in both.head.files]
    assert ("text.py", True) in read
    assert [(file.path, file.judged) for file in both.base.files] == read
    assert both.base.problems == both.head.problems != []
    assert both.text("text.py") == "y = 1"
    assert both.same
    assert all(file.absolute.is_relative_to(both.tree.tree) for file in both.base.files)
    (root / "alias.py").unlink()
    assert both.tree.gone(both.base) == {"alias.py"}


def test_what_a_requirements_file_includes_is_there(repository: Make) -> None:
    files: dict[str, str | bytes] = {
        "requirements.txt": "-r deps/base.pip\n-c limits\n",
        "deps/base.pip": "-r more.list\na==1\n",
        "deps/more.list": "b==2\n-r ../requirements.txt\n-r ../../outside.txt\n-r missing\n",
        "limits": "c==3\n",
        "x.py": "",
    }
    root = repository(files)
    commit(root)
    both = Compared(root)
    assert Versions(both.base).of("x.py").locked() == Versions(both.head).of("x.py").locked() == {"a": "1", "b": "2", "c": "3"}
    assert both.same
    (root / "deps/more.list").write_text("b==3\n")
    assert not Compared(root).same


def test_line_ends_of_a_checkout_are_no_change(repository: Make) -> None:
    root = repository({"a.py": "x = 1\ny = 2\n", "b.txt": "", "requirements.txt": "a\n"})
    commit(root)
    (root / "a.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    (root / "requirements.txt").write_bytes(b"a\r\n")
    both = Compared(root)
    assert both.tree.unchanged(both.head, both.base) == {"a.py"}


def test_odd_names(repository: Make) -> None:
    root = repository({"a b.py": "", "new\nline.py": "", ":(top)x.py": "", "-x.py": "", '"q".py': "", "*.py": ""})
    Path(os.fsdecode(bytes(root) + b"/\xff.py")).write_text("x = 1")
    commit(root)
    both = Compared(root)
    assert both.paths == [file.path for file in both.head.files]
    assert "\\xff.py" in both.paths
    assert both.text("\\xff.py") == "x = 1"
    assert (both.same, both.tree.gone(both.base)) == (True, frozenset())
    Path(os.fsdecode(bytes(root) + b"/\xff.py")).unlink()
    assert both.tree.gone(both.base) == {"\\xff.py"}


def test_a_repository_whose_name_has_spaces_and_letters(repository: Make) -> None:
    root = repository({"pk/a.py": "", "uv.lock": ""})
    commit(root)
    root = root.rename(root.parent / 'dépôt ici: "x"')
    both = Compared(root / "pk")
    assert (both.paths, both.tree.tree.name) == (["a.py"], root.name)
    assert both.same


def test_a_linked_work_tree(repository: Make) -> None:
    root = repository({"a.py": "1", ".gitignore": "no.py\n"})
    commit(root)
    linked = root.parent / "linked"
    git(root, "worktree", "add", "-q", str(linked))
    write(linked, {"no.py": "", "a.py": "2"})
    both = Compared(linked)
    assert (both.paths, both.text("a.py")) == (["a.py"], "1")


def pointer(data: str) -> str:
    oid = hashlib.sha256(data.encode()).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n"


def test_files_that_lfs_keeps(repository: Make) -> None:
    files = {name: f"x = '{name}'\n" for name in ("here", "stored", "nowhere", "damaged")}
    root = repository(
        {f"{name}.py": pointer(text) for name, text in files.items()} | {"raw.py": pointer("raw"), "large.py": pointer("x" * 3_000_000)}
    )
    commit(root)
    write(root, {f"{name}.py": f"{name} = 2\n" for name in files} | {"here.py": files["here"], "large.py": ""})
    for name, text in (("stored", files["stored"]), ("damaged", "import os")):
        oid = hashlib.sha256(files[name].encode()).hexdigest()
        write(root / ".git/lfs/objects", {f"{oid[:2]}/{oid[2:4]}/{oid}": text})
    both = Compared(root)
    assert both.paths == ["here.py", "raw.py", "stored.py"]
    assert (both.text("here.py"), both.text("stored.py")) == (files["here"], files["stored"])
    assert both.text("raw.py") == pointer("raw"), "the work tree has only the pointer too"
    assert [(p.code, p.path) for p in both.base.problems] == [("file-too-large", "large.py")]
    assert both.problems == [("base-lfs", "damaged.py"), ("base-lfs", "nowhere.py")]


def test_a_commit_with_missing_objects(repository: Make) -> None:
    root = repository({"a.py": "1", "b.txt": "2"})
    commit(root)
    for name in ("b.txt", "a.py"):
        blob = said(root, "rev-parse", f"HEAD:{name}")
        (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
        if name == "b.txt":
            assert Compared(root).paths == ["a.py"]
    with pytest.raises(AuditError, match="are not in this clone") as caught:
        Compared(root)
    assert "git fsck" in str(caught.value.hint)


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_and_the_command_that_mends_it(repository: Make, kind: str) -> None:
    origin = repository({"a.py": "1", "sub/b.py": "1"})
    first = commit(origin)
    git(origin, "mv", "sub", "moved")
    commit(origin, {"a.py": "2", "moved/b.py": "2"})
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(origin.parent, "clone", "-q", f"--filter={kind}", f"file://{origin}", "partial")
    root = origin.parent / "partial"
    before = sorted(path.name for path in (root / ".git/objects").rglob("*"))
    with pytest.raises(AuditError, match="are not in this clone") as caught:
        Compared(root, first)
    assert before == sorted(path.name for path in (root / ".git/objects").rglob("*")), "nothing was fetched"
    command = str(caught.value.hint).split("`")[1]
    assert command == f"git diff --numstat {first} HEAD"
    git(root, *command.split()[1:])
    assert Compared(root, first).paths == ["a.py", "sub/b.py"]
