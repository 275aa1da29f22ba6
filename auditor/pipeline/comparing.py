"""Compares a scan with a baseline file or with a commit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from auditor.core.files import read_regular
from auditor.core.problem import AuditError
from auditor.judgement.attempts import attempts_of, changed
from auditor.judgement.baseline import Baseline, base_of, parse
from auditor.judgement.compare import Base, Compared, Known, added, compare, known_of
from auditor.judgement.findings import Unit, undecided
from auditor.judgement.types import Site, failed_gates
from auditor.pipeline.building import graph_of, root_name
from auditor.pipeline.options import ScanOptions
from auditor.pipeline.reading import Read, read_sources
from auditor.settings import Declaration, Silence, load_settings
from auditor.sources.discover import kind_of

if TYPE_CHECKING:
    from auditor.knowledge.types import Knowledge
    from auditor.pipeline.judging import Judged
    from auditor.reports.report import Before
    from auditor.rules.rulesets import Catalogue
    from auditor.rules.types import Rule
    from auditor.sources.base import BaseTree
    from auditor.sources.types import Sources

MOST_BYTES = 50_000_000
Said = TypeVar("Said", Silence, Declaration)


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


def of_file(file: Path, sources: Sources, root: str, catalogue: str) -> Base:
    return base_of(read_baseline(file), _name(file, sources), root, catalogue)


def _name(file: Path, sources: Sources) -> str:
    """From the git root on, else from the root, else its own: the same wherever the checkout lies and the run is started."""
    above = sources.git_root or sources.root
    path = file.resolve()
    return path.relative_to(above).as_posix() if path.is_relative_to(above) else path.name


def of_commit(
    ref: str,
    found: Read,
    options: ScanOptions,
    by: Catalogue,
    only: tuple[Path, ...],
    knowledge: Sequence[Knowledge] = (),
) -> Base:
    """The same scan of the commit at which HEAD left `ref`, read from the objects of git; AuditError where it cannot be."""
    from auditor.pipeline.judging import judge
    from auditor.rules.subjects import calls_asked_for
    from auditor.sources.base import write_base
    from auditor.sources.merge_base import find_base

    commit = find_base(found.sources.git_root, ref)
    with TemporaryDirectory(prefix="agentaudit-") as folder:
        tree = write_base(found.sources, commit, Path(folder), only=only)
        sources = tree.sources(options.exclude)
        notes = (f"the base is commit {commit.hash}", *(f"in the base, {p.path}: {p.message}" for p in tree.problems))
        base = Base("commit", ref, gone=tree.gone(sources), notes=notes)
        if not sources.files and found.sources.files:
            base = replace(
                base,
                remarks=(
                    *base.remarks,
                    f"the base has no file below {root_name(found.sources)}: all that is found is new",
                ),
            )
        if changed_keys := _settings_changed(found, tree):
            said = f"the settings of the gate differ from those of the base: {', '.join(changed_keys)}"
            base = replace(base, remarks=(*base.remarks, said))
        if tree.same(found.sources, sources):
            return replace(base, same=True)
        then = read_sources(sources, today=options.today)
        moved = replace(
            options,
            silences=tuple(_moved(silence, tree) for silence in options.silences),
            declared=tuple(_moved(said, tree) for said in options.declared),
        )
        graph = graph_of(then, knowledge=knowledge, calls=calls_asked_for(by.rules))
        return filled(base, judge(then, graph, by, moved))


def _settings_changed(found: Read, tree: BaseTree) -> list[str]:
    """The keys in which the settings of the base are others: both sides are judged by those of now."""
    try:
        then = load_settings(tree.root, boundary=tree.tree)
    except AuditError:
        return ["they could not be read there"]
    now = load_settings(found.sources.root)
    names = (f.name for f in fields(now) if f.name not in ("path", "places"))
    return [name.replace("_", "-") for name in names if _as_written(getattr(now, name)) != _as_written(getattr(then, name))]


def _as_written(value: object) -> str:
    """Without the folders and lines, which differ between the two sides."""
    if isinstance(value, tuple):
        return repr([_as_written(row) for row in value])
    if isinstance(value, Mapping):
        return repr({key: _as_written(row) for key, row in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        return repr([_as_written(getattr(value, f.name)) for f in fields(value) if f.name not in ("file", "base", "line")])
    return value.name if isinstance(value, Path) else repr(value)


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


def _moved(said: Said, tree: BaseTree) -> Said:
    """What the settings say of files, they say of the same files of the base. A file of settings may lie outside of the repository."""
    base = tree.tree / said.base.relative_to(tree.git_root)
    inside = said.file.is_relative_to(tree.git_root)
    return replace(said, base=base, file=tree.tree / said.file.relative_to(tree.git_root) if inside else said.file)


@dataclass(frozen=True, slots=True)
class Against:
    """What of a base a scan can find again: of rules that ran, in files that it reports on.

    `paths`: the files that there are now. `aside`: `id`s of findings that were not looked for, since their rule did not run or their file
    was not asked for; `unread`: of those whose file is there and was not read.
    """

    base: Base
    known: tuple[Known, ...]
    paths: frozenset[str]
    aside: frozenset[int]
    unread: tuple[Known, ...]

    def added(self, units: list[tuple[Unit, Site]]) -> frozenset[Unit]:
        return added(units, self.known, self.paths)

    def compare(self, judged: Judged) -> Compared:
        done = compare(judged.findings, self.known, paths=self.paths, state=self.base.state, undecided=undecided(judged.verdicts))
        return replace(done, undecided=(*done.undecided, *self.unread))


def against(base: Base, found: Read, rules: Sequence[Rule]) -> Against:
    """A part of a project tells nothing of the rest; of a whole one, what is there and was not read can no longer be decided."""
    ran = {rule.id for rule in rules}
    known: list[Known] = []
    aside: set[int] = set()
    unread: list[Known] = []
    named = {known.at.path for known in base.known} | {path for known in base.known for path, _ in known.places}
    paths = frozenset(path for path in named if _is_there(path, base, found))
    for finding in base.known:
        path = finding.at.path
        info = found.files.get(path)
        looked = path not in paths or ((info.judged if info else kind_of(path) in (None, "config")) and found.is_shown(path))
        if finding.rule not in ran or (found.part and not looked):
            aside.add(id(finding))
        elif looked:
            known.append(finding)
        else:
            unread.append(finding)
    return Against(base, tuple(known), paths, frozenset(aside), tuple(unread))


def _is_there(path: str, base: Base, found: Read) -> bool:
    if base.gone is not None:
        return path not in base.gone
    return os.path.lexists(f"{found.sources.root}/{path}")


def before(base: Base, judged: Judged, found: Read) -> Before:
    from auditor.reports.report import Before

    paths = {call.at.path for call in base.attempts if _is_there(call.at.path, base, found)}
    calls = changed(base.attempts, attempts_of(judged.nodes.values()), paths=paths) if base.kind == "commit" else ()
    return Before(base.verdict, base.score, base.coverage, base.gates, calls)
