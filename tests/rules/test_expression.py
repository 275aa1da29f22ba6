"""The rule language: what it accepts, what it says about mistakes, and its three values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Unknown
from auditor.core.values import Given as IsGiven
from auditor.rules.expression import compile_expression
from auditor.rules.names import NUMBER, TEXT, Kind, element_name, fields_of_nouns
from auditor.rules.parts import ExpressionError, Mistake
from auditor.rules.values import truth as truth_of
from tests.rules.build import layer

FIELDS: dict[str, Kind] = {**fields_of_nouns(("model_call",)), "limit": NUMBER, "mode": TEXT}


@dataclass
class Given:
    """Names with these values; whatever is not given is absent."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def read(self, name: str) -> Any:
        return self.values.get(name, ABSENT)

    def origin(self, name: str) -> str:
        return "default"


def value(text: str, **values: Any) -> Any:
    expression = compile_expression(text, FIELDS)
    found = expression.run(Given({"limit": 6, "mode": "strict", "layers": (), **values}))
    return truth_of(found) if expression.kind.name == "truth" else found


def mistakes(text: str, each: Sequence[str] = ("model_call",)) -> tuple[Mistake, ...]:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, {**fields_of_nouns(each), "limit": NUMBER, "mode": TEXT}, each=each)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attempts > limit", True),
        ("attempts - 1 == 6 and not attempts < limit", True),
        ("limit < attempts <= 7", True),
        ("limit < attempts < 7", False),
        ("attempts * 2 + 1", 15),
        ("-attempts", -7),
        ("mode == 'strict' or attempts > 100", True),
        ("call in ('llm', 'embedding')", True),
        ("call not in ['llm', 'embedding']", False),
        ("attempts in (6, 7)", True),
        ("'cron' in reached", True),
        ("len(layers) > 1", True),
        ("any(l.same_errors for l in layers)", True),
        ("all(l.attempts > 2 for l in layers)", True),
        ("sum(l.attempts for l in layers)", 8),
        ("sum(l.attempts for l in layers if l.mechanism == 'sdk')", 3),
        ("max(l.attempts for l in layers)", 5),
        ("min(attempts, limit, 40)", 6),
        ("len([l for l in layers if l.attempts > 3])", 1),
        ("any(name == 'cron' for name_ in reached)", False),
        ("deadline is absent", True),
        ("deadline is not absent", False),
        ("attempts is not unbounded", True),
        ("attempts is default", True),
        ("deadline is default", False),
        ("deadline is unknown", False),
    ],
)
def test_values(text: str, expected: object) -> None:
    layers = (layer(3), layer(5, "decorator"))
    assert value(text, attempts=7, call="llm", reached=("cron", "web"), layers=layers, name="ask") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deadline > 5", "unknown"),
        ("deadline + 1 > 5", "unknown"),
        ("deadline > 5 or attempts > 1", True),
        ("deadline > 5 and attempts > 9", False),
        ("not deadline > 5", "unknown"),
        ("loop > 1000000000000", True),
        ("loop - 5 > 9", True),
        ("9 - loop > 9", "unknown"),
        ("loop * attempts > 9", True),
        ("loop * 0 > 9", "unknown"),
        ("loop == 3", False),
        ("loop > total_attempts", "unknown"),
        ("run_deadline is absent", "unknown"),
        ("run_deadline is unknown", True),
        ("max(attempts, loop) > 9", True),
        ("max(attempts, run_deadline) > 1", "unknown"),
        ("max(l.attempts for l in layers) > 1", "unknown"),
        ("sum(l.attempts for l in layers) == 0", True),
        ("usage_recorded", "unknown"),
        ("not traced", True),
        ("client == 'x'", "unknown"),
    ],
)
def test_absent_unbounded_and_unknown(text: str, expected: object) -> None:
    given = {"attempts": 3, "loop": UNBOUNDED, "total_attempts": UNBOUNDED, "run_deadline": Unknown("a file"), "traced": False}
    found = value(text, **given)
    assert "unknown" if isinstance(found, Unknown) else found == expected


