"""stdout for the document, stderr for everything else, on any console."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterable

from auditor.core.problem import AuditError
from auditor.core.text import did_you_mean, printable

BAR = 24
EVERY_SECONDS = 0.1


def prepare() -> None:
    """A character that the console cannot show is replaced, lines end alike everywhere, and a closed stream swallows what it gets."""
    if sys.stdout is None:
        sys.stdout = io.StringIO()
    if sys.stderr is None:
        sys.stderr = io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", newline="\n")


def is_terminal(stream: object) -> bool:
    return bool(getattr(stream, "isatty", lambda: False)())


def wants_color() -> bool:
    """Whether stdout is a terminal that may be coloured (https://no-color.org)."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def can_show(symbols: str) -> bool:
    try:
        symbols.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def suggestion(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint for a word that is not known."""
    near = did_you_mean(name, sorted(known))
    return f"did you mean {near!r}?" if near else otherwise


def emit(document: str) -> None:
    """Write the document to stdout. Whoever stops reading early (`| head`) has what they wanted."""
    try:
        sys.stdout.write(document)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes stdout once more at its end, and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise AuditError(f"cannot write to stdout: {error.strerror}") from error


def say(message: str) -> None:
    try:
        sys.stderr.write(f"{message}\n")
    except OSError:
        # Nobody can be told that nobody can be told.
        return


def complain(message: str, *, hint: str | None = None, place: str | None = None) -> None:
    prefix = f"{printable(place)}: " if place else ""
    say(f"error: {prefix}{printable(message)}")
    if hint:
        say(f"hint: {printable(hint)}")


class Progress:
    """One line on stderr that is rewritten in place; nothing where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.shown = not quiet and is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
        self.width = 0
        self.last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self.shown or (done < total and now - self.last < EVERY_SECONDS):
            return
        self.last = now
        filled = BAR * done // total if total else BAR
        self._rewrite(f"{stage} [{'#' * filled}{'.' * (BAR - filled)}] {done}/{total}")

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no trace, also where the run ends with an error."""
        if self.width:
            self._write(f"\r{' ' * self.width}\r")

    def _rewrite(self, line: str) -> None:
        self._write(f"\r{line.ljust(self.width)}")
        self.width = len(line)

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
