"""Program, knowledge, graph and analyses of what was read."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from auditor.core.location import Location
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Noun, Suppression
from auditor.pipeline.options import Progress
from auditor.pipeline.reading import Read
from auditor.settings import Silence
from auditor.sources.comments import defect_of
from auditor.sources.ignore import parse
from auditor.sources.types import Sources


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


def graph_of(found: Read, *, progress: Progress | None = None, asked: tuple[str, int] | None = None) -> AgentGraph:
    """Program, knowledge, graph and analyses of what was read; `asked`: path and line of calls to be told about."""
    if progress is not None:
        progress("building", 0, 1)
    graph = _built(found, asked) if found.modules else AgentGraph()
    graph.problems = sorted([*found.problems, *found.versions.problems])
    graph.root = root_name(found.sources)
    graph.versions = found.versions.of("").locked() if found.modules else {}
    used = {n.framework for n in graph.nodes.values()}
    graph.versions = {package: version for package, version in graph.versions.items() if package in used}
    return graph


def _built(found: Read, asked: tuple[str, int] | None) -> AgentGraph:
    from auditor.analyses.analyse import analyse
    from auditor.graph.build.build import build_graph as build
    from auditor.judgement.roles import promoted
    from auditor.knowledge.load import load

    graph = analyse(
        build(
            found.modules,
            load({name for module in found.modules for name in module.imports}),
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
            asked=asked,
        )
    )
    graph.nodes = promoted(graph.nodes)
    return graph


def root_name(sources: Sources) -> str:
    """The root relative to the git root; `.` outside of git."""
    return sources.root.resolve().relative_to(sources.git_root.resolve()).as_posix() if sources.git_root is not None else "."


def package_of(root: Path) -> str:
    """The dotted name of the package that a folder lies in; empty where it is none."""
    names: list[str] = []
    folder = root.resolve()
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names)


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
    root = str(found.sources.root.resolve())
    pattern = parse([silence.path], str(silence.file.parent))
    defect = defect_of([silence.rule], silence.reason, silence.until or None, today)
    if pattern.refused:
        defect = f"{silence.path!r} is no usable pattern"
    covers = tuple(path for path in sorted(found.files) if not defect and pattern.decides(os.path.normpath(f"{root}/{path}")))
    path = Path(os.path.relpath(silence.file, root)).as_posix()
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


def _location(path: str, line: int, cells: list[tuple[int, int, int]] | None) -> Location:
    if cells is None:
        return Location(path, line, 1, line)
    row = cells[min(line, len(cells)) - 1]
    return Location(path, row[0], 1, row[0], 0, row[1], row[2])
