"""Compares a scan with a baseline file or with a commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from auditor.core.files import read_regular
from auditor.core.problem import AuditError
from auditor.judgement.attempts import attempts_of, changed
from auditor.judgement.baseline import Baseline, base_of, parse
from auditor.judgement.compare import Base, Compared, Sites, compare, known_of
from auditor.judgement.types import failed_gates
from auditor.pipeline.building import graph_of
from auditor.pipeline.options import ScanOptions
from auditor.pipeline.reading import Read, read_sources
from auditor.settings import Silence

if TYPE_CHECKING:
    from auditor.pipeline.judging import Judged
    from auditor.reports.report import Before
    from auditor.rules.types import Gate, Rule
    from auditor.sources.base import BaseTree

MOST_BYTES = 50_000_000


def read_baseline(file: Path) -> Baseline:
    """AuditError where there is none."""
    hint = f"`agentaudit baseline create -o {file}` writes one"
    try:
        text = read_regular(file.resolve(), MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise AuditError(f"the baseline {file} cannot be read: {error.strerror or error}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise AuditError(f"the baseline {file} is no UTF-8 text", hint=hint) from error
    return parse(text, str(file))


def of_file(file: Path, root: str, catalogue: str) -> Base:
    return base_of(read_baseline(file), file.as_posix(), root, catalogue)


def of_commit(ref: str, found: Read, options: ScanOptions, rules: Sequence[Rule], gates: Sequence[Gate], only: tuple[Path, ...]) -> Base:
    """The same scan of the commit at which HEAD left `ref`, read from the objects of git; AuditError where it cannot be."""
    from auditor.pipeline.judging import judge
    from auditor.rules.types import ask_for_calls
    from auditor.sources.base import write_base
    from auditor.sources.merge_base import find_base

    commit = find_base(found.sources.git_root, ref)
    with TemporaryDirectory(prefix="agentaudit-") as folder:
        tree = write_base(found.sources, commit, Path(folder), only=only)
        sources = tree.sources(options.exclude)
        notes = (f"the base is commit {commit.hash}", *(f"in the base, {p.path}: {p.message}" for p in tree.problems))
        base = Base("commit", ref, gone=tree.gone(sources), notes=notes)
        if tree.same(found.sources, sources):
            return replace(base, same=True)
        then = read_sources(sources, today=options.today)
        moved = tuple(_moved(silence, tree) for silence in options.silences)
        return filled(base, judge(then, graph_of(then, calls=ask_for_calls(rules)), rules, gates, replace(options, silences=moved)))


def filled(base: Base, judged: Judged) -> Base:
    """The base with what was found in it."""
    return replace(
        base,
        known=tuple(known_of(judged.findings)),
        gates=failed_gates(judged.score),
        verdict=judged.verdict,
        score=judged.score,
        coverage=judged.coverage,
        attempts=tuple(attempts_of(judged.nodes.values())),
    )


def _moved(silence: Silence, tree: BaseTree) -> Silence:
    """A suppression of the settings speaks of the same files of the base."""
    return replace(silence, file=tree.tree / silence.file.relative_to(tree.git_root))


def against(base: Base, judged: Judged, found: Read, rules: Sequence[Rule]) -> Compared:
    """Of the base only what this scan could find again: of rules that ran, in files that it reports on."""
    ran = {rule.id for rule in rules}
    hidden = {file.path for file in found.sources.files if not file.judged}
    base_findings = [k for k in base.known if k.rule in ran and k.at.path not in hidden and found.is_shown(k.at.path)]
    return compare(judged.findings, base_findings, paths=_there(base, found), state=base.state)


def sites_of(base: Base | None, found: Read) -> Sites | None:
    return Sites(base.known, _there(base, found)) if base and not base.same else None


def before(base: Base, judged: Judged, found: Read) -> Before:
    from auditor.reports.report import Before

    calls = changed(base.attempts, attempts_of(judged.nodes.values()), paths=_there(base, found)) if base.kind == "commit" else ()
    return Before(base.verdict, base.score, base.coverage, base.gates, calls)


def _there(base: Base, found: Read) -> frozenset[str]:
    """The files that there are now; of a commit those of its own that are not gone."""
    if base.gone is None:
        return frozenset(file.path for file in found.sources.files)
    return frozenset({known.at.path for known in base.known} | {call.at.path for call in base.attempts}) - base.gone
