"""Pages: sections, examples, marks, and the comparison with a scan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.rules.pages import SECTIONS, Example, Result, check_example, read_page

PAGE = """# A rule

## Why

Because.

## Flagged

```python
import a

a.call()  # flag: some-rule, other-rule
```

## Accepted

Two files of one example:

```python app/llm.py
import a
```

```toml pyproject.toml
[project]
```

A second example, in two languages:

```typescript app/llm.ts
call() // unknown: some-rule
```

```text
## Why
is no section here, and this is no example
```

## Cannot tell

```python
a.call()  # unknown: some-rule
```

```python
b.call()
```

## Known misses

```python
a.call()  # miss: some-rule
b.call()  # noise: some-rule
```

## Remedy

Mend it.
"""


def test_examples_with_their_marks() -> None:
    page = read_page(PAGE, "some-rule.md")
    assert page.errors == []
    assert [(sorted(e.files), sorted(e.marks), e.line) for e in page.examples] == [
        (["app.py"], [("other-rule", "app.py", 3, "flag"), ("some-rule", "app.py", 3, "flag")], 9),
        (["app/llm.py", "pyproject.toml"], [], 19),
        (["app/llm.ts"], [("some-rule", "app/llm.ts", 1, "unknown")], 29),
        (["app.py"], [("some-rule", "app.py", 1, "unknown")], 40),
        (["app.py"], [], 44),
        (["app.py"], [("some-rule", "app.py", 1, "miss"), ("some-rule", "app.py", 2, "noise")], 50),
    ]
    assert page.examples[0].files["app.py"] == "import a\n\na.call()  # flag: some-rule, other-rule\n"


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("## Remedy", "## Fix", "some-rule.md:1: the sections must be Why, Flagged"),
        ("## Why\n\nB", "B", "some-rule.md:1: the sections must be"),
        ("\nb.call()  # noise: some-rule\n```", "", "some-rule.md:50: the code block is not closed"),
        ("app/llm.py", "../llm.py", "some-rule.md:19: ../llm.py is no path inside"),
        ("app/llm.py", "/etc/cron.d/x", "some-rule.md:19: /etc/cron.d/x is no path inside"),
        ("pyproject.toml", "app/llm.py", "some-rule.md:23: app/llm.py is there twice"),
    ],
)
def test_a_mistake_of_a_page_has_its_line(old: str, new: str, error: str) -> None:
    assert any(found.startswith(error) for found in read_page(PAGE.replace(old, new, 1), "some-rule.md").errors)


def test_windows_line_ends_change_nothing() -> None:
    one, other = read_page(PAGE, "p.md"), read_page(PAGE.replace("\n", "\r\n"), "p.md")
    assert one == other


EXAMPLE = Example(
    {"app.py": ""},
    {
        ("some-rule", "app.py", 1, "flag"),
        ("some-rule", "app.py", 2, "unknown"),
        ("some-rule", "app.py", 3, "miss"),
        ("some-rule", "app.py", 4, "noise"),
        ("other-rule", "app.py", 1, "flag"),
    },
    7,
)
TRUE: set[Result] = {
    ("some-rule", "app.py", 1, "fail"),
    ("some-rule", "app.py", 2, "unknown"),
    ("some-rule", "app.py", 4, "fail"),
    ("other-rule", "app.py", 1, "fail"),
}


def differences(found: set[Result]) -> list[str]:
    return check_example(EXAMPLE, "some-rule", lambda files: found)


def test_an_example_that_is_true() -> None:
    assert differences(TRUE) == []
    assert differences(TRUE | {("a-third-rule", "app.py", 9, "fail")}) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (TRUE - {("some-rule", "app.py", 1, "fail")}, ["app.py:1 (block at line 7): some-rule should be fail"]),
        (TRUE - {("some-rule", "app.py", 2, "unknown")}, ["app.py:2 (block at line 7): some-rule should be unknown"]),
        (TRUE - {("some-rule", "app.py", 4, "fail")}, ["app.py:4 (block at line 7): some-rule should be fail"]),
        (TRUE | {("some-rule", "app.py", 3, "fail")}, ["app.py:3 (block at line 7): some-rule is found now, the mark `miss` can go"]),
        (TRUE | {("some-rule", "app.py", 8, "unknown")}, ["app.py:8 (block at line 7): some-rule is unknown, which no mark says"]),
        (TRUE | {("other-rule", "app.py", 2, "fail")}, ["app.py:2 (block at line 7): other-rule is fail, which no mark says"]),
    ],
)
def test_each_difference_is_said(found: set[Result], expected: list[str]) -> None:
    assert differences(found) == expected


def test_a_block_without_a_mark_must_be_clean() -> None:
    clean = Example({"app.py": "x = 1\n"}, set(), 3)
    assert check_example(clean, "some-rule", lambda files: {("some-rule", "app.py", 1, "fail")}) == [
        "app.py:1 (block at line 3): some-rule is fail, which no mark says"
    ]


@given(st.text(st.sampled_from("#`\n pythonWhy:flag/.\r")), st.sampled_from(SECTIONS))
def test_any_text_is_read(text: str, section: str) -> None:
    page = read_page(f"## {section}\n{text}", "p.md")
    assert page.errors
