"""A rule asked of one subject, told in its parts."""

from __future__ import annotations

from auditor.core.values import Setting, absent, unknown
from auditor.rules.evaluate import ask
from auditor.rules.inquiry import inquire
from auditor.rules.load import builtin_packs, load_packs
from auditor.rules.types import Grade
from tests.fixtures.expected import folders
from tests.fixtures.test_fixtures import graph_of
from tests.rules.build import call, rule, some


def parts(found):
    return [(part.text, part.truth) for part in found]


def test_each_condition_is_told_apart():
    found = inquire(rule("deadline is absent and run_deadline is absent", where="call == 'llm'"), call(deadline=Setting(5)))
    assert found.state == "pass"
    assert parts(found.where) == [("call == 'llm'", "yes")]
    assert parts(found.flag) == [("deadline is absent", "no"), ("run_deadline is absent", "yes")]
    assert parts(found.decisive) == [("deadline is absent", "no")]


def test_what_keeps_a_subject_out_of_question():
    found = inquire(rule("deadline is absent", where="call == 'embedding' and not streams"), call())
    assert found.state is None
    assert parts(found.decisive) == [("call == 'embedding'", "no")]


def test_a_doubt_whether_it_is_in_question_does_not_matter_where_nothing_is_wrong():
    found = inquire(rule("deadline > 9", where="attempts > 1"), call(attempts=unknown("nobody says"), deadline=Setting(5)))
    assert found.state is None
    assert parts(found.decisive) == [("attempts > 1", "unknown"), ("deadline > 9", "no")]


def test_what_cannot_be_told():
    found = inquire(rule("deadline > limit", params={"limit": 9}), call(deadline=unknown("nobody says")))
    assert found.state == "unknown"
    assert [(part.names, part.why) for part in found.decisive] == [(("deadline", "limit"), "nobody says")]


def test_of_several_values_it_is_told_how_many():
    found = inquire(rule("deadline > 9 and attempts > 1"), call(deadline=some(5, 50, 60), attempts=Setting(2)))
    assert found.state == "fail"
    assert [(part.truth, part.share) for part in found.flag] == [("yes", (2, 3)), ("yes", None)]


def test_the_grade_is_the_one_that_was_given():
    graded = rule("deadline is absent", grades=(Grade("low", "by_hand"), Grade("medium", "streams"), Grade("high")))
    assert (of := inquire(graded, call(deadline=absent(), streams=True)).grade) is not None
    assert (of.text, of.truth) == ("streams", "yes")
    assert inquire(graded, call(deadline=absent())).grade is None


def test_an_or_is_one_part():
    found = inquire(rule("deadline is absent or attempts > 3"), call(deadline=absent()))
    assert parts(found.flag) == [("deadline is absent or attempts > 3", "yes")]


def test_of_an_or_it_is_told_what_makes_it_hold():
    def holding(flag, **fields):
        (part,) = inquire(rule(flag), call(**fields)).flag
        return [(way.text, way.share) for way in part.holding]

    either = "deadline is absent or (deadline > 9 and attempts > 3) or streams"
    assert holding(either, deadline=absent()) == [("deadline is absent", None)]
    assert holding(either, deadline=Setting(50), attempts=Setting(4)) == [("deadline > 9 and attempts > 3", None)]
    assert holding(either, deadline=some(5, 50), attempts=Setting(4), streams=True) == [
        ("deadline > 9 and attempts > 3", (1, 2)),
        ("streams", None),
    ]
    assert holding(either, deadline=Setting(5)) == []
    assert holding("deadline is absent", deadline=absent()) == []


def test_it_is_the_verdict_of_the_scan_and_its_parts_agree():
    rules = load_packs(builtin_packs())
    for folder in folders():
        for noun in graph_of(folder).nodes.values():
            for each in (r for r in rules if noun.kind in r.each):
                found, verdict = inquire(each, noun), ask(each, noun)
                assert found.verdict == verdict
                assert found.decisive
                if verdict is not None and verdict.state == "fail":
                    assert {part.truth for part in (*found.where, *found.flag)} == {"yes"}
