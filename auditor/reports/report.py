"""All that a renderer may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.judgement.types import Advice, Coverage, Finding, GateResult, Gone, Reach, Row, Score, VerdictName

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ComparedWith:
    """What the findings were compared with: the name of a baseline file or of a commit."""

    kind: Literal["baseline", "commit"]
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """Something said by the settings (`declared`) or taken for granted (`assumptions`), with its place where there is one."""

    text: str
    at: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A scan.

    `root` is relative to the git root, else `.`; `name` is the scanned folder's own. `versions`: what this was judged by and against
    (`agentaudit`, `catalogue`, and the locked version of each package). `score` is None where there is none to give. `findings` are in
    order of path, line, column, rule.
    `snippets`: path -> row of a place (cell or None, line from 1) -> text, for the lines that findings, sites and traces name.
    """

    root: str
    verdict: VerdictName
    gate: GateResult
    coverage: Coverage
    name: str = ""
    reach: Reach = field(default_factory=Reach)
    score: Score | None = None
    advice: Advice = field(default_factory=Advice)
    matrix: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    fixed: tuple[Gone, ...] = ()
    problems: tuple[Problem, ...] = ()
    declared: tuple[Statement, ...] = ()
    assumptions: tuple[Statement, ...] = ()
    tool_version: str = ""
    catalogue_version: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    compared_with: ComparedWith | None = None
    files: int = 0
    lines: int = 0
    snippets: Mapping[str, Mapping[tuple[int | None, int], str]] = field(default_factory=dict)
