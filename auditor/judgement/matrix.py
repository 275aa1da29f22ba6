"""The control matrix: for each model call, tool, agent, entry point and external call the state of its controls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import get_args

from auditor.graph.title import title
from auditor.graph.types import DecisionPoint, EntryPoint, Noun
from auditor.judgement.declared import Declared
from auditor.judgement.types import Cell, Row
from auditor.rules.types import Verdict
from auditor.settings import Column

ROWS = ("entry_point", "agent", "model_call", "tool", "external_call")
COLUMNS: tuple[str, ...] = get_args(Column)
WORST_FIRST: tuple[Cell, ...] = ("bad", "unknown", "declared", "default", "ok", "n/a")


def matrix(verdicts: Iterable[Verdict], nodes: Mapping[str, Noun], declared: Declared | None = None) -> tuple[Row, ...]:
    """By kind, then in source order; external calls only where a rule asks about one of their controls.

    A control that is bad or unknown and declared is `declared`.
    """
    declared = declared or Declared()
    cells: dict[str, dict[str, Cell]] = defaultdict(dict)
    for verdict in verdicts:
        column = verdict.rule.column
        if column in COLUMNS and verdict.rule.status != "preview":
            row = cells[_row(verdict.subject)]
            row[column] = min(row.get(column, "n/a"), _cell(verdict, declared), key=WORST_FIRST.index)
    shown = [n for n in nodes.values() if n.kind in ROWS and (n.kind != "external_call" or n.id in cells)]
    shown = [n for n in shown if not (isinstance(n, EntryPoint) and n.repeated)]
    return tuple(_as_row(noun, cells[noun.id]) for noun in sorted(shown, key=lambda n: (ROWS.index(n.kind), n.at, n.id)))


def _as_row(noun: Noun, found: Mapping[str, Cell]) -> Row:
    cells = {column: found.get(column, "n/a") for column in COLUMNS}
    return Row(noun.kind, title(noun), noun.at, noun.role, cells)


def _row(subject: Noun) -> str:
    """The controls of a decision point are those of its node."""
    return subject.subject if isinstance(subject, DecisionPoint) and subject.subject else subject.id


def _cell(verdict: Verdict, declared: Declared) -> Cell:
    if verdict.state != "pass" and declared.of(verdict):
        return "declared"
    if verdict.state == "fail":
        return "bad"
    if verdict.state == "unknown":
        return "unknown"
    return "default" if any(e.setting.state == "default" for e in verdict.evidence) else "ok"
