"""What a scanned repository's own settings keep from the gate though it is critical: every report begins with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from auditor.core.location import Location
from auditor.judgement.gate import gates
from auditor.judgement.types import ADDED, Finding
from auditor.pipeline.building import shown
from auditor.pipeline.options import ScanOptions
from auditor.pipeline.reading import Read
from auditor.sources.ignore import parse

if TYPE_CHECKING:
    from auditor.reports.report import Statement

MOST_NAMED = 3


def silenced(
    found: Read,
    options: ScanOptions,
    findings: Sequence[Finding],
    unheard: Sequence[Finding],
    away: Sequence[Finding],
    rules: Collection[str],
    *,
    compared: bool,
) -> tuple[Statement, ...]:
    """`unheard`: what would be critical without these settings; `away`: without the knowledge in the packs that they name; `rules`: the ids
    of those that ran; `compared`: with a base."""
    from auditor.reports.report import Statement

    asked, settings = options.asked, options.settings
    if asked is None or settings is None:
        return ()
    file = shown(settings, found)
    rows = [
        ("Ignored", [finding for finding in unheard if finding.rule not in rules]),
        ("Lowered", [finding for finding in unheard if finding.rule in rules]),
        ("Described away", list(away)),
        ("Ungated", list(_ungated(options, asked, findings, compared=compared))),
    ]
    said = [
        Statement(f"{how} critical, by {file}, which the gate does not count: {_named(group)}", group[0].at, critical=True)
        for how, group in rows
        if group
    ]
    left = _left_out(found, options, asked)
    if left:
        files = "1 file" if left == 1 else f"{left:,} files"
        said.append(Statement(f"Not read, by {file}: {files} of code that the setting exclude names", Location(file, 1)))
    return tuple(said)


def _named(found: Sequence[Finding]) -> str:
    more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    return "; ".join(f"{finding.rule} at {finding.at}" for finding in found[:MOST_NAMED]) + more


def _ungated(options: ScanOptions, asked: ScanOptions, findings: Iterable[Finding], *, compared: bool) -> Iterable[Finding]:
    """Where the settings switch the gate of findings off."""
    if options.gate.fail_on != "never" or asked.gate.fail_on == "never":
        return ()
    return (f for f in findings if f.severity == "critical" and gates(f) and (not compared or f.state in ADDED))


def _left_out(found: Read, options: ScanOptions, asked: ScanOptions) -> int:
    """How many files only the settings leave out."""
    if options.exclude == asked.exclude:
        return 0
    known = parse(asked.exclude, str(found.sources.root))
    return sum(not known.decides(path) for path in found.sources.excluded)
