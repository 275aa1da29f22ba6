"""Loops: the nearest one around each model call along the worst path, and what stands inside the loops."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from auditor.analyses.counts import Count, count_of
from auditor.analyses.folds import fold
from auditor.analyses.inside import nouns_around, regions_around
from auditor.analyses.paths import Paths
from auditor.analyses.reach import reaching_model
from auditor.analyses.retries import only_raises
from auditor.analyses.timed import timed
from auditor.core.values import UNBOUNDED, Setting, alternatives, unknown
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ANSWERLESS, NONE, FanOut, Loop, ModelCall, Noun, Retry

WAITING = ("human", "event")
SHARED = "whether a turn asks a model is not known: it comes to one only by a request that other code makes elsewhere, too"
RAISING = "each model call in it only raises an error"


class Around(NamedTuple):
    """The nearest loop; `rank`: none, one that waits in each turn, one of an unknown number of turns, then the most turns."""

    rank: tuple[int, Count]
    loop: Loop | None


NO_LOOP = Around((0, Count(False, 0, False)), None)


def loops(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `loop` and `loop_kind` of model calls, and whether loops and fan-outs call and drive a model."""
    nodes = _calling(graph, paths)
    regions = [(r, noun) for r in graph.flow.regions.values() if isinstance(noun := nodes.get(r.noun), Loop)]
    factors = {region.id: around(noun) for region, noun in regions}
    called = {r.id: {at: around(replace(noun, times=own)) for at, own in r.called} for r, noun in regions if r.called}
    best = fold(paths, factors, NO_LOOP, lambda _, nearest: nearest, lambda found: found.rank, called)
    for noun in list(nodes.values()):
        if isinstance(noun, ModelCall) and noun.id in best and noun.loop == NONE:
            loop = best[noun.id].state.loop
            if loop is not None:
                nodes[noun.id] = replace(noun, loop=loop.times, loop_kind=kind_of(loop))
    return replace(graph, nodes=nodes)


def around(loop: Loop) -> Around:
    count = count_of(loop.times)
    if waits(loop):
        return Around((1, count), loop)
    return Around((2, count._replace(least=0) if count.unsure else count), loop)


def waits(loop: Loop) -> bool:
    return loop.gated or loop.ends_on in WAITING


def kind_of(loop: Loop) -> str:
    """What ends the loop; `capped`: something else could, but a number does."""
    if loop.ends_on in ("fixed", *WAITING):
        return loop.ends_on
    if loop.gated:
        return "event"
    return "capped" if _is_number(loop.times) else loop.ends_on


def _is_number(setting: Setting) -> bool:
    return all(s.number is not None for s in alternatives(setting))


def _asked_for_sure(graph: AgentGraph, paths: Paths, inside: set[str]) -> set[str]:
    """Of the nodes of regions that lead to a model those that do so by more than a request which others use, too."""
    shared = {n.id for n in graph.nodes.values() if isinstance(n, ModelCall) and n.shared}
    if not shared:
        return inside
    return nouns_around(graph, regions_around(paths, reaching_model(graph, paths, but=shared)))


def _decided(graph: AgentGraph, paths: Paths, inside: set[str]) -> set[str]:
    """Of the loops that lead to a model those in which one is asked whose answer can say what is to be done next: to draw, to hear or to
    embed something says nothing of that."""
    known = {n.id: n.at for n in graph.nodes.values() if isinstance(n, Loop) and n.calls_model}
    silent = {n.id for n in graph.nodes.values() if isinstance(n, ModelCall) and n.call in ANSWERLESS}
    if not silent:
        return inside | known.keys()
    answering = reaching_model(graph, paths, but=silent)
    turning = dict.fromkeys(known.values(), False)
    for site in paths.sites:
        if site.at in turning:
            turning[site.at] = turning[site.at] or site.target in answering
    return nouns_around(graph, regions_around(paths, answering)) | {i for i, at in known.items() if turning[at]}


def _calling(graph: AgentGraph, paths: Paths) -> dict[str, Noun]:
    inside = nouns_around(graph, regions_around(paths, reaching_model(graph, paths)))
    sure = _asked_for_sure(graph, paths, inside)
    decided = _decided(graph, paths, inside)
    raising = {n.id for n in graph.nodes.values() if isinstance(n, ModelCall) and only_raises(n)}
    sending = nouns_around(graph, regions_around(paths, reaching_model(graph, paths, but=raising))) if raising else inside
    nodes: dict[str, Noun] = {}
    in_time = timed(graph, paths)
    # A function that calls itself when it failed is one thing: a retry.
    retried = {at for noun in graph.nodes.values() if isinstance(noun, Retry) for at in (noun.at, *noun.also)}
    for noun in graph.nodes.values():
        if isinstance(noun, Loop):
            times = in_time.get(noun.id, noun.times)
            calls = noun.calls_model or noun.id in inside
            endless = any(s.value is UNBOUNDED for s in alternatives(times)) and noun.ends_on not in ("data", *WAITING)
            drives = (
                noun.id in decided
                and (noun.ends_on == "model" or endless)
                and not (noun.shape == "recursion" and retried & {noun.at, *noun.also})
            )
            if drives and times.value is UNBOUNDED and noun.id not in sure:
                times = unknown(SHARED, unit=times.unit)
            if times.value is UNBOUNDED and noun.id in inside - sending:
                times = unknown(RAISING, unit=times.unit)
            nodes[noun.id] = replace(noun, times=times, calls_model=calls, drives_model=noun.drives_model or drives)
        elif isinstance(noun, FanOut):
            nodes[noun.id] = replace(noun, calls_model=noun.calls_model or noun.id in inside)
        else:
            nodes[noun.id] = noun
    return nodes
