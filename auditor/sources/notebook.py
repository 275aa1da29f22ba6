"""A notebook as one Python module whose lines are known as lines of the .ipynb file."""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass, field

from auditor.core.problem import Problem
from auditor.sources.magics import without_automagics, without_magics

# Names and numbers of JSON are skipped: only strings and structure say where a source stands.
_JSON_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]')


@dataclass(slots=True)
class Notebook:
    """`lines[i]` says where line i + 1 of `source` stands: line of the .ipynb file, 0-based cell, 1-based line in the cell."""

    source: str = ""
    lines: list[tuple[int, int, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Cell:
    """A cell as it stands in the file: the pieces of its source, each with its line."""

    kind: str = ""
    pieces: list[tuple[int, str]] = field(default_factory=list)


def read_notebook(text: str, path: str = "") -> Notebook:
    """The code cells, joined. Never raises; `path` is for the problems."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        return Notebook(problems=[Problem("notebook-unreadable", path, error.lineno, f"no JSON: {error.msg}")])
    except (ValueError, RecursionError) as error:
        return Notebook(problems=[Problem("notebook-unreadable", path, 1, f"no JSON: {str(error) or 'nested too deeply'}")])
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        return Notebook(problems=[Problem("notebook-unreadable", path, 1, "no notebook of format 4: there are no cells")])
    language = _language(data.get("metadata"))
    if language not in ("", "python", "ipython", "python3"):
        return Notebook(problems=[Problem("notebook-language", path, 1, f"the cells are {language}, not Python", counts=False)])
    return _joined(_cells(text), path)


def _joined(cells: list[_Cell], path: str) -> Notebook:
    notebook = Notebook()
    joined: list[str] = []
    for index, cell in enumerate(cells):
        if cell.kind != "code":
            continue
        places, lines = _lines(cell)
        code, error = _python(lines)
        if error:
            at, message = error
            place = places[min(max(at, 1), len(places)) - 1] if places else 1
            notebook.problems.append(Problem("cell-syntax-error", path, place, f"cell {index} is left out: {message}"))
            code = [""] * len(lines)
        joined += code
        notebook.lines += [(place, index, number) for number, place in enumerate(places, 1)]
    notebook.source = "".join(line + "\n" for line in joined)
    return notebook


def _lines(cell: _Cell) -> tuple[list[int], list[str]]:
    """Where each line of a cell begins in the file, and its text."""
    places: list[int] = []
    lines: list[str] = []
    open_line = False
    for place, piece in cell.pieces:
        *whole, rest = piece.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for part in [*whole, rest] if rest else whole:
            if open_line:
                lines[-1] += part
                open_line = False
            else:
                places.append(place)
                lines.append(part)
        open_line = bool(rest)
    return places, lines


def _python(lines: list[str]) -> tuple[list[str], tuple[int, str] | None]:
    """The lines without magics, and what is wrong with them."""
    code = without_magics(lines)
    error = _syntax_error(code)
    if error is None:
        return code, None
    plain = without_automagics(code)
    return (code, error) if plain == code or _syntax_error(plain) else (plain, None)


def _syntax_error(lines: list[str]) -> tuple[int, str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("".join(line + "\n" for line in lines))
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error).split("\n", 1)[0] or "nested too deeply"
    return None


def _language(metadata: object) -> str:
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        info = metadata.get(key) if isinstance(metadata, dict) else None
        value = info.get(name) if isinstance(info, dict) else None
        if isinstance(value, str):
            return value.lower()
    return ""


def _cells(text: str) -> list[_Cell]:
    """The cells of a text that is known to be JSON. Of a key that stands twice the last counts, as everywhere."""
    cells: list[_Cell] = []
    keys: list[str | None] = []  # the open objects (their current key, "" before one) and lists (None)
    expects_key = False
    line, counted = 1, 0
    for token in _JSON_TOKEN.finditer(text):
        sign = token[0]
        if sign[0] != '"':
            if sign in "{[":
                keys.append("" if sign == "{" else None)
                if sign == "{" and keys == ["cells", None, ""]:
                    cells.append(_Cell())
                if sign == "[" and keys == ["cells", None]:
                    cells.clear()
            elif sign in "}]":
                keys.pop()
            expects_key = sign == "{" or (sign == "," and bool(keys) and keys[-1] is not None)
        elif expects_key:
            keys[-1] = json.loads(sign)
            expects_key = False
            if keys == ["cells", None, "source"]:
                cells[-1].pieces.clear()
        elif keys == ["cells", None, "cell_type"]:
            cells[-1].kind = json.loads(sign)
        elif keys[:3] == ["cells", None, "source"] and keys[3:] in ([], [None]):
            line += text.count("\n", counted, token.start())
            counted = token.start()
            cells[-1].pieces.append((line, json.loads(sign)))
    return cells
