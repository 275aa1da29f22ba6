"""`agentaudit rules`: which rules there are."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from auditor.cli import streams

if TYPE_CHECKING:
    from auditor.rules.types import Rule

SEVERITIES = ("critical", "high", "medium", "low", "info")


def command() -> int:
    """List the rules, worst first; `agentaudit explain RULE` tells more."""
    from auditor.rules.load import builtin_packs, load_packs

    rules = sorted(load_packs(builtin_packs()), key=lambda rule: (SEVERITIES.index(rule.severity), rule.id))
    streams.emit(_table(rules) if streams.is_terminal(sys.stdout) else _plain(rules))
    return 0


def _plain(rules: Sequence[Rule]) -> str:
    """A rule a line, its columns divided by tabs: for `cut`, `grep` and `sort`."""
    return "".join(f"{rule.id}\t{rule.severity}\t{rule.pack}\t{rule.status}\t{rule.title}\n" for rule in rules)


def _table(rules: Sequence[Rule]) -> str:
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "severity", "pack", "status", "title", box=None, pad_edge=False, header_style="bold")
    for rule in rules:
        table.add_row(rule.id, rule.severity, rule.pack, rule.status, rule.title)
    out = io.StringIO()
    color = streams.wants_color()
    width = shutil.get_terminal_size().columns
    Console(file=out, width=width, force_terminal=color, no_color=not color, legacy_windows=False, markup=False, highlight=False).print(
        table
    )
    return out.getvalue()
