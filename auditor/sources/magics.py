"""The lines of a notebook cell that are not Python: magics, shell commands, help."""

from __future__ import annotations

import re

# Cell magics whose body is Python that runs in this kernel; what stands behind any other is another language, or runs elsewhere.
_PYTHON_CELLS = re.compile(r"%%(time|timeit|capture|prun|memit|mprun|debug)\b")
_MAGIC = re.compile(
    r"""(?P<indent>\s*)(?:
        %{1,2}[A-Za-z_]\w*.* | !.* | \?{1,2}[\w.*%]+\s* | %{0,2}[A-Za-z_][\w.*]*\?{1,2}\s* | (?:pip3?|conda|mamba)\s+(?:un)?install\b.*
      | (?P<target>[A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_]\w*)*)\s*=\s*(?:!|%[A-Za-z_]).*
    )""",
    re.VERBOSE,
)
# What a notebook takes for a magic without its %, where the line is no Python.
_AUTOMAGIC = re.compile(
    r"""(?P<indent>\s*)(?P<target>(?!))?(?:
        alias|cat|cd|conda|cp|dirs|env|ldir|less|lf|lk|ll|load|load_ext|ls|lx|mamba|man|matplotlib|micromamba|mkdir|more|mv|pinfo2?
      | pip3?|popd|prun|pushd|pwd|reload_ext|reset|rm|rmdir|run|set_env|time|timeit|uv|who|whos
    )(?:\s+(?![=(,\[:]).*)?""",
    re.VERBOSE,
)
_TOKEN = re.compile(r"""\#.* | \"{3} | '{3} | "(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+' | [()\[\]{}]""", re.VERBOSE)
_CLOSING = {'"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+"""', re.DOTALL), "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*+'''", re.DOTALL)}


def without_magics(lines: list[str]) -> list[str]:
    """As many lines, all of them Python: a magic becomes blank (`pass` in a block) or the assignment of None.

    A cell of another language is blank.
    """
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%"):
        if not _PYTHON_CELLS.match(first):
            return [""] * len(lines)
        start = lines.index(first) + 1
        return [""] * start + without_magics(lines[start:])
    if not any(mark in line for line in lines for mark in ("%", "!", "?", "install")):
        return lines
    return _replaced(lines, _MAGIC)


def without_automagics(lines: list[str]) -> list[str]:
    """For lines that are no Python so far: bare `cd ..` or `ls -l` goes as `%cd ..` does."""
    return _replaced(lines, _AUTOMAGIC)


def _replaced(lines: list[str], magic: re.Pattern[str]) -> list[str]:
    result: list[str] = []
    depth = 0
    quote = ""
    continued = in_magic = False
    for line in lines:
        if in_magic:
            result.append("")
            in_magic = line.endswith("\\")
            continue
        match = None if quote or depth or continued else magic.fullmatch(line)
        if match:
            result.append(_python_for(match["indent"], match["target"]))
            in_magic = line.endswith("\\")
        else:
            depth, quote = _state_after(line, depth, quote)
            continued = line.endswith("\\")
            result.append(line)
    return result


def _python_for(indent: str, target: str | None) -> str:
    """A block must not be left empty; at the top of the cell there is nothing where the magic was."""
    if target:
        return f"{indent}{target} = None"
    return f"{indent}pass" if indent else ""


def _state_after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Open brackets, and the open triple quote, at the end of a line."""
    place = 0
    while True:
        if quote:
            closed = _CLOSING[quote].match(line, place)
            if closed is None:
                return depth, quote
            place, quote = closed.end(), ""
        token = _TOKEN.search(line, place)
        if token is None:
            return depth, ""
        place = token.end()
        text = token[0]
        if text in _CLOSING:
            quote = text
        elif text in "([{":
            depth += 1
        elif text in ")]}":
            depth = max(0, depth - 1)