def test_an_element_that_may_not_belong_decides_nothing_alone() -> None:
    layers = (layer(9, same_errors=None), layer(2))
    assert isinstance(value("any(l.attempts > 5 for l in layers if l.same_errors)", layers=layers), Unknown)
    assert value("any(l.attempts > 1 for l in layers if l.same_errors)", layers=layers) is True
    assert isinstance(value("all(l.attempts < 5 for l in layers if l.same_errors)", layers=layers), Unknown)
    assert isinstance(value("len(l for l in layers if l.same_errors)", layers=layers), Unknown)


def test_the_reason_of_an_unknown_stays() -> None:
    assert value("run_deadline > 5 and attempts > 1", attempts=3, run_deadline=Unknown("read from a file")) == Unknown("read from a file")


@pytest.mark.parametrize(
    ("text", "column", "words", "hint"),
    [
        ("atempts > 3", 1, "no field 'atempts'", "did you mean 'attempts'?"),
        ("deadline > 3 and lop > 1", 18, "no field 'lop'", "did you mean 'loop'?"),
        ("attempts == 'two'", 13, "a number cannot be compared with a text", None),
        ("call > 'a'", 8, "only numbers have an order", None),
        ("call == 'ä' and atempts > 3", 17, "no field 'atempts'", "did you mean 'attempts'?"),
        ("attempts is abset", 13, "behind `is` stands one of", "did you mean 'absent'?"),
        ("call is absent", 1, "only settings can be absent", None),
        ("attempts == absent", 13, "'absent' stands only behind `is`", None),
        ("deadline == None", 13, "no value of the language", "absent values are asked for with `is absent`"),
        ("any(l.sme_errors for l in layers)", 5, "no field 'sme_errors'", "did you mean 'same_errors'?"),
        ("any(l.same_errors for loop in layers)", 23, "a name of its own", None),
        ("any(any(m.same_errors for m in layers) for l in layers)", 8, "one comprehension at a time", None),
        ("any(l.same_errors for l in layers for m in layers)", 4, "one comprehension at a time", None),
        ("any(a > 1 for a in attempts)", 20, "goes over a list", None),
        ("any(l.mechanism for l in layers)", 1, "each element is a yes or no", None),
        ("sum(layers)", 1, "each element is a number", None),
        ("len(attempts)", 5, "takes a list", None),
        ("len(layers, layers)", 1, "takes one list", None),
        ("open('x')", 1, "the functions are", None),
        ("layers.append", 1, "only elements of a comprehension have fields", None),
        ("layers[0]", 1, "only settings by name have an index", None),
        ("attempts ** 2 > 1", 1, "the operators are", None),
        ("attempts / 2 > 1", 1, "the operators are", None),
        ("~attempts", 1, "operator is not part", None),
        ("(lambda: attempts)()", 1, "the functions are", None),
        ("attempts if call else loop", 1, "not part of the language", None),
        ("f'{attempts}'", 1, "not part of the language", None),
        ("(x := attempts)", 2, "not part of the language", None),
        ("attempts > 1000000000001", 12, "10^12", None),
        ("attempts > 1e999", 12, "10^12", None),
        ("attempts > 1j", 12, "no value of the language", None),
        ("call + 1", 1, "a number is wanted", None),
        ("call and attempts > 1", 1, "a yes or no is wanted", None),
        ("attempts in (1, 'two')", 17, "a number is wanted", None),
        ("attempts in reached", 13, "a text in a list of texts", None),
        ("attempts >", 0, "not an expression", None),
        ("", 1, "not an expression", None),
        ("attempts\x00", 1, "not an expression", None),
        ("not " * 60 + "traced", 165, "nested deeper than 40", None),
        ("(" * 400 + "1" + ")" * 400, 0, "not an expression", None),
        ("1 + " * 300 + "1", 1_000, "longer than 1,000", None),
    ],
)
def test_a_mistake_is_said_where_it_stands(text: str, column: int, words: str, hint: str | None) -> None:
    (error,) = mistakes(text)
    assert words in error.message
    assert (error.hint or "").startswith(hint or "")
    if column:
        assert error.column == column


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("atempts > 3 and lop > 1 and streems", [1, 17, 29]),
        ("atempts + 1 > deadlin", [1, 15]),
        ("max(atempts, lop, call) > 1", [5, 14, 19]),
        ("any(l.attemps > lop for l in layers if l.mechanizm == 'sdk')", [5, 17, 40]),
        ("call + 1 > 2 and call > 'a' and len(attempts) > 1", [1, 25, 37]),
        ("atempts / lop > 1", [1, 1, 11]),
        ("open(lop) or f'{x}' or round(l.x for l in layers) > 1", [1, 6, 14, 24, 30]),
        ("len(lop, atempts) > 1", [1, 5, 10]),
        ("~lop", [1, 2]),
        ("lop is abset", [1, 8]),
        ("call in (llm, lop)", [10, 15]),
        ("traced and attempts and call", [12, 25]),
        ("1 < lop < 3 < atempts", [5, 15]),
        # What follows from a mistake is none.
        ("atempts", [1]),
        ("atempts > 3", [1]),
        ("atempts == 'x'", [1]),
        ("atempts > call", [11, 1]),
        ("atempts is absent", [1]),
        ("atempts is default", [1]),
        ("atempts['x'] > 3", [1]),
        ("atempts in lop", [1, 12]),
        ("not atempts and -lop > 1", [5, 18]),
        ("sum(atempts) > max(x.y for x in lop if x.z)", [5, 33]),
        ("any(x for x in lop)", [16]),
        ("len(x for x in call) > 1", [16]),
        ("(call ** 2) > 'a'", [2, 15]),
    ],
)
def test_all_mistakes_are_told_and_nothing_that_follows_from_them(text: str, columns: list[int]) -> None:
    found = [mistake.column for mistake in mistakes(text)]
    assert found == sorted(columns)


