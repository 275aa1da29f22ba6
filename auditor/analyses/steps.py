"""Traces: the worst path from an entry point inwards as steps for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.analyses.counts import count_of, group_of, plain
from auditor.analyses.paths import Best, Paths, trying, way
from auditor.analyses.runs import RUNS
from auditor.core.location import Location
from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Special, Unknown, alternatives
from auditor.graph.flow import Region, Site
from auditor.graph.graph import AgentGraph
from auditor.graph.title import title
from auditor.graph.traces import TraceStep
from auditor.graph.types import DeadlineScope, Loop, ModelCall, Noun, Retry

MOST_HOPS = 24
PACED = {"data": "the data", "human": "what a person says", "event": "what comes in"}
"""loops that end when these end: no limit is missing"""

ROUNDS = {"recursion": "recursion", "graph_cycle": "cycle"}
"""what goes round without a loop at the place that is named"""

HOPS = {
    "handed": "hands over {}, which may run later",
    "given": "passes on {}, to be called",
    "process": "runs {} in another process",
    "step": "runs {}",
}

Times = Callable[[Retry], str | None]


def no_times(_: Retry) -> str | None:
    return None


def trace(graph: AgentGraph, paths: Paths, best: Mapping[str, Best[Any]], place: str, times: Times = no_times) -> list[TraceStep]:
    """From the entry point to the place; `times`: by how much a retry multiplies, None where it does not."""
    root, sites = way(best, place, MOST_HOPS)
    wrappers = _told_once(graph, paths, root, sites)
    rows = [*_begin(graph, paths, root, at_once=all(site.hop != "handed" for site in sites))]
    rows += _regions(graph, wrappers.get(root, ()), times)
    for before, site in zip([None, *sites], sites, strict=False):
        rows += _regions(graph, site.regions, times, [site.at] if before is None else [before.at, site.at])
        if site.off is not None and site.off.at is not None:
            _hop(rows, TraceStep(f"switched off: {site.off.why}", site.off.at))
        if site.target != place or place not in graph.nodes:
            chosen = _is_chosen(graph, paths, site)
            _hop(rows, TraceStep(_called(graph, site, chosen=chosen), site.at, chosen=chosen))
        rows += _regions(graph, wrappers.get(site.target, ()), times)
    return rows


def _told_once(graph: AgentGraph, paths: Paths, root: str, sites: Sequence[Site]) -> dict[str, tuple[str, ...]]:
    """The wrappers of the places on a way. A recursion through several of them is told at the first; one that ends with its data, and
    whose call stands in none of them, is no matter of this way, nor is one that is over where the way goes on."""
    places = [root, *(site.target for site in sites)]
    functions = (graph.flow.functions[place] for place in places if place in graph.flow.functions)
    passed = {(function.at.path, function.symbol) for function in functions}
    told: set[str] = set()
    rows: dict[str, tuple[str, ...]] = {}
    for place, onward in zip(places, [*sites, None], strict=True):
        kept = []
        for region in paths.wrappers.get(place, ()) if place not in rows else ():
            noun = graph.nodes.get(graph.flow.regions[region].noun) if region in graph.flow.regions else None
            if isinstance(noun, Loop) and noun.shape == "recursion":
                elsewhere = _paced(noun) and (noun.at.path, noun.qualname) not in passed
                over = onward is not None and onward.at in graph.flow.apart.get(noun.id, ())
                if region in told or elsewhere or over:
                    continue
                told.add(region)
            kept.append(region)
        rows.setdefault(place, tuple(kept))
    return rows


def _begin(graph: AgentGraph, paths: Paths, root: str, *, at_once: bool = True) -> Iterator[TraceStep]:
    for entry in paths.begins.get(root, ())[:1]:
        if root in paths.loaded:
            yield _loading(graph, root, paths.begins[root], at_once)
            return
        if entry in graph.nodes:
            yield first_step(graph.nodes[entry])
            return
    if root in graph.nodes:
        yield TraceStep(f"{describe(graph.nodes[root])}, of which no run was resolved", graph.nodes[root].at)
    elif root in graph.flow.functions:
        known = graph.flow.functions[root]
        unloaded = f"{known.at.path}, {_unloaded(graph, root)}"
        yield TraceStep(unloaded if known.symbol == "<module>" else f"{known.symbol}, {_uncalled(graph, paths, root)}", known.at)


def _loading(graph: AgentGraph, body: str, entries: Sequence[str], at_once: bool) -> TraceStep:
    """Which of the entry points that have loaded it comes to run what is kept there, if one does, nobody knows; what is not kept but runs
    at once, where a program imports it as it starts, waits for none of them."""
    at = graph.flow.functions[body].at
    started = [entry for entry in entries if entry in graph.flow.started.get(body, ())] if at_once else []
    if not started:
        return TraceStep(f"{at.path} is loaded, by {name_of(graph.nodes[entries[0]])} for one", at)
    main = graph.nodes[started[0]].at.path
    return TraceStep(f"{at.path} is loaded when {'its program' if main == at.path else f'the program of {main}'} starts", at)


def _unloaded(graph: AgentGraph, body: str) -> str:
    """Of what a file imports, or a text names, it is only not known which program loads it."""
    return "which nothing seen here loads" if body in graph.flow.unnamed else "of which no loading by an entry point was resolved"


def _uncalled(graph: AgentGraph, paths: Paths, root: str) -> str:
    at = graph.flow.asked.get(root)
    owner, _, name = graph.flow.functions[root].symbol.rpartition(".")
    called = f"calls `{name}` of something unknown" if owner else f"calls a `{name}` that was not resolved"
    perhaps = f"; {at} {called}" if at is not None else ""
    if root in graph.flow.split:
        return f"whose calls resolved here do not lead on to this{perhaps}"
    if root in graph.flow.unused:
        return "which nothing in this project refers to"
    if root in {site.target for site in trying(graph)}:
        return "which only the self-test of its module is seen to call"
    if root in graph.flow.tested:
        return "which only tests use"
    if root in paths.callers:
        return f"of which no call from elsewhere was resolved{perhaps}"
    return f"of which no call was resolved{perhaps}" if root in graph.flow.asked else "which nothing seen here calls, tests aside"


def first_step(entry: Noun) -> TraceStep:
    return TraceStep(f"{name_of(entry)} begins", entry.at)


def _regions(graph: AgentGraph, regions: tuple[str, ...], times: Times, calls: Sequence[Location] = ()) -> list[TraceStep]:
    """Steps for the regions that have a node, from the outside in, one for a loop that is a retry as well; `calls`: those through which
    their functions are entered."""
    rows: list[TraceStep] = []
    for region in (graph.flow.regions[r] for r in reversed(regions) if r in graph.flow.regions):
        noun = graph.nodes.get(region.noun)
        for step in _region(as_called(noun, region, calls), times, graph.flow.circles.get(region.noun, "")) if noun is not None else ():
            if step.times is None and region.own is not None and _of_some(region.own):
                continue  # A retry that only other clients bring.
            if not rows or rows[-1].at != step.at:
                rows.append(step)
            elif step.times is not None:
                rows[-1] = step
    return rows


def _of_some(attempts: Setting) -> bool:
    """Whether not all of several clients bring a retry."""
    return bool(group_of(attempts)) and any(row.number == 1 for row in alternatives(attempts))


def as_called(noun: Noun, region: Region, calls: Sequence[Location]) -> Noun:
    """A loop or retry with the turns that it has when its function is entered by the first of these calls of which they are known."""
    known = dict(region.called)
    own = next((known[at] for at in calls if at in known), region.own)
    if own is None:
        return noun
    return replace(noun, times=own) if isinstance(noun, Loop) else replace(noun, attempts=own) if isinstance(noun, Retry) else noun


def _region(noun: Noun, times: Times, circle: str) -> list[TraceStep]:
    if isinstance(noun, Retry) and noun.attempts.number == 1:
        return []
    if isinstance(noun, (Retry, Loop, DeadlineScope)):
        what = f"{describe(noun)}: {circle}" if circle else describe(noun)
        return [TraceStep(what, noun.at, times(noun) if isinstance(noun, Retry) else None)]
    return []


def describe(noun: Noun) -> str:
    """What a node is, and its name or number."""
    if isinstance(noun, Retry):
        return "loop on bad answers" if noun.answers else f"{noun.mechanism} retry"
    if isinstance(noun, Loop):
        shape = ROUNDS.get(noun.shape, "loop")
        if _paced(noun):
            return f"{shape} over {PACED[noun.ends_on]}"
        # A bound that is likely not reached is no number of turns to tell.
        if noun.compares:
            return f"{shape} that {noun.compares.removeprefix('it ')}"
        return f"{shape}{amount(noun.times, ' of {} turns')}"
    if isinstance(noun, DeadlineScope):
        if noun.deadline.value is ABSENT:
            return "scope without a deadline"
        vain = f" that does not end it: {noun.instead}" if noun.instead else ""
        return f"deadline{amount(noun.deadline, ' of {} s')}{vain}"
    return f"{_kind(noun)} {name_of(noun)}"


def _kind(noun: Noun) -> str:
    """In words; a run is no request to a model itself, and of a workflow graph no agent's."""
    if isinstance(noun, ModelCall) and noun.call in RUNS:
        return "graph run" if noun.loop.unit == "supersteps" else noun.call.replace("_", " ")
    return noun.kind.replace("_", " ")


