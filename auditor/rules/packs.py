"""Packs of rules: which folders they are, which files they have, and all their rules with all their mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.problem import AuditError
from auditor.core.reader import in_one
from auditor.core.text import printable
from auditor.rules.load import GATES, builtin_packs, load_rule
from auditor.rules.types import Rule

if TYPE_CHECKING:
    from auditor.knowledge.types import Knowledge
    from auditor.rules.rulesets import Catalogue

FRAMEWORKS = "frameworks"
RULE_SETS = "rulesets.yaml"
MOST_FILES = 5_000
MOST_BROKEN = 100
"""files: after as many nothing more is read"""
NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder with rules in it, or in its sub-folders. `shown`: how it is called in mistakes; `own`: it comes with the tool;
    `links`: its files may be links, as installers make them. `name` is the pack of the rules directly in it."""

    folder: Path
    shown: str
    name: str
    own: bool = False
    links: bool = False


@dataclass(slots=True)
class Files:
    """Of one pack: path, how it is shown, and the name of its pack."""

    rules: list[tuple[Path, str, str]] = field(default_factory=list)
    frameworks: list[tuple[Path, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def of_folder(folder: Path, shown: str | None = None) -> Pack:
    """A folder that somebody names; the folder itself may be a link, what is in it may not."""
    name = printable(str(folder) if shown is None else shown)
    try:
        real = folder.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise AuditError(
            f"there is no pack {printable(str(folder))}", hint="a pack is a folder with rules: `agentaudit rules new`"
        ) from None
    if not real.is_dir():
        raise AuditError(f"{printable(str(folder))} is no pack", hint="a pack is a folder with rules")
    own = real == builtin_packs().resolve()
    return Pack(real, name.rstrip("/"), real.name, own, links=own)


def builtin() -> Pack:
    return of_folder(builtin_packs(), "")


def all_packs(folders: Iterable[Path] = ()) -> list[Pack]:
    """The packs of the tool, those of installed distributions, and these folders; each once."""
    from auditor.rules.distributions import installed

    rows: dict[Path, Pack] = {}
    for pack in (builtin(), *installed(), *map(of_folder, folders)):
        rows.setdefault(pack.folder, pack)
    return list(rows.values())


def files_of(pack: Pack) -> Files:
    """Its rule files and its knowledge files, sorted; what cannot be one of them is a mistake."""
    found = Files()
    for path, inner in _walk(pack, found):
        relative = path.relative_to(pack.folder).as_posix()
        shown = f"{pack.shown}/{relative}" if pack.shown else relative
        if path.suffix == ".yml":
            found.errors.append(f"{printable(shown)}:1:1: files of a pack end in .yaml")
        elif not inner and path.name in (GATES, RULE_SETS):
            if not pack.own:
                found.errors.append(f"{printable(shown)}:1:1: only the tool itself has {path.name}")
        elif path.suffix == ".md":
            if re.fullmatch(r"[a-z0-9-]+", path.stem) and not path.with_suffix(".yaml").exists():
                found.errors.append(f"{printable(shown)}:1:1: its question {path.stem}.yaml is missing")
        elif inner == FRAMEWORKS:
            found.frameworks.append((path, printable(shown)))
        else:
            found.rules.append((path, printable(shown), inner or pack.name))
    for name in sorted({name for _, _, name in found.rules}):
        if not NAME.fullmatch(name) or not name.isprintable():
            found.errors.append(f"{pack.shown or pack.folder}: the pack name {name!r} has other characters than letters, digits, - . and _")
    if not found.rules and not found.frameworks and not found.errors:
        found.errors.append(f"{pack.shown}: there is neither a rule nor knowledge in this pack")
    return found


def _walk(pack: Pack, found: Files) -> Iterator[tuple[Path, str]]:
    """Files of data in the folder and one level below it, each with the name of its sub-folder."""
    left = MOST_FILES
    todo = [(pack.folder, "")]
    while todo:
        folder, inner = todo.pop(0)
        try:
            entries = []
            for entry in folder.iterdir():
                entries.append(entry)
                left -= 1
                if left < 0:
                    found.errors.append(f"{pack.shown}: more than {MOST_FILES:,} files")
                    return
        except OSError as error:
            found.errors.append(f"{pack.shown}: cannot be read: {error.strerror}")
            continue
        for entry in sorted(entries):
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if entry.is_symlink() and not pack.links:
                    found.errors.append(printable(f"{pack.shown}/{entry.name}: a link, which is not followed in a pack"))
                elif not inner:
                    todo.append((entry, entry.name))
                elif entry.name == FRAMEWORKS:
                    found.errors.append(
                        printable(
                            f"{pack.shown}/{inner}/{entry.name}: knowledge lies in {FRAMEWORKS}/ of the pack itself, this is not read"
                        )
                    )
            elif entry.suffix in (".yaml", ".yml", ".md"):
                yield entry, inner


def rules_of(packs: Sequence[Pack], pin: Catalogue | None = None) -> list[Rule]:
    """All rules of these packs, by id; all mistakes of all files are one error. `pin`: has the tool's own, as they were."""
    errors: list[str] = []
    seen: dict[str, tuple[Rule, str]] = {rule.id: (rule, f"the rule set {pin.version}") for rule in pin.rules} if pin else {}
    broken = 0
    for pack in (pack for pack in packs if not (pin and pack.own)):
        files = files_of(pack)
        errors += files.errors
        for path, shown, name in files.rules:
            if broken >= MOST_BROKEN:
                break
            try:
                rule = load_rule(path, shown, name, own=pack.own, links=pack.links)
            except AuditError as error:
                errors.append(in_one(error))
                broken += 1
                continue
            if rule.id in seen:
                other, place = seen[rule.id]
                errors.append(f"{shown}:1:1: the rule {rule.id!r} is in two packs: {other.pack} and {rule.pack} (the other is {place})")
                continue
            seen[rule.id] = (rule, shown)
    if errors:
        raise AuditError("\n".join(errors))
    return [rule for _, (rule, _) in sorted(seen.items())]


def knowledge_of_packs(packs: Sequence[Pack]) -> list[Knowledge]:
    """The knowledge files of these packs; all mistakes are one error."""
    files = [(path, shown, pack.links) for pack in packs if not pack.own for path, shown in files_of(pack).frameworks]
    if not files:
        return []
    from auditor.knowledge.packs import load_files

    return [knowledge for knowledge, _ in load_files(files)]
