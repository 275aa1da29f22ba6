"""What the settings of a project say, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

FailOn: TypeAlias = Literal["critical", "high", "medium", "low", "never"]
Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
Column: TypeAlias = Literal["deadline", "retry", "cap", "bound", "budget", "trace", "usage"]
"""of the control matrix"""
Control: TypeAlias = Literal[Column, "rate-limit", "evals"]
"""what can be declared: also what stands outside of the code altogether"""
UNITS: Mapping[Control, str] = {"deadline": "seconds", "retry": "attempts", "cap": "tokens", "bound": "turns"}
"""of what a declaration has a number"""
Subject: TypeAlias = Literal[
    "entry_point",
    "agent",
    "step",
    "model_client",
    "external_client",
    "model_call",
    "tool",
    "external_call",
    "retry",
    "loop",
    "fan_out",
    "deadline_scope",
    "decision_point",
    "tracing_switch",
    "suppression",
    "call",
    "project",
]
Param: TypeAlias = float | str | bool
TomlPath: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Silence:
    """A suppression for files: `path` is a pattern as in .gitignore, from the folder `base` on; `file` and `line` are where it stands."""

    path: str
    rule: str
    reason: str
    until: str
    file: Path
    line: int
    base: Path


@dataclass(frozen=True, slots=True)
class Declaration:
    """A control that something outside of the code takes care of, and who says so.

    `value`: how much it is there, in the unit of the control where that has one: compared with the limit of a rule that has one. `paths`:
    patterns from the folder `base` on, none: all files. `nouns`: what it is a control of, none: all.
    """

    control: Control
    reason: str
    value: float | str | None
    paths: tuple[str, ...]
    nouns: tuple[Subject, ...]
    file: Path
    line: int
    base: Path


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What a project has changed of a rule."""

    severity: Severity | None
    params: Mapping[str, Param]
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Settings:
    """`path` is the file that they stand in, None where there is none; None means that nothing is set.

    `packs`: folders. `places`: line and column of each key and item, by its path of keys and indexes below the settings.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: FailOn | None = None
    fail_under: float | None = None
    min_coverage: float | None = None
    suppress: tuple[Silence, ...] = ()
    packs: tuple[Path, ...] = ()
    ruleset: str | None = None
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    declare: tuple[Declaration, ...] = ()
    path: Path | None = None
    places: Mapping[TomlPath, Position] = field(default_factory=dict, compare=False, repr=False)

    def place(self, *key: str | int) -> str:
        """`file:line:column` of a key or of an item of its list."""
        ends = range(len(key), 0, -1)
        line, column = next((self.places[key[:end]] for end in ends if key[:end] in self.places), (1, 1))
        return f"{self.path}:{line}:{column}"
