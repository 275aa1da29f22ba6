"""`agentaudit baseline`: what a team accepts for now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import output, streams
from auditor.cli.output import Target

if TYPE_CHECKING:
    from auditor.judgement.baseline import Baseline
    from auditor.reports.report import Report

NOTHING = 3

app = typer.Typer(help="Write down what is found today, so that the gate fails only on what is new or worse.", no_args_is_help=True)

Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[PATH]", help="Folders or files; else the folder you are in.", show_default=False)
]
File = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The baseline file.", show_default=False)]
Empty = Annotated[bool, typer.Option("--allow-empty", help="It is right that there is nothing to audit.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages on stderr, only errors.")]


@app.command("create", short_help="Accept all that is found today.")
def create(paths: Paths = None, *, file: File, allow_empty: Empty = False, quiet: Quiet = False) -> int:
    """Accept all that is found today: `scan --baseline FILE` then fails only on what is new or worse.

    Exit codes: 0 done; 2 usage, settings or unwritable output; 3 nothing to audit, and nothing is written.
    """
    return _write(paths or [Path()], file, old=None, accept_new=False, allow_empty=allow_empty, quiet=quiet)


@app.command("update", short_help="Take out what is mended.")
def update(
    paths: Paths = None,
    *,
    file: File,
    accept_new: Annotated[bool, typer.Option("--accept-new", help="Accept what is new or worse, too.")] = False,
    allow_empty: Empty = False,
    quiet: Quiet = False,
) -> int:
    """Take what is mended out of a baseline; it never grows, unless --accept-new says so.

    Exit codes: 0 done; 2 usage, settings or unwritable output; 3 nothing to audit, and nothing is written.
    """
    return _write(paths or [Path()], file, old=file, accept_new=accept_new, allow_empty=allow_empty, quiet=quiet)


def _write(paths: Sequence[Path], file: Path, *, old: Path | None, accept_new: bool, allow_empty: bool, quiet: bool) -> int:
    from auditor import pipeline
    from auditor.cli.options import scan_options
    from auditor.judgement.baseline import render
    from auditor.judgement.gate import GateOptions

    options = replace(scan_options(paths, select=(), ignore=(), exclude=()), gate=GateOptions(allow_empty=allow_empty))
    with streams.Progress(quiet=quiet) as progress:
        baseline, report = pipeline.baseline(paths, options=options, old=old, accept_new=accept_new, progress=progress)
    if report.gate.exit_code == NOTHING:
        streams.say(f"{report.gate.reasons[0]}; {file} is not written")
        return NOTHING
    output.deliver([Target("baseline", file)], lambda _: render(baseline), inputs=paths, quiet=True)
    if not quiet:
        for line in _said(baseline, report, file, accept_new=accept_new):
            streams.say(line)
    return 0


def _said(baseline: Baseline, report: Report, file: Path, *, accept_new: bool) -> list[str]:
    states = Counter(finding.state for finding in report.findings)
    added = states["new"] + states["worse"]
    lines = [f"wrote {file}: {len(baseline.findings)} findings" + (f", {len(report.fixed)} mended ones taken out" if report.fixed else "")]
    if added:
        lines.append(f"{added} new or worse {'are accepted' if accept_new else 'are left out: --accept-new takes them in'}")
    return lines
