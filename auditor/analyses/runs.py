"""Runs of agents, flows and pipelines: deadline, attempts and cap of one model request inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from auditor.analyses.paths import Paths
from auditor.core.values import MOST_ALTERNATIVES, OneOf, Setting, Unknown, along, alternatives, leaves, merge, unknown, worst
from auditor.graph.graph import AgentGraph
from auditor.graph.types import INSIDE_RUN, NONE, Agent, Loop, ModelCall, ModelClient, Step

RUNS = ("agent_run", "flow_run", "pipeline_run")
FIELDS = ("client", "deadline", "attempts", "max_output_tokens", "cap_client", "deadline_client")
UNITS = {"deadline": "seconds", "attempts": "attempts", "max_output_tokens": "tokens"}
OTHER_REQUESTS = ("token_count", "embedding", "rerank", "batch", "background_run")
"""kinds of model calls that decide nothing"""
MOST_PLACES = 2_000

Row = tuple[Setting, ...]
"""the FIELDS of one request"""


def runs(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills what a run leaves open with the requests that it leads to, as alternatives that belong together."""
    nodes = dict(graph.nodes)
    memo: dict[tuple[str, ...], tuple[list[Row] | str, bool, Setting | None]] = {}
    built = {edge.source for edge in graph.edges if edge.kind == "contains"}
    for noun in graph.nodes.values():
        if isinstance(noun, ModelCall) and noun.call in RUNS:
            started = tuple(dict.fromkeys(s.target for s in paths.outgoing.get(noun.id, ())))
            if started not in memo:
                places = _places(paths, started, lambda place: not _is_run(graph, place)) or []
                made_of_calls = _is_made_of_calls(graph, paths, places, built)
                memo[started] = _requests(graph, paths, started), made_of_calls, _counted(graph, paths, places, built)
            rows, made_of_calls, counted = memo[started]
            nodes[noun.id] = replace(_filled(noun, rows), made_of_calls=made_of_calls, counted=counted or noun.counted)
    for noun in list(nodes.values()):
        if isinstance(noun, ModelCall) and noun.streams and noun.call != "pipeline_run":
            nodes[noun.id] = replace(noun, attempts=_streamed(noun.attempts))
    return replace(graph, nodes=nodes)


def _streamed(setting: Setting) -> Setting:
    """The attempts of a request whose answer is streamed, where its client makes others then. Not all requests of a pipeline do that."""
    if isinstance(setting.value, OneOf):
        return replace(setting, value=replace(setting.value, alternatives=tuple(_streamed(s) for s in setting.value.alternatives)))
    if setting.equal is not None and any(s.streamed is not None for s in setting.equal.alternatives):
        return merge([_streamed(s) for s in setting.equal.alternatives], group=setting.equal.group)
    return setting if setting.streamed is None else replace(setting, value=setting.streamed, why="the answer is streamed", streamed=None)


def _is_run(graph: AgentGraph, place: str) -> bool:
    noun = graph.nodes.get(place)
    return isinstance(noun, ModelCall) and noun.call in RUNS


def _filled(run: ModelCall, rows: list[Row] | str) -> ModelCall:
    if isinstance(rows, list) and any(_is_inside(s) for s in leaves(run.deadline)):
        others = [row for row in _of_call(run) if not _is_inside(row[1])]
        run = replace(run, client=NONE, cap_client=NONE, deadline_client=NONE, deadline=NONE, attempts=NONE, max_output_tokens=NONE)
        rows = [*others, *rows]
    if isinstance(rows, str) or len(rows) > MOST_ALTERNATIVES:
        why = rows if isinstance(rows, str) else f"more than {MOST_ALTERNATIVES} kinds of requests are made inside"
        found: dict[str, Setting] = {name: unknown(why, unit=unit) for name, unit in UNITS.items()}
    elif len(rows) == 1:
        found = dict(zip(FIELDS, rows[0], strict=True))
    else:
        found = {name: merge([_decided(row[i]) for row in rows], group=run.id) for i, name in enumerate(FIELDS)}
    return replace(
        run,
        client=found.get("client", NONE) if run.client == NONE else run.client,
        cap_client=found.get("cap_client", NONE) if run.cap_client == NONE else run.cap_client,
        deadline_client=found.get("deadline_client", NONE) if run.deadline_client == NONE else run.deadline_client,
        deadline=found["deadline"] if run.deadline == NONE else run.deadline,
        attempts=found["attempts"] if run.attempts == NONE else run.attempts,
        max_output_tokens=found["max_output_tokens"] if run.max_output_tokens == NONE else run.max_output_tokens,
    )


def _is_inside(setting: Setting) -> bool:
    return isinstance(setting.value, Unknown) and setting.value.why == INSIDE_RUN


def _is_made_of_calls(graph: AgentGraph, paths: Paths, places: Iterable[str], built: set[str]) -> bool:
    """Whether a run leads to model calls, and to nothing else that may make requests: an agent that is no graph of steps, or a step of
    which it is not known what it runs."""
    for place in places:
        noun = graph.nodes.get(place)
        if (isinstance(noun, Agent) and place not in built) or (isinstance(noun, Step) and not paths.outgoing.get(place)):
            return False
    inside = (graph.nodes.get(s.target) for p in places for s in paths.outgoing.get(p, ()))
    return any(isinstance(n, ModelCall) and n.call not in OTHER_REQUESTS for n in inside)


