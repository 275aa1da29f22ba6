"""Calls of which too much would have to be followed to tell what they call: what they may run is not ruled out there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from auditor.graph.build.context import Build
from auditor.graph.build.flow import close_over_callers, site_regions
from auditor.graph.flow import Site
from auditor.program.origins.callers import undecided

Doubts: TypeAlias = Mapping[str, Iterable[tuple[str, str]]]
"""function -> functions that it may call, with a reason"""


def not_settled(build: Build, functions: Iterable[str]) -> Doubts:
    """Such calls of these functions and of all that call them. What leads to the calls becomes part of the flow."""
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    callers: dict[str, set[str]] = defaultdict(set)
    sites, indexed = build.graph.flow.sites, 0
    todo, known = sorted(functions), set(functions)
    while todo:
        target = todo.pop()
        fn = build.functions.get(target)
        for number, index in undecided(build.engine, fn) if fn is not None else ():
            call = build.engine.call((number, index))
            caller = build.function_of(number, call.order)
            close_over_callers(build, [caller])
            at = build.call_location((number, index))
            rows[build.function_id(caller)].append((target, f"too much reaches the call of {call.last} at {at} to be followed"))
            callers[target].add(build.function_id(caller))
        for site in sites[indexed:]:
            callers[site.target].add(site.caller)
        indexed = len(sites)
        new = callers[target] - known
        known |= new
        todo.extend(sorted(new))
    return rows


def unsettled_calls(build: Build) -> None:
    """Notes such calls of all functions of the flow, with the retries around them, for those who ask how often something is tried. What
    leads to a call becomes part of the flow where the call itself is tried again; of the rest it can be most of a large program."""
    rows: list[Site] = []
    flow = build.graph.flow
    todo = sorted(flow.functions)
    for target in todo:
        fn = build.functions.get(target)
        for number, index in undecided(build.engine, fn) if fn is not None else ():
            call = build.engine.call((number, index))
            caller = build.function_of(number, call.order)
            regions = tuple(dict.fromkeys(site_regions(build, number, call.order, index)))
            if build.function_id(caller) not in flow.functions:
                if not any(flow.regions[region].kind == "retry" for region in regions):
                    continue
                known = len(flow.functions)
                close_over_callers(build, [caller])
                todo.extend(list(flow.functions)[known:])
            rows.append(Site(build.function_id(caller), target, build.call_location((number, index)), regions))
    flow.unsettled = tuple(rows)


def spread(doubts: Doubts, onward: Mapping[str, Iterable[str]], seen: Iterable[str]) -> dict[str, str]:
    """What may run besides what surely does, with the reason."""
    reasons = dict.fromkeys(seen, "")
    todo = list(reasons)
    for current in todo:
        reason = reasons[current]
        for target, why in (*doubts.get(current, ()), *((target, reason) for target in onward.get(current, ()))):
            if target not in reasons:
                reasons[target] = reason or why
                todo.append(target)
    return {function: reason for function, reason in reasons.items() if reason}
