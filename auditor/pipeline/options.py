"""What is asked of a scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias

from auditor.judgement.gate import GateOptions
from auditor.settings import Declaration, RuleSettings, Silence

Progress: TypeAlias = Callable[[str, int, int], None]
"""is told the stage, how much of it is done, and of how much"""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Rules by selector, the gate, patterns of files to leave out, and what to compare with.

    `baseline`: a file; `diff_base`: a commit, branch or tag. `project`: a folder that is read and scored whole, where only what lies in the
    given paths is reported. `line_hashes`: compute the hashes that code scanning knows a line by. `silences`: suppressions of the settings.
    `today`: the day on which an expiry is judged. `packs`: folders of rules. `rules`: by id, what is changed of a rule. `ruleset`: the
    release whose rules are asked. `declared`: controls outside of the code. `settings`: the file of settings.
    `places`: by selector, pack or rule set, where it stands in there. `theirs`: those of `packs` that the scanned repository's own settings
    name. `asked`: the same without what these say on rules, files and the severity that gates; None where they are not its own.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    gate: GateOptions = field(default_factory=GateOptions)
    baseline: Path | None = None
    diff_base: str | None = None
    project: Path | None = None
    silences: tuple[Silence, ...] = ()
    line_hashes: bool = False
    today: date | None = None
    packs: tuple[Path, ...] = ()
    theirs: tuple[Path, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    ruleset: str | None = None
    declared: tuple[Declaration, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    settings: Path | None = None
    asked: ScanOptions | None = None
