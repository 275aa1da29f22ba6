"""`agentaudit rules`: list, new, check, test, schema; and `explain` for packs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.cli.app import run
from auditor.rules.load import builtin_packs

KNOWLEDGE = """\
package: acme
calls:
  - names: [acme.llm.ask]
    noun: model_call
    kind: llm
    settings:
      deadline: {argument: timeout, unit: seconds, default: [{value: 20}]}
      attempts: {value: 3}
expect:
  - code: |
      from acme import llm
      llm.ask("x")
    gives:
      - {kind: model_call, line: 2, deadline: 20, attempts: 3}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    assert run(["rules", "new", "slow-call", "--pack", str(tmp_path / "house")]) == 0
    return tmp_path / "house"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    return capsys


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_new_rule_passes_its_own_test(tmp_path: Path, said: pytest.CaptureFixture[str]) -> None:
    pack = tmp_path / "house"
    assert run(["rules", "new", "slow-call", "--pack", str(pack)]) == 0
    out = said.readouterr().out.splitlines()
    assert out == [f"wrote {pack / name}" for name in ("slow-call.yaml", "slow-call.md", "rule.schema.json")]
    assert (pack / "slow-call.yaml").read_text().startswith("# yaml-language-server: $schema=rule.schema.json\n")
    assert run(["rules", "check", str(pack)]) == 0
    assert said.readouterr().out == f"{pack}: 1 rule, no mistakes\n"
    assert run(["rules", "test", str(pack)]) == 0
    assert said.readouterr().out == f"{pack}: 1 rule, 3 examples, all as they say\n"


def test_nothing_is_written_over(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "slow-call", "--pack", str(pack)]) == 2
    assert "is there already" in said.readouterr().err
    assert run(["rules", "new", "infinite-retry", "--pack", str(pack)]) == 2
    assert "the tool itself has a rule 'infinite-retry'" in said.readouterr().err
    assert run(["rules", "new", "../x", "--pack", str(pack)]) == 2
    assert "is no id of a rule" in said.readouterr().err


def test_a_pack_is_listed_and_explained(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    said.readouterr()
    assert run(["rules", "--pack", str(pack)]) == 0
    rows = [line.split("\t") for line in said.readouterr().out.splitlines()]
    assert ["slow-call", "medium", "house", "stable", "Model call that may take too long"] in rows
    assert "infinite-retry" in {row[0] for row in rows}
    assert run(["rules"]) == 0
    assert "slow-call" not in said.readouterr().out
    assert run(["explain", "slow-call", "--pack", str(pack)]) == 0
    assert said.readouterr().out.startswith("slow-call (medium, high confidence, stable, pack house, 0 points)")


def test_packs_of_the_settings_are_listed_and_explained(
    pack: Path, said: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pack.parent)
    named = pack.parent / "named.toml"
    for file, options in ((named, ["--config", str(named)]), (pack.parent / "agentaudit.toml", [])):
        file.write_text("packs = ['house']\n")
        assert run(["rules", *options]) == 0
        assert "slow-call\tmedium\thouse\t" in said.readouterr().out
        assert run(["explain", "slow-call", *options]) == 0
    said.readouterr()
    assert run(["rules", "--isolated"]) == 0
    assert "slow-call" not in said.readouterr().out
    assert run(["explain", "slow-call", "--no-config"]) == 2


def test_a_new_rule_is_written_quietly(tmp_path: Path, said: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "slow-call", "--pack", str(tmp_path / "house"), "-q"]) == 0
    assert said.readouterr().err == ""


