"""The way round of a recursion: which functions call each other, and where."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from auditor.core.values import UNBOUNDED, Setting
from auditor.graph.build.context import Build
from auditor.graph.build.loop_bounds import NOTHING
from auditor.graph.flow import Site

MOST_CALLS = 6


def circle(first: Site, inner: Iterable[Site]) -> list[Site]:
    """The calls on the shortest way round that begins with a call: it, and those from what it enters back to where it stands."""
    onward: dict[str, list[Site]] = {}
    for site in inner:
        onward.setdefault(site.caller, []).append(site)
    by: dict[str, Site | None] = {first.target: None}
    todo = deque([first.target])
    while todo and first.caller not in by:
        for site in onward.get(todo.popleft(), ()):
            if site.target not in by:
                by[site.target] = site
                todo.append(site.target)
    rows: list[Site] = []
    before = by.get(first.caller)
    while before is not None:
        rows.append(before)
        before = by[before.caller]
    return [first, *rows[::-1]]


def named(build: Build, sites: list[Site], *, placed: bool = False) -> str:
    """`step() -> reward() -> step()`; each call with its file and line if it is `placed`."""
    functions = build.graph.flow.functions
    calls = [f"{functions[s.target].symbol}()" + (f" ({s.at.path}:{s.at.line})" if placed else "") for s in sites]
    shown = calls if len(calls) <= MOST_CALLS else [*calls[: MOST_CALLS - 1], "...", calls[-1]]
    return " -> ".join((f"{functions[sites[0].caller].symbol}()", *shown))


def with_circle(build: Build, times: Setting, sites: list[Site]) -> Setting:
    """Turns that nothing limits, with the way round in the reason."""
    if times.value is not UNBOUNDED or times.why != NOTHING:
        return times
    return replace(times, why=f"nothing in the code limits the recursion {named(build, sites, placed=True)}")
