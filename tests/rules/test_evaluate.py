"""Verdicts: the table of `where` and `flag`, alternatives, evidence, anchors, measures, messages, order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.core.values import ABSENT, UNBOUNDED, Setting, Unknown
from auditor.graph.types import DecisionPoint, ExternalCall, ModelCall
from auditor.rules.evaluate import ask, evaluate
from auditor.rules.message import shown
from tests.rules.build import call, graph, layer, rule, some, state, verdict, verdicts

LATE = Setting(Unknown("it is read from a file"))
TRUTH = {"true": Setting(True), "false": Setting(False), "unknown": LATE}


@pytest.mark.parametrize(
    ("where", "flag", "expected"),
    [
        ("false", "false", None),
        ("false", "true", None),
        ("false", "unknown", None),
        ("true", "true", "fail"),
        ("true", "false", "pass"),
        ("true", "unknown", "unknown"),
        ("unknown", "false", None),
        ("unknown", "true", "unknown"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_the_table_of_where_and_flag(where: str, flag: str, expected: str | None) -> None:
    noun = call(traced=TRUTH[where], usage_recorded=TRUTH[flag])
    assert state("usage_recorded", noun, where="traced") == expected


def test_the_reason_of_an_unknown_is_told() -> None:
    assert verdict("deadline > 5", call(deadline=LATE)).why == "it is read from a file"
    assert verdict("deadline > 5", call()).why == "nothing is set that could be compared"


def test_what_was_read_is_the_evidence() -> None:
    noun = call(deadline=Setting(30), attempts=some(2, 3), loop=Setting(9))
    for flag in ("deadline > limit", "deadline < limit"):
        found = verdict(f"{flag} and call == 'llm'", noun, where="attempts > 1", params={"limit": 5})
        assert [(e.field, e.setting) for e in found.evidence] == [("attempts", noun.attempts), ("deadline", noun.deadline)]


class TestReachingAlternatives:
    """Each of the values occurs."""

    def test_one_that_fails_is_enough(self) -> None:
        found = verdict("deadline is absent", call(deadline=some(30, ABSENT, LATE)))
        assert found.state == "fail"
        assert found.failing == (1,)

    def test_one_that_cannot_be_told_is_doubt(self) -> None:
        assert state("deadline is absent", call(deadline=some(30, LATE))) == "unknown"

    def test_all_have_to_pass(self) -> None:
        assert state("deadline is absent", call(deadline=some(30, 60))) == "pass"

    def test_parallel_settings_never_combine_crosswise(self) -> None:
        noun = call(deadline=some(600, 10, group="g"), attempts=some(1, 5, group="g"))
        assert state("deadline > 100 and attempts > 3", noun) == "pass"
        noun = call(deadline=some(600, 10), attempts=some(1, 5))
        assert state("deadline > 100 and attempts > 3", noun) == "fail"

    def test_the_failing_clients_are_the_anchors(self) -> None:
        noun = call(deadline=some(ABSENT, 30, ABSENT, group="g"), client=some("a", "b", "c", group="g"))
        found = verdict("deadline is absent", noun, at="client")
        assert (found.failing, found.anchors) == ((0, 2), ("a", "c"))

    def test_a_client_that_cannot_be_told_is_no_anchor(self) -> None:
        noun = call(deadline=some(ABSENT, ABSENT, 5, group="g"), client=some("a", LATE, "c", group="g"))
        assert verdict("deadline is absent", noun, at="client").anchors == ("a",)

    def test_with_equal_settings_all_clients_fail(self) -> None:
        noun = call(deadline=Setting(ABSENT), client=some("a", "b", group="g"))
        found = verdict("deadline is absent", noun, at="client")
        assert (found.failing, found.anchors) == ((0, 1), ("a", "b"))

    def test_what_fails_for_another_reason_fails_through_all_clients(self) -> None:
        noun = call(deadline=Setting(ABSENT), run_deadline=some(ABSENT, 30), client=some("a", "b", group="g"))
        assert verdict("deadline is absent and run_deadline is absent", noun, at="client").anchors == ("a", "b")

    def test_without_a_place_the_failing_clients_are_counted(self) -> None:
        noun = call(deadline=some(ABSENT, 30, group="g"), client=some("a", "b", group="g"))
        found = verdict("deadline is absent", noun)
        assert (found.failing, found.anchors) == ((0,), ())

    def test_sixty_four_combinations_are_tried(self) -> None:
        def noun(n: int) -> ModelCall:
            return call(deadline=some(*range(4)), attempts=some(*range(4)), loop=some(*range(n)))

        assert state("deadline + attempts + loop > 99", noun(4)) == "pass"
        found = verdict("deadline + attempts + loop > 99", noun(5))
        assert (found.state, found.why) == ("unknown", "more than 64 combinations of values can reach it")


class TestUndecidedAlternatives:
    """Exactly one of the values holds."""

    @pytest.mark.parametrize(("values", "expected"), [((600, 900), "fail"), ((30, 60), "pass"), ((30, 600), "unknown")])
    def test_all_have_to_agree(self, values: tuple[int, ...], expected: str) -> None:
        assert state("deadline > 120", call(deadline=some(*values, undecided=True))) == expected

    def test_the_values_are_named(self) -> None:
        noun = call(deadline=some(Setting(30, unit="seconds"), Setting(ABSENT), undecided=True))
        assert verdict("deadline is absent", noun).why == "deadline is one of 30 s, none"

    def test_one_that_is_unknown_leaves_doubt(self) -> None:
        assert state("deadline > 120", call(deadline=some(600, LATE, undecided=True))) == "unknown"

    def test_a_subject_that_may_be_in_question_and_then_passes_is_left_out(self) -> None:
        noun = call(run_deadline=some(ABSENT, 60, undecided=True), needed_seconds=Setting(30))
        assert state("needed_seconds > run_deadline", noun, where="run_deadline is not absent") is None

    def test_a_subject_that_may_be_in_question_and_then_fails_is_doubt(self) -> None:
        noun = call(run_deadline=some(ABSENT, 60, undecided=True), needed_seconds=Setting(90))
        assert state("needed_seconds > run_deadline", noun, where="run_deadline is not absent") == "unknown"

    def test_inside_one_of_several_clients(self) -> None:
        unlocked = some(30, 600, undecided=True)
        assert state("deadline > 120", call(deadline=some(unlocked, 60))) == "unknown"
        assert verdict("deadline > 120", call(deadline=some(unlocked, 900))).failing == (1,)
        assert state("deadline > 20", call(deadline=some(unlocked, 10))) == "fail"


class TestPlaceAndMeasure:
    def test_a_plain_id_is_the_anchor(self) -> None:
        assert verdict("deadline is absent", call(client=Setting("a")), at="client").anchors == ("a",)

    @pytest.mark.parametrize("client", [Setting(ABSENT), LATE, Setting("")])
    def test_without_an_id_the_subject_is_the_anchor(self, client: Setting) -> None:
        assert verdict("deadline is absent", call(client=client), at="client").anchors == ()

    def test_a_tuple_of_ids(self) -> None:
        assert verdict("not streams", call(untraced_at=("a", "b")), at="untraced_at").anchors == ("a", "b")

    def test_the_measure_is_the_worst_of_those_that_fail(self) -> None:
        noun = call(total_attempts=some(9, 12, 3))
        assert verdict("total_attempts > 6", noun, measure="total_attempts").measure == 12
        assert verdict("total_attempts < 6", noun, measure="total_attempts").measure == 3

    def test_unbounded_is_a_measure_and_unknown_is_none(self) -> None:
        assert verdict("loop > 6", call(loop=Setting(UNBOUNDED)), measure="loop").measure is UNBOUNDED
        assert verdict("deadline is absent", call(), measure="deadline").measure is None
        assert verdict("loop > 6", call(loop=Setting(9), attempts=LATE), measure="loop * attempts").measure is None


class TestMessages:
    def test_values_are_filled_in(self) -> None:
        noun = call(total_attempts=Setting(15), layers=(layer(3), layer(5, "decorator")), deadline=Setting(600.0, unit="seconds"))
        found = verdict(
            "total_attempts > limit",
            noun,
            params={"limit": 6},
            message="{total_attempts} > {limit}: {layers}; {deadline}, {run_deadline}, {at.path}",
        )
        assert found.message == "15 > 6: 3 (sdk) x 5 (decorator); 600 s, none, app/llm.py"

    def test_of_several_values_the_worst_that_fails_is_named(self) -> None:
        slow = Setting(600, "default", unit="seconds")
        found = verdict("deadline is default and deadline > 120", call(deadline=some(Setting(ABSENT), slow)), message="{deadline}")
        assert found.message == "600 s"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Setting(2.5, unit="seconds"), "2.5 s"),
            (Setting(UNBOUNDED), "no limit"),
            (LATE, "unknown"),
            (Setting(True), "yes"),
            (some(1, 2, 1), "1 or 2"),
            (("read", "pay"), "read, pay"),
            ((), "none"),
            (None, "none"),
            (1e300, "1e+300"),
            (float("nan"), "nan"),
        ],
    )
    def test_how_values_are_written(self, value: object, text: str) -> None:
        assert shown(value) == text


def test_verdicts_come_in_order_whatever_the_order_of_the_graph() -> None:
    calls = [call(9, "b.py"), call(20, "a.py"), call(3, "a.py")]
    rules = [rule("deadline is absent", id="b-rule"), rule("deadline is absent", id="a-rule")]
    rows = [(v.rule.id, str(v.subject.at)) for v in evaluate(rules, graph(*calls))]
    assert rows == [(v.rule.id, str(v.subject.at)) for v in evaluate(rules[::-1], graph(*calls[::-1]))]
    assert rows == [(name, at) for name in ("a-rule", "b-rule") for at in ("a.py:3", "a.py:20", "b.py:9")]


def test_a_rule_asks_all_its_nouns() -> None:
    request = ExternalCall(id="external_call:a.py:1:1", name="get", symbol="", at=Location("a.py", 1), role="production")
    point = DecisionPoint(id="decision_point:a.py:1:1", name="", symbol="", at=Location("a.py", 1), role="production")
    asked = rule("deadline is absent", each=("model_call", "external_call"))
    assert [v.subject.kind for v in verdicts(asked, call(2, "a.py"), request, point)] == ["external_call", "model_call"]


plain = st.one_of(st.integers(), st.floats(), st.text(max_size=2), st.booleans(), st.sampled_from([ABSENT, UNBOUNDED, Unknown("why")]))
settings = st.recursive(
    plain.map(lambda v: Setting(v, unit="seconds")),
    lambda inner: st.builds(
        lambda row, undecided, group: some(*row, undecided=undecided, group=group),
        st.lists(inner, max_size=5),
        st.booleans(),
        st.sampled_from(["", "g", "h"]),
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries(dict.fromkeys(("deadline", "attempts", "loop", "client", "traced"), settings)))
def test_no_graph_makes_it_raise(values: dict[str, Any]) -> None:
    noun = call(**values, layers=(layer(values["attempts"].value),))
    asked = rule(
        "deadline > attempts * 2 or not traced or any(l.attempts > 2 for l in layers)",
        where="deadline is not default",
        at="client",
        measure="loop + deadline",
        message="{deadline} {attempts} {layers} {client}",
    )
    found = ask(asked, noun)
    assert found == ask(asked, noun) or "nan" in repr(found)
    if found is not None and found.state == "unknown":
        assert found.why
