"""The control matrix: which control holds at which model call, tool, agent and entry point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len

from auditor.core.text import printable
from auditor.judgement.types import Cell, Row
from auditor.reports.terminal.page import STYLES, Page, fitted
from auditor.reports.words import count, noun_text

WORDS = {"bad": "bad", "unknown": "?", "declared": "declared", "default": "default", "ok": "ok", "n/a": "-"}
WORST_FIRST: tuple[Cell, ...] = ("bad", "unknown", "declared", "default", "ok")
MOST_ROWS = 12
WIDEST_HEADER = 8
NARROWEST_LABEL = 24


def matrix(page: Page, rows: Sequence[Row]) -> None:
    columns = [c for c in dict.fromkeys(c for row in rows for c in row.cells) if any(row.cells.get(c, "n/a") != "n/a" for row in rows)]
    if not columns:
        return
    page.heading(f"Controls of {count(len(rows), 'node')}")
    widths = [max(len(c[:WIDEST_HEADER]), len("default")) + 2 for c in columns]
    while sum(widths) > page.width - 2 - NARROWEST_LABEL:
        widths.pop()
    columns, left_out = columns[: len(widths)], columns[len(widths) :]
    label = page.width - 2 - sum(widths)
    page.verbatim("  ", " " * label, *(f"{c[:WIDEST_HEADER]:>{w}}" for c, w in zip(columns, widths, strict=True)))
    for state in WORST_FIRST:
        found = [Counter(row.cells.get(c, "n/a") for row in rows)[state] for c in columns]
        if any(found):
            title = "unknown (?)" if state == "unknown" else state
            numbers = ((f"{n or '-':>{w}}", STYLES[state] if n else "dim") for n, w in zip(found, widths, strict=True))
            page.verbatim("  ", f"{title:<{label}}", *numbers)
    page.line()
    ordered = sorted(rows, key=_worst_first)
    shown = [row for row in ordered if any(cell in ("bad", "unknown") for cell in row.cells.values())][:MOST_ROWS]
    for row in shown:
        cells = [row.cells.get(c, "n/a") for c in columns]
        parts = ((f"{WORDS[cell]:>{w}}", STYLES[cell]) for cell, w in zip(cells, widths, strict=True))
        page.verbatim("  ", _padded(_label(row, label), label), *parts)
    if len(rows) > len(shown):
        page.line(
            f"  {count(len(rows) - len(shown), 'more node')} (--format json has all)" if shown else "  no node has a bad or an unknown cell"
        )
    if left_out:
        page.line(f"  no room for {', '.join(left_out)}", hang=4)


def _worst_first(row: Row) -> tuple[object, ...]:
    states = Counter(row.cells.values())
    tested = row.role in ("test", "example", "notebook")
    return (tested, *(-states[state] for state in WORST_FIRST), row.at, row.noun, row.name)


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - cell_len(text), 0)


def _label(row: Row, width: int) -> str:
    """File and line, then the name; of the directory, which is cut from the left, as much as there is room for."""
    room = width - 1
    name, noun = printable(row.name), f" ({noun_text(row.noun)})"
    whole = f"{row.at} {name}{noun}"
    if cell_len(whole) <= room:
        return whole
    folder, _, file = str(row.at).rpartition("/")
    text = fitted(f"{file} {name}", room)
    while folder:
        folder = folder.partition("/")[2]
        shorter = f".../{folder}/{text}" if folder else f".../{text}"
        if cell_len(shorter) <= room:
            return shorter
    return text
