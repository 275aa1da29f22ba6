"""Attempts of all retry layers around a call, along the worst path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from auditor.analyses.brought import by_one_client, most_of
from auditor.analyses.counts import (
    MOST_LAYERS,
    ONE,
    Attempts,
    Count,
    beneath,
    changed,
    count_of,
    given,
    inside,
    layers_of,
    multiplies,
    once,
    raised_again,
    text,
    total,
    unanswered,
)
from auditor.analyses.failing import failing, swallowing
from auditor.analyses.faults import Fault, all_caught, catches, catches_one_of, may_raise, package_of, repeats
from auditor.analyses.folds import fold
from auditor.analyses.inside import nouns_around, regions_around
from auditor.analyses.paths import Best, Paths, backwards, run
from auditor.analyses.steps import describe, name_of, trace
from auditor.analyses.unsettled import doubted, tried_more
from auditor.core.location import Location
from auditor.core.values import UNBOUNDED, OneOf, Raises, Setting, along, alternatives
from auditor.graph.flow import Region
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import Layer, TraceStep
from auditor.graph.types import ExternalCall, ModelCall, Noun, Retry

MOST_CLASSES = 16

Call: TypeAlias = ModelCall | ExternalCall


class Factor(NamedTuple):
    """What a region does to the attempts; without a retry: no failure comes out of it, and where it multiplies nothing no answer either."""

    retry: Retry | None
    tries: Count
    multiplies: bool
    left: frozenset[str] = frozenset()
    """the retries around it that a failure ends there"""
    becomes: tuple[str, ...] = ()
    """what a failure comes out as"""
    caught: tuple[str, ...] = ()
    """the only failures that come out so; empty: all"""
    failed: bool = False
    """failed requests are among them"""
    again: tuple[str, ...] = ()
    """what ends in these regions is raised again, as that"""
    region: str = ""
    """the region itself, where failures end in it"""
    more: bool = False
    """a failure may come out further inside as one after which it tries again"""


ENDS = Factor(None, ONE, True)
APART = Factor(None, ONE, False)


@dataclass(slots=True)
class Faults:
    """The faults of a graph in classes: two are of one class if the same retries try again after them.

    `factors`: for each class what every region does to the attempts, `called`: what it does if its function is entered by a certain call.
    """

    providers: Mapping[str, frozenset[str]]
    factors: list[dict[str, Factor]]
    called: list[dict[str, dict[Location, Factor | None]]]
    classes: dict[Fault, int]
    raises: Mapping[str, frozenset[str]]

    def candidates(self, call: Call) -> list[Fault]:
        """What can make retries try a call again: only failed requests, if the call itself retries those; else whatever it raises."""
        own = _fault(call, self.raises)
        if multiplies(call.attempts):
            return [own]
        first: dict[int, Fault] = {self.classes[own]: own}
        for fault, number in self.classes.items():
            if fault.name and may_raise(own, fault, self.providers):
                first.setdefault(number, fault)
        return list(first.values())


def retries(graph: AgentGraph, paths: Paths, faults: Faults) -> AgentGraph:
    """Fills `total_attempts`, `layers` and `trace` of calls, and whether a retry repeats paid work."""
    found = list(zip(faults.factors, faults.called, strict=True))
    folds = [[attempts(paths, factors, called, lambda a: a.tries)] for factors, called in found]
    if any(f.retry is not None and (f.retry.answers or (f.more and not f.multiplies)) for row in faults.factors for f in row.values()):
        # The worst path may be one on which a failure becomes an answer or another failure later on.
        for fold_of, (factors, called) in zip(folds, found, strict=True):
            fold_of.append(attempts(paths, factors, called, lambda a: (a.tries, a.most)))
            fold_of.append(attempts(paths, factors, called, lambda a: (a.most, a.tries)))
    if any(region.again for region in graph.flow.regions.values()):
        # Or one on which what ends further inside is raised again.
        for fold_of, (factors, called) in zip(folds, found, strict=True):
            fold_of.append(attempts(paths, factors, called, lambda a: (max((k.tries for _, k in a.kept), default=ONE), a.tries)))
    limited = _limited(paths, faults)
    more = [tried_more(graph, paths, row[0], factors, retried) for row, (factors, _) in zip(folds, found, strict=True)]
    nodes: dict[str, Noun] = dict(graph.nodes)
    for noun in graph.nodes.values():
        if isinstance(noun, (ModelCall, ExternalCall)):
            if noun.id in paths.reached:
                seen = _with_limited(_counted(graph, paths, folds, faults, noun), limited, faults)
                numbers = [faults.classes[fault] for fault in faults.candidates(noun)]
                nodes[noun.id] = doubted(seen, [more[n][noun.id] for n in numbers if noun.id in more[n]])
            else:
                nodes[noun.id] = replace(
                    noun,
                    total_attempts=total([once(noun.attempts)], Attempts(), unit="attempts"),
                    layers=tuple(own_layers(graph.nodes, noun)),
                )
    _paid(graph, paths, nodes, faults)
    return replace(graph, nodes=nodes)


def _limited(paths: Paths, faults: Faults) -> list[dict[str, Best[Attempts]]]:
    """The attempts by the retries with a limit alone, where others have none."""
    endless = {r for factors in faults.factors for r, f in factors.items() if f.tries.unbounded}
    if not endless:
        return []
    rows = []
    for factors, called in zip(faults.factors, faults.called, strict=True):
        kept = {r: f for r, f in factors.items() if r not in endless}
        rows.append(attempts(paths, kept, {r: by for r, by in called.items() if r not in endless}, lambda a: a.tries))
    return rows


def _with_limited(call: Call, limited: list[dict[str, Best[Attempts]]], faults: Faults) -> Call:
    if not limited or not count_of(call.total_attempts).unbounded:
        return call
    found = [limited[faults.classes[fault]][call.id].state for fault in faults.candidates(call)]
    most = max(most_of(call, state) for state in found)
    return call if most.unbounded else replace(call, endless=True, limited_attempts=most.least)


def attempts(
    paths: Paths,
    factors: Mapping[str, Factor],
    called: Mapping[str, Mapping[Location, Factor | None]],
    rank: Callable[[Attempts], Any],
) -> dict[str, Best[Attempts]]:
    return fold(paths, factors, Attempts(), retried, rank, called, lazily=True, apart=True)


def retried(attempts: Attempts, factor: Factor) -> Attempts:
    """A failure ends a loop on bad answers, unless something inside makes an answer of it."""
    if factor.becomes or factor.again:
        known = bool(factor.becomes)
        came = changed(attempts, lambda r, t: _tried(r, t, factor), settled=not factor.caught) if known else attempts
        return raised_again(attempts, factor.again, came) if factor.again else came
    if factor.retry is None:
        return beneath(attempts, factor.left, factor.region) if factor.multiplies else Attempts()
    outer = unanswered(attempts) if factor.retry.quiet else attempts
    end = factor.retry.ends_in
    if end and factor.multiplies:
        outer = changed(outer, lambda retry, tried: tried and catches(retry.on, end))
    return inside(outer, factor.retry, factor.tries, factor.multiplies and not factor.retry.answers, more=factor.more)


def _tried(retry: Retry, otherwise: bool, factor: Factor) -> bool:
    """Whether a retry tries again after what failures come out as; `otherwise`: after the failures themselves."""
    answer = catches_one_of(retry.on, factor.becomes)
    if answer and factor.failed and not (retry.answers or retry.refused):
        return True
    return otherwise and (answer is not False or (bool(factor.caught) and not all_caught(retry.on, factor.caught)))


def faults_of(graph: AgentGraph) -> Faults:
    """All kinds of failures that the calls and retries of a graph know."""
    calls = [n for n in graph.nodes.values() if isinstance(n, (ModelCall, ExternalCall))]
    providers: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        if isinstance(call, ModelCall) and call.provider:
            providers[package_of(call.framework)].add(call.provider)
    known = {package: frozenset(found) for package, found in providers.items()}
    layers = _applied(graph)
    distinct = sorted({retry.on for retry in layers.values()})
    refused = {retry.on for retry in layers.values() if retry.refused}
    faults = sorted({_fault(c, graph.raises) for c in calls}) + [Fault(n) for n in sorted({n for on in distinct for n in on} - {"*"})]
    other = swallowing(graph) | {r for r, region in graph.flow.regions.items() if region.becomes or region.again} if layers else set()
    ends = {r: _end(graph, graph.flow.regions[r]) for r in sorted(other)}
    becomes = {region.becomes for region in graph.flow.regions.values() if region.becomes and region.failed}
    more = {on for on in distinct if any(catches_one_of(on, errors) for errors in becomes)}
    factors: list[dict[str, Factor]] = []
    called: list[dict[str, dict[Location, Factor | None]]] = []
    classes: dict[Fault, int] = {}
    numbers: dict[tuple[bool, ...], int] = {}
    for fault in faults:
        repeated = {on: (bool(fault.name) or on not in refused) and repeats(on, fault, known) is not False for on in distinct}
        key = tuple(repeated.values())
        if len(numbers) >= MOST_CLASSES and key not in numbers:
            # So many kinds of failures are not told apart: every layer counts.
            repeated = dict.fromkeys(repeated, True)
            key = tuple(repeated.values())
        if key not in numbers:
            numbers[key] = len(factors)
            counted = {region: Factor(r, count_of(given(r)), repeated[r.on], more=r.on in more) for region, r in layers.items()}
            factors.append({**ends, **counted})
            called.append(
                {region: _called(graph, region, factor) for region, factor in counted.items() if graph.flow.regions[region].called}
            )
        classes[fault] = numbers[key]
    return Faults(known, factors, called, classes, graph.raises)


def _end(graph: AgentGraph, region: Region) -> Factor:
    """What a region does from which no failure comes out."""
    if region.becomes or region.again:
        return ENDS._replace(becomes=region.becomes, caught=region.caught, failed=region.failed, again=region.again)
    left = frozenset(graph.flow.regions[r].noun for r in region.leaves)
    return APART if region.ends == "all" else ENDS._replace(left=left, region=region.id)


def _called(graph: AgentGraph, region: str, factor: Factor) -> dict[Location, Factor | None]:
    """The factor by the call through which the function of the region is entered; where there is one attempt, it is none."""
    rows: dict[Location, Factor | None] = {}
    for at, own in graph.flow.regions[region].called:
        retry = replace(factor.retry, attempts=own) if factor.retry is not None else None
        rows[at] = factor._replace(retry=retry, tries=count_of(own)) if multiplies(own) else None
    return rows


def _applied(graph: AgentGraph) -> dict[str, Retry]:
    """The regions that are retry layers."""
    rows: dict[str, Retry] = {}
    for identity, region in graph.flow.regions.items():
        noun = graph.nodes.get(region.noun)
        if region.kind != "retry" or not isinstance(noun, Retry):
            continue
        noun = noun if region.own is None else replace(noun, attempts=region.own)
        if noun.applied and noun.mechanism != "accidental" and noun.of_requests and multiplies(given(noun)):
            rows[identity] = noun
    return rows


def _fault(call: Call, raises: Mapping[str, frozenset[str]]) -> Fault:
    package = call.framework.replace("-", "_").lower()
    never = set(raises) - raises[package] - {package} if package in raises else ()
    return Fault("", package, call.provider if isinstance(call, ModelCall) else "", tuple(sorted(never)))


def _counted(graph: AgentGraph, paths: Paths, folds: list[list[dict[str, Best[Attempts]]]], faults: Faults, call: Call) -> Call:
    found_by = [(fault, best) for fault in faults.candidates(call) for best in folds[faults.classes[fault]]]
    chosen, best = max(found_by, key=lambda row: row[1][call.id].state.tries)
    found = best[call.id].state
    whole = total([once(call.attempts)], found, unit="attempts") if not only_raises(call) else call.attempts
    one, found, brought = by_one_client(call, found)
    counting = {link.retry.id for link in layers_of(found) if link.multiplies}

    def tries(retry: Retry) -> str | None:
        return text(brought.get(retry.id) or given(retry)) if retry.id in counting else None

    steps = trace(graph, paths, best if counting else run(paths, best, call.id), call.id, tries)
    steps.append(TraceStep(describe(call), call.at))
    own = own_layers(graph.nodes, one, {step.at.path for step in steps})
    layers = [*own, *_around(found, chosen, faults, len(own))]
    steps += [own_step(layer, call) for layer in own]
    return replace(call, total_attempts=whole, layers=tuple(layers), trace=tuple(steps))


def only_raises(call: Call) -> bool:
    """Whether it sends nothing, so that no try of it costs anything."""
    return isinstance(call.attempts.value, Raises)


def own_layers(nodes: Mapping[str, Noun], call: Call, files: Collection[str] = ()) -> list[Layer]:
    """The layer inside the call: the client library's own retries. `files`: those that the way to the call leads through."""
    if not multiplies(call.attempts) or only_raises(call):
        return []
    return [Layer("sdk", call.attempts, True, _place(nodes, call, files), name_of(call))]


