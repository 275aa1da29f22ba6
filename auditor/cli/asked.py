"""Options that several commands have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from auditor.core.problem import AuditError

Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Take the settings of this file and of no other.", show_default=False)
]
Isolated = Annotated[
    bool, typer.Option("--isolated", "--no-config", help="Take no settings from any file: for code that one does not control.")
]
Packs = Annotated[
    list[Path] | None, typer.Option("--pack", metavar="DIR", help="Take the rules of this folder, too; repeatable.", show_default=False)
]


@dataclass(frozen=True, slots=True)
class Source:
    """Where settings come from, and the packs of the command line."""

    config: Path | None = None
    isolated: bool = False
    packs: tuple[Path, ...] = ()

    def check(self) -> None:
        if self.config is not None and self.isolated:
            raise AuditError("--config and --isolated are two answers to one question", hint="leave one of them out")
        for pack in self.packs:
            if not pack.is_dir():
                raise AuditError(f"--pack {pack} is no folder")
