"""Notebooks become one module whose lines are lines of the .ipynb file."""

import ast
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.sources.magics import without_magics
from auditor.sources.notebook import read_notebook

pytestmark = pytest.mark.usefixtures("own_time")


def notebook(*cells: str | list[str] | dict, indent: int | None = 1, **metadata) -> str:
    """The text of a notebook; a cell that is no dict is a code cell with that source."""
    made = [c if isinstance(c, dict) else {"cell_type": "code", "metadata": {}, "outputs": [], "source": c} for c in cells]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=indent)


def test_cells_are_joined_and_lines_found() -> None:
    text = notebook(["import a\n", "x = 1"], {"cell_type": "markdown", "source": ["# Title"]}, ["y = (\n", "  2\n", ")\n"])
    result = read_notebook(text)
    assert result.source == "import a\nx = 1\ny = (\n  2\n)\n"
    assert [(cell, line) for _, cell, line in result.lines] == [(0, 1), (0, 2), (2, 1), (2, 2), (2, 3)]
    lines = text.split("\n")
    for (place, _, _), source in zip(result.lines, result.source.split("\n"), strict=False):
        assert json.dumps(source)[1:-1] in lines[place - 1]
    assert result.problems == []


def test_a_source_in_one_string_stands_on_one_line() -> None:
    text = notebook("a = 1\nb = 2\n", "c = 3")
    result = read_notebook(text)
    places = [place for place, _, _ in result.lines]
    assert result.source == "a = 1\nb = 2\nc = 3\n"
    assert places[0] == places[1] < places[2]
    assert '"a = 1\\nb = 2\\n"' in text.split("\n")[places[0] - 1]


def test_a_file_in_one_line() -> None:
    result = read_notebook(notebook(["a = 1\n", "b = 2"], indent=None))
    assert result.lines == [(1, 0, 1), (1, 0, 2)]


def test_pieces_that_do_not_end_at_line_ends() -> None:
    result = read_notebook(notebook(["a = ", "1\nb", " = 2\r\n", "\n", "c = 3"]))
    assert result.source == "a = 1\nb = 2\n\nc = 3\n"
    assert len(result.lines) == 4


def test_outputs_and_keys_that_look_like_cells_do_not_confuse() -> None:
    tricky = {"cells": [{"cell_type": "code", "source": ["no = 1"]}], "source": "no = 2", "x": '"source": ["no = 3"]'}
    cell = {"outputs": [tricky], "source": ["yes = '}]{[\\\"'"], "metadata": tricky, "cell_type": "code"}
    text = json.dumps({"metadata": tricky, "cells": [cell]}, indent=2)
    assert read_notebook(text).source == "yes = '}]{[\\\"'\n"


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    text = '{"cells": [{"source": "a", "cell_type": "code"}],\n"cells": [{"cell_type": "code", "source": ["b"], "source": ["c"]}]}'
    result = read_notebook(text)
    assert (result.source, result.lines) == ("c\n", [(2, 0, 1)])


def test_unicode_is_kept() -> None:
    result = read_notebook(notebook("x = '\U0001f600 ü'", "y = '\ud83d'"))
    assert result.source.startswith("x = '\U0001f600 ü'\n")
    assert [problem.code for problem in result.problems] == ["cell-syntax-error"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%load_ext x\nimport a", "\nimport a"),
        ("!pip install a b\nimport a", "\nimport a"),
        ("pip install -q a\nimport a", "\nimport a"),
        ("if x:\n    !ls\n    %cd a", "if x:\n    pass\n    pass"),
        ("files = !ls *.py\nt = %timeit -o f()", "files = None\nt = None"),
        ("a, b.c = !ls", "a, b.c = !ls"),
        ("?print\nprint?\nobj.attr??\n%magic?", "\n\n\n"),
        ("!pip install \\\n  a \\\n  b\nx = 1", "\n\n\nx = 1"),
        ("%%time\nx = 1\n!ls", "\nx = 1\n"),
        ("\n%%capture out\nimport a", "\n\nimport a"),
        ("%%bash\nls -la\necho $X", "\n\n"),
        ("%%writefile a.py\nimport a", "\n"),
        ("%%unknown_thing\nx = 1", "\n"),
        ("x = a %b", "x = a %b"),
        ("x = (a\n%b)", "x = (a\n%b)"),
        ("x = a \\\n%b", "x = a \\\n%b"),
        ('p = """\n!important\n%s\nwhat?\n"""\n!ls', 'p = """\n!important\n%s\nwhat?\n"""\n'),
        ("p = '''a \"\"\"\n!x\n'''  # \"\"\"\n!ls", "p = '''a \"\"\"\n!x\n'''  # \"\"\"\n"),
        ('q = \'"""\' # (\n!ls', 'q = \'"""\' # (\n'),
        ("await f()\nasync with a as b:\n    pass", "await f()\nasync with a as b:\n    pass"),
    ],
)
def test_magics_become_python_with_as_many_lines(cell: str, code: str) -> None:
    assert "\n".join(without_magics(cell.split("\n"))) == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (["cd ..\n", "import a"], "\nimport a\n"),
        (["ls -la\n", "pwd\n", "cd ..\n", "x = 1"], "\n\n\nx = 1\n"),
        (["ls -la\n", "pwd"], "ls -la\npwd\n"),
        (["if x:\n", "    conda env list\n", "uv sync \\\n", "  --all\n", "time = 1"], "if x:\n    pass\n\n\ntime = 1\n"),
        (["ls = [1]\n", "ls\n", "cat (1)"], "ls = [1]\nls\ncat (1)\n"),
        (['p = """\n', "cd ..\n", '"""\n', "cd .."], 'p = """\ncd ..\n"""\n\n'),
    ],
)
def test_magics_without_their_sign_are_seen_where_the_cell_is_no_python(cell: list[str], code: str) -> None:
    result = read_notebook(notebook(cell))
    assert (result.source, result.problems) == (code, [])