@pytest.mark.parametrize(
    ("text", "each", "hint"),
    [
        (
            "streams",
            ("model_call", "external_call"),
            "`model_call` has it, `external_call` has not: ask of one noun, or use what both have",
        ),
        (
            "model == ''",
            ("model_call", "agent", "tool"),
            "`model_call` and `agent` have it, `tool` has not: ask of one noun, or use what all",
        ),
        ("len(on) > 1", ("retry", "tracing_switch"), "it is another kind of value in each of them: ask of one noun"),
        ("ends_on == 'model'", ("tool",), "`tool` has it not, `loop` has"),
        ("deadline > upper_bound", ("model_call",), "`agentaudit nouns model_call` shows the fields; a threshold"),
        ("call == llm", ("model_call",), "a text goes between quotes: 'llm'"),
        ("call in (llm, 'embedding')", ("model_call",), "a text goes between quotes: 'llm'"),
        ("cron in reached", ("model_call",), "a text goes between quotes: 'cron'"),
        ("usage_recorded == true", ("model_call",), "write True"),
        ("deadline == null", ("model_call",), "absent values are asked for with `is absent`"),
        ("deadline.value > 3", ("model_call",), "'deadline' is the value itself: leave out `.value`"),
        ("model_call.deadline > 3", ("model_call",), "a field of the noun stands alone: deadline"),
        ("layers.attempts > 3", ("model_call",), "ask its elements: any(x.attempts ... for x in layers)"),
        ("deadline == 'absent'", ("model_call",), "a state is no text: `is absent`"),
        ("deadline > '30'", ("model_call",), "a number has no quotes: 30"),
        ("provider is absent", ("model_call",), "it is empty then: provider == ''"),
        ("deadline is None", ("model_call",), "absent values are asked for with `is absent`"),
        ("deadline", ("model_call",), "compare it, or ask `is absent`"),
        ("deadline > 3 && streams", ("model_call",), "conditions are joined with `and`, `or`, `not`"),
        ("deadline is none", ("model_call",), "absent values are asked for with `is absent`"),
        ("model.startswith('gpt')", ("model_call",), "a field has no methods"),
        ("traced = 1", ("model_call",), "equal is written =="),
        ("ends_on == model", ("loop",), "a text goes between quotes: 'model'"),
        ("streams | traced", ("model_call",), "conditions are joined with `and`, `or`, `not`"),
        ("'llm' in call", ("model_call",), "this is one text: compare it with =="),
    ],
)
def test_what_was_meant_is_said(text: str, each: tuple[str, ...], hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, fields_of_nouns(each), "truth", each)
    (error,) = caught.value.mistakes
    assert (error.hint or "").startswith(hint)


