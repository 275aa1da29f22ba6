"""`agentaudit why`: what was seen at a line, and what each rule says of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import output, streams
from auditor.cli.asked import Config, Isolated, Packs, Source

if TYPE_CHECKING:
    from auditor.judgement.why import Why

FORMATS = ("text", "json")
WIDEST = 120
NOTHING = 3


def command(
    place: Annotated[
        str, typer.Argument(metavar="PATH:LINE", help="A line: PATH:LINE[:COLUMN], of a notebook also PATH:CELL:LINE.", show_default=False)
    ],
    *,
    format: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="The document on stdout.")] = "text",
    rule: Annotated[str | None, typer.Option("--rule", metavar="RULE", help="Tell about this rule only.")] = None,
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What is scanned; else the current folder if PATH lies in it, or its git root or project."),
    ] = None,
    config: Config = None,
    isolated: Isolated = False,
    packs: Packs = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr, only errors.")] = False,
) -> int:
    """Show what was seen at a line: every value with its origin, and each rule's verdict with the values that it read.

    Exit codes: 0 something is there; 2 usage or settings (no such file or line); 3 nothing that a rule asks about was seen at the line.
    """
    from auditor.cli.options import asked, scan_options, settings_of
    from auditor.pipeline.why import target_of, why

    output.check_format(format, FORMATS)
    target = target_of(place, project)
    source = Source(config, isolated, tuple(packs or ()))
    options = scan_options([target.root], asked(packs=source.packs), settings_of([target.root], source))
    with streams.Progress(quiet=quiet) as progress:
        told = why(target, options=options, only=rule, progress=progress)
    streams.emit(_render(format, told))
    return 0 if told.nouns or told.told else NOTHING


def _render(format: str, told: Why) -> str:
    if format == "json":
        from auditor.reports.why_json import render_why_json

        return render_why_json(told)
    from auditor.reports.terminal.why import render_why

    if streams.is_terminal(sys.stdout):
        return render_why(told, width=min(shutil.get_terminal_size().columns, WIDEST), color=streams.wants_color())
    return render_why(told)
