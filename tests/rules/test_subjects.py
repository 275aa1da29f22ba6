"""Rules are asked of no more nouns than they need to be, and of no fewer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.rules.evaluate import ask, evaluate
from auditor.rules.subjects import Subjects, texts_wanted
from tests.rules.build import call, graph, rule

CALLS = [call(line=n, callee=callee, framework=framework) for n, (callee, framework) in enumerate([("a.b", "x"), ("a.c", "y"), ("d", "x")])]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("callee == 'a.b'", [0]),
        ("callee in ('a.b', 'd')", [0, 2]),
        ("framework == 'x' and callee == 'd'", [2]),
        ("streams and (callee == 'd' and framework == 'y')", [2]),
        ("callee == 'nothing'", []),
        ("callee == 'a.b' or callee == 'd'", [0, 1, 2]),
        ("not callee == 'a.b'", [0, 1, 2]),
        ("callee != 'a.b'", [0, 1, 2]),
        ("callee not in ('a.b',)", [0, 1, 2]),
        ("", [0, 1, 2]),
    ],
)
def test_what_a_text_rules_out_is_not_asked(where: str, expected: list[int]) -> None:
    assert [n.at.line for n in Subjects(CALLS).of(rule("streams", where=where))] == expected


def test_fields_that_may_be_unknown_rule_nothing_out() -> None:
    assert texts_wanted("client == 'a' and callee == 'b'", ("model_call",)) == (("callee", frozenset({"b"})),)


PART = st.sampled_from(
    ["callee == 'a.b'", "framework in ('x', 'z')", "streams", "callee != 'd'", "deadline is absent", "total_attempts > 1"]
)


@given(st.lists(PART, min_size=1, max_size=4), st.lists(st.sampled_from([" and ", " or "]), min_size=3, max_size=3))
def test_verdicts_are_the_same_as_when_each_is_asked(parts: list[str], joins: list[str]) -> None:
    where = "".join(part + join for part, join in zip(parts, [*joins[: len(parts) - 1], ""], strict=True))
    asked = rule("total_attempts > 3", where=where)
    assert evaluate([asked], graph(*CALLS)) == [v for noun in CALLS if (v := ask(asked, noun)) is not None]