def test_conditions_inside_conditions_do_not_double_at_each_level() -> None:
    text = "traced"
    for _ in range(30):
        text = f"True==({text})==True"
    assert {error.message for error in mistakes(text)} == {"a condition cannot stand in the middle of a chain"}


def test_the_kind_of_the_result_is_checked() -> None:
    with pytest.raises(ExpressionError, match="a yes or no is wanted here, this is a number"):
        compile_expression("attempts + 1", FIELDS, "truth")


def test_of_several_nouns_only_common_fields_are_names() -> None:
    common = fields_of_nouns(("model_call", "external_call"))
    assert "deadline" in common
    assert "streams" not in common
    with pytest.raises(ExpressionError, match="no field 'streams'"):
        compile_expression("streams", common)


numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([10**400, -(10**400), 0]))
known = st.one_of(numbers, st.text(max_size=3), st.booleans(), st.sampled_from([ABSENT, UNBOUNDED]))
anything = st.one_of(known, st.builds(Unknown, st.just("why")))
odd = st.one_of(anything, st.builds(lambda a: OneOf((Setting(a), Setting(1))), known))
NUMBERS = ("attempts", "deadline", "loop", "total_attempts")

number = st.deferred(
    lambda: st.one_of(
        st.sampled_from([*NUMBERS, "limit", "3", "0.5", "len(layers)", "sum(l.attempts for l in layers)"]),
        st.tuples(number, st.sampled_from("+-*"), number).map(lambda t: f"({' '.join(t)})"),
        st.tuples(st.sampled_from(["max", "min"]), number, number).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.sampled_from(["max(l.attempts for l in layers)", "min(l.attempts for l in layers if l.same_errors)", "-loop"]),
    )
)
truth = st.deferred(
    lambda: st.one_of(
        st.sampled_from(
            ["traced", "streams", "any(l.same_errors for l in layers)", "all(l.attempts > 2 for l in layers if l.same_errors)"]
        ),
        st.tuples(number, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), number).map(" ".join),
        st.tuples(number, number, number).map(" < ".join),
        st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["absent", "unbounded", "default", "not absent"])).map(" is ".join),
        st.tuples(number, st.sampled_from(["in", "not in"]), st.just("(1, 2)")).map(" ".join),
        st.tuples(truth, st.sampled_from(["and", "or"]), truth).map(lambda t: f"({' '.join(t)})"),
        truth.map(lambda t: f"(not {t})"),
    )
)
rows = st.fixed_dictionaries({**dict.fromkeys(NUMBERS, anything), "traced": anything, "streams": st.booleans()})
layer_rows = st.lists(st.builds(layer, odd, st.just("sdk"), st.sampled_from([True, False, None])), max_size=3).map(tuple)


@given(truth, rows, layer_rows)
def test_no_value_makes_it_raise(text: str, values: dict[str, Any], layers: tuple[Any, ...]) -> None:
    if len(text) <= 900:
        assert isinstance(value(text, layers=layers, **values), (bool, Unknown))


