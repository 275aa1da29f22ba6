"""Rules are asked of no more nouns than they need to be, and of no fewer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.core.values import Setting, unknown
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Call
from auditor.rules.evaluate import ask, evaluate
from auditor.rules.subjects import Subjects, calls_asked_for, texts_needed
from tests.rules.build import call, rule, some

CALLS = [call(line=n, callee=callee, framework=framework) for n, (callee, framework) in enumerate([("a.b", "x"), ("a.c", "y"), ("d", "x")])]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("callee == 'a.b'", [0]),
        ("callee in ('a.b', 'd')", [0, 2]),
        ("framework == 'x' and callee == 'd'", [2]),
        ("streams and (callee == 'd' and framework == 'y')", [2]),
        ("callee == 'nothing'", []),
        ("'a.b' == callee", [0]),
        ("callee == 'a.b' or callee == 'd'", [0, 2]),
        ("callee == 'a.c' or framework == 'x' and callee == 'd'", [1, 2]),
        ("framework == 'x' and (callee == 'e' or streams and callee == 'd')", [2]),
        ("callee == 'a.b' or streams", [0, 1, 2]),
        ("callee == 'a.b' or not callee == 'd'", [0, 1, 2]),
        ("not callee == 'a.b'", [0, 1, 2]),
        ("callee != 'a.b'", [0, 1, 2]),
        ("callee not in ('a.b',)", [0, 1, 2]),
        ("", [0, 1, 2]),
    ],
)
def test_what_a_text_rules_out_is_not_asked(where: str, expected: list[int]) -> None:
    assert [n.at.line for n in Subjects(CALLS).of(rule("streams", where=where))] == expected


def test_fields_that_may_be_unknown_rule_nothing_out() -> None:
    assert texts_needed("client == 'a'", ("model_call",)) is None
    assert texts_needed("client == 'a' or callee == 'b'", ("model_call",)) is None


NAMES = st.sampled_from(["a", "b", "a.b", "c"])
PART = st.one_of(
    st.builds("callee {} '{}'".format, st.sampled_from(["==", "==", "!="]), NAMES),
    st.builds("'{}' {} {}".format, NAMES, st.sampled_from(["in", "in", "not in"]), st.sampled_from(["names", "packages"])),
    st.builds("package {} ('{}', '{}')".format, st.sampled_from(["in", "not in"]), NAMES, NAMES),
    st.builds("'{}' == name".format, NAMES),
    st.builds("any(p == '{}' for p in packages)".format, NAMES),
    st.sampled_from(["callee == name", "len(names) > 1", "arguments['t'] is absent", "arguments['t'] > 1", "arguments['t'] == 'a'"]),
)
WHERE = st.recursive(
    PART,
    lambda inner: st.builds("{}({} {} {})".format, st.sampled_from(["", "", "not "]), inner, st.sampled_from(["or", "and"]), inner),
    max_leaves=6,
)
TEXTS = st.lists(NAMES, max_size=2, unique=True).map(tuple)
SETTING = st.sampled_from([Setting(1), Setting(5), Setting("a"), unknown("who knows"), some(1, 5), some(1, 5, undecided=True)])


@st.composite
def calls(draw: st.DrawFn) -> list[Call]:
    rows = draw(st.lists(st.tuples(NAMES, NAMES, TEXTS, TEXTS, st.dictionaries(st.just("t"), SETTING)), min_size=2, max_size=6))
    return [
        Call(
            id=f"call:{n}",
            name=name,
            symbol=name,
            at=Location("app.py", n + 1),
            role="production",
            callee=callee,
            package=callee[0],
            names=names,
            packages=packages,
            arguments=arguments,
        )
        for n, (name, callee, names, packages, arguments) in enumerate(rows)
    ]


@given(calls(), st.lists(WHERE, min_size=6, max_size=6))
def test_verdicts_are_the_same_as_when_each_is_asked(found: list[Call], conditions: list[str]) -> None:
    for where in conditions:
        asked = rule("len(packages) > 1", each=("call",), where=where, message="no")
        assert evaluate([asked], AgentGraph(calls=tuple(found))) == [v for noun in found if (v := ask(asked, noun)) is not None]


@given(calls(), st.lists(WHERE, min_size=1, max_size=3))
def test_a_call_that_nobody_asks_for_is_in_question_for_no_rule(found: list[Call], conditions: list[str]) -> None:
    rules = [rule("len(packages) > 1", each=("call",), where=where, message="no") for where in conditions]
    wanted = calls_asked_for(rules)
    for noun in found if not isinstance(wanted, bool) else ():
        said = {"callee": (noun.callee,), "names": noun.names, "package": (noun.package,), "packages": noun.packages}
        if all(texts.isdisjoint(said[field]) for field, texts in wanted.items()):
            assert [ask(asked, noun) for asked in rules] == [None] * len(rules)
