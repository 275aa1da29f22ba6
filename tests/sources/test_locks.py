"""Versions from lock files, requirements, project files and script headers."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.sources.discover import discover
from auditor.sources.locks import Known, Versions, view_of_header
from auditor.sources.manifests import poetry_specifier, read_pyproject, read_setup_cfg, read_setup_py
from auditor.sources.requirements import Broken, Table, read_requirements, read_script_header

from .conftest import Make, write

pytestmark = pytest.mark.usefixtures("own_time")

UV = """version = 1
requires-python = ">=3.11"

[[package]]
name = "acme-sdk"
version = "1.54.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "me"
version = "0.1.0"
source = { virtual = "." }
"""
POETRY = '[[package]]\nname = "Acme_SDK"\nversion = "1.2.0"\n\n[metadata]\nlock-version = "2.0"\n'
PDM = '[metadata]\ngroups = ["default"]\n\n[[package]]\nname = "acme-sdk"\nversion = "1.3.0"\n'
PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n\n[[packages]]\nname = "acme-sdk"\nversion = "1.4.0"\n\n[[packages]]\nname = "local"\n'
PIPFILE = '{"_meta": {}, "default": {"acme-sdk": {"version": "==1.5.0", "hashes": []}}, "develop": {"pytest": {"version": "==8.0.0"}}}'


def versions(root: Path) -> Versions:
    return Versions(discover(root))


def known(root: Path, path: str, package: str = "acme-sdk") -> Known | None:
    return versions(root).of(path).get(package)


def answer(root: Path, path: str, package: str = "acme-sdk") -> tuple[str, str] | None:
    """The version or range, and the file that says so."""
    it = known(root, path, package)
    return it and (it.locked or ("|".join(it.versions) or str(it.specifier)), it.source)


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("uv.lock", UV, "1.54.0"),
        ("uv.lock", UV.replace("[[package]]", "[[distribution]]"), "1.54.0"),
        ("poetry.lock", POETRY, "1.2.0"),
        ("pdm.lock", PDM, "1.3.0"),
        ("pylock.toml", PYLOCK, "1.4.0"),
        ("pylock.dev.toml", PYLOCK, "1.4.0"),
        ("Pipfile.lock", PIPFILE, "1.5.0"),
        ("requirements.txt", "acme.SDK[extra] == 1.6.0 ; python_version > '3.8'  # why\n", "1.6.0"),
        ("requirements.lock", "acme-sdk==1.6.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n", "1.6.0"),
        ("requirements-dev.txt", "acme-sdk===1.6.0\n", "1.6.0"),
        ("requirements/base.txt", "acme-sdk==1.6.0\n", "1.6.0"),
        ("requirements.txt", "acme-sdk @ https://example.org/w/acme_sdk-1.7.0-py3-none-any.whl\n", "1.7.0"),
        ("pyproject.toml", '[project]\nname = "a"\ndependencies = ["acme-sdk==1.8.0"]\n', "1.8.0"),
        ("pyproject.toml", '[tool.poetry.dependencies]\nacme-sdk = "1.9.0"\n', "1.9.0"),
    ],
)
def test_exact_versions(folder: Make, name: str, text: str, version: str) -> None:
    root = folder({name: text, "app/a.py": ""})
    assert answer(root, "app/a.py", "Acme_Sdk") == (version, name)
    assert known(root, "app/a.py", "other") is None


@pytest.mark.parametrize(
    ("name", "text", "specifier"),
    [
        ("pyproject.toml", '[project]\ndependencies = ["acme-sdk>=1,<2"]\n', "<2,>=1"),
        ("pyproject.toml", "[project]\ndependencies = [\"acme-sdk[x] (~=1.4) ; sys_platform == 'linux'\"]\n", "~=1.4"),
        ("pyproject.toml", '[project]\ndependencies = ["acme-sdk"]\n', ""),
        ("pyproject.toml", '[project.optional-dependencies]\nllm = ["acme-sdk>=1"]\n', ">=1"),
        ("pyproject.toml", '[dependency-groups]\ndev = [{include-group = "x"}, "acme-sdk>=1"]\n', ">=1"),
        ("pyproject.toml", '[tool.poetry.dependencies]\nacme-sdk = {version = "^1.4", extras = ["a"]}\n', "<2,>=1.4"),
        ("pyproject.toml", '[tool.poetry.group.dev.dependencies]\nacme-sdk = "*"\n', ""),
        (
            "pyproject.toml",
            '[[tool.poetry.dependencies.acme-sdk]]\nversion = "<1"\n[[tool.poetry.dependencies.acme-sdk]]\nversion = ">1"\n',
            "",
        ),
        ("requirements.txt", "acme-sdk>=1.0\n", ">=1.0"),
        ("requirements.txt", "acme-sdk==1.*\n", "==1.*"),
        ("requirements.txt", "acme-sdk>=1,<2\nacme-sdk\nacme-sdk>=1.2\n", "<2,>=1,>=1.2"),
        ("requirements.txt", "acme-sdk>=1; python_version < '3.9'\nacme-sdk>=2; python_version >= '3.9'\n", ""),
        ("requirements.txt", "acme-sdk>=2,<3; python_version < '3.9'\nacme-sdk>=1\n", ">=1"),
        ("requirements.txt", "-e git+https://example.org/x.git#egg=acme-sdk\n", ""),
        ("requirements.in", "acme-sdk<3\n", "<3"),
        ("setup.cfg", "[options]\ninstall_requires =\n    acme-sdk>=2\n    x\n", ">=2"),
        ("setup.py", "from setuptools import setup\nsetup(name='a', install_requires=['acme-sdk>=2', f'{x}'])\n", ">=2"),
        ("Pipfile", '[packages]\nacme-sdk = "~=1.1"\n', "~=1.1"),
        ("pyproject.toml", '[project]\ndependencies = ["acme-sdk>=nonsense"]\n', ""),
    ],
)
def test_ranges(folder: Make, name: str, text: str, specifier: str) -> None:
    it = known(folder({name: text, "a.py": ""}), "a.py")
    assert it is not None
    assert (it.versions, str(it.specifier), it.source) == ((), specifier, name)


def test_exact_pins_of_a_lock_beat_requirements_beat_ranges(folder: Make) -> None:
    root = folder(
        {"uv.lock": UV, "requirements.txt": "acme-sdk==1.0\nb==2\n", "pyproject.toml": '[project]\ndependencies = ["b>=1", "c>=1"]\n'}
    )
    assert answer(root, "a.py") == ("1.54.0", "uv.lock")
    assert answer(root, "a.py", "b") == ("2", "requirements.txt")
    assert answer(root, "a.py", "c") == (">=1", "pyproject.toml")


def test_main_requirements_beat_those_for_development(folder: Make) -> None:
    root = folder({"dev-requirements.txt": "acme-sdk==1.0\n", "requirements.txt": "acme-sdk==2.0\n"})
    assert answer(root, "a.py") == ("2.0", "requirements.txt")


@pytest.mark.parametrize("name", ["dev-requirements.txt", "requirements-test.txt", "requirements/docs.txt", "requirements-dev.in"])
def test_pins_for_development_tell_only_of_what_nothing_else_names(folder: Make, name: str) -> None:
    root = folder({name: "acme-sdk==1.0\nb==1\n", "pyproject.toml": '[project]\ndependencies = ["acme-sdk>=1.0"]\n'})
    assert answer(root, "a.py") == (">=1.0", "pyproject.toml")
    assert answer(root, "a.py", "b") == ("1", name)


@pytest.mark.parametrize("runtime", ["requirements.txt", "setup.cfg"])
def test_a_version_that_the_range_of_what_is_installed_excludes_is_none(folder: Make, runtime: str) -> None:
    text = "acme-sdk>=1.5\n" if runtime == "requirements.txt" else "[options]\ninstall_requires =\n    acme-sdk>=1.5\n"
    assert answer(folder({"requirements-gpu.txt": "acme-sdk==1.0\n", runtime: text}), "a.py") == (">=1.5", runtime)
    assert answer(folder({"requirements-gpu.txt": "acme-sdk==1.6\n", runtime: text}), "a.py") == ("1.6", "requirements-gpu.txt")


def test_an_exact_pin_beats_a_range_of_an_equally_near_file(folder: Make) -> None:
    root = folder({"requirements.txt": "acme-sdk>=1\n", "pyproject.toml": '[project]\ndependencies = ["acme-sdk==1.2"]\n'})
    assert answer(root, "a.py") == ("1.2", "pyproject.toml")


def test_markers_leave_several_versions(folder: Make) -> None:
    root = folder({"requirements.txt": "acme-sdk==1.0; python_version < '3.9'\nacme-sdk==2.0; python_version >= '3.9'\n"})
    it = known(root, "a.py")
    assert it is not None
    assert (it.locked, it.versions) == (None, ("1.0", "2.0"))


def test_an_exact_version_here_and_another_range_there_is_any(folder: Make) -> None:
    text = "acme-sdk==1.0; python_version < '3.9'\nacme-sdk>=2.0; python_version >= '3.9'\n"
    assert answer(folder({"requirements.txt": text}), "a.py") == ("", "requirements.txt")


def test_each_of_twenty_projects_has_its_own_lock(folder: Make) -> None:
    files = {f"examples/e{n}/uv.lock": UV.replace("1.54.0", f"1.{n}.0") for n in range(20)}
    root = folder({**files, "requirements.txt": "acme-sdk==9\n", "tool.py": ""})
    it = versions(root)
    for n in range(20):
        view = it.of(f"examples/e{n}/src/deep/agent.py")
        assert view.get("acme-sdk") == Known("acme-sdk", (f"1.{n}.0",), None, f"examples/e{n}/uv.lock")
    assert answer(root, "tool.py") == ("9", "requirements.txt")
    assert answer(root, "examples/new/a.py") == ("9", "requirements.txt")
    assert it.problems == []


def test_a_lock_names_all_that_is_installed_and_requirements_do_not(folder: Make) -> None:
    root = folder({"requirements.txt": "other==9\n", "locked/uv.lock": UV, "listed/requirements.txt": "acme-sdk==1\n"})
    assert known(root, "locked/a.py", "other") is None
    assert answer(root, "listed/a.py", "other") == ("9", "requirements.txt")


def test_the_lock_of_a_workspace_speaks_for_its_members(folder: Make) -> None:
    lock = UV + '\n[[package]]\nname = "member"\nversion = "0"\nsource = { editable = "packages/member" }\n'
    project = '[project]\ndependencies = ["acme-sdk>=1"]\n'
    root = folder({"uv.lock": lock, "packages/member/pyproject.toml": project, "packages/stranger/pyproject.toml": project})
    assert answer(root, "packages/member/src/a.py") == ("1.54.0", "uv.lock")
    assert answer(root, "packages/stranger/a.py") == (">=1", "packages/stranger/pyproject.toml")


def test_locks_above_the_root_count_up_to_the_git_root(repository: Make) -> None:
    root = repository({"uv.lock": UV, "apps/requirements.txt": "b==1\n", "apps/one/src/a.py": ""})
    write(root.parent, {"requirements.txt": "c==1\n"})
    assert answer(root / "apps" / "one", "src/a.py") == ("1.54.0", "../../uv.lock")
    assert answer(root / "apps" / "one", "src/a.py", "b") == ("1", "../requirements.txt")
    assert known(root / "apps" / "one", "src/a.py", "c") is None


def test_a_file_around_the_root(repository: Make) -> None:
    root = repository({"lib/uv.lock": UV, "lib/x/a.py": "", "app/b.py": ""})
    assert answer(root / "app" / "b.py", "../lib/x/a.py") == ("1.54.0", "../lib/uv.lock")


SCRIPT = '# /// script\n# requires-python = ">=3.12"\n# dependencies = [\n#   "acme-sdk==3.0",\n#   "b>1",\n# ]\n# ///\nimport b\n'


def test_a_script_header_wins_and_is_all_that_a_script_sees(folder: Make) -> None:
    root = folder({"uv.lock": UV, "requirements.txt": "other==1\n", "run.py": SCRIPT, "plain.py": ""})
    assert answer(root, "run.py") == ("3.0", "run.py")
    assert answer(root, "run.py", "b") == (">1", "run.py")
    assert answer(root, "run.py", "python") == (">=3.12", "run.py")
    assert known(root, "run.py", "other") is None
    assert answer(root, "plain.py") == ("1.54.0", "uv.lock")


def test_the_lock_of_a_script_belongs_to_it_alone(folder: Make) -> None:
    root = folder({"run.py": SCRIPT.replace("==3.0", ">=1"), "run.py.lock": UV, "plain.py": ""})
    assert answer(root, "run.py") == ("1.54.0", "run.py.lock")
    assert known(root, "plain.py") is None


def test_the_header_of_a_text() -> None:
    view = view_of_header(SCRIPT, "page.md")
    assert view is not None
    assert view.locked() == {"acme-sdk": "3.0"}
    assert view_of_header("import b\n", "page.md") is None
    assert view_of_header("# /// script\n# dependencies = [\n", "page.md") is None


def test_included_requirements_and_constraints(folder: Make, tmp_path: Path) -> None:
    write(tmp_path, {"outside.txt": "secret==1\n"})
    root = folder(
        {
            "app/requirements.txt": "-r ../common/deps.txt\n-c constraints.txt\nb\n"
            "--requirement=/etc/hostname\n-r ../../outside.txt\n-r nothing.txt\n",
            "app/constraints.txt": "b==2\n-c constraints.txt\n",
            "common/deps.txt": "acme-sdk==1\n-r more.txt\n",
            "common/more.txt": "c==3\n-r deps.txt\n",
        }
    )
    view = versions(root).of("app/a.py")
    assert view.locked() == {"acme-sdk": "1", "b": "2", "c": "3"}
    assert view.get("secret") is None


def test_the_interpreter_is_a_package_too(folder: Make) -> None:
    root = folder(
        {"a/pyproject.toml": '[project]\nrequires-python = ">=3.11"\n', "b/.python-version": "3.12\n", "c/.python-version": "3.12.4\n"}
    )
    assert [answer(root, f"{name}/x.py", "python") for name in "abc"] == [
        (">=3.11", "a/pyproject.toml"),
        ("==3.12.*", "b/.python-version"),
        ("3.12.4", "c/.python-version"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("uv.lock", '[[package]]\nname = "a"\n<<<<<<< HEAD\nversion = "1"\n', 3),
        ("poetry.lock", "[[package]]\nname = \n", 2),
        ("pdm.lock", '[[package]]\nname = "a', 2),
        ("pylock.toml", "a = " + "[" * 100_000, 1),
        ("Pipfile.lock", '{"default": {\n  "a": {,}\n}}', 2),
        ("Pipfile.lock", "[" * 100_000, 1),
        ("pyproject.toml", "[project\n", 1),
        ("setup.py", "setup(\n", 1),
        ("setup.cfg", "nonsense\n", 1),
        ("uv.lock", b"a = 1\n\xff", 2),
        ("uv.lock", "x = 1" + "0" * 10_000, 1),
    ],
)
def test_a_broken_file_is_a_problem_with_its_line(folder: Make, name: str, text: str | bytes, line: int) -> None:
    root = folder({f"sub/{name}": text, "requirements.txt": "acme-sdk==1\n"})
    it = versions(root)
    assert it.of("sub/a.py").get("acme-sdk") == Known("acme-sdk", ("1",), None, "requirements.txt")
    assert [(p.path, p.line, p.counts) for p in it.problems] == [(f"sub/{name}", line, False)]


def test_a_line_that_is_no_requirement(folder: Make) -> None:
    it = versions(folder({"requirements.txt": "a==1\n<<<<<<< HEAD\nacme-sdk==2\n./local\nhttps://example.org/x.zip\n$TOKEN\n--pre\n"}))
    assert it.of("a.py").locked() == {"a": "1", "acme-sdk": "2"}
    assert [(p.code, p.line) for p in it.problems] == [("requirement-unreadable", 2)]


@pytest.mark.parametrize(
    "shape", ['package = "x"', "package = [1, {name = 2}, {name = 'a'}]", "[package]\nname = 'a'", "project = 1\ntool = []"]
)
def test_tables_of_a_wrong_shape(folder: Make, shape: str) -> None:
    root = folder({"uv.lock": shape, "pyproject.toml": shape, "Pipfile": shape, "Pipfile.lock": "[1]"})
    assert known(root, "a.py") is None


@pytest.mark.parametrize(
    ("poetry", "pep440"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("1.2.3", "==1.2.3"),
        ("1.*", "==1.*"),
        (">=1,<2", ">=1,<2"),
        (">=1 <2", ">=1,<2"),
        (">= 1", ">= 1"),
        ("*", ""),
        ("^1 || ^2", ""),
    ],
)
def test_ranges_of_poetry(poetry: str, pep440: str) -> None:
    assert poetry_specifier(poetry) == pep440


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    table = Table("x", 0)
    read_requirements(text, table)
    read_script_header("# /// script\n" + text + "\n# ///\n", "x")
    poetry_specifier(text)
    for read in (read_pyproject, read_setup_cfg, read_setup_py):
        assert isinstance(read(text, "x"), list | Broken)


def test_many_files_take_linear_time(folder: Make) -> None:
    members = "".join(f'[[package]]\nname = "m{n}"\nsource = {{ editable = "packages/m{n}" }}\n' for n in range(400))
    files = {f"packages/m{n}/pyproject.toml": '[project]\ndependencies = ["acme-sdk>=1"]\n' for n in range(400)}
    chain = {f"chain/requirements-{n}.txt": f"-r requirements-{n + 1}.txt\nb{n}==1\n" for n in range(300)}
    root = folder({"uv.lock": UV + members, **files, **chain})
    before = time.process_time()
    it = versions(root)
    for n in range(400):
        for folder_name in ("a", "b", "c/d"):
            found = it.of(f"packages/m{n}/{folder_name}/x.py").get("acme-sdk")
            assert found is not None and found.locked == "1.54.0"
    assert it.of("chain/a.py").get("b200") is not None
    assert time.process_time() - before < 2
