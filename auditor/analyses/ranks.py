"""Which entry points speak for what several reach, and how strongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from auditor.graph.types import AgentGraph, EntryPoint

ROLES = ("production", "script", "library", "notebook", "example", "test")
"""the strongest first"""
KINDS = ("http", "websocket", "tool_server", "worker", "cron", "cli", "script", "notebook")
"""of entry points, as they speak for what several reach"""

SERVING = KINDS[: KINDS.index("cli")]


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


def weakness(graph: AgentGraph, entries: Iterable[str]) -> int:
    """The strongest of some entry points: by role, those that only repeat another after it, what a person starts after what serves."""
    found = [graph.nodes[e] for e in entries if e in graph.nodes]
    rows = ((ROLES.index(n.role), n.repeated, n.entry not in SERVING) for n in found if isinstance(n, EntryPoint))
    return min((role * 4 + repeated * 2 + by_hand for role, repeated, by_hand in rows), default=len(ROLES) * 4)
