"""Something that could not be read or understood; it reaches the report and never stops a scan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`code` is stable and in kebab-case (`file-unreadable`, `syntax-error`, ...); `path` is relative to the root."""

    code: str
    path: str
    line: int
    message: str
    counts: bool = True
    """Whether it lowers the coverage (a file that could not be read counts as one undecided subject)."""


class AuditError(Exception):
    """A mistake of the user that ends the run with exit code 2: wrong option, missing path, broken rule or settings.

    `hint` says what to do; `place` is a `path:line:column` where there is one.
    """

    def __init__(self, message: str, *, hint: str | None = None, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place
