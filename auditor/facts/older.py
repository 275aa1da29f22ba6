"""Files in a newer grammar than the interpreter's are rewritten, line numbers kept, so that `ast` can read them."""

from __future__ import annotations

import re

TYPE_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(\[[^\]\n]*\])?[ \t]*=", re.MULTILINE)
GENERIC = re.compile(r"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)[ \t]*\[([^\[\]\n]|\[[^\[\]\n]*\])*\](?=[ \t]*[(:])", re.MULTILINE)
EXCEPT = re.compile(r"^([ \t]*except)[ \t]+(\*?[ \t]*[\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:", re.MULTILINE)


def down_level(text: str) -> str | None:
    """The text with `type X = ...`, generic parameters, bare `except A, B:` and nested f-string quotes in older grammar, or None."""
    result = TYPE_ALIAS.sub(r"\1\2 =", text)
    result = GENERIC.sub(r"\1", result)
    result = EXCEPT.sub(r"\1 (\2):", result)
    result = _format_strings(result)
    return result if result != text else None


def _format_strings(text: str) -> str:
    """f-strings and t-strings that reuse their quote, hold a backslash or a line break inside `{}` become plain calls on their values."""
    if not re.search(r"\b[ftFT][rR]?['\"]|\b[rR][ftFT]['\"]", text):
        return text
    from auditor.facts.fstrings import rewrite

    return rewrite(text)
