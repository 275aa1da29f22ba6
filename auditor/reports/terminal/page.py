"""Lines of text with a hanging indent, coloured where the reader's console can."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from auditor.core.location import Location
from auditor.core.text import inert, printable

CUT = "..."

Part: TypeAlias = str | tuple[str, str]

STYLES: Mapping[str, str] = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
    "bad": "red",
    "unknown": "magenta",
    "declared": "cyan",
    "default": "yellow",
    "ok": "green",
    "n/a": "dim",
}


class Page:
    """Collects lines. Whatever is written passes through `printable`: names and texts of the target may hold control characters."""

    def __init__(self, width: int, *, color: bool) -> None:
        self.width = width
        self.out = io.StringIO()
        self.console = Console(
            file=self.out,
            width=width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )

    def heading(self, title: str) -> None:
        self.line()
        self.line((title, "bold"))

    def line(self, *parts: Part, hang: int = 0) -> None:
        """One line; what does not fit goes on below, indented by `hang`."""
        text = _assemble(parts)
        # Room for what `_write` may put into a row.
        room = self.width - ("::" in text.plain)
        if cell_len(text.plain) <= room:
            self._write(text)
            return
        first, *rest = text.wrap(self.console, room)
        self._write(first)
        if rest:
            left = text[_consumed(text.plain, first.plain) :]
            for row in left.wrap(self.console, room - hang):
                self._write(Text(" " * hang).append_text(row))

    def verbatim(self, *parts: Part) -> None:
        """One line that is cut where it is too long."""
        text = _assemble(parts)
        text.truncate(self.width, overflow="crop")
        self._write(text)

    def text(self) -> str:
        return self.out.getvalue()

    def _write(self, text: Text) -> None:
        text.rstrip()
        if text.plain.lstrip().startswith("::"):
            # Runners of CI read the log, and take this at the start of a line for a command.
            colon = text.plain.index(":") + 1
            text = text[:colon].append(" ").append_text(text[colon:])
        self.console.print(text, soft_wrap=True)


def _assemble(parts: Sequence[Part]) -> Text:
    text = Text()
    for part in parts:
        content, style = (part, "") if isinstance(part, str) else part
        text.append(inert(printable(content.replace("\t", " ").replace("\n", " "))), style)
    return text


def _consumed(whole: str, first: str) -> int:
    """Where the next row starts: after what stands in the first one and the blanks behind it."""
    end = len(first.rstrip())
    while end < len(whole) and whole[end] == " ":
        end += 1
    return end


def fitted(text: str, room: int) -> str:
    """A text without its end where there is no room for it."""
    text = printable(text.replace("\t", " ").replace("\n", " "))
    if cell_len(text) <= room:
        return text
    text = text[: max(room, 0)]
    while text and cell_len(text) > room - len(CUT):
        text = text[:-1]
    return text.rstrip() + CUT if text.strip() else ""


def whole_words(text: str, room: int) -> str:
    """As many words of a text as there is room for."""
    cut = fitted(text, room)
    if not cut.endswith(CUT) or text.endswith(CUT):
        return cut
    return f"{words.rstrip(',;:')} {CUT}" if (words := cut.rpartition(" ")[0].rstrip()) else ""


def dotted(name: str, room: int) -> str:
    """A dotted name without parts of its middle where there is no room for them: what it begins and ends with says most."""
    first, *rest = name.split(".")
    # Each part takes a dot at least: more of them than there is room for are not tried.
    for start in range(max(len(rest) - max(room, 0), 0), len(rest)):
        shown = f"{first}{CUT if start else '.'}{'.'.join(rest[start:])}"
        if cell_len(shown) <= room:
            return shown
    return fitted(name, room)


def shortened(at: Location, room: int) -> str:
    """A place without its first folders where there is no room for them; file and line always stay."""
    folder, slash, file = str(at).rpartition("/")
    lead = ""
    while folder and cell_len(printable(f"{lead}{folder}{slash}{file}")) > room:
        folder, lead = folder.partition("/")[2], ".../"
    return f"{lead}{folder}{slash if folder else ''}{file}"
