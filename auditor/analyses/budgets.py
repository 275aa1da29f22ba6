"""Entry points: the largest count of turns or attempts on a path to a model call, and whether a budget is checked there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from auditor.analyses.counts import Count, count_of, given, plain, text
from auditor.analyses.folds import NOWHERE
from auditor.analyses.inside import nouns_around, regions_around
from auditor.analyses.loops import waits
from auditor.analyses.paths import OFF, Paths, backwards
from auditor.analyses.paths import doubt as doubt_of
from auditor.analyses.ranks import ROLES
from auditor.analyses.reach import reaching_model
from auditor.analyses.retries import only_raises
from auditor.analyses.runs import compared
from auditor.analyses.steps import as_called, describe, first_step
from auditor.core.location import Location
from auditor.core.values import UNBOUNDED, Asked, OneOf, Setting, Unknown, absent, alternatives, merge, unknown
from auditor.graph.flow import Site
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import TraceStep
from auditor.graph.types import NONE, UNCOUNTED, Agent, EntryPoint, Loop, ModelCall, Noun, Retry

BUDGET_UNITS = ("usd", "tokens")
NO_COUNT_UNITS = (*BUDGET_UNITS, "seconds")
SHOWN = ROLES[3:]
SHOWN_ONLY = "it stands in an example, a notebook or a test ({}), and whether what is deployed runs that is not known"
STEPS = "supersteps"
LATER = "it stands in what the script only hands over, and whether something runs that later is not known"


class Over(NamedTuple):
    """A count or a budget, and the loop, retry or run that has it."""

    setting: Setting
    noun: Noun


def budgets(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `over_limit`, `budget` and `trace` of entry points.

    The worst count that no budget covers is told; the budget is present only where every count is covered by one.
    """
    calling = reaching_model(graph, paths)
    sites = [s for s in paths.sites if s.target in calling]
    turns = _turns(graph)
    counted, spending = _local(graph, lambda noun: _count(noun, turns)), _local(graph, _budget)
    counted = _sending(graph, paths, counted)
    covered = {i for i, o in spending.items() if isinstance(o.noun, ModelCall) and o.noun.budget != NONE}
    asking = backwards(paths, calling & {n.id for n in graph.nodes.values() if isinstance(n, ModelCall)} - covered) if covered else calling

    def is_free(place: str) -> bool:
        return place in asking and place not in spending and not any(r in spending for r in paths.wrappers.get(place, ()))

    free = [s for s in sites if is_free(s.target) and not any(r in spending for r in s.regions)]
    budget = _spread(paths, sites, spending)

    def told(entries: Iterable[EntryPoint], counted: Mapping[str, Over]) -> Iterator[tuple[EntryPoint, Over | None]]:
        """Entry points with what only these bring, each with the worst that no budget covers."""
        called = _called(graph, counted)
        everywhere = _spread(paths, sites, counted, called)
        uncovered = _spread(paths, free, counted, called) if spending else everywhere
        at_once = _spread(paths, [s for s in free if s.hop != "handed"], counted, called)
        sure = _spread(paths, [s for s in free if doubt_of(s) in (0, OFF)], counted, called)
        untold = _spread(paths, free, {i: over for i, over in counted.items() if isinstance(over.setting.value, Unknown)})
        for noun in entries:
            begins = [f for f in graph.flow.entries.get(noun.id, ()) if f in calling]
            worst = _largest([uncovered[f] for f in begins if f in uncovered and is_free(f)])
            if worst is not None:
                doubt = _largest([untold[f] for f in begins if f in untold and is_free(f)])
                now = _largest([at_once[f] for f in begins if f in at_once and is_free(f)])
                if noun.entry == "script" and (now is None or _rank(now) < _rank(worst)):
                    later = Over(unknown(LATER, unit=worst.setting.unit), worst.noun)
                    worst, doubt = (later, None) if now is None else (now, later)
                certain = _largest([sure[f] for f in begins if f in sure and is_free(f)])
                possible = certain is None or _rank(certain) < _rank(worst)
                yield replace(_judged(noun, worst, None, doubt), possible=possible), worst
            else:
                yield _judged(noun, _largest(_at(everywhere, begins)), _largest(_at(budget, begins))), None

    entries = [noun for noun in graph.nodes.values() if isinstance(noun, EntryPoint)]
    rows = {entry.id: (entry, worst) for entry, worst in told(entries, counted)}
    nodes: dict[str, Noun] = {**graph.nodes, **{identity: entry for identity, (entry, _) in rows.items()}}
    aside = _aside(graph)
    shown = {i: worst for i, (entry, worst) in rows.items() if worst and entry.role not in SHOWN and worst.noun.role in aside}
    if shown:
        own = {identity: over for identity, over in counted.items() if over.noun.role not in aside}
        for entry, worst in told([entry for entry in entries if entry.id in shown], own):
            nodes[entry.id] = _beside(entry, worst, shown[entry.id])
    return replace(graph, nodes=nodes)


