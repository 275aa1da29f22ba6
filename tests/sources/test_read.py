"""Bytes become text, or a problem."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.problem import Problem
from auditor.sources.read import decode, read_text
from auditor.sources.types import Kind, SourceFile


def text_of(tmp_path: Path, data: bytes, kind: Kind = "python") -> str | Problem:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    return read_text(SourceFile("a.py", path, kind))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = '\xc3\xbc'\n", "x = 'ü'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xfc'\n", "# -*- coding: latin-1 -*-\nx = 'ü'\n"),
        (
            b"#!/usr/bin/python\r\n# vim: set fileencoding=cp1252 :\r\nx = '\x80'\r",
            "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'\n",
        ),
        (b"x = 1\r\ny = 2\rz = 3\n", "x = 1\ny = 2\nz = 3\n"),
        (b"", ""),
    ],
)
def test_python_is_decoded_as_python_does(tmp_path: Path, data: bytes, text: str) -> None:
    assert text_of(tmp_path, data) == text


def test_requirements_written_by_a_shell_in_utf_16(tmp_path: Path) -> None:
    assert text_of(tmp_path, "a==1\r\n".encode("utf-16"), "config") == "a==1\n"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"a\nb\n\xff\n", "file-undecodable", 3),
        (b"# coding: utf-8\nx = '\xff'\n", "file-undecodable", 2),
        (b"# coding: nonsense\n", "file-undecodable", 1),
        (b"# coding: rot13\n", "file-undecodable", 1),
        (b"# coding: zlib\n", "file-undecodable", 1),
        (b"# coding: unicode_escape\nx = '\\d'\n", "file-undecodable", 1),
        (b"# coding: punycode\n", "file-undecodable", 1),
        (b"# coding: idna\n", "file-undecodable", 1),
        (b"a\nb\0\n", "nul-bytes", 2),
    ],
)
def test_what_is_no_text_is_a_problem(tmp_path: Path, data: bytes, code: str, line: int) -> None:
    problem = text_of(tmp_path, data)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.line, problem.counts) == (code, line, True)


def test_a_file_that_went_away_or_became_a_link(tmp_path: Path) -> None:
    missing = read_text(SourceFile("b.py", tmp_path / "b.py", "python"))
    (tmp_path / "c.py").symlink_to("/etc/hostname")
    link = read_text(SourceFile("c.py", tmp_path / "c.py", "python"))
    assert [p.code for p in (missing, link) if isinstance(p, Problem)] == ["file-unreadable", "file-unreadable"]


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: b"# coding: " + b), st.booleans())
def test_decoding_raises_only_what_is_caught(data: bytes, python: bool) -> None:
    with contextlib.suppress(SyntaxError, LookupError, ValueError):
        decode(data, python=python)
