"""Suppressions in comments."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.sources.comments import Comment, read_comments

TODAY = date(2026, 6, 15)


def one(text: str) -> Comment:
    (comment,) = read_comments(text, TODAY)
    return comment


@pytest.mark.parametrize(
    ("text", "rules", "reason", "until"),
    [
        ("# agentaudit: ignore[a-b] batch job", ("a-b",), "batch job", ""),
        ("x()  # agentaudit: ignore[a-b,c] batch job", ("a-b", "c"), "batch job", ""),
        ("x()  #agentaudit:ignore[ a-b , c ]: batch job", ("a-b", "c"), "batch job", ""),
        ("# agentaudit: ignore[a] - known until=2026-12-31", ("a",), "known", "2026-12-31"),
        ("# agentaudit: ignore[a] until=2026-06-15 see issue 4", ("a",), "see issue 4", "2026-06-15"),
        ("x()  # noqa: E501  # agentaudit: ignore[a] known  # type: ignore", ("a",), "known", ""),
        ("# agentaudit: ignore[a] see issue #4", ("a",), "see issue #4", ""),
    ],
)
def test_valid_ones(text: str, rules: tuple[str, ...], reason: str, until: str) -> None:
    assert one(text) == Comment(1, rules, reason, until, "")


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        ("# agentaudit: ignore", "names no rule"),
        ("# agentaudit: ignore batch job", "names no rule"),
        ("# agentaudit: ignore[] batch job", "names no rule"),
        ("# agentaudit: ignore[a]", "no reason"),
        ("# agentaudit: ignore[a] until=2030-01-01", "no reason"),
        ("# agentaudit: ignore[a] - # noqa", "no reason"),
        ("# agentaudit: ignore[a known", "not closed"),
        ("# agentaudit: ignore[*] all", "no rule id"),
        ("# agentaudit: ignore[a] known until=2026-06-14", "expired on 2026-06-14"),
        ("# agentaudit: ignore[a] known until=tomorrow", "no date"),
        ("# agentaudit: ignore[a] known until=20261231", "no date"),
        ("# agentaudit: ignore[a] known until=2026-02-30", "no date"),
        ("# agentaudit: ignore[a] known until=", "no date"),
        ("# agentaudit: ingore[a] known", "did you mean 'ignore'"),
        ("# agentaudit: disable[a] known", "did you mean 'ignore'"),
        ("# agentaudit: ignored", "did you mean 'ignore'"),
    ],
)
def test_defects(text: str, defect: str) -> None:
    assert defect in one(text).defect


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1",
        "x = '# agentaudit: ignore[a] known'",
        '"""\n# agentaudit: ignore[a] known\n"""',
        "# see agentaudit: it reads this",
        "# agentaudit: a tool",
    ],
)
def test_what_is_none(text: str) -> None:
    assert read_comments(text, TODAY) == []


def test_lines_and_several_in_one_comment() -> None:
    text = "# agentaudit: ignore[a] one # agentaudit: ignore[b] two\n\nf(\n    x,  # agentaudit: ignore[c] three\n)\n"
    assert [(c.line, c.rules, c.reason) for c in read_comments(text, TODAY)] == [
        (1, ("a",), "one"),
        (1, ("b",), "two"),
        (4, ("c",), "three"),
    ]


@pytest.mark.parametrize("broken", ["x = (\n", 'x = """\n', "if x:\n    y\n  z\n", "x = $\n"])
def test_text_that_cannot_be_split_into_tokens(broken: str) -> None:
    text = f"# agentaudit: ignore[a] one\n{broken}# agentaudit: ignore[b] two\n"
    assert read_comments(text, TODAY)[0] == Comment(1, ("a",), "one", "", "")


def test_comments_behind_the_place_that_breaks() -> None:
    text = "if x:\n    y\n  z\n\n# agentaudit: ignore[b] two\n"
    assert read_comments(text, TODAY) == [Comment(5, ("b",), "two", "", "")]


@given(st.text(max_size=100), st.text(max_size=100))
def test_no_text_raises(before: str, after: str) -> None:
    read_comments(f"{before}# agentaudit: {after}", TODAY)
    read_comments(f"{before}# agentaudit: ignore[{after}", TODAY)
