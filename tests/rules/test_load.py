"""Packs and gates: what is read, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.rules.load import builtin_packs, load_gates, load_packs
from auditor.rules.pages import SECTIONS
from auditor.rules.types import Grade

RULE = """\
id: slow-call
title: Slow call
severity: high
confidence: medium
since: 0.1.0
each: [model_call, external_call]
where: len(layers) > 1
flag: total_attempts > limit
measure: total_attempts
at: client
column: retry
params: {limit: 6}
message: "{total_attempts} requests, more than {limit}: {layers} at {at.path}"
remedy: Keep one layer.
references: [https://example.org/why]
"""
PAGE = "# Slow call\n\n" + "\n\n".join(f"## {section}\n\nText." for section in SECTIONS) + "\n"


def write(folder: Path, text: str = RULE, page: str | None = PAGE, name: str = "slow-call", pack: str = "house") -> Path:
    home = folder / pack
    home.mkdir(exist_ok=True)
    (home / f"{name}.yaml").write_text(text, "utf-8")
    if page is not None:
        (home / f"{name}.md").write_text(page, "utf-8")
    return folder


def mistakes(folder: Path) -> str:
    with pytest.raises(AuditError) as caught:
        load_packs(folder)
    return caught.value.message


def test_a_rule_is_read(tmp_path: Path) -> None:
    (rule,) = load_packs(write(tmp_path))
    assert (rule.id, rule.pack, rule.status, rule.points) == ("slow-call", "house", "stable", 0.0)
    assert rule.each == ("model_call", "external_call")
    assert (rule.where, rule.flag, rule.measure, rule.at) == ("len(layers) > 1", "total_attempts > limit", "total_attempts", "client")
    assert (rule.params, rule.column, rule.references) == ({"limit": 6}, "retry", ("https://example.org/why",))
    assert rule.page == PAGE


def test_a_declaration_answers_the_control_else_the_column(tmp_path: Path) -> None:
    (rule,) = load_packs(write(tmp_path))
    assert (rule.control, rule.within) == ("retry", "")
    (rule,) = load_packs(write(tmp_path, RULE.replace("column: retry", "control: bound\nwithin: limit")))
    assert (rule.column, rule.control, rule.within) == ("", "bound", "limit")


GRADES = "severity:\n  - {when: total_attempts > 50, is: high}\n  - {is: medium}"


def test_the_severity_may_depend_on_the_subject(tmp_path: Path) -> None:
    (rule,) = load_packs(write(tmp_path, RULE.replace("severity: high", GRADES)))
    assert (rule.severity, rule.grades) == ("high", (Grade("high", "total_attempts > 50"), Grade("medium")))
    (plain,) = load_packs(write(tmp_path))
    assert (plain.severity, plain.grades) == ("high", ())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("total_attempts > 50", "total_atempts > 50", "house/slow-call.yaml:4:12: in when: there is no field 'total_atempts'"),
        ("total_attempts > 50", "total_attempts", "in when: a yes or no is wanted here, this is a number"),
        ("total_attempts > 50", "3", "when must be a text"),
        ("is: high", "is: hihg", "there is no severity 'hihg'"),
        ("is: high", "iz: high", "there is no key 'iz'"),
        ("{is: medium}", "medium", "a severity in a list is a mapping"),
        ("{is: medium}", "{when: streams, is: medium}", "the last severity has no condition"),
        ("when: total_attempts > 50, ", "", "a condition is missing: only the last severity has none"),
        ("  - {is: medium}", "", "a list of severities has at least two"),
    ],
)
def test_mistakes_in_a_list_of_severities(tmp_path: Path, old: str, new: str, words: str) -> None:
    write(tmp_path, RULE.replace("severity: high", GRADES.replace(old, new)))
    assert words in mistakes(tmp_path)


def test_the_tool_brings_rules() -> None:
    rules = load_packs(builtin_packs())
    assert [rule.id for rule in rules] == sorted(rule.id for rule in rules)
    assert {"resilience", "orchestration", "observability", "cost"} <= {rule.pack for rule in rules}
    assert sum(rule.points for rule in rules) > 0


def test_a_typo_in_an_expression_is_shown_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path, RULE.replace("flag: total_attempts", "flag: total_atempts"))
    assert mistakes(tmp_path).split("\n") == [
        "house/slow-call.yaml:8:7: in flag: there is no field 'total_atempts'",
        "  flag: total_atempts > limit",
        "        ^",
        "  did you mean 'total_attempts'?",
    ]


@pytest.mark.parametrize(
    ("written", "place", "source", "caret"),
    [
        (">-\n  total_attempts > limit\n  or 3 < limt", "10:10", "    or 3 < limt", 11),
        ("total_attempts > limit\n  or 3 < limt", "9:10", "    or 3 < limt", 11),
        ("'total_attempts > limit or 3 < limt'", "8:38", "  flag: 'total_attempts > limit or 3 < limt'", 39),
        ("\"3 < limt or callee == ''\"", "8:12", "  flag: \"3 < limt or callee == ''\"", 13),
        ("'callee == '''' or 3 < limt'", "8:7", "  callee == '' or 3 < limt", 22),
    ],
)
def test_a_typo_is_shown_where_it_stands_however_it_is_written(tmp_path: Path, written: str, place: str, source: str, caret: int) -> None:
    """The last one has signs that the expression has not, so it is shown alone."""
    write(tmp_path, RULE.replace("flag: total_attempts > limit", f"flag: {written}"))
    assert mistakes(tmp_path).split("\n") == [
        f"house/slow-call.yaml:{place}: in flag: there is no field 'limt'",
        source,
        " " * caret + "^",
        "  did you mean 'limit'?",
    ]


def test_all_mistakes_of_an_expression_are_told(tmp_path: Path) -> None:
    write(tmp_path, RULE.replace("flag: total_attempts > limit", "flag: total_atempts > limit or callee > 'a' or limt == 3"))
    places = [line.split(" ")[0] for line in mistakes(tmp_path).split("\n") if line.startswith("house/")]
    assert places == [f"house/slow-call.yaml:8:{column}:" for column in (7, 41, 48)]


def test_a_misspelt_noun_or_key_hides_nothing_and_is_told_once(tmp_path: Path) -> None:
    text = RULE.replace("[model_call, external_call]", "model_cal").replace("flag: total_attempts", "flag: total_atempts")
    found = mistakes(write(tmp_path, text.replace("remedy:", "remdy:")))
    assert "did you mean 'model_call'?" in found
    assert "in flag: there is no field 'total_atempts'" in found
    assert "did you mean 'remedy'?" in found
    assert found.count("house/slow-call.yaml:") == 3


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028"])
def test_line_ends_of_yaml_that_are_none_elsewhere(tmp_path: Path, end: str) -> None:
    write(tmp_path)
    text = RULE.replace("total_attempts > limit", "total_atempts > limit").replace("\n", end)
    (tmp_path / "house" / "slow-call.yaml").write_bytes(text.encode())
    assert "there is no field 'total_atempts'" in mistakes(tmp_path)


def test_a_key_that_is_there_twice_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path, RULE.replace("{limit: 6}", "{limit: 6, limit: 7}").replace("severity: high", "severity: hihg") + "flag: x\nid: y\n")
    found = mistakes(tmp_path)
    for words in (
        "house/slow-call.yaml:12:20: the key 'limit' is there twice\n",
        "  the first is at 12:10\n",
        "house/slow-call.yaml:16:1: the key 'flag' is there twice\n  flag: x\n  ^\n  the first is at 8:1\n",
        "house/slow-call.yaml:17:1: the key 'id' is there twice\n",
        "house/slow-call.yaml:3:11: there is no severity 'hihg'\n",
    ):
        assert words in found
    assert found.count("house/slow-call.yaml:") == 4


def test_what_is_wrong_before_the_file_breaks_off_is_told_too(tmp_path: Path) -> None:
    found = mistakes(write(tmp_path, RULE + "id: x\nother: [\n"))
    assert "the key 'id' is there twice" in found
    assert "not valid YAML" in found
    assert found.count("house/slow-call.yaml:") == 2


def test_all_mistakes_of_all_rules_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, RULE.replace("severity: high", "severity: hihg").replace("where:", "wher:").replace("{limit}", "{limits}"))
    write(tmp_path, RULE.replace("each:", "each: [model_cal]\nold:"), name="other-call", page=None)
    found = mistakes(tmp_path)
    for words in (
        "house/slow-call.yaml:3:11: there is no severity 'hihg'",
        "did you mean 'high'?",
        "house/slow-call.yaml:7:1: there is no key 'wher'",
        "did you mean 'where'?",
        "there is no field 'limits'",
        "did you mean 'limit'?",
        "house/other-call.yaml:1:5: the id must be the file's name, 'other-call'",
        "there is no noun 'model_cal'",
        "did you mean 'model_call'?",
        "its page other-call.md is missing",
    ):
        assert words in found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("flag: total_attempts > limit", "flag: ''", "'flag' is missing or empty"),
        ("flag: total_attempts > limit", "flag: total_attempts == 'two'", "a number cannot be compared with a text"),
        ("flag: total_attempts > limit", "flag: 'streams'", "there is no field 'streams'"),
        ("flag: total_attempts > limit", "flag: total_attempts", "a yes or no is wanted here, this is a number"),
        ("flag: total_attempts > limit", "flag: 3", "flag must be a text"),
        ("measure: total_attempts", "measure: len(layers) > 1", "a number is wanted here, this is a yes or no"),
        ("each: [model_call, external_call]", "each: []", "'each' is missing or empty"),
        ("each: [model_call, external_call]", "each: [{a: 1}]", "each must be a list of texts"),
        ("at: client", "at: deadline", "'deadline' names no node"),
        ("at: client", "at: clent", "did you mean 'client'?"),
        ("{limit: 6}", "{limit: .inf}", "a number up to 10^12"),
        ("{limit: 6}", "{limit: [6]}", "a number up to 10^12"),
        ("{limit: 6}", "{limit: [6]}", "a list stands in the expression itself"),
        ("flag: total_attempts > limit", f"flag: {'x' * 2_001}", "flag is longer than 1,000 characters"),
        ("{limit: 6}", "{deadline: 6, limit: 6}", "'deadline' is a field of model_call and external_call"),
        ("{limit: 6}", "{absent: 6, limit: 6}", "a plain name that is no word of the language"),
        ("{limit: 6}", "6", "params must be a mapping"),
        ("column: retry", "column: rety", "did you mean 'retry'?"),
        ("column: retry", "control: rate-limits", "did you mean 'rate-limit'?"),
        ("column: retry", "column: retry\nwithin: limt", "'limt' is no parameter that is a number"),
        ("column: retry", "within: limit", "a limit of declarations without a control"),
        ("{at.path}", "{at.lin}", "there is no field 'at.lin'"),
        ("{at.path}", "{at!r}", "a brace that belongs to no field"),
        ("{at.path}", "{arguments['timeout']}", "written as {arguments.timeout}"),
        ("{at.path}", "{", "a brace that belongs to no field"),
        ("remedy: Keep one layer.", "remedy: [a]", "remedy must be a text"),
        ("since: 0.1.0", "remedies: {setting: deadlin, argument: 'Set {argument}.', none: No.}", "did you mean 'deadline'?"),
        ("since: 0.1.0", "remedies: {setting: deadline, argument: Set it., none: No.}", "it does not say {argument}"),
        ("since: 0.1.0", "remedies: {setting: deadline, none: No.}", "the key 'argument' is missing"),
        ("references: [https://example.org/why]", "references: [1]", "references must be a list of texts"),
        ("since: 0.1.0", "points: 2", "only the rules of the tool itself have points"),
        ("id: slow-call", "id: Slow Call", "an id is made of small letters, digits and hyphens"),
        ("title: Slow call", f"title: {'x' * 2_001}", "title is longer than 2,000 characters"),
        ("id: slow-call", "- id", "not valid YAML"),
        ("id: slow-call", "id:\n\t- slow-call", "a file is indented with spaces, not with tabs"),
        ("each: [model_call, external_call]", "each: model_call, external_call", "in brackets: [model_call, external_call]"),
        ("id: slow-call", "id: &a slow-call", "anchors"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in RULE
    found = mistakes(write(tmp_path, RULE.replace(old, new)))
    assert words in found
    assert "house/slow-call.yaml:" in found


def test_a_page_without_its_sections_is_a_mistake(tmp_path: Path) -> None:
    assert "house/slow-call.md:1: the sections must be" in mistakes(write(tmp_path, page="# Slow call\n"))


def test_a_rule_in_two_packs_is_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, pack="one")
    write(tmp_path, pack="two")
    assert "the rule 'slow-call' is in two packs: one and two" in mistakes(tmp_path)


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "house" / "slow-call.yaml").write_bytes(b"\xff\xfe")
    assert "house/slow-call.yaml:1:1: cannot be read" in mistakes(tmp_path)
    (tmp_path / "house" / "slow-call.yaml").write_bytes(b"")
    assert "house/slow-call.yaml:1:1: a mapping of keys is wanted here" in mistakes(tmp_path)
    (tmp_path / "house" / "slow-call.yaml").write_bytes(b"#" * 1_000_001)
    assert "at most 1 MB" in mistakes(tmp_path)


def test_control_characters_of_a_pack_reach_no_terminal(tmp_path: Path) -> None:
    found = mistakes(write(tmp_path, RULE.replace("severity: high", 'severity: "\\e[31mred"')))
    assert "\x1b" not in found


def gates(folder: Path, text: str) -> str:
    rules = load_packs(folder)
    (folder / "gates.yaml").write_text(text, "utf-8")
    with pytest.raises(AuditError) as caught:
        load_gates(folder, rules)
    return caught.value.message


def test_gates_are_read(tmp_path: Path) -> None:
    write(tmp_path)
    text = "G9: {title: Slow, rules: [slow-call], condition: all, roles: [production], only: {deadline: absent}, unknown_blocks: true}\n"
    rules = load_packs(tmp_path)
    (tmp_path / "gates.yaml").write_text(text, "utf-8")
    (gate,) = load_gates(tmp_path, rules)
    assert (gate.id, gate.title, gate.rules, gate.condition, gate.roles) == ("G9", "Slow", ("slow-call",), "all", ("production",))
    assert (gate.only, gate.unknown_blocks) == ({"deadline": "absent"}, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("G9: {title: Slow, rules: [slow-cal]}", "did you mean 'slow-call'?"),
        ("G9: {title: Slow}", "'rules' is missing or empty"),
        ("G9: {title: Slow, rules: [slow-call], condition: some}", "condition must be any or all"),
        ("G9: {title: Slow, rules: [slow-call], roles: [prod]}", "there is no role 'prod'"),
        ("G9: {title: Slow, rules: [slow-call], only: {deadline: gone}}", "only must be a mapping of fields to states"),
        ("G9: {title: Slow, rules: [slow-call], unknown_block: true}", "did you mean 'unknown_blocks'?"),
        ("G9: 3", "a gate is a mapping"),
        ("[1]", "a mapping of keys is wanted"),
    ],
)
def test_a_mistake_in_the_gates_is_told(tmp_path: Path, text: str, words: str) -> None:
    found = gates(write(tmp_path), text)
    assert words in found
    assert "gates.yaml:1:" in found
