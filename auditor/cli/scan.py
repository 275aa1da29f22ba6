"""`agentaudit scan`: findings, score, and whether the gate is passed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import output, streams
from auditor.cli.asked import Config, Isolated, Packs, Source
from auditor.cli.output import Target
from auditor.core.problem import AuditError
from auditor.core.text import printable
from auditor.reports.formats import FORMATS

if TYPE_CHECKING:
    from auditor.reports.report import Report

WIDEST = 120
SUMMARY = "summary"


def command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Folders or files.", show_default=False)],
    *,
    format: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="The document on stdout.")] = "text",
    outputs: Annotated[
        list[str] | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead, or FORMAT=FILE as well; repeatable.")
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULES", help="Run only these rules: ids, pack:P, severity:S, confidence:C, status:S, with commas; repeatable."
        ),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Leave out these rules, named likewise; repeatable.")] = None,
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
    baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="Fail only on what is new or worse than in this baseline.")] = None,
    diff_base: Annotated[
        str | None, typer.Option(metavar="REF", help="Fail only on what is new or worse than where this commit or branch was left.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Read all of DIR, and report what lies in the PATHs (for commit hooks).")
    ] = None,
    config: Config = None,
    isolated: Isolated = False,
    packs: Packs = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Show each setting and where it comes from, and scan nothing.")
    ] = False,
    sarif_include_suppressed: Annotated[
        bool, typer.Option("--sarif-include-suppressed", help="Keep suppressed findings in SARIF, marked as such.")
    ] = False,
    all_findings: Annotated[bool, typer.Option("--all", help="In the text, all findings in full: also what never gates.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages on stderr, only errors.")] = False,
) -> int:
    """Judge a codebase: findings, score and gate.

    Exit codes: 0 passed; 1 the gate failed; 2 usage, settings or unwritable output; 3 nothing to audit, or too little understood.
    """
    from auditor.cli.options import asked, scan_options, settings_of

    if baseline is not None and diff_base is not None:
        raise AuditError("--baseline and --diff-base are two answers to one question", hint="leave one of them out")
    targets = output.targets(format, outputs or (), FORMATS)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary and any(target.format == "github" for target in targets):
        # Where a runner has named a file for the summary of a step.
        targets.append(Target(SUMMARY, Path(summary), append=True))
    line = asked(
        select=select or (),
        ignore=ignore or (),
        exclude=exclude or (),
        packs=packs or (),
        fail_on=fail_on,
        fail_under=fail_under,
        min_coverage=min_coverage,
        allow_empty=allow_empty,
        exit_zero=exit_zero,
        project=project,
    )
    settings = settings_of([project] if project else paths, Source(config, isolated, line.packs))
    if show_settings:
        from auditor.cli import shown

        streams.emit(shown.text(line, settings))
        return 0
    options = scan_options(paths, line, settings)
    options = replace(options, baseline=baseline, diff_base=diff_base, line_hashes=any(target.format == "sarif" for target in targets))
    from auditor import pipeline

    with streams.Progress(quiet=quiet) as progress:
        report = pipeline.scan(paths, options=options, progress=progress)
    output.deliver(
        targets,
        lambda target: _render(target, report, everything=all_findings, include_suppressed=sarif_include_suppressed),
        inputs=[*paths, *([baseline] if baseline else [])],
        quiet=quiet,
    )
    if not quiet and not any(target.on_stdout and target.format == "text" for target in targets):
        _tell(report, paths)
    return report.gate.exit_code


def _render(target: Target, report: Report, *, everything: bool, include_suppressed: bool) -> str:
    if target.format == SUMMARY:
        from auditor.reports.github import step_summary

        return step_summary(report)
    if target.format != "text":
        from auditor.reports.render import render

        return render(target.format, report, include_suppressed=include_suppressed)
    from auditor.reports.terminal import render_terminal

    if target.on_stdout and streams.is_terminal(sys.stdout):
        columns = min(shutil.get_terminal_size().columns, WIDEST)
        return render_terminal(report, width=columns, color=streams.wants_color(), everything=everything)
    return render_terminal(report, color=target.on_stdout and streams.wants_color(), everything=everything)


def _tell(report: Report, paths: Sequence[Path]) -> None:
    """What stderr says where the document is not for people: the reasons, and how an old code base begins."""
    from auditor.reports.words import coverage_fell, known_criticals, offer, remarks

    for line in known_criticals(report):
        streams.say(printable(line))
    for reason in (*report.gate.reasons, coverage_fell(report), *remarks(report)):
        if reason:
            streams.say(f"gate: {printable(reason)}")
    for line in offer(report, shlex.join(str(path) for path in paths)):
        streams.say(f"hint: {printable(line)}")