@given(truth, rows, rows, st.lists(st.tuples(known, st.booleans()), max_size=3))
def test_unknown_is_monotone(text: str, less: dict[str, Any], more: dict[str, Any], row: list[tuple[Any, bool]]) -> None:
    """Whatever is decided although something is unknown stays so when it becomes known."""
    if len(text) > 900:
        return
    told = {name: more[name] if isinstance(less[name], Unknown) else less[name] for name in less}
    before = value(text, layers=tuple(layer(Unknown("why"), same_errors=None) for _ in row), **less)
    after = value(text, layers=tuple(layer(attempts, same_errors=same) for attempts, same in row), **told)
    assert isinstance(before, Unknown) or before == after


CALLS: dict[str, Kind] = {**fields_of_nouns(("call",)), "limit": NUMBER}
OBJECT, UNREAD = IsGiven("an object"), Unknown("it is not read")


def of_call(text: str, **arguments: Any) -> Any:
    named = {element_name("arguments", key): value for key, value in arguments.items()}
    return compile_expression(text, CALLS, "truth").run(Given({"limit": 6, "callee": "a.b", **named}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('arguments["other"] is absent', True),
        ('arguments["seconds"] is absent', False),
        ('arguments["object"] is absent', False),
        ('arguments["object"] is not absent', True),
        ('arguments["object"] is unknown', True),
        ('arguments["unread"] is absent', None),
        ('arguments["unread"] is unknown', True),
        ('arguments["seconds"] > limit', True),
        ('arguments["seconds"] * 2 == 60', True),
        ('arguments["seconds"] + arguments["name"] > 1', None),
        ('arguments["seconds"] > 1 and arguments["name"] == "x"', True),
        ('arguments["name"] > 1', None),
        ('arguments["name"] == 1', False),
        ('arguments["name"] != 1', True),
        ('arguments["seconds"] == "x"', False),
        ('arguments["flag"] == True', True),
        ('arguments["flag"] == 1', None),
        ('arguments["name"] == arguments["name"]', True),
        ('arguments["name"] in ("x", "y")', True),
        ('arguments["name"] in (1, "y", True)', False),
        ('arguments["seconds"] in (1, 30)', True),
        ('arguments["object"] == "x"', None),
        ('arguments["other"] == "x"', None),
    ],
)
def test_one_setting_of_many(text: str, expected: bool | None) -> None:
    found = of_call(text, seconds=30, name="x", flag=True, object=OBJECT, unread=UNREAD)
    assert (None if isinstance(found, Unknown) else found) is expected


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("arguments['timeout'] < callee", 24, "only numbers have an order"),
        ("arguments['timeout'] < 'x'", 24, "only numbers have an order"),
        ("arguments['timeout'] < arguments['x']", 24, "only numbers have an order"),
        ("arguments['timeout'] == names", 25, "a setting of any kind cannot be compared with a list of texts"),
        ("arguments['timeout'] in (names, 1)", 26, "cannot be compared with a list of texts"),
        ("arguments == 1", 14, "settings by name cannot be compared with a number"),
        ("arguments is absent", 1, "only settings can be absent"),
        ("len(arguments) > 1", 5, "len() takes a list or a comprehension, this is settings by name"),
        ("arguments[0] is absent", 11, "a name in quotes"),
        ("arguments['a b'] is absent", 11, "a name in quotes"),
        ("arguments[callee] is absent", 11, "a name in quotes"),
        ("arguments['a':'b'] is absent", 11, "a name in quotes"),
        ("argument['a'] is absent", 1, "no field 'argument'"),
        ("names['a'] is absent", 1, "only settings by name have an index, this is a list of texts"),
        ("arguments['a']['b'] is absent", 1, "only settings by name have an index"),
        ("arguments['a'].b is absent", 1, "only elements of a comprehension have fields"),
        ("not arguments['a']", 5, "a yes or no is wanted here, this is a setting of any kind"),
    ],
)
def test_a_mistake_in_an_index_is_said_where_it_stands(text: str, column: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, CALLS, "truth")
    (error,) = caught.value.mistakes
    assert words in error.message
    assert error.column == column


def test_a_setting_by_name_that_is_asked_for_like_a_field_is_told_how() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("arguments.config is absent", CALLS, "truth")
    assert caught.value.mistakes[0].hint == "one of the settings by name: arguments['config']"