def _counted(graph: AgentGraph, paths: Paths, places: Iterable[str], built: set[str]) -> Setting | None:
    """Unknown if a number is compared in every cycle of the graphs that a run runs; None: nothing is known to count."""
    if any(isinstance(graph.nodes.get(p), Agent) and p not in built for p in places):
        return None
    regions = {r for p in places for s in paths.outgoing.get(p, ()) for r in s.regions if r in graph.flow.regions}
    nouns = [graph.nodes.get(graph.flow.regions[r].noun) for r in sorted(regions)]
    cycles = [n for n in nouns if isinstance(n, Loop) and n.shape == "graph_cycle"]
    return unknown(compared(cycles[0])) if cycles and all(c.compares for c in cycles) else None


def compared(cycle: Loop) -> str:
    """Why it is not known how often a cycle goes round."""
    return f"the cycle {cycle.name}: {cycle.compares}"


def _requests(graph: AgentGraph, paths: Paths, started: tuple[str, ...]) -> list[Row] | str:
    """Requests of the run itself; only where there are none, those of its tools and of the runs inside it."""

    def own(place: str) -> bool:
        noun = graph.nodes.get(place)
        return not (noun is not None and (noun.kind == "tool" or _is_run(graph, place)))

    for enters in (own, lambda _: True):
        places = _places(paths, started, enters)
        if places is None:
            return f"more than {MOST_PLACES:,} functions run inside"
        rows = _rows(graph, paths, places)
        if rows:
            return rows
    return "the requests inside the run were not found"


def _is_request(graph: AgentGraph, paths: Paths, place: str) -> bool:
    """Whether a run leads to nothing but a client, and has settings of its own: it stands for the requests in it."""
    noun = graph.nodes.get(place)
    inside = (graph.nodes.get(s.target) for s in paths.outgoing.get(place, ()))
    return isinstance(noun, ModelCall) and noun.deadline != NONE and all(isinstance(n, ModelClient) for n in inside)


def _places(paths: Paths, started: Iterable[str], enters: Callable[[str], bool]) -> list[str] | None:
    """All that a run leads to, in order of the names; None: too many."""
    seen = dict.fromkeys(p for p in started if enters(p))
    todo = list(seen)
    while todo:
        for site in paths.outgoing.get(todo.pop(), ()):
            if site.target not in seen and enters(site.target):
                if len(seen) >= MOST_PLACES:
                    return None
                seen[site.target] = None
                todo.append(site.target)
    return sorted(seen)


def _rows(graph: AgentGraph, paths: Paths, places: Iterable[str]) -> list[Row]:
    rows: dict[object, Row] = {}
    for place in places:
        noun = graph.nodes.get(place)
        found: list[Row] = []
        is_call = isinstance(noun, ModelCall) and noun.call not in OTHER_REQUESTS
        if isinstance(noun, ModelCall) and is_call and (noun.call not in RUNS or _is_request(graph, paths, place)):
            found = _of_call(noun)
        elif isinstance(noun, Agent) and any(s != NONE for s in (noun.deadline, noun.attempts, noun.max_output_tokens, NONE)):
            here = Setting(noun.id, "inferred", at=noun.at)
            found = _parallel((here, noun.deadline, noun.attempts, noun.max_output_tokens, here, here))
        for row in found:
            rows.setdefault(tuple((s.value, s.origin) for s in row[1:4]), row)
    return list(rows.values())


def _of_call(call: ModelCall) -> list[Row]:
    """The request's fields; a request without a client is itself the place where they are to be written."""
    here = Setting(call.id, "inferred", at=call.at)
    clients = [here if s == NONE else s for s in (call.client, call.cap_client, call.deadline_client)]
    return _parallel((clients[0], call.deadline, call.attempts, call.max_output_tokens, clients[1], clients[2]))


def _parallel(row: Row) -> list[Row]:
    """The alternatives of one request that belong together; alternatives that do not are never combined crosswise."""
    found = [s.value for s in row if isinstance(s.value, OneOf)]
    if not found:
        return [row]
    first, several = found[0], [along(s, found[0]) for s in row]
    if not first.undecided and all(rows is not None or not isinstance(s.value, OneOf) for s, rows in zip(row, several, strict=True)):
        width = len(first.alternatives)
        return [tuple(s if rows is None else rows[i] for s, rows in zip(row, several, strict=True)) for i in range(width)]
    return [tuple(_single(s) for s in row)]


def _single(setting: Setting) -> Setting:
    """The worst of several; one that is not known may be worse than any number."""
    if not isinstance(setting.value, OneOf) or setting.value.undecided:
        return setting
    rows = alternatives(setting)
    numbers = all(isinstance(s.value, Unknown) or s.number is not None for s in rows)
    return next((s for s in rows if numbers and isinstance(s.value, Unknown)), None) or worst(rows) or setting


def _decided(setting: Setting) -> Setting:
    """One of several alternatives cannot be undecided itself."""
    if isinstance(setting.value, OneOf):
        return unknown("one of several values holds, and which one cannot be told", unit=setting.unit)
    return setting
