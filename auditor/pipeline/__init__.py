"""The stages on one page: discover, read, resolve, know, build, analyse, judge, find, score, gate, report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import __version__
from auditor.graph.graph import AgentGraph
from auditor.judgement.baseline import Baseline, created, updated
from auditor.pipeline.building import graph_of, no_collection, root_name, suppressions
from auditor.pipeline.comparing import of_file, read_baseline
from auditor.pipeline.judging import catalogue, report_of
from auditor.pipeline.options import Progress, ScanOptions
from auditor.pipeline.reading import Read, read, root_of

if TYPE_CHECKING:
    from auditor.reports.report import Report
    from auditor.settings import Settings

__all__ = [
    "Progress",
    "Read",
    "ScanOptions",
    "build_graph",
    "catalogue",
    "graph_of",
    "read",
    "report_of",
    "root_of",
    "scan",
    "suppressions",
]


@no_collection()
def build_graph(paths: Sequence[Path], *, settings: Settings | None = None, progress: Progress | None = None) -> AgentGraph:
    """The agent graph of folders or files."""
    found = read(paths, settings.exclude if settings is not None else (), progress=progress)
    return graph_of(found, progress=progress)


@no_collection()
def scan(paths: Sequence[Path], *, options: ScanOptions | None = None, progress: Progress | None = None) -> Report:
    """A readiness report on folders or files."""
    options = options or ScanOptions()
    rules, gates = catalogue(options)
    found = read(paths, options.exclude, project=options.project, today=options.today, progress=progress)
    base = of_file(options.baseline, root_name(found.sources), __version__) if options.baseline else None
    graph = graph_of(found, progress=progress)
    if progress is not None:
        progress("judging", 0, 1)
    return report_of(found, graph, rules, gates, options, base)


@no_collection()
def baseline(
    paths: Sequence[Path], *, options: ScanOptions, old: Path | None = None, accept_new: bool = False, progress: Progress | None = None
) -> tuple[Baseline, Report]:
    """What is found, as a baseline, and the report on it; of an `old` baseline what is still there, more only with `accept_new`."""
    report = scan(paths, options=replace(options, baseline=old), progress=progress)
    new = created(report.root, __version__, report.failed_gates, report.findings)
    return (updated(read_baseline(old), new, report.findings, accept_new=accept_new) if old else new), report
