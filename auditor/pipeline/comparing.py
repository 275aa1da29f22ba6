"""Compares a scan with a baseline file or with a commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.files import read_regular
from auditor.core.problem import AuditError
from auditor.judgement.attempts import attempts_of, changed
from auditor.judgement.baseline import Baseline, base_of, parse
from auditor.judgement.compare import Base, Compared, compare
from auditor.pipeline.reading import Read

if TYPE_CHECKING:
    from auditor.pipeline.judging import Judged
    from auditor.reports.report import Before
    from auditor.rules.types import Rule

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


def against(base: Base, judged: Judged, found: Read, rules: Sequence[Rule]) -> Compared:
    """Of the base only what this scan could find again: of rules that ran, in files that it reports on."""
    ran = {rule.id for rule in rules}
    hidden = {file.path for file in found.sources.files if not file.judged}
    base_findings = [k for k in base.known if k.rule in ran and k.at.path not in hidden and found.is_shown(k.at.path)]
    return compare(judged.findings, base_findings, paths=paths_of(found), state=base.state)


def before(base: Base, judged: Judged, found: Read) -> Before:
    from auditor.reports.report import Before

    calls = changed(base.attempts, attempts_of(judged.nodes.values()), paths=paths_of(found)) if base.kind == "commit" else ()
    return Before(base.verdict, base.score, base.coverage, base.gates, calls)


def paths_of(found: Read) -> frozenset[str]:
    return frozenset(file.path for file in found.sources.files)
