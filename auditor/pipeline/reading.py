"""Discovers and reads a target: files become facts, what cannot be read becomes a problem."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.problem import AuditError, Problem
from auditor.facts.environment import Environment
from auditor.pipeline.options import Progress
from auditor.sources.types import SourceFile, Sources

if TYPE_CHECKING:
    from auditor.facts.jobs import Job
    from auditor.facts.types import ModuleFacts
    from auditor.graph.build.context import FileInfo
    from auditor.sources.comments import Comment
    from auditor.sources.locks import Versions


@dataclass(slots=True)
class Read:
    """All that was read of the target."""

    sources: Sources
    versions: Versions
    modules: list[ModuleFacts] = field(default_factory=list)
    files: dict[str, FileInfo] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    comments: dict[str, list[Comment]] = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)
    scripts: dict[str, str] = field(default_factory=dict)
    documents: dict[str, object] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    distributions: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)
    commands: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    runs_on: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shown: frozenset[str] | None = None
    """the files whose findings are asked for, of all that are judged; None: all"""

    part: bool = False
    """whether only some of the project's files are asked for"""

    def is_shown(self, path: str) -> bool:
        return self.shown is None or path in self.shown


def root_of(paths: Sequence[Path]) -> tuple[Path, tuple[Path, ...]]:
    """The root of a run and, where not simply that folder is asked for, the paths to be judged."""
    if not paths:
        raise AuditError("no path is given", hint="name a folder or a file, e.g. `.`")
    for path in paths:
        if not path.exists():
            raise AuditError(f"{path} does not exist", hint="name a folder or a file")
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0], ()
    folders = [str(p.resolve() if p.is_dir() else p.resolve().parent) for p in paths]
    return Path(os.path.commonpath(folders)), tuple(paths)


def read(
    paths: Sequence[Path],
    exclude: Sequence[str] = (),
    *,
    project: Path | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Read:
    """Discovers and reads; what cannot be read is a problem. Of a `project` all is read and judged, and only the paths are shown."""
    from auditor.sources.discover import discover

    if project is not None and not project.is_dir():
        raise AuditError(f"--project {project} is no folder", hint="name the folder that holds the files")
    root, only = root_of([project] if project else paths)
    sources = discover(root, only=only, exclude=tuple(exclude))
    result = read_sources(sources, today=today, progress=progress)
    result.part = bool(only) or project is not None
    if project is not None:
        result.shown = _inside(paths, sources)
    return result


def _inside(paths: Sequence[Path], sources: Sources) -> frozenset[str]:
    """The files of the sources that lie in the paths."""
    real = [path.resolve() for path in paths]
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise AuditError(f"{missing} does not exist", hint="name a folder or a file")
    outside = next((path for path in real if not path.is_relative_to(sources.root)), None)
    if outside is not None:
        raise AuditError(f"{outside} is not in the project {sources.root}", hint="name files of the folder that --project names")
    return frozenset(file.path for file in sources.files if any(file.absolute.is_relative_to(path) for path in real))


def read_sources(sources: Sources, *, today: date | None = None, progress: Progress | None = None) -> Read:
    """The facts of discovered files."""
    from auditor.sources.locks import Versions

    result = Read(sources, Versions(sources), problems=list(sources.problems))
    total = len(sources.files)
    for number, file in enumerate(_files(sources, result)):
        if progress is not None and number % 20 == 0:
            progress("reading", number, total)
        _read_file(result, file, today or date.today())
    result.environment.finish()
    return result


def _files(sources: Sources, result: Read) -> Iterator[SourceFile]:
    """What is judged, then what that imports: files around the root that nothing imports are not read."""
    yield from (f for f in sources.files if f.judged)
    rest = {f.path: f for f in sources.files if not f.judged}
    if not rest:
        return
    from auditor.program.closure import Files

    known = Files((path for path, f in rest.items() if f.kind != "config"), package_of(sources.root))
    yield from (f for f in rest.values() if f.kind == "config")
    done = 0
    while done < len(result.modules):
        wanted = known.imported(result.modules[done])
        done += 1
        for path in sorted(wanted & rest.keys()):
            yield rest.pop(path)


def _read_file(result: Read, file: SourceFile, today: date) -> None:
    from auditor.sources.read import read_text

    text = read_text(file)
    if isinstance(text, Problem):
        result.problems.append(text)
    elif file.kind == "config":
        from auditor.facts.config import read_config

        facts = read_config(file.path, text)
        if file.role != "test":
            result.environment.add(file.path, facts.variables, facts.lines, sure=file.role != "example")
            if facts.variables.defect:
                result.problems.append(Problem("config-unreadable", file.path, 1, facts.variables.defect, counts=False))
        result.scripts.update(facts.scripts)
        if facts.document is not None:
            result.documents[file.path] = facts.document
        result.words |= facts.words
        result.jobs.extend(facts.jobs)
        result.commands.extend((file.path, words) for words in facts.commands if file.role != "test")
        if facts.variables.runs_on and file.role != "test":
            result.runs_on[file.path] = facts.variables.runs_on
        if facts.packaged:
            result.distributions.add(file.path.rpartition("/")[0])
    else:
        _read_code(result, file, text, today)


def _read_code(result: Read, file: SourceFile, text: str, today: date) -> None:
    from auditor.facts.python import read_python
    from auditor.graph.build.context import FileInfo
    from auditor.sources.comments import read_comments

    cells = None
    if file.kind == "notebook":
        from auditor.sources.notebook import read_notebook

        notebook = read_notebook(text, file.path)
        text, cells = notebook.source, notebook.lines
        result.problems.extend(notebook.problems)
    facts, problem = read_python(file.path, text)
    if problem is not None:
        result.problems.append(problem)
    if facts is None:
        return
    result.modules.append(facts)
    result.files[file.path] = FileInfo(file.role, file.judged, cells)
    comments = read_comments(text, today)
    if comments:
        result.comments[file.path] = comments


def package_of(root: Path) -> str:
    """The dotted name of the package that a folder lies in; empty where it is none."""
    names: list[str] = []
    folder = root.resolve()
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names)