def _paced(noun: Loop) -> bool:
    return noun.times.value is UNBOUNDED and noun.ends_on in PACED


def amount(setting: Setting, form: str) -> str:
    """The worst of a setting in words, or all that it may be where a version decides; nothing where it, or one of several, is not known."""
    rows = alternatives(setting)
    shown = max(rows, key=count_of)
    if isinstance(shown.value, Special):
        return "" if shown.value is ABSENT else " without a limit"
    if shown.number is None or any(isinstance(row.value, Unknown) for row in rows):
        return ""
    if len({row.value for row in rows}) == 1:
        return form.format(plain(shown.number)).replace(" 1 turns", " 1 turn")
    sources = dict.fromkeys(row.source.split()[0].partition("==")[0] for row in rows if row.source)
    if isinstance(setting.value, OneOf) and setting.value.undecided and sources:
        several = " or ".join(plain(n) for n in sorted({row.number for row in rows if row.number is not None}))
        return f"{form.format(several)}, by the version of {' and '.join(sources)}"
    return form.format(f"up to {plain(shown.number)}")


def _is_chosen(graph: AgentGraph, paths: Paths, site: Site) -> bool:
    """Whether a call means one of several functions: methods of several classes, or what is handed over by several under one name."""
    if site.caller not in graph.flow.functions or site.target not in graph.flow.functions:
        return False
    return bool(site.fits) or (site.hop in ("call", "await") and site.at in paths.choosing.get(site.caller, ()))


def _called(graph: AgentGraph, site: Site, *, chosen: bool) -> str:
    if site.target in graph.nodes:
        if site.hop == "handed":
            return f"makes {describe(graph.nodes[site.target])}, which may run later"
        return describe(graph.nodes[site.target])
    function = graph.flow.functions.get(site.target)
    if function is not None and site.fits:
        return f"may call {function.symbol}, one of {site.fits} that fit"
    if function is not None and site.made:
        return f"makes {site.made}, whose {function.symbol.rpartition('.')[2]} may run later"
    words = HOPS.get(site.hop, "calls {}").format(function.symbol) if function is not None else "calls"
    return f"{words}, one of several" if chosen else words


def _hop(rows: list[TraceStep], step: TraceStep) -> None:
    """A step that stands where the last one does says nothing new."""
    if not rows or (rows[-1].at.path, rows[-1].at.line) != (step.at.path, step.at.line):
        rows.append(step)


def name_of(noun: Noun) -> str:
    return title(noun) or noun.kind.replace("_", " ")
