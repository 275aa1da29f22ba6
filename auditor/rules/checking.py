"""Validates a pack without running anything of it: all rules, pages and knowledge files, all mistakes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.core.problem import AuditError
from auditor.core.reader import Reader, in_one
from auditor.knowledge.forms import Expect
from auditor.knowledge.packs import load_files
from auditor.knowledge.types import Knowledge
from auditor.rules.expect import mistakes
from auditor.rules.packs import Pack, builtin, files_of, rules_of
from auditor.rules.pages import Page, read_page
from auditor.rules.types import Rule


@dataclass(frozen=True, slots=True)
class Checked:
    """Rules with the name of their page as it is shown; knowledge files with what they were read by."""

    rules: Sequence[tuple[Rule, str, Page]]
    files: Sequence[tuple[Knowledge, Reader]]

    @property
    def knowledge(self) -> list[Knowledge]:
        return [knowledge for knowledge, _ in self.files]


def check(pack: Pack) -> Checked:
    """AuditError with every mistake of every file."""
    errors: list[str] = []
    rules: list[Rule] = []
    files: list[tuple[Knowledge, Reader]] = []
    found = files_of(pack)
    try:
        rules = rules_of([pack] if pack.own else [builtin(), pack])
    except AuditError as error:
        errors.append(in_one(error))
    try:
        files = load_files([(path, shown, pack.links) for path, shown in found.frameworks], _of_snippet)
    except AuditError as error:
        errors.append(in_one(error))
    if errors:
        raise AuditError("\n".join(errors))
    pages = {path.stem: f"{shown.removesuffix('.yaml')}.md" for path, shown, _ in found.rules}
    own = [(rule, pages[rule.id], read_page(rule.page, pages[rule.id])) for rule in rules if rule.id in pages]
    return Checked(own, files)


def check_folder(folder: Path) -> Checked:
    from auditor.rules.packs import of_folder

    return check(of_folder(folder))


def _of_snippet(reader: Reader, number: int, snippet: Expect) -> None:
    for row, key, word, known in mistakes(snippet):
        where = ("expect", number, "gives", row, key)
        if known:
            reader.unknown(where, "noun" if key == "kind" else "field", word, known)
        else:
            reader.wrong(where, "a row says the line of its node in the snippet")
