"""What was seen at one line of a project, and why each rule says what it says of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.files import find_git_root, read_regular
from auditor.core.location import Location
from auditor.core.problem import AuditError, Problem
from auditor.core.text import did_you_mean
from auditor.pipeline.building import graph_of, no_collection, shown
from auditor.pipeline.judging import Judged, catalogue, described_away, judge, knowledge_of, misnamed, unheard_of
from auditor.pipeline.options import Progress, ScanOptions
from auditor.pipeline.reading import Read, read

if TYPE_CHECKING:
    from auditor.judgement.types import Finding
    from auditor.judgement.why import Why
    from auditor.rules.types import Rule

PLACE = re.compile(r"(?P<path>.+?)(?::(?P<first>\d+)(?::(?P<second>\d+))?| cell (?P<cell>\d+) line (?P<line>\d+))")
HINT = "PATH:LINE, PATH:LINE:COLUMN, or of a notebook PATH:CELL:LINE, as reports write it"
LONGEST = 9
"""digits of a number"""


@dataclass(frozen=True, slots=True)
class Target:
    """A line of a file. `cell`: of a notebook, `line` is the one in it then."""

    root: Path
    file: Path
    line: int
    column: int | None = None
    cell: int | None = None


def target_of(place: str, project: Path | None = None) -> Target:
    """What a place names, and the root that is scanned for it: the project, else the folder where we are, as `scan .` does, if the file
    lies in it, else the git root, else the nearest folder of a project."""
    found = PLACE.fullmatch(place.strip())
    numbers = [n for n in found.group("first", "second", "cell", "line") if n] if found else []
    if found is None or any(len(n) > LONGEST for n in numbers):
        raise AuditError(f"{place!r} is no place in a file", hint=HINT)
    file = Path(found["path"])
    if not file.is_file():
        raise AuditError(f"{file} {'is a folder' if file.is_dir() else 'does not exist'}", hint=HINT)
    real = file.parent.resolve() / file.name
    root = _root(real, project)
    first, second = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else None
    if found["cell"] or (second is not None and file.suffix.lower() == ".ipynb"):
        return Target(root, real, second or 0, cell=first)
    return Target(root, real, first, second)


def _root(file: Path, project: Path | None) -> Path:
    if project is None:
        here = Path.cwd().resolve()
        return here if file.is_relative_to(here) else find_git_root(file.parent) or _project_around(file.parent)
    if not project.is_dir():
        raise AuditError(f"--project {project} is no folder", hint="name the folder that is scanned")
    if not file.is_relative_to(project.resolve()):
        raise AuditError(f"{file} is not in the project {project}", hint="name the folder that is scanned, which holds the file")
    return project.resolve()


def _project_around(folder: Path) -> Path:
    """The nearest folder of a project: never one's home or the whole disk, whatever lies there."""
    from auditor.sources.discover import PROJECT_FILES

    near = (above for above in (folder, *folder.parents[:-1]) if any((above / name).is_file() for name in PROJECT_FILES))
    found = next(near, folder)
    return folder if found == Path.home() else found


@no_collection()
def why(target: Target, *, options: ScanOptions, only: str | None = None, progress: Progress | None = None) -> Why:
    """One scan of the root, and what there is at the line. `only`: the id of the one rule to be told about."""
    from auditor.judgement.functions import functions_of
    from auditor.judgement.suppress import Suppressions
    from auditor.judgement.why import at_line
    from auditor.rules.subjects import calls_asked_for

    by = catalogue(options)
    asked = [rule for rule in by.rules if only in (None, rule.id)]
    if only is not None and not asked:
        raise _no_rule(only, by.rules, options.packs)
    lines = _lines(target.file)
    found = read([target.root], options.exclude, today=options.today, progress=progress)
    path = _path(target, found)
    at = _location(target, path, found, lines)
    graph = graph_of(
        found, knowledge=knowledge_of(options.packs), progress=progress, calls=bool(calls_asked_for(by.rules)), asked=(path, at.line)
    )
    if progress is not None:
        progress("judging", 0, 1)
    judged = judge(found, graph, by, options)
    suppressions = Suppressions(judged.nodes, functions_of(found.modules))
    nodes = {**judged.nodes, **{call.id: call for call in graph.calls if call.at.path == path}}
    told = at_line(at, target.column, graph, nodes, judged.findings, asked, suppressions, options.gate.fail_on, by.constants)
    away = _away(found, judged, at, options, unheard_of(found, graph, by, options, judged.findings))
    told_of = sorted(p for p in (*judged.problems, *misnamed(judged, by, options), *away) if p.path == path)
    problems = tuple(p for p in told_of if not p.line or not p.code.startswith("suppression-") or p.line == at.line)
    return replace(
        told,
        root=_named(target.root),
        only=only,
        text=_shown_line(lines, at),
        files=len(found.modules),
        left_out="" if path in found.files else _left_out(target, found, options),
        problems=problems,
    )