def test_each_difference_has_its_file_and_line(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    said.readouterr()
    change(pack / "slow-call.yaml", "limit: 30", "limit: 130")
    assert run(["rules", "test", str(pack)]) == 1
    line = next(n for n, text in enumerate((pack / "slow-call.md").read_text().splitlines(), 1) if "# flag:" in text and "mark" not in text)
    assert said.readouterr().out.splitlines() == [
        f"{pack}/slow-call.md:{line}: slow-call should be fail",
        "  the model call create passes: `deadline is absent or deadline > limit` is no"
        " (deadline = 120 s, written at app.py:6, limit = 130 (of the rule))",
        f"{pack}: 1 rule, 3 examples, 1 difference",
    ]


def test_a_mark_where_nothing_is_says_where_the_nearest_is(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    change(pack / "slow-call.md", "client = OpenAI(timeout=120)\n", "client = OpenAI(timeout=120)  # flag: slow-call\n")
    said.readouterr()
    assert run(["rules", "test", str(pack)]) == 1
    out = said.readouterr().out
    assert (
        "slow-call should be fail\n  no model call is seen at this line, but the model client OpenAI; the nearest is the model call" in out
    )
    assert "5 lines below" in out


def test_a_state_and_its_mark_are_one_difference(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    change(pack / "slow-call.md", 'load("timeout")', "240")
    said.readouterr()
    assert run(["rules", "test", str(pack)]) == 1
    out = said.readouterr().out
    assert "slow-call should be unknown, and is fail\n  the model call create fails, as `deadline is absent or deadline > limit` is" in out
    assert "3 examples, 1 difference" in out


@pytest.mark.parametrize("line", ["flag: 'a' in names", "flag: deadline > 1: 2", "flag: @deadline"])
def test_a_value_without_its_quotes_is_told_that_it_needs_them(pack: Path, said: pytest.CaptureFixture[str], line: str) -> None:
    change(pack / "slow-call.yaml", "flag: deadline is absent or deadline > limit", line)
    said.readouterr()
    assert run(["rules", "check", str(pack)]) == 2
    assert "goes between quotes as a whole" in said.readouterr().err


def test_examples_that_show_nothing_are_differences(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    said.readouterr()
    change(pack / "slow-call.md", "# flag: slow-call\n", "# flag: slow-cal\n")
    change(pack / "slow-call.md", "client = OpenAI(timeout=20)", "client = OpenAI(timeout=")
    assert run(["rules", "test", str(pack)]) == 1
    out = said.readouterr().out
    assert "slow-call.md:1: no example shows what is flagged: a line with the mark `# flag: slow-call` is missing" in out
    assert "slow-call.md:22: a mark names the rule 'slow-cal', which there is not; did you mean 'slow-call'?" in out
    assert "slow-cal should be" not in out
    assert "slow-call is fail, which no mark says" in out
    assert "the example is no Python" in out


def test_all_mistakes_of_all_files_are_told(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    change(pack / "slow-call.yaml", "deadline > limit", "deadlin > limit")
    change(pack / "slow-call.yaml", "severity: medium", "severity: medum")
    change(pack / "slow-call.md", "## Why", "## Because")
    (pack / "frameworks").mkdir()
    (pack / "frameworks" / "acme.yaml").write_text(KNOWLEDGE.replace("names:", "nams:").replace("kind: llm", "knd: llm"))
    said.readouterr()
    for command in ("check", "test"):
        assert run(["rules", command, str(pack)]) == 2
        out, err = said.readouterr()
        assert out == ""
        assert f"{pack}/slow-call.yaml:4:11: there is no severity 'medum'\n  severity: medum" in err
        assert f"{pack}/slow-call.yaml:10:29: in flag: there is no field 'deadlin'" in err
        assert "did you mean 'deadline'?" in err
        assert f"{pack}/slow-call.md:1: the sections must be" in err
        assert (
            f"{pack}/frameworks/acme.yaml:3:5: there is no key 'nams'\n    - nams: [acme.llm.ask]\n      ^\n  did you mean 'names'?" in err
        )
        assert f"{pack}/frameworks/acme.yaml:5:5: there is no key 'knd'" in err


KNOWLEDGE_WITH_MISTAKES = """\
package: acme
calls:
  - names: acme.llm.ask
    nouns: model_call
    kind: llm
    settings:
      deadline: 20
      attempts: {argument: {a: 1}, unit: attempt}
      timeout: {argument: timeout}
  - acme.ask
registrations:
  - {makes: agents}
expect:
  - code: x
    gives: [{kind: model_call, lines: 2}]
package: other
"""


def test_all_mistakes_of_a_knowledge_file_are_told_in_words_of_its_keys(tmp_path: Path, said: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "house" / "frameworks" / "acme.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(KNOWLEDGE_WITH_MISTAKES)
    assert run(["rules", "check", str(tmp_path / "house")]) == 2
    err = said.readouterr().err
    for place, message, hint in (
        ("3:12", "names must be a list", "in brackets: [acme.llm.ask]"),
        ("4:5", "there is no key 'nouns'", "did you mean 'noun'?"),
        ("7:17", "deadline must be a mapping", "written as {value: 20}"),
        ("8:28", "argument must be a whole number or a text or a list", ""),
        ("8:42", "there is no unit 'attempt'", "did you mean 'attempts'?"),
        ("9:7", "there is no key 'timeout'", "known: deadline, run_deadline, "),
        ("10:5", "a row of calls must be a mapping", "at least with the keys names"),
        ("12:5", "the key 'names' is missing", ""),
        ("12:13", "there is no makes 'agents'", "did you mean 'agent'?"),
        ("15:32", "there is no field 'lines'", "did you mean 'line'?"),
        ("16:1", "the key 'package' is there twice", "the first is at 1:1"),
    ):
        rows = err.split(f"{file}:{place}: {message}\n")[1].split("\n")
        assert rows[1].strip() == "^"
        assert rows[2].startswith(f"  {hint}" if hint else str(file))
    assert err.count(f"{file}:") == 11


def test_the_snippets_of_knowledge_are_run(tmp_path: Path, said: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "house" / "frameworks" / "acme.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(KNOWLEDGE)
    assert run(["rules", "test", str(tmp_path / "house")]) == 0
    assert said.readouterr().out == f"{tmp_path / 'house'}: 0 rules and 1 knowledge file, 1 example, all as they say\n"
    change(file, "deadline: 20, attempts: 3}", "deadline: 21}")
    assert run(["rules", "test", str(tmp_path / "house")]) == 1
    assert f"{file}:14: the model_call at line 2 has deadline 20 and not 21" in said.readouterr().out
    change(file, "line: 2, deadline: 21", "line: 1, deadline: 20, attempts: 3")
    assert run(["rules", "test", str(tmp_path / "house")]) == 1
    out = said.readouterr().out
    assert "no model_call at line 1 with deadline 20, attempts 3; it is at line 2\n" in out
    assert "1 difference\n" in out
    change(file, "line: 1, deadline: 20, attempts: 3", "line: 2, deadlin: 21")
    assert run(["rules", "test", str(tmp_path / "house")]) == 2
    assert f"{file}:14:37: there is no field 'deadlin'" in said.readouterr().err


def test_a_snippet_without_what_it_should_give_says_what_there_is(tmp_path: Path, said: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "house" / "frameworks" / "zorp.yaml"
    file.parent.mkdir(parents=True)
    code = "import requests\n      from zorp.client import Zorp\n      requests.get('https://x.org')\n      Zorp().complete('x')\n"
    rows = ", ".join(f"{{kind: model_call, line: {line}}}" for line in (3, 4))
    call = "calls:\n  - {names: [zorp.client.Zorp.complete], noun: model_call, kind: llm}\n"
    file.write_text(f"package: zorp\n{call}expect:\n  - code: |\n      {code}    gives: [{rows}]\n")
    assert run(["rules", "test", str(tmp_path / "house")]) == 1
    out = said.readouterr().out
    assert "no model_call at line 3; there is external_call requests.get\n" in out
    assert "no model_call at line 4; nothing was found there\n" in out
    assert "  `zorp.client.Zorp.complete`: objects need a type: `types: {zorp: {new: [zorp.client.Zorp]}}`, and" in out
    types = "types:\n  zorp: {new: [zorp.client.Zorp]}\n"
    file.write_text(file.read_text().replace("calls:", f"{types}calls:").replace("zorp.client.Zorp.complete", "zorp.complete"))
    assert run(["rules", "test", str(tmp_path / "house")]) == 1
    out = said.readouterr().out
    assert "line 4" not in out and "objects need a type" not in out


def test_the_packs_of_the_tool_have_no_mistakes() -> None:
    assert run(["rules", "check", str(builtin_packs())]) == 0


def test_the_schemas_are_printed(said: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "schema"]) == 0
    assert json.loads(said.readouterr().out)["properties"]["severity"]
    assert run(["rules", "schema", "--frameworks"]) == 0
    assert json.loads(said.readouterr().out)["properties"]["package"]


def test_the_knowledge_in_the_documentation_passes_its_own_test(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    file = tmp_path / "house" / "frameworks" / "acme.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("package:" + page.partition("```yaml\npackage:")[2].partition("```\n")[0])
    assert run(["rules", "test", str(tmp_path / "house")]) == 0


def test_the_examples_of_a_rule_about_calls_are_run(tmp_path: Path, said: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "test", "tests/rules/house/acme"]) == 0
    assert "all as they say" in said.readouterr().out


def test_a_rule_without_its_mark_is_told_apart(pack: Path, said: pytest.CaptureFixture[str]) -> None:
    said.readouterr()
    change(pack / "slow-call.yaml", "each: model_call ", "each: call ")
    change(pack / "slow-call.yaml", "where: call == 'llm'", "where: callee == 'openai.OpenAI'")
    change(pack / "slow-call.yaml", "flag: deadline is absent or deadline > limit", "flag: arguments.timeout is absent")
    assert run(["rules", "check", str(pack)]) == 2
    assert "arguments['timeout']" in said.readouterr().err
