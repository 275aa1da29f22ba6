"""Requests that a count changes: beyond a limit the model is asked in another way, as without tools, and may have to end the loop."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from auditor.core.values import Setting, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_changes import View
from auditor.graph.build.loop_terms import arguments, paths, walk


def chosen_by_count(view: View, calls: Iterable[Call], counters: Collection[str]) -> Setting | None:
    """Not known, if an argument of a call to the model is chosen by one of these counters."""
    facts = view.suites.module
    for call in calls:
        for one in (e for a in arguments(call) for e in walk(facts, a)):
            if one[0] == "if" and any(_compares(view, part, counters) for part in walk(facts, one)):
                return unknown(f"how the model is asked is chosen by a count in line {call.line}", unit="turns")
    return None


def _compares(view: View, expr: Expr, counters: Collection[str]) -> bool:
    return expr[0] == "cmp" and bool(paths(view.suites.module, expr) & set(counters))