def test_a_cell_that_does_not_parse_is_left_out_alone() -> None:
    text = notebook(["a = 1\n", "b = 2"], ["x = 1\n", "def f(:\n", "    pass"], "c = 3")
    result = read_notebook(text, "n.ipynb")
    assert result.source == "a = 1\nb = 2\n\n\n\nc = 3\n"
    (problem,) = result.problems
    assert (problem.code, problem.path) == ("cell-syntax-error", "n.ipynb")
    assert "def f(:" in text.split("\n")[problem.line - 1]
    assert [cell for _, cell, _ in result.lines] == [0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize("source", ["x = 1\0", "(" * 5_000, "x = 1 \\", "1" * 10_000])
def test_cells_that_break_the_parser(source: str) -> None:
    result = read_notebook(notebook(source, "c = 3"))
    assert result.source == "\nc = 3\n"
    assert len(result.problems) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ('{"cells": [\n{,}]}', 2),
        ("[]", 1),
        ('{"worksheets": []}', 1),
        ('{"cells": {}}', 1),
        ("[" * 200_000, 1),
        ('{"x": 1' + "0" * 10_000 + "}", 1),
    ],
)
def test_what_is_no_notebook_is_a_problem(text: str, line: int) -> None:
    result = read_notebook(text, "n.ipynb")
    assert result.source == ""
    assert [(p.code, p.line, p.counts) for p in result.problems] == [("notebook-unreadable", line, True)]


def test_another_language() -> None:
    result = read_notebook(notebook("x <- 1", kernelspec={"language": "R"}))
    assert result.source == ""
    assert [(p.code, p.counts) for p in result.problems] == [("notebook-language", False)]


lines = st.lists(
    st.sampled_from(["x = 1", "!ls", "%cd a", "a?", '"""', "(", ")", "'", "\\", "if x:", "    y", "%%bash", "é", "# agent", "z = !ls"])
)


@given(st.lists(lines.map("\n".join) | st.text(max_size=40), max_size=5), st.sampled_from([None, 1]), st.booleans())
def test_any_cells_give_a_module_that_parses_and_a_place_for_each_line(cells: list[str], indent: int | None, split: bool) -> None:
    text = notebook(*[c.splitlines(keepends=True) if split else c for c in cells], indent=indent)
    result = read_notebook(text)
    ast.parse(result.source)
    assert result.source.count("\n") == len(result.lines)
    assert all(1 <= place <= text.count("\n") + 1 for place, _, _ in result.lines)
    assert sorted(result.lines) == result.lines


@given(
    st.text(max_size=200)
    | st.recursive(
        st.none() | st.text(max_size=5),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["cells", "source", "cell_type", "metadata"]), x),
    ).map(json.dumps)
)
def test_no_text_raises(text: str) -> None:
    read_notebook(text)


def test_large_outputs_are_fast() -> None:
    image = {"output_type": "display_data", "data": {"image/png": "A" * 5_000_000}}
    text = notebook({"cell_type": "code", "source": ["x = 1"], "outputs": [image, image]})
    before = time.process_time()
    assert read_notebook(text).source == "x = 1\n"
    assert time.process_time() - before < 0.5
