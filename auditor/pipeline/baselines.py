"""Writes down what is found today, and takes out of a baseline what is mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.judgement.baseline import Baseline, base_of, created, updated
from auditor.judgement.gate import GateOptions, decide
from auditor.judgement.types import ADDED, failed_gates
from auditor.pipeline.building import graph_of, no_collection, root_name
from auditor.pipeline.comparing import against, read_baseline
from auditor.pipeline.judging import catalogue, judge, knowledge_of
from auditor.pipeline.options import Progress, ScanOptions
from auditor.pipeline.reading import read
from auditor.rules.subjects import calls_asked_for


@dataclass(frozen=True, slots=True)
class Written:
    """A baseline, how many findings are new or worse than in the old one, how many of that are gone, and why there is nothing to audit."""

    baseline: Baseline
    added: int = 0
    gone: int = 0
    nothing: str = ""


@no_collection()
def baseline(
    paths: Sequence[Path],
    *,
    options: ScanOptions,
    old: Path | None = None,
    accept_new: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Written:
    """What is found, as a baseline; of an `old` one what is still there, more only with `accept_new`, all anew if `fresh`."""
    was = read_baseline(old) if old else None
    by = catalogue(options)
    knowledge = knowledge_of(options.packs)
    found = read(paths, options.exclude, today=options.today, progress=progress)
    root = root_name(found.sources)
    base = base_of(was, str(old), root, by.version) if was else None
    side = against(base, found, by.rules) if base else None
    graph = graph_of(found, knowledge=knowledge, progress=progress, calls=calls_asked_for(by.rules))
    judged = judge(found, graph, by, options, side)
    allowed = GateOptions(fail_on="never", allow_empty=options.gate.allow_empty)
    gate = decide([], None, judged.coverage, allowed, files_read=len(found.modules), nodes=judged.nodes.values())
    new = created(root, by.version, failed_gates(judged.score), judged.findings)
    if base is None or side is None:
        return Written(new, nothing="; ".join(gate.reasons))
    compared = side.compare(judged)
    added = sum(finding.state in ADDED for finding in compared.findings)
    kept = new if fresh else updated(base, new, compared, aside=side.aside, accept_new=accept_new)
    return Written(kept, added, len(compared.gone), "; ".join(gate.reasons))
