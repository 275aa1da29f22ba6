"""The source lines that findings name, read once more at the end: no text is kept meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.core.files import read_regular
from auditor.core.line_hash import line_hashes
from auditor.core.problem import Problem
from auditor.judgement.types import Finding
from auditor.pipeline.reading import Read
from auditor.sources.types import SourceFile


def snippets(found: Read, findings: Iterable[Finding]) -> dict[str, dict[tuple[int | None, int], str]]:
    """The source lines that findings name, read once more at the end: no text is kept meanwhile."""
    wanted: dict[str, set[tuple[int | None, int]]] = {}
    for finding in findings:
        for at in (finding.at, *(s.at for s in finding.sites), *(t.at for t in finding.trace), *(e.at for e in finding.evidence if e.at)):
            cell, line = at.row
            wanted.setdefault(at.path, set()).update((cell, n) for n in range(max(1, line - 1), line + 2))
    files = {f.path: f for f in found.sources.files}
    rows: dict[str, dict[tuple[int | None, int], str]] = {}
    for path, lines in wanted.items():
        source = _rows(files[path]) if path in files else {}
        rows[path] = {row: source[row] for row in source.keys() & lines}
    return rows


def hashes(found: Read, findings: Iterable[Finding]) -> dict[str, dict[int, str]]:
    """The code-scanning hash of each line at which a finding is."""
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        wanted.setdefault(finding.at.path, set()).add(finding.at.line)
    files = {f.path: f for f in found.sources.files}
    rows: dict[str, dict[int, str]] = {}
    for path, lines in sorted(wanted.items()):
        try:
            data = read_regular(files[path].absolute) if path in files else b""
        except OSError:
            continue
        known = line_hashes(data)
        rows[path] = {line: known[line - 1] for line in sorted(lines) if 0 < line <= len(known)}
    return rows


def _rows(file: SourceFile) -> dict[tuple[int | None, int], str]:
    """The lines of a file; of a notebook those of its code cells."""
    from auditor.sources.notebook import read_notebook
    from auditor.sources.read import read_text

    text = read_text(file)
    if isinstance(text, Problem):
        return {}
    if file.kind != "notebook":
        return {(None, number): line for number, line in enumerate(text.split("\n"), 1)}
    notebook = read_notebook(text)
    return {(cell, number): line for (_, cell, number), line in zip(notebook.lines, notebook.source.split("\n"), strict=False)}
