"""Settings from pyproject.toml."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.problem import AuditError
from auditor.settings import Settings, Silence, load_settings


def project(root: Path, text: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text(text)
    return root


def repository(root: Path) -> Path:
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return root


ALL = """[project]
name = "a"

[tool.agentaudit]
select = ["resilience"]
ignore = ["a", "b"]
exclude = ["old/"]
fail-on = "critical"
fail-under = 70
min-coverage = 62.5
"""


def test_all_keys(tmp_path: Path) -> None:
    root = project(tmp_path, ALL)
    assert load_settings(root) == Settings(("resilience",), ("a", "b"), ("old/",), "critical", 70, 62.5, path=root / "pyproject.toml")


def test_nothing_is_set_without_a_file_or_a_table(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()
    assert load_settings(project(tmp_path, "[tool.other]\nx = 1\n")) == Settings()


def test_the_nearest_file_with_a_table_up_to_the_git_root(tmp_path: Path) -> None:
    outer = project(tmp_path, "[tool.agentaudit]\nignore = ['outside']\n")
    root = repository(project(outer / "repository", "[tool.agentaudit]\nignore = ['root']\n"))
    project(root / "a", "[project]\nname = 'a'\n")
    project(root / "b", "[tool.agentaudit]\nfail-on = 'high'\n")
    (root / "a" / "src").mkdir()
    assert load_settings(root / "a" / "src").ignore == ("root",)
    assert load_settings(root / "b") == Settings(fail_on="high", path=root / "b" / "pyproject.toml")
    (root / "pyproject.toml").unlink()
    assert load_settings(root / "a") == Settings()


def test_without_a_repository_only_the_root_counts(tmp_path: Path) -> None:
    project(tmp_path, ALL)
    (tmp_path / "sub").mkdir()
    assert load_settings(tmp_path / "sub") == Settings()


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("[tool.agentaudit]\nignore = []\nselekt = ['a']\n", 3, "unknown setting 'selekt'", "did you mean 'select'?"),
        ("[tool.agentaudit]\nfail_on = 'high'\n", 2, "unknown setting 'fail_on'", "did you mean 'fail-on'?"),
        ("[tool.agentaudit]\nplugins = ['x']\n", 2, "unknown setting 'plugins'", "known are select,"),
        ("[tool.agentaudit]\n'path' = 'x'\n", 2, "unknown setting 'path'", None),
        ("[tool.agentaudit.rules]\nx = 1\n", 2, "setting 'rules.x': a table is wanted", "write `[tool.agentaudit.rules.x]`"),
        ("[tool.agentaudit]\nselect = 'a'\n", 2, "setting 'select': input should be a valid list", None),
        ("[tool.agentaudit]\nselect = ['a', 1]\n", 2, "setting 'select[2]': input should be a valid string", None),
        ("[tool.agentaudit]\n\nfail-on = 'hihg'\n", 3, "setting 'fail-on': input should be 'critical'", "did you mean 'high'?"),
        ("[tool.agentaudit]\nfail-on = true\n", 2, "setting 'fail-on'", None),
        ("[tool.agentaudit]\nfail-under = '70'\n", 2, "setting 'fail-under': input should be a valid number", None),
        ("[tool.agentaudit]\nfail-under = 170\n", 2, "setting 'fail-under': input should be less than or equal to 100", None),
        ("[tool.agentaudit]\nmin-coverage = nan\n", 2, "setting 'min-coverage'", None),
        ("[tool.agentaudit]\nmin-coverage = true\n", 2, "setting 'min-coverage'", None),
        ("[tool]\nx = 1\nagentaudit = 3\n", 3, "tool.agentaudit is not a table", None),
        ("[tool]\nagentaudit = {selekt = []}\n", 2, "unknown setting 'selekt'", "did you mean 'select'?"),
        ("x = 1\ny = \n", 2, "not valid TOML: Invalid value", None),
        ("[tool.agentaudit]\n<<<<<<< HEAD\n", 2, "not valid TOML", None),
        ("x = " + "[" * 100_000, 1, "not valid TOML", None),
    ],
)
def test_mistakes_name_the_line(tmp_path: Path, text: str, line: int, message: str, hint: str | None) -> None:
    root = project(tmp_path, text)
    with pytest.raises(AuditError) as caught:
        load_settings(root)
    assert message in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.startswith(f"{root / 'pyproject.toml'}:{line}:")
    if hint:
        assert hint in (caught.value.hint or "")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff")
    with pytest.raises(AuditError, match="cannot be read"):
        load_settings(tmp_path)


def test_a_pipe_and_a_link_out_of_the_root_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    os.mkfifo(root / "pyproject.toml")
    assert load_settings(root) == Settings()
    (root / "pyproject.toml").unlink()
    project(tmp_path / "outside", ALL)
    (root / "pyproject.toml").symlink_to(tmp_path / "outside" / "pyproject.toml")
    assert load_settings(root) == Settings()


@given(st.text(max_size=60))
def test_any_text_is_settings_or_a_mistake_of_the_user(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / "pyproject.toml").write_bytes(f"[tool.agentaudit]\n{text}".encode("utf-8", "surrogatepass"))
    try:
        load_settings(root)
    except AuditError as error:
        assert error.message


def test_no_heavy_import_without_settings(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys; from auditor.settings import load_settings; load_settings(pathlib.Path(sys.argv[1])); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert not {"pydantic", "rich", "typer", "yaml"} & set(done.stdout.split())


SUPPRESS = """[tool.agentaudit]
fail-on = "high"

[[tool.agentaudit.suppress]]
path = "legacy/"
rule = "model-call-no-deadline"
reason = "goes in March"
until = 2027-03-31

[[ tool.agentaudit."suppress" ]]
path = "app/*.py"
rule = "infinite-retry"
until = "2027-01-01"
"""


def test_suppressions_and_their_places(tmp_path: Path) -> None:
    root = project(tmp_path, SUPPRESS)
    file = root / "pyproject.toml"
    assert load_settings(root).suppress == (
        Silence("legacy/", "model-call-no-deadline", "goes in March", "2027-03-31", file, 4, root),
        Silence("app/*.py", "infinite-retry", "", "2027-01-01", file, 10, root),
    )


LAST_DAY = "The last day on which it holds: a date without a time, such as 2027-01-31."


@pytest.mark.parametrize(
    ("old", "new", "said", "hint", "place"),
    [
        ('reason = "goes', 'reasn = "goes', "setting 'suppress[1]': unknown key 'reasn'", "did you mean 'reason'?", "7:1"),
        (
            'path = "app/*.py"',
            "path = 3",
            "setting 'suppress[2].path': input should be a valid string",
            "Files as in .gitignore, from the folder of this file on.",
            "11:1",
        ),
        (
            'path = "app/*.py"',
            'path = ""',
            "'suppress[2].path': string should have at least 1 character",
            "Files as in .gitignore, from the folder of this file on.",
            "11:1",
        ),
        ('rule = "infinite-retry"', "", "'suppress[2].rule': field required", "The id of the rule.", "10:4"),
        ("2027-03-31", "true", "until': input should be a valid string or a valid date", LAST_DAY, "8:1"),
    ],
)
def test_a_wrong_suppression_is_refused(tmp_path: Path, old: str, new: str, said: str, hint: str | None, place: str) -> None:
    root = project(tmp_path, SUPPRESS.replace(old, new))
    with pytest.raises(AuditError) as error:
        load_settings(root)
    assert said in error.value.message
    assert error.value.hint == hint
    assert error.value.place == f"{root / 'pyproject.toml'}:{place}"
