"""Program, knowledge, graph and analyses of what was read."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.location import Location
from auditor.core.problem import AuditError
from auditor.graph.called import Wanted
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Noun, Suppression
from auditor.judgement.declared import Covered
from auditor.pipeline.options import Progress
from auditor.pipeline.reading import Read, package_of
from auditor.settings import Declaration, Silence
from auditor.sources.comments import defect_of
from auditor.sources.ignore import Patterns, parse
from auditor.sources.types import Sources

if TYPE_CHECKING:
    from auditor.knowledge.types import Knowledge


@contextmanager
def no_collection() -> Iterator[None]:
    """A scan makes millions of objects and little garbage: the collector is off meanwhile.

    Afterwards what was made counts as old (freezing and thawing it does that): a collection of the young would visit all of it at once.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()
            gc.unfreeze()


def graph_of(
    found: Read,
    *,
    knowledge: Sequence[Knowledge] = (),
    progress: Progress | None = None,
    calls: bool | Wanted = False,
    asked: tuple[str, int] | None = None,
) -> AgentGraph:
    """Program, knowledge, graph and analyses of what was read.

    `knowledge`: that of packs; `calls`: with all that the program calls, or what is wanted of it;
    `asked`: path and line of calls to be told about.
    """
    if progress is not None:
        progress("building", 0, 1)
    graph = _built(found, knowledge, calls, asked) if found.modules else AgentGraph()
    graph.problems = sorted([*found.problems, *found.versions.problems])
    graph.root = root_name(found.sources)
    graph.versions = found.versions.of("").locked() if found.modules else {}
    used = {n.framework for n in graph.nodes.values()}
    graph.versions = {package: version for package, version in graph.versions.items() if package in used}
    return graph


def _built(found: Read, knowledge: Sequence[Knowledge], calls: bool | Wanted, asked: tuple[str, int] | None) -> AgentGraph:
    from auditor.analyses.analyse import analyse
    from auditor.graph.build.build import build_graph as build
    from auditor.graph.build.described import roots_here
    from auditor.judgement.roles import promote_examples
    from auditor.knowledge.load import load

    graph = analyse(
        build(
            found.modules,
            load({name for module in found.modules for name in module.imports} | roots_here(knowledge, found.modules), knowledge),
            found.files,
            found.versions.of,
            environment=found.environment.given,
            mentioned=found.environment.mentioned,
            suggested=found.environment.suggested,
            scripts=found.scripts,
            set_at=found.environment.at,
            documents=found.documents,
            words=found.words,
            distributions=found.distributions,
            jobs=found.jobs,
            commands=found.commands,
            runs_on=found.runs_on,
            package=package_of(found.sources.root),
            own=knowledge,
            calls=calls,
            asked=asked,
        )
    )
    promote_examples(graph)
    return graph


def root_name(sources: Sources) -> str:
    """The root relative to the git root; `.` outside of git."""
    return sources.root.resolve().relative_to(sources.git_root.resolve()).as_posix() if sources.git_root is not None else "."


def suppressions(found: Read, silences: Sequence[Silence] = (), today: date | None = None) -> dict[str, Noun]:
    """Comments and settings that silence findings, as nodes."""
    rows: dict[str, Noun] = {}
    for path, comments in sorted(found.comments.items()):
        info = found.files[path]
        for comment in comments:
            at = _location(path, comment.line, info.cells)
            node = Suppression(
                id=f"suppression:{path}:{at.line}:{len(rows)}",
                name=", ".join(comment.rules) or "all",
                symbol="# agentaudit: ignore",
                at=at,
                role=info.role,
                callee="comment",
                rules=comment.rules,
                reason=comment.reason,
                until=comment.until,
                defect=comment.defect,
            )
            rows[node.id] = node
    for silence in silences:
        node = _of_setting(silence, found, today or date.today(), len(rows))
        rows[node.id] = node
    return rows


def _of_setting(silence: Silence, found: Read, today: date, number: int) -> Suppression:
    """A pattern covers the files below its settings file that it names."""
    pattern = parse([silence.path], str(silence.base))
    defect = defect_of([silence.rule], silence.reason, silence.until or None, today)
    if pattern.refused:
        defect = f"{silence.path!r} is no usable pattern"
    covers = () if defect else _named(pattern, found)
    path = shown(silence.file, found)
    return Suppression(
        id=f"suppression:{path}:{silence.line}:{number}",
        name=silence.rule,
        symbol="tool.agentaudit.suppress",
        at=Location(path, silence.line, 1, silence.line),
        role="production",
        callee="setting",
        rules=(silence.rule,),
        reason=silence.reason,
        until=silence.until,
        defect=defect,
        covers=covers,
    )


def declared(found: Read, declarations: Sequence[Declaration]) -> list[Covered]:
    """Declarations with the files that they speak of; a pattern that cannot be used is a mistake."""
    rows = []
    for said in declarations:
        pattern = parse(said.paths, str(said.base))
        if pattern.refused:
            message = f"the declaration of {said.control} has a pattern that cannot be used: {pattern.refused[0]!r}"
            raise AuditError(message, hint="at most two stars in one part of a path", place=f"{said.file}:{said.line}:1")
        at = Location(shown(said.file, found), said.line, 1, said.line)
        rows.append(Covered(said, at, frozenset(_named(pattern, found)) if said.paths else None))
    return rows


def _named(pattern: Patterns, found: Read) -> tuple[str, ...]:
    """The files that a pattern of the settings names."""
    root = str(found.sources.root.resolve())
    return tuple(path for path in sorted(found.files) if pattern.decides(os.path.normpath(f"{root}/{path}")))


def shown(file: Path, found: Read) -> str:
    """The path of a file of settings; of one that is not the repository's only its name, wherever it lies."""
    if not file.is_relative_to(found.sources.boundary.resolve()):
        return file.name
    return Path(os.path.relpath(file, found.sources.root.resolve())).as_posix()


def _location(path: str, line: int, cells: list[tuple[int, int, int]] | None) -> Location:
    if cells is None:
        return Location(path, line, 1, line)
    row = cells[min(line, len(cells)) - 1]
    return Location(path, row[0], 1, row[0], 0, row[1], row[2])