def own_step(layer: Layer, call: Call) -> TraceStep:
    """The last step of a call's trace, if the client tries again by itself."""
    return TraceStep("sdk retry", layer.at or call.at, text(layer.attempts))


def _place(nodes: Mapping[str, Noun], call: Call, files: Collection[str]) -> Location | None:
    """Where the most attempts are written, else where the client that makes them is made; of several, one on the way to the call."""
    attempts, clients = alternatives(call.attempts), alternatives(call.client)
    parallel = along(call.attempts, call.client.value) if isinstance(call.client.value, OneOf) else None
    made = [nodes[c.value].at if isinstance(c.value, str) and c.value in nodes else None for c in clients]
    most = max(map(count_of, attempts))
    if parallel is not None:
        found = [a.at or at for a, at in zip(parallel, made, strict=True) if count_of(a) == most]
    else:
        found = [a.at for a in attempts if count_of(a) == most]
        found = found if any(found) else made if 1 in (len(attempts), len(clients)) else []
    return next((at for at in found if at is not None and at.path in files), None) or (found[0] if found else None)


def _around(found: Attempts, fault: Fault, faults: Faults, inner: int) -> list[Layer]:
    rows: list[Layer] = []
    for link in layers_of(found)[:MOST_LAYERS]:
        counts = link.multiplies and (bool(fault.name) or not link.retry.refused)
        same = repeats(link.retry.on, fault, faults.providers) if counts else False
        same = True if counts and same is False else same  # It comes out as another error.
        same = None if same and link.retry.picks else same
        first = not inner and not any(row.same_errors is not False for row in rows)
        rows.append(
            Layer(
                link.retry.mechanism,
                given(link.retry),
                True if first and link.multiplies else same,
                link.retry.at,
                link.retry.callee or name_of(link.retry),
            )
        )
    return rows


