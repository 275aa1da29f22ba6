"""stdout for the document, stderr for everything else, on any console."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from auditor.core.problem import AuditError
from auditor.core.text import did_you_mean, no_command, printable

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
    """Whether what goes to stdout may be coloured (https://no-color.org, https://force-color.org).

    FORCE_COLOR asks for colours whatever stdout is: the log of a CI job shows them, and is no terminal.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_terminal(sys.stdout) and os.environ.get("TERM") != "dumb"


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


def emit(document: str, *, utf8: bool = False) -> None:
    """Write the document to stdout. Whoever stops reading early (`| head`) has what they wanted.

    `utf8`: it is for a program, which is not to depend on the locale; a terminal gets what it can show all the same.
    """
    out = sys.stdout
    if utf8 and isinstance(out, io.TextIOWrapper) and not is_terminal(out):
        out.reconfigure(encoding="utf-8")
    try:
        with suppress(OSError, AttributeError):
            # The other end of a pipe may have set it not to wait: all that does not fit into it at once would be lost without a word.
            os.set_blocking(out.fileno(), True)
        out.write(document)
        out.flush()
    except BrokenPipeError:
        _mute(out)
    except OSError as error:
        _mute(out)
        raise AuditError(f"cannot write to stdout: {error.strerror or error}") from error


def say(message: str) -> None:
    """Runners of CI read this, too, and some of it is text of the scanned code."""
    _tell("".join(f"{no_command(line)}\n" for line in message.split("\n")))


def _tell(text: str) -> None:
    """To stderr, at once."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        # Nobody can be told that nobody can be told.
        _mute(sys.stderr)


def _mute(stream: TextIO) -> None:
    """From now on it swallows all, what it still holds too: the interpreter flushes it once more at its end, and would complain."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


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
            _tell(f"\r{' ' * self.width}\r")

    def _rewrite(self, line: str) -> None:
        _tell(f"\r{line.ljust(self.width)}")
        self.width = len(line)