def _sending(graph: AgentGraph, paths: Paths, counted: dict[str, Over]) -> dict[str, Over]:
    """Without the retries in which each model call only raises: they repeat nothing that costs."""
    calls = [noun for noun in graph.nodes.values() if isinstance(noun, ModelCall)]
    sending = [call.id for call in calls if not only_raises(call)]
    if len(sending) == len(calls):
        return counted
    around = nouns_around(graph, regions_around(paths, backwards(paths, sending)))
    return {i: over for i, over in counted.items() if not isinstance(over.noun, Retry) or over.noun.id in around}


def _aside(graph: AgentGraph) -> tuple[str, ...]:
    """The roles of what is not deployed; where all agents are in examples, these are."""
    asking = [noun for noun in graph.nodes.values() if isinstance(noun, (ModelCall, Agent))]
    return SHOWN if any(noun.role not in SHOWN for noun in asking) else SHOWN[-1:]


def _beside(entry: EntryPoint, worst: Over | None, shown: Over) -> EntryPoint:
    """An entry point of what is deployed, where only an example, a notebook or a test brings more than what is deployed with it: whether
    it runs that, code outside of the repository decides."""
    if worst is not None and _rank(worst) >= _rank(shown):
        return entry
    setting, unit = shown.setting, shown.setting.unit
    if setting.number is None:
        setting = unknown(SHOWN_ONLY.format(shown.noun.at), unit=unit, at=shown.noun.at)
    if worst is not None or setting.number is not None:
        setting = merge([entry.over_limit if worst is not None else absent(unit=unit), setting], undecided=True)
    step = TraceStep(describe(shown.noun), shown.noun.at, text(setting))
    return replace(entry, over_limit=setting, counted=_counted(shown.noun), trace=(first_step(entry), step))


def _judged(entry: EntryPoint, worst: Over | None, budget: Over | None, doubt: Over | None = None) -> EntryPoint:
    """`doubt`: a count that is not known, and may be larger than the worst known one."""
    steps = [first_step(entry)]
    if worst is not None:
        steps.append(TraceStep(describe(worst.noun), worst.noun.at, text(worst.setting)))
    over_limit = worst.setting if worst is not None else entry.over_limit
    if doubt is not None and over_limit.number is not None:
        over_limit = merge([over_limit, doubt.setting])
    return replace(
        entry,
        over_limit=over_limit,
        asked=_is_asked(over_limit),
        counted=_counted(worst.noun) if worst is not None else entry.counted,
        budget=budget.setting if budget is not None else entry.budget,
        trace=tuple(steps),
    )


def _counted(noun: Noun) -> Setting:
    """Whether something else that counts may end a run before the count is reached."""
    if isinstance(noun, ModelCall):
        return noun.counted
    if isinstance(noun, Loop) and noun.counts:
        return replace(UNCOUNTED, why=f"{noun.counts}, and nothing is known to compare it with a limit")
    return unknown(compared(noun)) if isinstance(noun, Loop) and noun.compares else UNCOUNTED


def _at(found: Mapping[str, Over], places: Iterable[str]) -> list[Over]:
    return [found[p] for p in places if p in found]


def _largest(found: Iterable[Over]) -> Over | None:
    return max(found, key=_rank, default=None)


def _rank(over: Over) -> tuple[bool, bool, float, bool]:
    """Unbounded, then the largest number, then what is not known: of that loops first, which a limit may end."""
    count: Count = count_of(over.setting)
    return count.unbounded, not count.unsure, count.least, count.unsure and isinstance(over.noun, Loop)


def _local(graph: AgentGraph, what: Callable[[Noun], Setting]) -> dict[str, Over]:
    """Region or node -> what its loop, retry or run brings."""
    rows: dict[str, Over] = {}
    regions = {i: as_called(graph.nodes[r.noun], r, ()) for i, r in graph.flow.regions.items() if r.noun in graph.nodes}
    runs = {n.id: n for n in graph.nodes.values() if isinstance(n, ModelCall)}
    for identity, noun in {**regions, **runs}.items():
        setting = what(noun)
        if setting != NONE:
            rows[identity] = Over(setting, noun)
    return rows


def _turns(graph: AgentGraph) -> dict[Location, Setting]:
    """The turns that a run in steps allows, where the cycles of its graph are known: the most."""
    rows: dict[Location, Setting] = {}
    for region in graph.flow.regions.values():
        noun = graph.nodes.get(region.noun)
        for at, own in region.called if isinstance(noun, Loop) and noun.shape == "graph_cycle" else ():
            rows[at] = max(rows.get(at, own), own, key=count_of)
    return rows


