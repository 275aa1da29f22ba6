"""Loops that nothing limits but a deadline around them: how many seconds they can go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from auditor.analyses.deadlines import NO_DEADLINE, NO_LIMIT, rank, scopes
from auditor.analyses.folds import fold
from auditor.analyses.paths import Paths
from auditor.core.values import UNBOUNDED, Setting, Unknown, unknown
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Loop

Crossed: TypeAlias = Setting | str


def timed(graph: AgentGraph, paths: Paths) -> dict[str, Setting]:
    """Loop -> the deadline that ends it on every path, for the loops that nothing else limits."""
    endless = {n.id for n in graph.nodes.values() if isinstance(n, Loop) and n.times.value is UNBOUNDED}
    deadlines = scopes(graph)
    if not endless or not deadlines:
        return {}
    factors: dict[str, Crossed] = {**deadlines, **{i: r.noun for i, r in graph.flow.regions.items() if r.noun in endless}}
    around: dict[str, Setting] = {}

    def cross(state: Setting, crossed: Crossed) -> Setting:
        if isinstance(crossed, str):
            around[crossed] = max(around.get(crossed, state), state, key=rank)
            return state
        return crossed if rank(crossed) <= rank(state) else state

    fold(paths, factors, NO_DEADLINE, cross, rank)
    return {loop: _times(deadline) for loop, deadline in around.items() if rank(deadline) != NO_LIMIT}


def _times(deadline: Setting) -> Setting:
    if isinstance(deadline.value, Unknown):
        return unknown(f"only the deadline around it ends it: {deadline.value.why}", unit="seconds", at=deadline.at)
    return replace(deadline, unit="seconds", scope=None, why="only the deadline around it ends it")
