"""The stages on one page: discover, read, resolve, know, build, analyse, judge, find, score, gate, report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.graph.graph import AgentGraph
from auditor.pipeline.baselines import baseline
from auditor.pipeline.building import graph_of, no_collection, root_name, suppressions
from auditor.pipeline.comparing import of_commit, of_file
from auditor.pipeline.judging import catalogue, knowledge_of, report_of
from auditor.pipeline.options import Progress, ScanOptions
from auditor.pipeline.reading import Read, read, root_of

if TYPE_CHECKING:
    from auditor.reports.report import Report
    from auditor.settings import Settings

__all__ = [
    "Progress",
    "Read",
    "ScanOptions",
    "baseline",
    "build_graph",
    "catalogue",
    "graph_of",
    "knowledge_of",
    "read",
    "report_of",
    "root_of",
    "scan",
    "suppressions",
]


@no_collection()
def build_graph(
    paths: Sequence[Path],
    *,
    settings: Settings | None = None,
    packs: Sequence[Path] = (),
    calls: bool = False,
    progress: Progress | None = None,
) -> AgentGraph:
    """The agent graph of folders or files. `packs`: folders with knowledge of one's own; `calls`: with all that the program calls."""
    knowledge = knowledge_of(packs)
    found = read(paths, settings.exclude if settings is not None else (), progress=progress)
    return graph_of(found, knowledge=knowledge, progress=progress, calls=calls)


@no_collection()
def scan(paths: Sequence[Path], *, options: ScanOptions | None = None, progress: Progress | None = None) -> Report:
    """A readiness report on folders or files."""
    from auditor.rules.subjects import calls_asked_for

    options = options or ScanOptions()
    by = catalogue(options)
    knowledge = knowledge_of(options.packs)
    found = read(paths, options.exclude, project=options.project, today=options.today, progress=progress)
    base = None
    if options.baseline:
        base = of_file(options.baseline, found.sources, root_name(found.sources), by.version)
    elif options.diff_base is not None:
        only = root_of([options.project] if options.project else paths)[1]
        base = of_commit(options.diff_base, found, options, by, only, knowledge)
    graph = graph_of(found, knowledge=knowledge, progress=progress, calls=calls_asked_for(by.rules))
    if progress is not None:
        progress("judging", 0, 1)
    return report_of(found, graph, by, options, base)
