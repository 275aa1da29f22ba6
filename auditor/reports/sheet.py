"""Markdown that never grows over a limit: what matters most is written first, and what has no room is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

RESERVE = 1_000
"""bytes kept for the lines that say what is left out"""


class Sheet:
    """Collects blocks of text, a blank line between them. The limit is in bytes of UTF-8: no platform counts more than these."""

    def __init__(self, most: int) -> None:
        self.blocks: list[str] = []
        self.left = most - RESERVE
        self.cut: list[str] = []

    def add(self, block: str) -> bool:
        """Whether there was room."""
        size = _size(block) + 2
        if size > self.left:
            return False
        self.left -= size
        self.blocks.append(block)
        return True

    def section(self, title: str, items: Sequence[str], what: str, *, head: str = "", total: int | None = None) -> None:
        """A heading and as many items as there is room for; `total`: how many there are where not all are among the items."""
        self._fill("\n".join([f"#### {title}\n", *([head] if head else [])]), "", items, what, len(items) if total is None else total)

    def folded(self, title: str, items: Sequence[str], what: str, *, total: int | None = None) -> None:
        """Behind a line that opens it; `title` is a text of this report."""
        opening, closing = f"<details><summary>{title}</summary>\n", "\n</details>"
        self._fill(opening, closing, items, what, len(items) if total is None else total)

    def text(self) -> str:
        if self.cut:
            self.blocks.append(f"*No room for: {', '.join(self.cut)}. `agentaudit scan --format json` has all.*")
        return "\n\n".join(self.blocks) + "\n"

    def _fill(self, opening: str, closing: str, items: Sequence[str], what: str, total: int) -> None:
        if not items:
            return
        note = "- {:,} more (`--format json` has all)"
        room = self.left - _size(opening) - _size(closing) - len(note) - 20
        taken = list(_fitting(items, room))
        if not taken:
            self.cut.append(f"{total:,} {what}")
            return
        rows = [*taken, *([note.format(total - len(taken))] if total > len(taken) else [])]
        self.add("\n".join([opening, *rows, *([closing] if closing else [])]))


def _fitting(items: Iterable[str], room: int) -> Iterable[str]:
    for item in items:
        room -= _size(item) + 1
        if room < 0:
            return
        yield item


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