def _paid(graph: AgentGraph, paths: Paths, nodes: dict[str, Noun], faults: Faults) -> None:
    """A retry with a model call or an external call inside repeats paid work."""
    calls = [n for n in graph.nodes.values() if isinstance(n, (ModelCall, ExternalCall)) and not only_raises(n)]
    around = nouns_around(graph, regions_around(paths, backwards(paths, [call.id for call in calls])))
    asking = nouns_around(graph, regions_around(paths, backwards(paths, [call.id for call in calls if isinstance(call, ModelCall)])))
    failing = _caught(graph, paths, faults, calls)
    for identity in around:
        noun = nodes.get(identity)
        if isinstance(noun, Retry) and noun.applied and noun.of_requests and (identity in failing or not noun.on):
            asks = identity in asking
            nodes[identity] = replace(noun, attempts=_told(noun.attempts), repeats_paid_work=True, asks_model=asks)


def _caught(graph: AgentGraph, paths: Paths, faults: Faults, calls: Sequence[Call]) -> set[str]:
    """The retries to which a failure of a call comes that they may try again after: one of the packages that its own ends in."""
    distinct = sorted({n.on for n in graph.nodes.values() if isinstance(n, Retry) and n.on})
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = defaultdict(list)
    answers: dict[Fault, tuple[tuple[str, ...], ...]] = {}
    for call in calls:
        own = _fault(call, faults.raises)
        if own not in answers:
            answers[own] = tuple(on for on in distinct if all(package_of(name) in own.never for name in on))
        groups[answers[own]].append(call.id)
    rows: set[str] = set()
    for never, group in groups.items():
        for identity in nouns_around(graph, failing(graph, paths, group)):
            noun = graph.nodes.get(identity)
            if isinstance(noun, Retry) and noun.on not in never:
                rows.add(identity)
    return rows


def _told(attempts: Setting) -> Setting:
    """Says why there is no limit where a library's default is none."""
    return replace(attempts, why="no limit is given") if attempts.value is UNBOUNDED and not attempts.why else attempts
