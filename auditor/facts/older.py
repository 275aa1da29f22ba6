"""Files in a newer grammar than the interpreter's are rewritten, every token kept at its line and column, so that `ast` can read them."""

from __future__ import annotations

import ast
import re
import warnings

TOKEN = re.compile(
    r"""(?P<space>[ \t\x0c]+|\\(?:\r\n|\r|\n)) | (?P<comment>\#[^\r\n]*) | (?P<line>\r\n|\r|\n)
    | (?P<prefix>(?:[rbuft]|[rbft]{2})?)(?P<quote>'''|\"\"\"|'|\") | (?P<word>\w+) | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
GENERIC = re.compile(r"(?:(?:async[ \t]+)?(?:def|class)[ \t]+\w+[ \t]*|type[ \t]+\w+[ \t]*)(?=\[)")
ALIAS = re.compile(r"type[ \t]+([^\W\d]\w*)(?=[ \t]*(?:=(?!=)|\[))")
DEBUG = re.compile(r"=[ \t\r\n]*[}!:]")
PLAIN = {
    "'": re.compile(r"(?:\\(?:\r\n|.)|[^\\'\r\n])*'", re.DOTALL),
    '"': re.compile(r'(?:\\(?:\r\n|.)|[^\\"\r\n])*"', re.DOTALL),
    "'''": re.compile(r"(?:\\.|[^\\])*?'''", re.DOTALL),
    '"""': re.compile(r'(?:\\.|[^\\])*?"""', re.DOTALL),
}
CLOSES = {")": "(", "]": "[", "}": "{"}
DEEPEST = 50


def down_level(text: str) -> str | None:
    """The text without `type`, generic parameters and bare `except A, B:`; where that is not enough, with f-strings as tuples; or None."""
    scan = _Scan(text)
    try:
        scan.code(0, 0)
    except _Broken:
        return None
    plain = scan.applied(format_strings=False)
    return plain if _reads(plain) else scan.applied(format_strings=True)


def _reads(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Broken(Exception):
    """No text in any grammar."""


class _Scan:
    """Finds what an older grammar cannot hold. `blanks`: ranges to clear; `changes`: other characters at a place; `strings`: ranges of
    texts that hold format strings, each with the ranges of the values in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blanks: list[tuple[int, int]] = []
        self.changes: dict[int, str] = {}
        self.strings: list[tuple[int, int, list[tuple[int, int]]]] = []

    def code(self, at: int, depth: int) -> int:
        """Reads code from `at` to the end of the text or, inside a format string, to the end of its value."""
        text, opened = self.text, list[int]()
        first, generic, after_string = depth == 0, -1, -1
        handler = comma = -1
        while at < len(text):
            token = TOKEN.match(text, at)
            assert token is not None
            kind, start, at = token.lastgroup, at, token.end()
            if kind in ("space", "comment"):
                continue
            if kind == "line":
                if not opened and not depth:
                    first, after_string, handler = True, -1, -1
                continue
            if first and kind == "word":
                generic = self._statement(start)
                handler, comma = (at, -1) if token["word"] == "except" else (-1, -1)
            first = False
            if kind == "quote":
                at = self._string(start, token, after_string, depth)
                after_string = at
                continue
            after_string = -1
            if kind == "word":
                handler = -1 if token["word"] == "as" else handler
                continue
            char = token["other"]
            if depth and not opened and self._ends_value(char, start):
                return start
            if char in "([{":
                opened.append(start)
            elif char in CLOSES:
                if not opened or text[opened[-1]] != CLOSES[char]:
                    raise _Broken
                if opened.pop() == generic:
                    self.blanks.append((generic, at))
            elif not opened and char == ",":
                comma = start
            elif not opened and char == ":":
                self._handler(handler, comma, start)
                handler = -1
            elif not opened and char == ";":
                first = True
        if depth or opened:
            raise _Broken
        return at

    def _statement(self, start: int) -> int:
        """Notes a type alias; gives the place of the bracket of generic parameters, or -1."""
        alias = ALIAS.match(self.text, start)
        if alias is not None:
            self.changes.update(zip(range(start, alias.end()), alias[1].ljust(alias.end() - start), strict=True))
        generic = GENERIC.match(self.text, start)
        return generic.end() if generic is not None else -1

    def _handler(self, start: int, comma: int, colon: int) -> None:
        """`except A, B:` gets parentheses, the first in place of a space."""
        if start < 0 or comma < start:
            return
        first = start
        while self.text[first] in " \t*":
            first += 1
        if first > start:
            self.changes[first - 1] = "(" if self.text[first - 1] != "*" else "*("
            self.changes[colon] = "):"

    def _ends_value(self, char: str, at: int) -> bool:
        following = self.text[at + 1 : at + 2]
        if char == "!":
            return following != "="
        if char == "=":
            return following != "=" and self.text[at - 1] not in "=!<>" and DEBUG.match(self.text, at) is not None
        return char in "}:"

    def _string(self, start: int, token: re.Match[str], after: int, depth: int) -> int:
        """Reads a string; texts that stand side by side are one."""
        prefix, quote = token["prefix"].lower(), token["quote"]
        values: list[tuple[int, int]] = []
        formatted = "f" in prefix or "t" in prefix
        if formatted:
            end = self._format(token.end(), quote, "r" in prefix, values, depth)
        else:
            found = PLAIN[quote].match(self.text, token.end())
            if found is None:
                raise _Broken
            end = found.end()
        if after >= 0 and self.strings and self.strings[-1][1] == after:
            begin, _, earlier = self.strings.pop()
            self.strings.append((begin, end, earlier + values))
        elif formatted or after < 0:
            self.strings.append((start, end, values))
        return end

    def _format(self, at: int, quote: str, raw: bool, values: list[tuple[int, int]], depth: int) -> int:
        """Reads a format string up to and with its closing quote."""
        text = self.text
        if depth >= DEEPEST:
            raise _Broken
        while at < len(text):
            char = text[at]
            if text.startswith(quote, at):
                return at + len(quote)
            if char == "\\":
                named = not raw and text.startswith("N{", at + 1)
                at = text.find("}", at) + 1 or len(text) if named else at + (1 if text[at + 1 : at + 2] in "{}" else 2)
            elif char in "\r\n" and len(quote) == 1:
                raise _Broken
            elif char in "{}" and text[at + 1 : at + 2] == char:
                at += 2
            elif char == "{":
                at = self._field(at + 1, quote, values, depth)
            else:
                at += 1
        raise _Broken

    def _field(self, at: int, quote: str, values: list[tuple[int, int]], depth: int) -> int:
        """Reads `value!r:spec}`."""
        end = self.code(at, depth + 1)
        values.append((at, end))
        at = end
        if self.text[at] == "=":
            at += 1
        while at < len(self.text) and self.text[at] not in ":}":
            at += 1
        if self.text.startswith(":", at):
            at = self._spec(at + 1, quote, values, depth + 1)
        return at + 1

    def _spec(self, at: int, quote: str, values: list[tuple[int, int]], depth: int) -> int:
        if depth >= DEEPEST:
            raise _Broken
        while at < len(self.text) and self.text[at] != "}":
            if self.text.startswith(quote, at):
                raise _Broken
            at = self._field(at + 1, quote, values, depth) if self.text[at] == "{" else at + 1
        return at

    def applied(self, format_strings: bool) -> str:
        rows = list(self.text)
        for start, end in self.blanks:
            for i in range(start, end):
                joins = self.text[i] == "\n" or (self.text[i] == "\r" and self.text[i + 1 : i + 2] != "\n")
                rows[i] = " " if self.text[i] not in "\r\n" else self._joined(i) if joins else ""
        for place, change in self.changes.items():
            rows[place] = change
        for start, end, values in self.strings if format_strings else ():
            if values or self.text[start] in "fFtT" or self.text[start + 1] in "fFtT":
                self._tuple(rows, start, end, values)
        return "".join(rows)

    def _joined(self, at: int) -> str:
        return "\\\r\n" if self.text[at - 1 : at + 1] == "\r\n" else "\\" + self.text[at]

    def _tuple(self, rows: list[str], start: int, end: int, values: list[tuple[int, int]]) -> None:
        """Clears a text but for its values, each followed by a comma."""
        kept = {i for a, b in values for i in range(a, b)}
        for i in range(start, end):
            if i not in kept and self.text[i] not in "\r\n":
                rows[i] = " "
        for _, after in values:
            rows[after] = ","
        rows[start], rows[end - 1] = "(", ")"
