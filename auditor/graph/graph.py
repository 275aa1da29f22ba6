"""The agent graph: its nodes, what connects them, and what was not understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from auditor.core.problem import Problem
from auditor.graph.flow import Flow
from auditor.graph.traces import CallSeen, NotUnderstood
from auditor.graph.types import Call, EntryPoint, Noun

EdgeKind: TypeAlias = Literal["calls", "has_tool", "hands_off", "routes_to", "contains", "runs", "uses_client", "reads", "writes"]


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    source: str
    target: str
    kind: EdgeKind
    path: str
    line: int
    regions: tuple[str, ...] = ()


@dataclass(slots=True)
class AgentGraph:
    """All nodes by id (sorted by path, line, kind when exported), edges, flow, what was not understood, the locked versions;
    `root`: the scanned one relative to the git root, else `.`"""

    nodes: dict[str, Noun] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    flow: Flow = field(default_factory=Flow)
    unknowns: list[NotUnderstood] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    raises: dict[str, frozenset[str]] = field(default_factory=dict)
    """package -> other packages whose errors its failed requests come out as"""
    calls: tuple[Call, ...] = ()
    """what the program calls, only where somebody asks for it: no nodes. `unresolved`: of how many it is not known then what they call.
    Until the analyses are done: `around`: the flow with all functions that calls stand in, `begins`: its entry points"""
    unresolved: int | None = None
    around: Flow | None = None
    begins: tuple[EntryPoint, ...] = ()
    asked: tuple[CallSeen, ...] = ()
    """the calls at the line that was asked about"""
    examples: bool = False
    """whether example and notebook files are production here"""
    root: str = "."
    files: int = 0
    lines: int = 0
