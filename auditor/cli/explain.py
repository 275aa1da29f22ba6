"""`agentaudit explain`: the page of a rule."""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import streams
from auditor.cli.asked import Config, Isolated, Packs, Source
from auditor.core.problem import AuditError

if TYPE_CHECKING:
    from auditor.rules.types import Rule

WIDEST = 100
RICH_SYMBOLS = "\u2022\u2500\u2501\u258c"


def command(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule.", show_default=False)],
    *,
    config: Config = None,
    isolated: Isolated = False,
    packs: Packs = None,
) -> int:
    """Explain a rule: why, what is flagged, what is accepted, and how to mend it. It may be one of the packs that `scan .` takes here."""
    from auditor.cli.options import rules_here

    rules = {known.id: known for known in rules_here(Source(config, isolated, tuple(packs or ())))}
    if rule not in rules:
        raise AuditError(f"unknown rule {rule!r}", hint=streams.suggestion(rule, rules, "`agentaudit rules` lists them"))
    streams.emit(_render(rules[rule]))
    return 0


def _render(rule: Rule) -> str:
    """Markdown as it is written where nobody looks at a terminal."""
    page = rule.page if rule.page.endswith("\n") else f"{rule.page}\n"
    head = f"{rule.severities}, {rule.confidence} confidence, {rule.status}, pack {rule.pack}, {rule.points:g} points"
    if rule.control:
        head += f", can be declared: {rule.control}" + (f" of at most {rule.params[rule.within]:g}" if rule.within else "")
    if not streams.is_terminal(sys.stdout) or not streams.can_show(RICH_SYMBOLS):
        return f"{rule.id} ({head})\n\n{page}"
    from rich.console import Console
    from rich.markdown import Markdown

    out = io.StringIO()
    color = streams.wants_color()
    width = min(shutil.get_terminal_size().columns, WIDEST)
    console = Console(file=out, width=width, force_terminal=color, no_color=not color, legacy_windows=False, highlight=False, emoji=False)
    console.print(f"[bold]{rule.id}[/] ({head})\n")
    console.print(Markdown(page, hyperlinks=False))
    return out.getvalue()
