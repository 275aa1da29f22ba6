"""Which file of settings counts, and that all its mistakes are told at once, each with its place."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as slowly
from hypothesis import strategies as st

from auditor.core.problem import AuditError
from auditor.graph.types import NOUNS
from auditor.rules import types as rules
from auditor.settings import Declaration, RuleSettings, Settings, load_settings, types
from auditor.settings.places import TooMuch, places

pytestmark = pytest.mark.usefixtures("own_time")

ALL = """\
select = ["pack:resilience", "infinite-retry"]
ignore = ["severity:low"]
exclude = ["old/"]
fail-on = "medium"
fail-under = 70
min-coverage = 62.5
packs = ["house"]
ruleset = "2026.12"

[rules.retry-amplification]
severity = "low"
params = {limit = 9, name = "x", on = true}

[[suppress]]
path = "legacy/"
rule = "infinite-retry"
reason = "goes in March"

[[declare]]
control = "deadline"
reason = "the gateway cuts off"
value = 30
paths = ["app/"]
nouns = ["model_call"]
"""


def write(folder: Path, text: str, name: str = "agentaudit.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


def repository(root: Path) -> Path:
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return root


def refused(folder: Path, **more: Path) -> AuditError:
    with pytest.raises(AuditError) as caught:
        load_settings(folder, **more)
    return caught.value


def test_every_key(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    (tmp_path / "house").mkdir()
    found, file = load_settings(tmp_path), tmp_path / "agentaudit.toml"
    assert (found.select, found.ignore, found.exclude) == (("pack:resilience", "infinite-retry"), ("severity:low",), ("old/",))
    assert (found.fail_on, found.fail_under, found.min_coverage, found.ruleset) == ("medium", 70, 62.5, "2026.12")
    assert found.packs == (tmp_path / "house",)
    assert found.rules == {"retry-amplification": RuleSettings("low", {"limit": 9, "name": "x", "on": True}, file, 10)}
    assert found.declare == (Declaration("deadline", "the gateway cuts off", 30, ("app/",), ("model_call",), file, 19, tmp_path),)
    assert found.place("select", 1) == f"{file}:1:30"
    assert found.place("rules", "retry-amplification", "params", "on") == f"{file}:12:34"
    assert found.place("suppress", 0, "until") == f"{file}:14:3"


def test_the_same_keys_in_pyproject(tmp_path: Path) -> None:
    shared = ALL.replace("[[", "[[tool.agentaudit.").replace("\n[rules", "\n[tool.agentaudit.rules")
    write(tmp_path / "a", f"[tool.agentaudit]\n{shared}", "pyproject.toml")
    write(tmp_path / "b", ALL)
    for folder in ("a", "b"):
        (tmp_path / folder / "house").mkdir()
    one, other = load_settings(tmp_path / "a"), load_settings(tmp_path / "b")
    assert (one.select, one.rules.keys(), len(one.declare), one.ruleset) == (
        other.select,
        other.rules.keys(),
        len(other.declare),
        other.ruleset,
    )
    assert one.declare[0].line == 20


def test_the_nearest_file_of_either_kind(tmp_path: Path) -> None:
    root = repository(tmp_path / "repository")
    write(root, "ignore = ['outer']\n")
    write(root / "a", "[project]\nname = 'a'\n", "pyproject.toml")
    write(root / "b", "[tool.agentaudit]\nignore = ['inner']\n", "pyproject.toml")
    assert load_settings(root / "a").ignore == ("outer",)
    assert load_settings(root / "b").ignore == ("inner",)
    write(root / "a", "")
    assert load_settings(root / "a") == Settings(path=root / "a" / "agentaudit.toml")


def test_two_files_of_one_folder_are_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, "[project]\nname = 'a'\n", "pyproject.toml")
    write(tmp_path, "ignore = ['a']\n")
    assert load_settings(tmp_path).ignore == ("a",)
    write(tmp_path, "[project]\n\n[tool.agentaudit]\n", "pyproject.toml")
    error = refused(tmp_path)
    assert str(tmp_path / "agentaudit.toml") in error.message
    assert str(tmp_path / "pyproject.toml") in error.message
    assert error.place == f"{tmp_path / 'pyproject.toml'}:3:2"


def test_a_named_file(tmp_path: Path) -> None:
    root = write(tmp_path / "root", "ignore = ['theirs']\n")
    write(tmp_path / "ci", "ignore = ['ours']\npacks = ['../packs']\n[[suppress]]\npath = 'a'\nrule = 'r'\n", "strict.toml")
    (tmp_path / "packs").mkdir()
    found = load_settings(root, config=tmp_path / "ci" / "strict.toml")
    assert (found.ignore, found.path) == (("ours",), tmp_path / "ci" / "strict.toml")
    assert found.packs == (tmp_path / "ci" / "../packs",)
    assert found.suppress[0].base == root
    assert "is no file" in refused(root, config=tmp_path / "ci" / "other.toml").message
    write(tmp_path / "ci", "[project]\n", "pyproject.toml")
    assert "has no table [tool.agentaudit]" in refused(root, config=tmp_path / "ci" / "pyproject.toml").message


WRONG = """\
selekt = ["a"]
fail-on = "hihg"
fail-under = 170
packs = ["../outside", "nowhere"]

