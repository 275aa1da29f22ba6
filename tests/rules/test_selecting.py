"""Selectors, severities and parameters of settings, and pinned rule sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.pipeline import ScanOptions, catalogue
from auditor.rules.selecting import changed, chosen
from auditor.rules.types import Grade
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
    return "".join(r.id for r in chosen(RULES, select.split(), ignore.split()))


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


LISTED = "`agentaudit rules` lists them; those of a pack are there with `--pack DIR`, or `packs` in the settings"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("pack:tow", "there is no pack 'tow'", "did you mean two?"),
        ("severity:hihg", "there is no severity 'hihg'", "did you mean high?"),
        ("status:x", "there is no status 'x'", "one of preview, stable, deprecated"),
        ("pakc:one", "there is no selector 'pakc'", "did you mean pack?"),
        ("flag:x", "there is no selector 'flag'", "one of pack:, severity:, confidence:, status: or the id of a rule"),
        ("x", "there is no rule 'x'", LISTED),
        ("", "there is no rule ''", LISTED),
    ],
)
def test_a_selector_that_can_select_nothing_is_an_error(name: str, message: str, hint: str) -> None:
    for select, ignore in (([name], []), ([], [name])):
        with pytest.raises(AuditError) as caught:
            chosen(RULES, select, ignore)
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


def test_the_catalogue_applies_settings_and_selectors() -> None:
    found = catalogue(ScanOptions(select=("pack:cost",), rules={"output-cap-missing": Said("info")}))
    assert [(r.id, r.severity) for r in found.rules] == [("no-run-budget", "critical"), ("output-cap-missing", "info")]
    assert found.gates
