"""What the scanned code says stays text in Markdown."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from auditor.core.text import inert, inert_json
from auditor.reports.escape import cell, code, marker, one_line, prose

MARKDOWN = MarkdownIt("commonmark").enable("table")
HOSTILE = st.text(
    st.sampled_from("`|\\<>[]()!@#*_~$&%:;=-+. \n\r\t\0\x1b\u202e\u2028/'\"aA1é名") | st.characters(codec="utf-8"), max_size=60
)
NASTY = [
    "`", "``x`", "a`b``c", "a|b", "a\\|b", "a\\", "<b>", "</details>", "<!-- agentaudit -->", "-->", "@team", "#123", "GH-12", "o/r#1",
    "[a](b)", "![a](b)", "https://x.example", "www.x.example", "a@b.example", "a\n\n# b", "\x1b[31mred", "a\u202eb", "$x$", ":smile:",
    "!12", "~label", "&lt;", "---", "| - |", "1. a", "- a", "> a", "```\nx", "%5", "_a_", "**a**", "a:b:c", "=== ", "(@team)", "(#1):",
    "##[error]x", "a ###vso[x]y",
]  # fmt: skip


def inline(text: str) -> list[tuple[str, str]]:
    return [(token.type, token.content) for token in MARKDOWN.parseInline(text)[0].children or ()]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_nasty_breaks_out(text):
    check_code(text)
    check_prose(text)
    check_cell(text)


@given(HOSTILE)
def test_a_code_span_is_never_broken_out_of(text):
    check_code(text)


@given(HOSTILE)
def test_prose_is_words_and_code_spans(text):
    check_prose(text)


@given(HOSTILE)
@example("\\||")
def test_a_cell_stays_a_cell(text):
    check_cell(text)


def check_code(text: str) -> None:
    seen = inert(one_line(text, 200)).replace("<!--", "<! --")
    assert inline(f"a {code(text)} b") == ([("text", "a "), ("code_inline", seen), ("text", " b")] if seen else [("text", "a  b")])


def check_prose(text: str) -> None:
    tokens = inline(f"a {prose(text)} b")
    assert {kind for kind, _ in tokens} <= {"text", "code_inline"}
    plain = " ".join(content for kind, content in tokens if kind == "text")
    assert not re.search(r"[@#<>\[\]*_`|\\$~&!^\"/]|\w[.:]\w*[^\W\d]|\d[^\W\d]", plain)
    said = "".join(content for _, content in tokens)[2:-2]
    assert "".join(said.split()) == "".join(inert(one_line(text)).replace("<!--", "<! --").split())


def check_cell(text: str) -> None:
    rows = MARKDOWN.parse(f"| a | b |\n|---|---|\n| {cell(code(text))} | {cell(prose(text))} |\n| 1 | 2 |\n\nend\n")
    cells = [rows[i + 1] for i, token in enumerate(rows) if token.type == "td_open"]
    assert [token.type for token in rows].count("td_open") == 4
    assert [token.content for token in cells[2:]] == ["1", "2"]
    assert all(child.type in ("text", "code_inline") for c in cells for child in c.children or ())
    assert rows[-2].content == "end"


@given(HOSTILE)
def test_one_line_is_one_line_that_can_be_seen(text):
    line = one_line(text)
    assert len((line + "x").splitlines()) == 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]|  |^ | $", line)


@given(HOSTILE, HOSTILE)
def test_a_marker_is_a_comment_of_its_own_root(one, other):
    assert re.fullmatch(r"<!-- agentaudit( \S*)? -->", marker(one))
    assert "--" not in marker(one)[4:-3]
    tokens = MARKDOWN.parse(f"{marker(one)}\n\nafter\n")
    assert [token.type for token in tokens] == ["html_block", "paragraph_open", "inline", "paragraph_close"]
    assert (marker(one) == marker(other)) == (one == other)


def test_markers_of_packages():
    assert marker(".") == "<!-- agentaudit -->"
    assert marker("services/ask") == "<!-- agentaudit services/ask -->"
    assert marker("a--b>c d") == "<!-- agentaudit a-%2Db%3Ec%20d -->"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        (
            "execute of db.connect(...) blocks the event loop: all else waits",
            "execute of `db.connect(...)` blocks the event loop: all else waits",
        ),
        ("up to 9 = 3 (sdk, lib 2.20.0) x 3 (loop, a.py:144)", "up to 9 = 3 (sdk, lib 2.20.0) x 3 (loop, `a.py:144`)"),
        ('set options="-c t=1" of connect(), and', 'set `options="-c t=1"` of `connect()`, and'),
        ("coverage 92.5 % is under 95 %", "coverage 92.5 % is under 95 %"),
        ("a well-known name, isn't it", "a well-known name, isn't it"),
        ("(@team) and (the rest).", "(`@team`) and (the rest)."),
        ("1. a list", "`1`. a list"),
        ("- a list", "`-` a list"),
        ("", ""),
    ],
)  # fmt: skip
def test_prose_marks_what_is_no_word(text, markdown):
    assert prose(text) == markdown


@pytest.mark.parametrize("text", ["##[error]x", "###[a", "##vso[task]", "# #[", "\\##[", '"##["', "é##[\n"])
def test_data_holds_no_command(text):
    written = inert_json(json.dumps({text: [text]}))
    assert json.loads(written) == {text: [text]}
    assert not re.search(r"##\w*\[", written)


def test_long_text_is_cut():
    assert code("a" * 300) == f"`{'a' * 197}...`"
    assert prose("word " * 500) == "word " * 119 + "wo..."