[rules.infinite-retry]
severity = "hgh"
parms = {}

[rules.no-run-budget]
params = {limit = [1], most = nan, x = 1e300}

[[declare]]
control = "dedline"
reason = "the gateway"

[[declare]]
control = "usage"
"""


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    file = tmp_path / "agentaudit.toml"
    error = refused(write(tmp_path, WRONG))
    told = [line.removeprefix(f"{file}:") for line in error.message.split("\n") if line.startswith(str(file))]
    assert error.message.startswith("10 mistakes in the settings\n")
    assert [row.split(": ")[0] for row in told] == ["1:1", "2:1", "3:1", "7:1", "8:1", "11:11", "11:24", "11:36", "14:1", "17:3"]
    assert "unknown setting 'selekt'" in told[0]
    assert "setting 'rules.infinite-retry': unknown key 'parms'" in told[4]
    assert "setting 'declare[2].reason': field required" in told[9]
    for hint in ("'select'", "'high'", "'params'", "'deadline'"):
        assert f"\n  did you mean {hint}?" in error.message
    assert '\n  fail-on = "hihg"\n  ^\n' in error.message


def test_packs_lie_in_the_repository(tmp_path: Path) -> None:
    root = repository(tmp_path / "repository")
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "packs").mkdir()
    write(root / "app", "packs = ['../packs', '../link', '../../outside', 'nowhere']\n")
    told = refused(root / "app").message
    assert told.count("lies outside of the repository") == 2
    assert "'nowhere' is no folder" in told
    write(root / "app", "packs = ['../packs']\n")
    assert load_settings(root / "app").packs == (root / "app" / "../packs",)


@pytest.mark.parametrize("reason", ["''", "' '", '"\\t"'])
def test_a_declaration_has_a_reason(tmp_path: Path, reason: str) -> None:
    error = refused(write(tmp_path, f"[[declare]]\ncontrol = 'usage'\nreason = {reason}\n"))
    assert "declare[1].reason" in error.message


@pytest.mark.parametrize(
    ("text", "column", "said", "hint"),
    [
        ("value = '30s'", 1, "setting 'declare[1].value': of deadline it is a number of seconds, above 0", "write it alone: `value = 30`"),
        ("value = -1", 1, "of deadline it is a number of seconds, above 0", "write it alone"),
        ("value = true", 1, "input should be a valid number or a valid string", "deadline in seconds"),
        ("nouns = ['decisionpoint']", 10, "'decision_point'", "did you mean 'decision_point'?"),
        ("paths = 'app/'", 1, "input should be a valid list", "Files as in .gitignore"),
        ("reason = ' '", 1, "setting 'declare[1].reason': a declaration needs a reason", "say by what"),
    ],
)
def test_a_mistake_in_a_declaration_says_what_is_wanted(tmp_path: Path, text: str, column: int, said: str, hint: str) -> None:
    reason = "" if "reason" in text else "reason = 'x'\n"
    error = refused(write(tmp_path, f"[[declare]]\ncontrol = 'deadline'\n{reason}{text}\n"))
    assert error.place == f"{tmp_path / 'agentaudit.toml'}:{3 + bool(reason)}:{column}"
    assert said in error.message
    assert hint in (error.hint or "")


def test_a_decision_point_and_what_has_no_unit_can_be_declared(tmp_path: Path) -> None:
    text = "[[declare]]\ncontrol = 'budget'\nreason = 'x'\nvalue = '5 USD a day'\nnouns = ['decision_point', 'loop', 'call']\n"
    [said] = load_settings(write(tmp_path, text)).declare
    assert (said.value, said.nouns) == ("5 USD a day", ("decision_point", "loop", "call"))


@pytest.mark.parametrize("day", ["2026-12-01T00:00:00", "2026-12-01 10:00:00Z", "10:00:00"])
def test_the_last_day_of_a_suppression_has_no_time(tmp_path: Path, day: str) -> None:
    error = refused(write(tmp_path, f"[[suppress]]\npath = 'a'\nrule = 'r'\nuntil = {day}\n"))
    assert error.message.startswith("setting 'suppress[1].until': ")
    assert "a date without a time, such as 2027-01-31" in (error.hint or "")


@pytest.mark.parametrize("version", ["12.2026", "2026", "2026.1", "latest"])
def test_a_ruleset_is_a_release(tmp_path: Path, version: str) -> None:
    assert "'ruleset'" in refused(write(tmp_path, f"ruleset = '{version}'\n")).message


def test_an_error_shows_no_escape_codes(tmp_path: Path) -> None:
    error = refused(write(tmp_path, '"\\u001b[31m\\u202e" = 1\n"x\\ny" = 2\n[rules]\n"\\u001b[31m\\u202e" = 5\n'))
    assert not {"\x1b", "\u202e"} & set(error.message)


HOSTILE = {
    "keys": "x" + ".x" * 400_000 + " = 1\n",
    "header": "[" + "a." * 400_000 + "a]\n",
    "lists": "x = " + "[" * 400_000 + "\n",
    "tables": "x = " + "{a = " * 100_000 + "\n",
    "quotes": '"""\\' * 200_000,
    "number": "fail-under = " + "9" * 900_000 + "\n",
    "unknown": "".join(f"k{n} = 1\n" for n in range(60_000)),
    "rows": "[[suppress]]\nx = 1\n" * 40_000,
    "items": f"select = [{'1, ' * 300_000}]\n",
    "words": "select = [" + '"a", ' * 180_000 + "]\n",
    "large": "#" * 10_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_end_soon_in_a_mistake_of_the_user(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    start = time.process_time()
    assert refused(tmp_path).place
    assert time.process_time() - start < 2


KEY = st.sampled_from(["a", "b", '"c d"', "'e'", '"f\\u0041"', "1"])
LEAF = st.sampled_from(["1", "1.5", '"x"', "'''\n[a]\n'''", '"""a\n\\"""b"""', "true", "2027-01-31", '"=]}#"'])
VALUE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda rows: f"[ {', '.join(rows)} ]"),
        st.dictionaries(KEY, inner, max_size=3).map(lambda rows: "{" + ", ".join(f"{k} = {v}" for k, v in rows.items()) + "}"),
    ),
    max_leaves=6,
)
HEADER = st.lists(KEY, min_size=1, max_size=3).map(".".join)
LINE = st.one_of(
    st.tuples(HEADER, VALUE).map(lambda row: f"{row[0]} = {row[1]} # [x]"),
    HEADER.map(lambda key: f"[{key}]"),
    HEADER.map(lambda key: f"[[ {key} ]]"),
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(paths(inner, (*path, key)) for key, inner in rows))


