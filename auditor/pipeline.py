"""The stages on one page: discover, read, resolve, know, build, analyse, judge, find, score, gate, report."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.location import Location
from auditor.core.problem import AuditError, Problem
from auditor.facts.environment import Environment
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Noun, Suppression
from auditor.judgement.gate import GateOptions
from auditor.sources.types import SourceFile, Sources

if TYPE_CHECKING:
    from auditor.facts.jobs import Job
    from auditor.facts.types import ModuleFacts
    from auditor.graph.build.context import FileInfo
    from auditor.reports.report import Report
    from auditor.rules.types import Gate, Rule
    from auditor.settings import Settings
    from auditor.sources.comments import Comment
    from auditor.sources.locks import Versions

Progress = Callable[[str, int, int], None]
STEPS = ("reading", "building", "judging")


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What is asked of a scan: rules by id, the gate, patterns of files to leave out, folders of further rule packs."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    gate: GateOptions = field(default_factory=GateOptions)
    packs: tuple[Path, ...] = ()
    today: date | None = None


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


def read(paths: Sequence[Path], exclude: Sequence[str] = (), *, today: date | None = None, progress: Progress | None = None) -> Read:
    """Discovers and reads; what cannot be read is a problem."""
    from auditor.sources.discover import discover
    from auditor.sources.locks import Versions

    root, only = root_of(paths)
    sources = discover(root, only=only, exclude=tuple(exclude))
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

    known = Files(path for path, f in rest.items() if f.kind != "config")
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


def graph_of(found: Read, *, progress: Progress | None = None) -> AgentGraph:
    """Program, knowledge, graph and analyses of what was read."""
    if progress is not None:
        progress("building", 0, 1)
    graph = _built(found) if found.modules else AgentGraph()
    graph.problems = sorted([*found.problems, *found.versions.problems])
    git_root = found.sources.git_root
    graph.root = found.sources.root.resolve().relative_to(git_root.resolve()).as_posix() if git_root is not None else "."
    graph.versions = found.versions.of("").locked() if found.modules else {}
    used = {n.framework for n in graph.nodes.values()}
    graph.versions = {package: version for package, version in graph.versions.items() if package in used}
    return graph


def _built(found: Read) -> AgentGraph:
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
        )
    )
    graph.nodes = promoted(graph.nodes)
    return graph


@no_collection()
def build_graph(paths: Sequence[Path], *, settings: Settings | None = None, progress: Progress | None = None) -> AgentGraph:
    """The agent graph of folders or files."""
    found = read(paths, settings.exclude if settings is not None else (), progress=progress)
    return graph_of(found, progress=progress)


def chosen(rules: Sequence[Rule], options: ScanOptions) -> list[Rule]:
    """The rules to run; an id that no rule has is an error with a suggestion."""
    from auditor.core.text import did_you_mean

    known = {rule.id for rule in rules}
    for name in (*options.select, *options.ignore):
        if name not in known:
            near = did_you_mean(name, sorted(known))
            raise AuditError(f"there is no rule {name!r}", hint=f"did you mean {near}?" if near else "`agentaudit rules` lists them")
    return [r for r in rules if (not options.select or r.id in options.select) and r.id not in options.ignore]


def suppressions(found: Read) -> dict[str, Noun]:
    """Comments that silence findings, as nodes."""
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
    return rows


def _location(path: str, line: int, cells: list[tuple[int, int, int]] | None) -> Location:
    if cells is None:
        return Location(path, line, 1, line)
    row = cells[min(line, len(cells)) - 1]
    return Location(path, row[0], 1, row[0], 0, row[1], row[2])


@no_collection()
def scan(paths: Sequence[Path], *, options: ScanOptions | None = None, progress: Progress | None = None) -> Report:
    """A readiness report on folders or files."""
    options = options or ScanOptions()
    rules, gates = catalogue(options)
    found = read(paths, options.exclude, today=options.today, progress=progress)
    graph = graph_of(found, progress=progress)
    if progress is not None:
        progress("judging", 0, 1)
    return report_of(found, graph, rules, gates, options)


def catalogue(options: ScanOptions) -> tuple[list[Rule], list[Gate]]:
    """Rules and gates that are asked for."""
    from auditor.rules.load import builtin_packs, load_gates, load_packs

    folder = builtin_packs()
    rules = load_packs(folder)
    return chosen(rules, options), load_gates(folder, rules)


def report_of(found: Read, graph: AgentGraph, rules: Sequence[Rule], gates: Sequence[Gate], options: ScanOptions) -> Report:
    """Judgement on a graph, as a report."""
    from auditor import __version__
    from auditor.judgement.advice import advise
    from auditor.judgement.coverage import cover, reach
    from auditor.judgement.findings import find
    from auditor.judgement.functions import functions_of
    from auditor.judgement.gate import decide
    from auditor.judgement.matrix import matrix
    from auditor.judgement.roles import all_is_example
    from auditor.judgement.score import overall, score
    from auditor.reports.report import Report
    from auditor.rules.evaluate import evaluate

    examples = all_is_example(graph.nodes.values())
    nodes = {**graph.nodes, **suppressions(found)}
    whole = replace_nodes(graph, nodes)

    def judged(noun: Noun) -> bool:
        info = found.files.get(noun.at.path)
        return info is None or info.judged

    verdicts = [v for v in evaluate(rules, whole) if judged(v.subject)]
    own = {k: n for k, n in nodes.items() if judged(n)}
    findings, unused = find(verdicts, nodes, functions_of(found.modules), [r.id for r in rules], graph.edges)
    problems = sorted([*graph.problems, *unused])
    coverage = cover(verdicts, graph, problems, examples=examples)
    result = score(verdicts, own, gates, findings)
    decision = decide(findings, result, coverage, options.gate, files_read=len(found.modules), nodes=own.values())
    return Report(
        root=graph.root,
        name=found.sources.root.resolve().name,
        reach=reach(own.values()),
        verdict=overall(result, coverage, own, gates),
        gate=decision,
        coverage=coverage,
        score=result,
        advice=advise(result, verdicts, gates, findings),
        matrix=matrix(verdicts, own),
        findings=tuple(findings),
        problems=tuple(problems),
        tool_version=__version__,
        catalogue_version=__version__,
        versions=graph.versions,
        files=graph.files,
        lines=graph.lines,
        snippets=snippets(found, findings),
    )


def replace_nodes(graph: AgentGraph, nodes: Mapping[str, Noun]) -> AgentGraph:
    return replace(graph, nodes=dict(nodes))


def snippets(found: Read, findings: Iterable[object]) -> dict[str, dict[tuple[int | None, int], str]]:
    """The source lines that findings name, read once more at the end: no text is kept meanwhile."""
    from auditor.judgement.types import Finding

    wanted: dict[str, set[tuple[int | None, int]]] = {}
    for finding in findings:
        assert isinstance(finding, Finding)
        for at in (finding.at, *(s.at for s in finding.sites), *(t.at for t in finding.trace)):
            cell, line = at.row
            wanted.setdefault(at.path, set()).update((cell, n) for n in range(max(1, line - 1), line + 2))
    files = {f.path: f for f in found.sources.files}
    rows: dict[str, dict[tuple[int | None, int], str]] = {}
    for path, lines in wanted.items():
        source = _rows(files[path]) if path in files else {}
        rows[path] = {row: source[row] for row in source.keys() & lines}
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
