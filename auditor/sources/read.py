"""The text of a source file, or the problem that it has."""

from __future__ import annotations

import codecs
import io
import tokenize

from auditor.core.files import read_regular
from auditor.core.problem import Problem
from auditor.sources.types import SourceFile

# Text codecs that are no encodings of source code: slow on purpose-made input, or with an escape language of their own.
_REFUSED = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(file: SourceFile) -> str | Problem:
    """The decoded text with `\\n` as its only line end."""
    counts = file.kind != "config"
    try:
        data = read_regular(file.absolute)
    except (OSError, ValueError) as error:
        return Problem("file-unreadable", file.path, 1, _reason(error), counts)
    try:
        text = decode(data, python=file.kind == "python")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem("file-undecodable", file.path, line, f"byte {data[error.start]:#04x} is not {error.encoding} text", counts)
    except (SyntaxError, LookupError, ValueError) as error:
        return Problem("file-undecodable", file.path, 1, str(error).split("\n", 1)[0], counts)
    if "\0" in text:
        return Problem(
            "nul-bytes", file.path, text.count("\n", 0, text.index("\0")) + 1, "the file contains NUL bytes: it is no text", counts
        )
    return text


def decode(data: bytes, *, python: bool) -> str:
    """Bytes as Python reads them (PEP 263 cookie, byte order mark, UTF-8); other files may be UTF-16 with a byte order mark."""
    other = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    text = data.decode(_python_encoding(data) if python else other)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _python_encoding(data: bytes) -> str:
    stream = io.BytesIO(data)
    if b"coding" not in stream.readline() + stream.readline():
        return "utf-8-sig"
    stream.seek(0)
    encoding, _ = tokenize.detect_encoding(stream.readline)
    if codecs.lookup(encoding).name.replace("_", "-") in _REFUSED:
        raise LookupError(f"the encoding {encoding} is not supported")
    return encoding


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]
