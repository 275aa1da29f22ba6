"""How sure a finding is: a step less where nothing is known to run its subject so and the claim rests on that."""

import pytest

from auditor.judgement.confidence import confidence_of, surest
from auditor.judgement.populations import standings
from auditor.judgement.severity import severity_of
from auditor.rules.constants import NEWEST
from auditor.rules.types import Gate
from tests.judgement.build import call, fails, rule

PATH = "total_attempts > limit"


@pytest.mark.parametrize(
    ("flag", "own", "possible", "told"),
    [
        (PATH, "high", False, "high"),
        (PATH, "high", True, "medium"),
        (PATH, "medium", True, "low"),
        (PATH, "low", True, "low"),
        ("deadline is absent", "high", True, "high"),
    ],
)
def test_only_what_rests_on_the_callers_is_less_sure(flag, own, possible, told):
    assert confidence_of(fails(rule(flag=flag, confidence=own), call(possible=possible)), NEWEST) == told


def test_one_sure_site_is_enough():
    asked = rule(flag=PATH, confidence="medium")
    rows = [fails(asked, call(line, possible=possible)) for line, possible in ((10, True), (20, False))]
    assert surest(rows, NEWEST) == "medium" and surest(rows[:1], NEWEST) == "low"


def test_what_nothing_is_known_to_run_is_not_critical():
    assert [severity_of(fails(rule(severity="critical"), call(possible=possible)), NEWEST) for possible in (False, True)] == [
        "critical",
        "high",
    ]
    assert severity_of(fails(rule(severity="medium"), call(possible=True)), NEWEST) == "medium"


def test_what_is_of_low_confidence_fails_no_gate_of_the_score():
    asked = rule("retry", flag=PATH, confidence="medium")
    gate = Gate(id="g", title="G", rules=("retry",))
    states = [standings([fails(asked, call(possible=possible))], [gate], NEWEST)[0].state for possible in (False, True)]
    assert states == ["failed", "not_applicable"]
