"""Selectors, severities and parameters of settings, and pinned rule sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.pipeline import ScanOptions, catalogue
from auditor.rules.load import builtin_packs, load_gates, load_packs
from auditor.rules.rulesets import RuleSet, load_rule_sets
from auditor.rules.selecting import changed, chosen, pinned
from auditor.rules.types import Grade, Rule
from tests.rules.build import rule

RULES = [
    rule("streams", id="a", pack="one", severity="high", confidence="low", params={"limit": 6, "mode": "x", "on": True}),
    rule("streams", id="b", pack="one", severity="low", grades=(Grade("low", "streams"), Grade("info"))),
    rule("streams", id="c", pack="two", severity="high", status="preview"),
]


@dataclass(frozen=True)
class Said:
    severity: str | None = None
    params: dict[str, float | str | bool] = field(default_factory=dict)
    file: Path = Path("agentaudit.toml")
    line: int = 7


def names(select: str = "", ignore: str = "") -> str:
    return "".join(r.id for r in chosen(RULES, RULES, select.split(), ignore.split()))


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ("", "", "abc"),
        ("a", "", "a"),
        ("pack:one", "", "ab"),
        ("severity:high", "", "ac"),
        ("confidence:low status:preview", "", "ac"),
        ("", "pack:one", "c"),
        ("", "a pack:two", "b"),
        ("pack:one", "a", "b"),
        ("a", "pack:one", "a"),
        ("pack:one", "severity:high", "ab"),
        ("severity:high", "pack:one", "c"),
        ("severity:high", "confidence:low", "c"),
        ("a", "a", ""),
        ("pack:one", "pack:one", ""),
        ("c pack:one", "status:preview b", "ac"),
    ],
)
def test_the_more_specific_selector_wins_and_ignore_among_equals(select: str, ignore: str, expected: str) -> None:
    assert names(select, ignore) == expected


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("pack:tow", "there is no pack 'tow'", "did you mean two?"),
        ("severity:hihg", "there is no severity 'hihg'", "did you mean high?"),
        ("status:x", "there is no status 'x'", "one of preview, stable, deprecated"),
        ("pakc:one", "there is no selector 'pakc'", "did you mean pack?"),
        ("flag:x", "there is no selector 'flag'", "one of pack:, severity:, confidence:, status: or the id of a rule"),
        ("x", "there is no rule 'x'", "`agentaudit rules` lists them"),
        ("", "there is no rule ''", "`agentaudit rules` lists them"),
    ],
)
def test_a_selector_that_can_select_nothing_is_an_error(name: str, message: str, hint: str) -> None:
    for select, ignore in (([name], []), ([], [name])):
        with pytest.raises(AuditError) as caught:
            chosen(RULES, RULES, select, ignore)
        assert (caught.value.message, caught.value.hint) == (message, hint)


def test_severity_and_parameters_are_changed() -> None:
    a, b, c = changed(RULES, {"a": Said("info", {"limit": 9.5}), "b": Said("critical")})
    assert (a.severity, a.params) == ("info", {"limit": 9.5, "mode": "x", "on": True})
    assert (b.severity, b.grades) == ("critical", ())
    assert c is RULES[2]
    assert RULES[0].params["limit"] == 6


@pytest.mark.parametrize(
    ("name", "said", "message", "hint"),
    [
        ("d", Said(), "there is no rule 'd'", None),
        ("a", Said("hihg"), "there is no severity 'hihg'", "did you mean high?"),
        ("a", Said(params={"limt": 3}), "the rule 'a' has no parameter 'limt'", "did you mean limit?"),
        ("b", Said(params={"limit": 3}), "the rule 'b' has no parameter 'limit'", "it has none"),
        ("a", Said(params={"limit": "3"}), "the parameter 'limit' of a is of another kind: it is 6 by default", None),
        ("a", Said(params={"limit": True}), "the parameter 'limit' of a is of another kind: it is 6 by default", None),
        ("a", Said(params={"on": 1}), "the parameter 'on' of a is of another kind: it is True by default", None),
        ("a", Said(params={"limit": 1e13}), "the parameter 'limit' of a goes up to 10^12", None),
        ("a", Said(params={"limit": float("nan")}), "the parameter 'limit' of a goes up to 10^12", None),
    ],
)
def test_a_mistake_in_the_settings_of_a_rule_has_its_place(name: str, said: Said, message: str, hint: str | None) -> None:
    with pytest.raises(AuditError) as caught:
        changed(RULES, {name: said})
    assert (caught.value.message, caught.value.place) == (message, "agentaudit.toml:7:1")
    assert hint is None or caught.value.hint == hint


def own(since: str, name: str = "a") -> Rule:
    return rule("streams", id=name, own=True, since=since, points=2.0)


def test_a_pin_leaves_out_newer_rules_and_keeps_the_points() -> None:
    rules = [own("0.1.0"), own("0.2.0", "b"), own("", "c"), rule("streams", id="d", since="9")]
    kept = pinned(rules, RuleSet("2026.12", "0.1.0", (), {"a": 5.0}))
    assert [(r.id, r.points) for r in kept] == [("a", 5.0), ("d", 0.0)]


def test_rules_newer_than_the_pin_can_be_ignored_and_not_selected() -> None:
    known = [own("0.1.0"), own("0.2.0", "b")]
    assert [r.id for r in chosen(known[:1], known, [], ["b"])] == ["a"]
    with pytest.raises(AuditError, match="'b' is newer than the rule set"):
        chosen(known[:1], known, ["b"], [])


def test_the_newest_rule_set_is_the_catalogue() -> None:
    """A release that adds rules, or changes points or gates, adds a set: what is pinned never changes."""
    rules = load_packs(builtin_packs())
    newest = list(load_rule_sets(builtin_packs()).values())[-1]
    assert {r.id: r.points for r in pinned(rules, newest)} == {r.id: r.points for r in rules} == dict(newest.points)
    assert {gate.id for gate in load_gates(builtin_packs(), rules)} == set(newest.gates)


def test_the_catalogue_is_pinned_by_name() -> None:
    assert catalogue(ScanOptions(ruleset="2026.12")) == catalogue(ScanOptions())
    with pytest.raises(AuditError, match=r"there is no rule set '2026\.21'") as caught:
        catalogue(ScanOptions(ruleset="2026.21"))
    assert caught.value.hint == "did you mean '2026.12'?"


def test_the_catalogue_applies_settings_and_selectors() -> None:
    rules, gates = catalogue(ScanOptions(select=("pack:cost",), rules={"output-cap-missing": Said("info")}))
    assert [(r.id, r.severity) for r in rules] == [("no-run-budget", "critical"), ("output-cap-missing", "info")]
    assert gates


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'1': 3", "rulesets.yaml:1:1: a rule set is a mapping"),
        ("'1': {newest: x, gates: [G1], points: {a: 1}}", "'x' is no version"),
        ("'1': {newest: 0.1.0, gates: [G1], points: [a]}", "points must be a mapping"),
        ("'1': {newst: 0.1.0, gates: [G1], points: {a: 1}}", "did you mean 'newest'?"),
    ],
)
def test_mistakes_in_rule_sets_are_told(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "rulesets.yaml").write_text(text)
    with pytest.raises(AuditError) as caught:
        load_rule_sets(tmp_path)
    assert said in caught.value.message
