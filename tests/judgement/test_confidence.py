"""How sure a finding is: a step less where nothing is known to run its subject so and the claim rests on that."""

import pytest

from auditor.core.values import ABSENT, OneOf, Setting, merge
from auditor.graph.traces import Layer, TraceStep
from auditor.judgement.confidence import confidence_of, surest
from auditor.judgement.populations import standings
from auditor.judgement.severity import severity_of
from auditor.rules.constants import NEWEST
from auditor.rules.types import Evidence, Gate
from tests.judgement.build import at, call, fails, rule

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


@pytest.mark.parametrize(
    ("flag", "own", "possible", "steps", "told"),
    [
        (PATH, "high", False, NEWEST.long_way, "high"),
        (PATH, "high", False, NEWEST.long_way + 1, "medium"),
        (PATH, "high", True, NEWEST.long_way + 1, "low"),
        ("deadline is absent", "high", True, NEWEST.long_way + 1, "high"),
    ],
)
def test_all_steps_of_a_long_way_must_be_right(flag, own, possible, steps, told):
    trace = tuple(TraceStep(f"calls f{n}", at(line=n)) for n in range(steps))
    assert confidence_of(fails(rule(flag=flag, confidence=own), call(possible=possible, trace=trace)), NEWEST) == told


UNREAD, SURE = Setting(ABSENT, "default", unread=True), Setting(ABSENT, "default")


@pytest.mark.parametrize(
    ("read", "failing", "told"),
    [
        (UNREAD, (), "medium"),
        (SURE, (), "high"),
        (Setting(OneOf((SURE, Setting(5)), undecided=True), unread=True), (), "medium"),
        (Setting(OneOf((Setting(5), UNREAD))), (1,), "medium"),
        (Setting(OneOf((SURE, UNREAD))), (0, 1), "high"),
    ],
)
def test_what_something_unread_may_bring_makes_it_less_sure(read, failing, told):
    asked = fails(rule(flag="deadline is absent"), call(), failing=failing, evidence=(Evidence("deadline", read),))
    assert confidence_of(asked, NEWEST) == told


def test_of_equal_values_one_sure_one_is_enough():
    assert not merge([UNREAD, SURE]).unread and not merge([SURE, UNREAD]).unread and merge([UNREAD, UNREAD]).unread


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


@pytest.mark.parametrize(
    ("flag", "own", "chosen", "told"),
    [
        (PATH, "high", True, "medium"),
        (PATH, "high", False, "high"),
        (PATH, "medium", True, "medium"),
        ("deadline is absent", "high", True, "high"),
    ],
)
def test_a_way_through_one_of_several_is_less_sure(flag, own, chosen, told):
    way = (TraceStep("calls A.run", at(line=3)), TraceStep("calls B.run, one of 2", at(line=4), chosen=chosen))
    assert confidence_of(fails(rule(flag=flag, confidence=own), call(trace=way)), NEWEST) == told


@pytest.mark.parametrize(
    ("flag", "same", "told"),
    [(PATH, None, "medium"), (PATH, True, "high"), (PATH, False, "high"), ("deadline is absent", None, "high")],
)
def test_a_retry_that_may_not_try_the_same_failures_again_makes_it_less_sure(flag, same, told):
    layers = (Layer("sdk", Setting(3, "default"), True, at()), Layer("loop", Setting(4, "set"), same, at(line=2)))
    assert confidence_of(fails(rule(flag=flag), call(layers=layers)), NEWEST) == told
