"""All that a renderer may see."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.judgement.types import Advice, Attempts, Coverage, Finding, GateResult, Gone, Reach, Row, Score, VerdictName, failed_gates
from auditor.rules.types import Rule

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ComparedWith:
    """What the findings were compared with: the name of a baseline file or of a commit."""

    kind: Literal["baseline", "commit"]
    name: str


@dataclass(frozen=True, slots=True)
class Before:
    """What the base had. A baseline file holds its failed gates only: verdict, score and coverage are None then.

    `attempts`: calls whose attempts differ, in source order.
    """

    verdict: VerdictName | None = None
    score: Score | None = None
    coverage: Coverage | None = None
    failed_gates: tuple[str, ...] = ()
    attempts: tuple[Attempts, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """Something said by the settings (`declared`) or taken for granted (`assumptions`), with its place where there is one."""

    text: str
    at: Location | None = None
    critical: bool = False
    """whether it speaks of critical findings"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A scan.

    `root` is relative to the git root, else `.`. `versions`: what this was judged by and against
    (`agentaudit`, `catalogue`, and the locked version of each package). `score` is None where there is none to give. `findings` are in
    order of path, line, column, rule.
    `snippets`: path -> row of a place (cell or None, line from 1) -> text, for the lines that findings, sites and traces name.
    `silenced`: what the scanned repository's own settings keep from the gate though it is critical.
    `before`: what the base had, where there is one; `fixed`: the findings that it had and that are gone;
    `undecided`: those of which it can no longer be told; `remarks`: what must be said of the comparison.
    `rules`: the rules that ran, by id. `line_hashes`: path -> line from 1 -> the code-scanning hash of it, where they were asked for.
    """

    root: str
    verdict: VerdictName
    gate: GateResult
    coverage: Coverage
    reach: Reach = field(default_factory=Reach)
    score: Score | None = None
    advice: Advice = field(default_factory=Advice)
    matrix: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    fixed: tuple[Gone, ...] = ()
    undecided: tuple[Gone, ...] = ()
    problems: tuple[Problem, ...] = ()
    silenced: tuple[Statement, ...] = ()
    declared: tuple[Statement, ...] = ()
    assumptions: tuple[Statement, ...] = ()
    tool_version: str = ""
    catalogue_version: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    compared_with: ComparedWith | None = None
    before: Before | None = None
    remarks: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    line_hashes: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    files: int = 0
    lines: int = 0
    snippets: Mapping[str, Mapping[tuple[int | None, int], str]] = field(default_factory=dict)

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """The ids of the score gates that failed."""
        return failed_gates(self.score)

    def in_repository(self, path: str) -> str:
        """A path of this report relative to the git root (outside of git: to the root), with `/`."""
        return posixpath.normpath(posixpath.join(self.root, path))
