"""Attempts that may come on top: a call of which it takes too much to tell what it calls may lead to a function, inside more retries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

from auditor.analyses.counts import Attempts
from auditor.analyses.paths import Best, Paths
from auditor.core.values import UNBOUNDED, merge, unknown
from auditor.graph.flow import Site
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ExternalCall, ModelCall

Factor = TypeVar("Factor")
Call: TypeAlias = ModelCall | ExternalCall


def tried_more(
    graph: AgentGraph,
    paths: Paths,
    best: Mapping[str, Best[Attempts]],
    factors: Mapping[str, Factor],
    retried: Callable[[Attempts, Factor], Attempts],
) -> dict[str, Site]:
    """Places that may be tried more often than by the worst path, each with the call that may lead there; those of one class of faults."""
    rows: dict[str, Site] = {}
    for site in graph.flow.unsettled:
        if site.caller not in best or site.target not in best or site.target in rows:
            continue
        if paths.reached[site.target] and not paths.reached[site.caller]:
            continue  # What an entry point leads to has no paths from code to which none does.
        state = best[site.caller].state
        for region in (site.caller, *reversed(site.regions), *reversed(paths.wrappers.get(site.target, ()))):
            state = retried(state, factors[region]) if region in factors else state
        if state.tries > best[site.target].state.tries:
            rows[site.target] = site
    return _inside(paths, rows)


def _inside(paths: Paths, rows: Mapping[str, Site]) -> dict[str, Site]:
    """What these places lead to, too."""
    found = dict(rows)
    todo = list(found)
    for place in todo:
        for site in paths.outgoing.get(place, ()):
            if site.target not in found:
                found[site.target] = found[place]
                todo.append(site.target)
    return found


def doubted(call: Call, sites: Iterable[Site]) -> Call:
    """The attempts of a call that one of these may try more often: those that are known, and others that are not."""
    site = next(iter(sites), None)
    if site is None or call.total_attempts.value is UNBOUNDED:
        return call
    why = f"too much reaches the call at {site.at} to be followed: it may run this inside more retries"
    return replace(call, total_attempts=merge([call.total_attempts, unknown(why, unit=call.total_attempts.unit)]))