def _away(found: Read, judged: Judged, at: Location, options: ScanOptions, unheard: Sequence[Finding]) -> Iterator[Problem]:
    """What is critical at the line but for the repository's own packs, which are named."""
    packs = ", ".join(shown(pack, found) for pack in options.theirs if len(knowledge_of([pack])) > len(knowledge_of(())))
    for finding in described_away(found, options, judged.findings, unheard):
        if any((where.path, where.line) == (at.path, at.line) for where in (finding.at, *(site.at for site in finding.sites))):
            yield Problem(
                "described-away", at.path, at.line, f"critical {finding.rule}, but for what this repository's own {packs} says of the call"
            )


def _named(root: Path) -> str:
    """The root as seen from where we are."""
    here = Path.cwd()
    return Path(os.path.relpath(root, here)).as_posix() if root.is_relative_to(here) or here.is_relative_to(root) else root.as_posix()


def _no_rule(name: str, rules: Sequence[Rule], packs: Sequence[Path]) -> AuditError:
    from auditor.rules.packs import all_packs, rules_of

    if any(rule.id == name for rule in rules_of(all_packs(packs))):
        return AuditError(f"the rule {name!r} does not run here", hint="`select`, `ignore` or `ruleset` of the settings leaves it out")
    near = did_you_mean(name, sorted(rule.id for rule in rules))
    return AuditError(f"there is no rule {name!r}", hint=f"did you mean {near!r}?" if near else "`agentaudit rules` lists them")


def _lines(file: Path) -> list[str]:
    try:
        text = read_regular(file.resolve()).decode("utf-8-sig", "replace")
    except OSError as error:
        raise AuditError(f"{file} cannot be read: {error.strerror or error}") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _path(target: Target, found: Read) -> str:
    """The path of the file as the scan calls it."""
    known = {file.absolute: file.path for file in reversed(found.sources.files)}
    relative = target.file.relative_to(target.root.resolve()).as_posix() if target.file.is_relative_to(target.root.resolve()) else None
    return known.get(target.file) or known.get(target.file.resolve()) or relative or target.file.name


def _location(target: Target, path: str, found: Read, lines: list[str]) -> Location:
    """The line in the file, of a notebook with its cell; AuditError where there is no such line."""
    info = found.files.get(path)
    cells = info.cells if info is not None else None
    if target.cell is not None:
        row = next((row for row in cells or () if row[1:] == (target.cell, target.line)), None)
        if row is None:
            raise AuditError(f"{path} has no line {target.line} in a code cell {target.cell}", hint=_cells_hint(cells))
        return Location(path, row[0], 1, row[0], 0, row[1], row[2])
    if not 1 <= target.line <= max(len(lines), 1):
        raise AuditError(f"{path} has no line {target.line}", hint=f"it has {len(lines):,} lines")
    rows = [row for row in cells or () if row[0] == target.line]
    return Location(path, target.line, 1, target.line, 0, *(rows[0][1:] if len(rows) == 1 else (None, None)))


def _cells_hint(cells: list[tuple[int, int, int]] | None) -> str:
    numbers = sorted({cell for _, cell, _ in cells or ()})
    return f"cells count from 0; those with code are {', '.join(map(str, numbers[:20]))}" if numbers else "no code of it was read"


def _shown_line(lines: list[str], at: Location) -> str:
    """The line as its author sees it: of a notebook the code in the piece of JSON."""
    text = lines[at.line - 1] if at.line <= len(lines) else ""
    if at.cell is None or at.cell_line is None:
        return text
    start = text.find('"', text.find('"source":') + len('"source":') if '"source":' in text else 0)
    try:
        code = str(json.JSONDecoder().raw_decode(text, max(start, 0))[0])
    except (ValueError, RecursionError):
        return text.strip()
    pieces = code.split("\n")
    return pieces[at.cell_line - 1] if len(pieces) > 2 and at.cell_line <= len(pieces) else pieces[0]


def _left_out(target: Target, found: Read, options: ScanOptions) -> str:
    from auditor.sources.left_out import why_left_out

    path = _path(target, found)
    problem = next((p for p in found.problems if p.path == path), None)
    if problem is not None:
        return problem.message
    listed = next((file for file in found.sources.files if file.path == path), None)
    if listed is not None:
        return "only code is judged: of this file what it configures is read" if listed.kind == "config" else "nothing imports it"
    return why_left_out(target.file.resolve(), found.sources, options.exclude)