@slowly(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(LINE, max_size=6).map("\n".join))
def test_every_key_and_item_has_its_place(text: str) -> None:
    found = places(text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert paths(data) == found.keys()
    lines = text.split("\n")
    assert all(0 < line <= len(lines) and 0 < column <= max(len(lines[line - 1]), 1) for line, column in found.values())


@slowly(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(alphabet="ab\"'\\[]{}=,.# \n", max_size=40))
def test_places_of_any_text(text: str) -> None:
    try:
        assert places(text)[()] == (1, 1)
    except TooMuch:
        raise AssertionError from None


def test_nouns_and_severities_are_those_of_rules() -> None:
    assert set(get_args(types.Subject)) == set(NOUNS)
    assert get_args(types.Severity) == get_args(rules.Severity)


def test_the_schema_accepts_what_the_settings_accept(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((Path(types.__file__).parents[1] / "settings.schema.json").read_text("utf-8"))
    check = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(check.iter_errors(tomllib.loads(ALL))) == []
    assert {error.validator for error in check.iter_errors(tomllib.loads(WRONG.replace("nan", "1")))} >= {"additionalProperties", "enum"}


@pytest.mark.parametrize("kind", ["link out of it", "link to nothing", "folder"])
def test_settings_that_cannot_be_taken_are_told(tmp_path: Path, kind: str) -> None:
    root = repository(tmp_path / "root")
    own = root / "agentaudit.toml"
    if kind == "folder":
        own.mkdir()
    else:
        own.symlink_to(write(tmp_path / "outside", ALL) / "agentaudit.toml" if kind == "link out of it" else root / "nothing")
    error = refused(root)
    assert error.place == str(own)
    assert ("is no regular file" if kind == "folder" else "leads out of the repository, or nowhere") in error.message
    assert "--isolated" in (error.hint or "")


def test_a_link_inside_of_the_repository_is_followed(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    write(root / "shared", "fail-on = 'low'\n")
    (root / "app").mkdir()
    (root / "app" / "agentaudit.toml").symlink_to(root / "shared" / "agentaudit.toml")
    assert load_settings(root / "app").fail_on == "low"


def test_a_table_where_a_list_of_tables_is_meant(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "[declare]\ncontrol = 'trace'\nreason = 'x'\n"))
    assert (error.place, error.hint) == (f"{tmp_path / 'agentaudit.toml'}:1:2", "write `[[declare]]`")
    plain = refused(write(tmp_path / "plain", "declare = ['trace']\n"))
    assert ("a table is wanted" in plain.message, plain.hint) == (True, "write `[[declare]]`")
    shared = refused(write(tmp_path / "shared", "[tool.agentaudit.suppress]\npath = 'x'\n", "pyproject.toml"))
    assert shared.hint == "write `[[tool.agentaudit.suppress]]`"
