"""`agentaudit scan`: findings, score, and whether the gate is passed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import output, streams
from auditor.cli.output import Target
from auditor.core.text import printable

if TYPE_CHECKING:
    from auditor.reports.report import Report

FORMATS = ("text", "json")
WIDEST = 120


def command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Folders or files.", show_default=False)],
    *,
    format: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="The document on stdout.")] = "text",
    outputs: Annotated[
        list[str] | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead, or FORMAT=FILE as well; repeatable.")
    ] = None,
    select: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Run only these rules: ids with commas; repeatable.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Leave out these rules: ids with commas; repeatable.")] = None,
    fail_on: Annotated[
        str | None, typer.Option(metavar="critical|high|medium|low|never", help="Exit 1 from this severity on; else `high`.")
    ] = None,
    fail_under: Annotated[float | None, typer.Option(metavar="N", help="Exit 1 if the score is under N (0-100).")] = None,
    min_coverage: Annotated[
        float | None, typer.Option(metavar="PCT", help="Exit 3 if less of what was found could be decided (0-100).")
    ] = None,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="It is right that there is nothing to audit.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 where the gate fails (2 and 3 stay).")] = False,
    exclude: Annotated[list[str] | None, typer.Option(metavar="PATTERN", help="Leave out files, as in .gitignore; repeatable.")] = None,
    all_findings: Annotated[bool, typer.Option("--all", help="In the text, all findings in full: also what never gates.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages on stderr, only errors.")] = False,
) -> int:
    """Judge a codebase: findings, score and gate.

    Exit codes: 0 passed; 1 the gate failed; 2 usage, settings or unwritable output; 3 nothing to audit, or too little understood.
    """
    from auditor.cli.options import scan_options

    targets = output.targets(format, outputs or (), FORMATS)
    options = scan_options(
        paths,
        select=select or (),
        ignore=ignore or (),
        exclude=exclude or (),
        fail_on=fail_on,
        fail_under=fail_under,
        min_coverage=min_coverage,
        allow_empty=allow_empty,
        exit_zero=exit_zero,
    )
    from auditor import pipeline

    with streams.Progress(quiet=quiet) as progress:
        report = pipeline.scan(paths, options=options, progress=progress)
    output.deliver(targets, lambda target: _render(target, report, everything=all_findings), inputs=paths, quiet=quiet)
    if not quiet and not any(target.on_stdout and target.format == "text" for target in targets):
        for reason in report.gate.reasons:
            streams.say(f"gate: {printable(reason)}")
    return report.gate.exit_code


def _render(target: Target, report: Report, *, everything: bool) -> str:
    if target.format == "json":
        from auditor.reports.json import render_json

        return render_json(report)
    from auditor.reports.terminal import render_terminal

    if target.on_stdout and streams.is_terminal(sys.stdout):
        columns = min(shutil.get_terminal_size().columns, WIDEST)
        return render_terminal(report, width=columns, color=streams.wants_color(), everything=everything)
    return render_terminal(report, everything=everything)
