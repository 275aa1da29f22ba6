"""Settings merged from several."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import ABSENT, OneOf, Setting, Unknown, along, alternatives, by_version, leaves, merge, unknown


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


def test_equal_defaults_of_several_versions_name_the_library_alone() -> None:
    def source(*sources: str) -> str | None:
        return merge([Setting(600, "default", source=one) for one in sources]).source

    assert source("sdk==1.0", "sdk==1.0") == "sdk==1.0"
    assert source("sdk==1.0", "sdk==2.0") == "sdk"
    assert source("sdk==1.0", "sdk >=1", "sdk") == "sdk"
    assert source("sdk==1.0", "other==1.0") == "sdk==1.0"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (((25, "graphs <=1.0"), (100, "graphs >=1.1")), True),
        (((25, "graphs <=1.0"), (25, "graphs >=1.1")), False),
        (((1, "router >=1"), (3, "router >=1")), False),
        (((25, "graphs <=1.0"), (100, "others >=1.1")), False),
        (((25, "graphs <=1.0"), (100, None)), False),
        (((25, "graphs <=1.0"), (ABSENT, "graphs >=1.1")), False),
    ],
)
def test_which_of_several_numbers_a_version_decides(rows: Any, expected: bool) -> None:
    several = tuple(Setting(value, "default", source=source) for value, source in rows)
    assert by_version(Setting(OneOf(several, undecided=True))) is expected
    assert not by_version(Setting(OneOf(several)))


def test_what_sets_equal_values_is_named_once():
    one, both = (Setting(5, "default", argument=lever) for lever in ("timeout= of A()", "timeout= of A() or timeout= of B()"))
    assert merge([one, both]).argument == "timeout= of A() or timeout= of B()"
    assert merge([one, Setting(5, "default")]).argument is None


def test_equal_alternatives_that_belong_together_are_one_setting_that_knows_each() -> None:
    clients = OneOf((Setting("a"), Setting("b")), group="g")
    rows = [Setting(5, "default", source="one"), Setting(5, "default", source="two")]
    both = merge(rows, group="g")
    assert (both.value, both.source) == (5, "one")
    assert along(both, clients) == tuple(rows)
    assert along(merge([Setting(1), Setting(2)], group="g"), clients) == (Setting(1), Setting(2))
    for other in (
        merge(rows),
        merge(rows, group="other"),
        merge([*rows, rows[0]], group="g"),
        merge([Setting(5)] * 2, group="g"),
        Setting(5),
    ):
        assert along(other, clients) is None