def _in_turns(setting: Setting) -> Setting:
    """A limit in steps of a graph that is not known: in a turn a model and its tools each take one."""
    if isinstance(setting.value, OneOf):
        return replace(setting, value=replace(setting.value, alternatives=tuple(_in_turns(s) for s in alternatives(setting))), unit="turns")
    if setting.number is None or setting.unit not in (STEPS, None):
        return setting
    why = "; ".join([*([setting.why] if setting.why else []), f"{plain(setting.number)} {STEPS}, two a turn"])
    return replace(setting, value=max(1, int(setting.number // 2)), unit="turns", why=why)


def _open(setting: Setting) -> Setting:
    """What whoever sends a request sets has no limit."""
    if isinstance(setting.value, OneOf):
        return merge([_open(s) for s in alternatives(setting)], undecided=setting.value.undecided)
    return replace(setting, value=UNBOUNDED) if isinstance(setting.value, Asked) else setting


def _is_asked(setting: Setting) -> bool:
    """Whether the worst of it is what a request asks for."""
    return any(s.value is UNBOUNDED and s.origin == "declared" for s in alternatives(setting))


def _count(noun: Noun, turns: Mapping[Location, Setting]) -> Setting:
    """Turns that the model decides about, turns of a framework, and attempts; a loop that waits in each turn does not count."""
    setting = _times(noun)
    if isinstance(noun, ModelCall) and setting.unit == STEPS:
        setting = turns.get(noun.at) or _in_turns(setting)
    setting = _open(setting)
    if isinstance(noun, Loop) and (not noun.drives_model or waits(noun)):
        return NONE
    return NONE if any(s.unit in NO_COUNT_UNITS for s in (setting, *alternatives(setting))) else setting


def _budget(noun: Noun) -> Setting:
    """A limit in money or tokens; zero switches it off."""
    if isinstance(noun, ModelCall) and noun.budget != NONE:
        return noun.budget
    found = [s for s in alternatives(_times(noun)) if s.unit in BUDGET_UNITS]
    return next((s for s in found if isinstance(s.value, Unknown) or (s.number or 0) > 0), NONE)


def _times(noun: Noun) -> Setting:
    if isinstance(noun, Retry):
        return given(noun) if noun.applied else NONE
    if isinstance(noun, Loop):
        return noun.times
    return noun.loop if isinstance(noun, ModelCall) and noun.loop_kind == "framework" else NONE


def _called(graph: AgentGraph, counted: Mapping[str, Over]) -> dict[str, dict[Location, Over]]:
    """Region -> what its loop or retry brings if its function is entered by a certain call."""
    rows: dict[str, dict[Location, Over]] = {}
    for identity in counted:
        region = graph.flow.regions.get(identity)
        for at, _ in region.called if region is not None else ():
            assert region is not None
            noun = as_called(graph.nodes[region.noun], region, [at])
            rows.setdefault(identity, {})[at] = Over(_times(noun), noun)
    return rows


def _spread(
    paths: Paths, sites: Iterable[Site], local: Mapping[str, Over], called: Mapping[str, Mapping[Location, Over]] = NOWHERE
) -> dict[str, Over]:
    """For each place the largest on any path from it, along these sites: the largest is carried backwards first. What depends on the call
    by which a function is entered is that of the caller."""
    if not local:
        return {}
    sites = list(sites)
    callers: dict[str, set[str]] = defaultdict(set)
    own: dict[str, list[Over]] = defaultdict(list)
    depending: dict[str, dict[str, Over]] = defaultdict(dict)
    for site in sites:
        callers[site.target].add(site.caller)
        for region in site.regions:
            if region in local:
                over = called.get(region, {}).get(site.at, local[region])
                if called.get(region, {}).keys() - {site.at}:
                    depending[site.caller][region] = over
                else:
                    own[site.caller].append(over)
    for site in sites if depending else ():
        own[site.caller] += [called[r].get(site.at, over) for r, over in depending.get(site.target, {}).items()]
    for place in depending.keys() & paths.roots:
        own[place] += depending[place].values()
    for place in {*callers, *own}:
        own[place] += [local[r] for r in (place, *paths.wrappers.get(place, ())) if r in local]
    largest = {place: found for place, rows in own.items() if (found := _largest(sorted(rows, key=lambda o: o.noun.id))) is not None}
    spread: dict[str, Over] = {}
    for place in sorted(largest, key=lambda p: (_rank(largest[p]), p), reverse=True):
        todo = [place]
        while todo:
            current = todo.pop()
            if current not in spread:
                spread[current] = largest[place]
                todo.extend(callers.get(current, ()))
    return spread
