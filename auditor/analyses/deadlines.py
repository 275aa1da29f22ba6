"""Deadlines around a call: the smallest that can fire along the worst path, and the time that the call needs inside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from auditor.analyses.counts import Attempts, given, is_nan, layers_of, once, text, total
from auditor.analyses.folds import fold
from auditor.analyses.inside import nouns_around, regions_around
from auditor.analyses.paths import Best, Paths, backwards
from auditor.analyses.retries import Factor, Faults, own_layers, own_step, retried
from auditor.analyses.steps import amount, describe, trace
from auditor.core.location import Location
from auditor.core.values import ABSENT, OneOf, Setting, Special, absent, alternatives, unknown
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import TraceStep
from auditor.graph.types import DeadlineScope, ExternalCall, ModelCall, Noun

Call: TypeAlias = ModelCall | ExternalCall
Rank: TypeAlias = tuple[int, float]
NO_LIMIT: Rank = (2, 0)
BETWEEN_PARTS = "the stream may stay silent between two parts for"
APART = ("thread", "process")
BLOCKED = "what runs inside blocks the event loop"


class Limit(NamedTuple):
    """The deadline that holds on a path, how bad it is, and the retries inside it. No limit is worse than one that is not known."""

    rank: Rank
    deadline: Setting
    attempts: Attempts


Crossed: TypeAlias = Factor | Setting

NO_DEADLINE = absent("no deadline encloses it", unit="seconds")
START = Limit(NO_LIMIT, NO_DEADLINE, Attempts())


def deadlines(graph: AgentGraph, paths: Paths, faults: Faults) -> AgentGraph:
    """Fills `run_deadline` and `needed_seconds` of calls, both from the same path, and `fires` of scopes."""
    graph = _firing(graph, paths)
    firing = scopes(graph)
    folds = [_limits(paths, {**factors, **firing}, called) for factors, called in zip(faults.factors, faults.called, strict=True)]
    limits = {n.at for n in graph.nodes.values() if isinstance(n, DeadlineScope) and n.fires is not False}
    idle = {n.at: n for n in graph.nodes.values() if isinstance(n, DeadlineScope) and n.instead}
    nodes: dict[str, Noun] = dict(graph.nodes)
    for noun in graph.nodes.values():
        if isinstance(noun, (ModelCall, ExternalCall)):
            limit, best = _enclosing(noun, folds, faults)
            found = _bounded(noun, limit)
            found = replace(found, limit_trace=_way(graph, paths, best, noun, limits)) if limits and best else found
            nodes[noun.id] = _in_vain(found, idle) if found.run_deadline is NO_DEADLINE else found
    return replace(graph, nodes=nodes)


def _way(
    graph: AgentGraph, paths: Paths, best: Mapping[str, Best[Limit]], call: Call, limits: Collection[Location]
) -> tuple[TraceStep, ...]:
    """The path on which the limit was found, where it passes other deadlines than the one with the most attempts."""
    counting = {link.retry.id for link in layers_of(best[call.id].state.attempts) if link.multiplies}
    steps = trace(graph, paths, best, call.id, lambda r: text(given(r)) if r.id in counting else None)
    if {step.at for step in steps} & set(limits) == {step.at for step in call.trace} & set(limits):
        return ()
    files = {step.at.path for step in steps}
    own = [own_step(layer, call) for layer in own_layers(graph.nodes, call, files)]
    return (*steps, TraceStep(describe(call), call.at), *own)


def _in_vain(call: Call, idle: Mapping[Location, DeadlineScope]) -> Call:
    """Says of a deadline around the call, none of which can fire, why it does not end it."""
    scope = next((idle[step.at] for step in call.limit_trace or call.trace if step.at in idle), None)
    if scope is None:
        return call
    limit = amount(scope.deadline, " of {} s")
    return replace(call, run_deadline=absent(f"the deadline{limit} at {scope.at} does not end it: {scope.instead}", unit="seconds"))


def rank(setting: Setting) -> Rank:
    """How bad a deadline is: none, then not known, then the longest."""
    if isinstance(setting.value, OneOf):
        return max((rank(s) for s in alternatives(setting)), default=NO_LIMIT)
    if isinstance(setting.value, Special):
        return NO_LIMIT
    number = setting.number
    return (0, number) if number is not None and not is_nan(number) else (1, 0)


def _limits(
    paths: Paths, crossed: Mapping[str, Crossed], called: Mapping[str, Mapping[Location, Crossed | None]]
) -> dict[str, Best[Limit]]:
    return fold(paths, crossed, START, _cross, lambda limit: (limit.rank, limit.attempts.tries), called, lazily=True)


def _cross(limit: Limit, crossed: Crossed) -> Limit:
    if isinstance(crossed, Setting):
        own = rank(crossed)
        return Limit(own, crossed, Attempts()) if own <= limit.rank else limit
    return limit._replace(attempts=retried(limit.attempts, crossed))


def scopes(graph: AgentGraph) -> dict[str, Setting]:
    """Deadlines that can fire: of regions, and of runs for all that they lead to."""
    rows: dict[str, Setting] = {}
    for identity, region in graph.flow.regions.items():
        noun = graph.nodes.get(region.noun)
        if isinstance(noun, DeadlineScope) and noun.fires is not False and not isinstance(noun.deadline.value, Special):
            rows[identity] = noun.deadline
    for noun in graph.nodes.values():
        if isinstance(noun, (ModelCall, ExternalCall)) and not isinstance(noun.run_deadline.value, Special):
            rows[noun.id] = noun.run_deadline
    return rows


def _enclosing(call: Call, folds: list[dict[str, Best[Limit]]], faults: Faults) -> tuple[Limit, dict[str, Best[Limit]]]:
    """The limit on the worst path, combined with the one that the call brings; and the fold with that path."""
    found = [folds[faults.classes[f]] for f in faults.candidates(call) if call.id in folds[faults.classes[f]]]
    if not found:
        return START, {}
    best = max(found, key=lambda one: (one[call.id].state.rank, one[call.id].state.attempts.tries))
    limit = best[call.id].state
    return _cross(limit, call.run_deadline) if not isinstance(call.run_deadline.value, Special) else limit, best


def _bounded(call: Call, limit: Limit) -> Call:
    needed = _needed(call, limit)
    if isinstance(call, ModelCall) and call.streams and all(s.scope == "per_read" for s in alternatives(call.deadline)):
        call = replace(call, lasts=BETWEEN_PARTS)
    return replace(call, run_deadline=limit.deadline, needed_seconds=needed)


def _needed(call: Call, limit: Limit) -> Setting:
    """Seconds of one attempt x all attempts inside the limit."""
    if call.deadline.value is ABSENT:
        return unknown("one attempt has no deadline", unit="seconds")
    picking = next((link.retry for link in layers_of(limit.attempts) if link.multiplies and link.retry.picks), None)
    if picking is not None:
        return unknown(f"whether an attempt that timed out is tried again is decided by the failure in {picking.at}", unit="seconds")
    return total([call.deadline, once(call.attempts)], limit.attempts, unit="seconds")


def _firing(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """A deadline of which nothing else is known cannot fire if every call inside blocks the event loop."""
    calls = [n for n in graph.nodes.values() if isinstance(n, (ModelCall, ExternalCall))]
    some = backwards(paths, [n.id for n in calls])
    yielding = backwards(
        paths,
        [
            *(n.id for n in calls if n.blocking_in_async is not True),
            *(s.caller for s in paths.sites if s.hop in APART and s.target in some),
        ],
    )
    threads = {r for s in paths.sites if s.hop in APART and s.target in some for r in s.regions}
    blocked = nouns_around(graph, regions_around(paths, some)) - nouns_around(graph, regions_around(paths, yielding) | threads)
    nodes = dict(graph.nodes)
    for identity in blocked:
        noun = nodes.get(identity)
        if isinstance(noun, DeadlineScope) and noun.fires is None:
            nodes[identity] = replace(noun, fires=False, instead=BLOCKED)
    return replace(graph, nodes=nodes)
