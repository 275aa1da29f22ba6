"""YAML with positions, carets, suggestions, and what may be printed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.core.problem import AuditError
from auditor.core.text import VALUE, caret, did_you_mean, load_yaml, printable


def test_yaml_becomes_plain_data_with_positions() -> None:
    data, positions = load_yaml("a: 1\nb: [x, 2.5, {c: yes}]\nd: >-\n  two\n  words\nday: 2026-01-01\n", "f.yaml")
    assert data == {"a": 1, "b": ["x", 2.5, {"c": True}], "d": "two words", "day": "2026-01-01"}
    assert positions["a",] == (1, 1)
    assert positions["a", VALUE] == (1, 4)
    assert positions["b", 1] == (2, 8)
    assert positions["b", 2, "c"] == (2, 14)


def test_keys_are_text_as_written() -> None:
    assert load_yaml("on: 1\n3: x\n", "f.yaml")[0] == {"on": 1, "3": "x"}


def test_an_empty_file_is_nothing() -> None:
    assert load_yaml("", "f.yaml")[0] is None


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: &x 1\nb: *x", "f.yaml:1:4", "anchors"),
        ("a: *x", "f.yaml:1:4", "aliases"),
        ("a: !!python/object/apply:os.system [ls]", "f.yaml:1:4", "tags"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1", "'a' is there twice"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1", "second document"),
        ("? [a]\n: 1", "f.yaml:1:3", "a key must be plain text"),
        ("a: b: c", "f.yaml:1:5", "not valid YAML"),
        ("[" * 60, "f.yaml:1:52", "deeper than 50"),
        ("[" * 5_000, "f.yaml:1:", "not valid YAML"),
        ("a: " + "9" * 500, "f.yaml:1:4", "is no number"),
        ("a: \ud800", "f.yaml:1:1", "no text"),
        ("x" * 1_000_001, "f.yaml:1:1", "larger than 1 MB"),
    ],
)
def test_hostile_yaml_is_an_error_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(AuditError, match=words) as caught:
        load_yaml(text, "f.yaml")
    assert (caught.value.place or "").startswith(place)
    assert max(map(len, caught.value.message.split("\n"))) < 250


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"#% \n\t\x00\u2028\ud8000")))
@example("a:\n  - &a [*a]")
def test_any_text_is_data_or_a_mistake_of_the_user(text: str) -> None:
    try:
        load_yaml(text, "f.yaml")
    except AuditError as error:
        assert (error.place or "").startswith("f.yaml:")


def test_a_caret_stands_under_its_column() -> None:
    assert caret("one\nflag: atempts > 3\n", 2, 7) == "  flag: atempts > 3\n        ^"


def test_a_caret_counts_the_columns_of_a_terminal() -> None:
    assert caret("\u6f22\u5b57 x", 1, 4).split("\n")[1] == "       ^"


def test_a_long_line_is_cut_around_the_caret() -> None:
    shown, mark = caret("a" * 5_000 + "X" + "b" * 5_000, 1, 5_001).split("\n")
    assert len(shown) < 200
    assert shown[mark.index("^")] == "X"


@given(st.text(), st.integers(-3, 20), st.integers(-3, 500))
def test_a_caret_never_fails(text: str, line: int, column: int) -> None:
    assert caret(text, line, column).endswith("^")


def test_the_candidate_that_was_meant() -> None:
    assert did_you_mean("atempts", ["attempts", "deadline"]) == "attempts"
    assert did_you_mean("nothing like it", ["attempts", "deadline"]) is None
    assert did_you_mean("x" * 100_000, ["attempts"]) is None


def test_what_a_terminal_could_obey_is_dropped() -> None:
    assert (
        printable("\x1b[31mred\x1b]0;title\x07\u202ereversed\u200b\r\n\tplain \U0001f600") == "[31mred]0;titlereversed\n\tplain \U0001f600"
    )


@given(st.text())
def test_printable_text_stays_and_only_that(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    assert all(c in "\n\t" or not unicodedata.category(c).startswith("C") or unicodedata.category(c) in {"Cn", "Co"} for c in shown)
    assert [c for c in text if c.isalnum()] == [c for c in shown if c.isalnum()]
