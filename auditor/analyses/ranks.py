"""Which entry points speak for what several reach, and how strongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from auditor.graph.graph import AgentGraph
from auditor.graph.types import EntryPoint

ROLES = ("production", "script", "library", "notebook", "example", "test")
"""the strongest first"""
KINDS = ("http", "websocket", "tool_server", "worker", "cron", "cli", "script", "notebook")
"""of entry points, as they speak for what several reach"""
SERVING = KINDS.index("cli")
"""how many of them a person does not start"""
NOBODY = len(ROLES) * 4, 0
"""weaker than any entry point"""


def entry_ranks(graph: AgentGraph, reached: Iterable[tuple[str, ...]]) -> dict[str, tuple[Any, ...]]:
    """Which entry point speaks for what several reach, the smallest first: the strongest role, then servers, workers and commands, then
    the one that leads to most (`reached`: of each place, the entry points that reach it)."""
    counts: Counter[str] = Counter()
    for entries, number in Counter(reached).items():
        for entry in entries:
            counts[entry] += number
    return {
        n.id: (ROLES.index(n.role), n.repeated, KINDS.index(n.entry) if n.entry in KINDS else len(KINDS), -counts[n.id], n.at, n.id)
        for n in graph.nodes.values()
        if isinstance(n, EntryPoint)
    }


def weaknesses(graph: AgentGraph, reached: Iterable[tuple[str, ...]]) -> dict[str, tuple[int, int]]:
    """How little an entry point speaks for what it leads to: by role, those that only repeat another after it, what a person starts after
    what serves; then its place among all."""
    ranks = entry_ranks(graph, reached)
    rows: dict[str, tuple[int, int]] = {}
    for place, entry in enumerate(sorted(ranks, key=ranks.__getitem__)):
        role, repeated, kind = ranks[entry][:3]
        rows[entry] = role * 4 + repeated * 2 + (kind >= SERVING), place
    return rows
