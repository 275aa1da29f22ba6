"""Settings merged from several."""

from __future__ import annotations

from auditor.core.values import ABSENT, Setting, Unknown, alternatives, leaves, merge, unknown


def test_alternatives_inside_alternatives_become_those_of_the_whole() -> None:
    inner = merge([unknown("a sum"), Setting(5)])
    assert [s.value for s in alternatives(merge([unknown("a sum"), inner, Setting(5), Setting(6)]))] == [Unknown("a sum"), 5, 6]
    undecided = merge([Setting(1), Setting(2)], undecided=True)
    assert [s.value for s in alternatives(merge([Setting(1), undecided]))] == [1, undecided.value], (
        "one of two that holds is no two that hold"
    )
    assert [s.value for s in leaves(merge([Setting(1), undecided]))] == [1, 1, 2]


def test_what_is_equal_is_set_by_all_that_set_it() -> None:
    rows = [Setting(ABSENT, "absent", argument=lever) for lever in ("a=", "b=", "a=")]
    assert merge(rows).argument == "a= or b="
    assert [s.argument for s in alternatives(merge([*rows, Setting(5, argument="a=")]))] == ["a= or b=", "a="]
    assert merge([*rows, Setting(ABSENT, "absent")]).argument is None
    assert merge([Setting(ABSENT, "absent", argument=str(i)) for i in range(9)]).argument is None


def test_what_sets_equal_values_is_named_once():
    one, both = (Setting(5, "default", argument=lever) for lever in ("timeout= of A()", "timeout= of A() or timeout= of B()"))
    assert merge([one, both]).argument == "timeout= of A() or timeout= of B()"
    assert merge([one, Setting(5, "default")]).argument is None
