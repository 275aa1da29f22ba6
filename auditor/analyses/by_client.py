"""Calls that get one client from programs which a person starts, and another from a server: each pair has ways of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from auditor.analyses.paths import Best, Paths
from auditor.analyses.reach import functions
from auditor.analyses.scale import BY_HAND
from auditor.analyses.steps import describe, trace
from auditor.core.values import OneOf
from auditor.graph.flow import Site
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import ClientWay, TraceStep
from auditor.graph.types import EntryPoint, ExternalCall, ExternalClient, ModelCall, ModelClient

MODULE = "<module>"
MOST_CLIENTS = 64
"""the flow is searched for each; later ones are not told apart"""
Found: TypeAlias = dict[str, Site | None]


@dataclass(frozen=True, slots=True)
class _Client:
    """A client that only programs make which a person starts: these entry points lead to the functions in which it is made.

    `shared`: entry points that stand in its file, or have loaded it: it may be kept there for them. `before`, `onward`: by which site each
    place is reached from these entry points, and from these functions.
    """

    id: str
    entries: frozenset[str]
    shared: frozenset[str]
    before: Found
    onward: Found


def by_client(graph: AgentGraph, paths: Paths) -> AgentGraph:
    """Fills `client_ways`."""
    calls = [n for n in graph.nodes.values() if isinstance(n, (ModelCall, ExternalCall)) and isinstance(n.client.value, OneOf)]
    own = {client.id: client for client in _made(graph, paths, _clients(graph, calls))}
    found = {call.id: replace(call, client_ways=ways) for call in calls if own and (ways := tuple(_ways(graph, paths, call, own)))}
    return replace(graph, nodes={**graph.nodes, **found})


def _clients(graph: AgentGraph, calls: Iterable[ModelCall | ExternalCall]) -> list[ModelClient | ExternalClient]:
    ids = dict.fromkeys(s.value for n in calls if isinstance(n.client.value, OneOf) for s in n.client.value.alternatives)
    found = (graph.nodes.get(i) for i in ids if isinstance(i, str))
    return [n for n in found if isinstance(n, (ModelClient, ExternalClient))]


def _made(graph: AgentGraph, paths: Paths, clients: list[ModelClient | ExternalClient]) -> Iterator[_Client]:
    places = functions(graph) if clients else {}
    for client in clients[:MOST_CLIENTS]:
        made = [f for f in places.get((client.at.path, client.qualname, False), ()) if f in paths.reached]
        entries = frozenset(e for f in made for e in paths.reached[f])
        by_hand = all(isinstance(n := graph.nodes[e], EntryPoint) and n.entry in BY_HAND for e in entries)
        if entries and by_hand and client.qualname != MODULE:
            loaded = {e for body in places.get((client.at.path, MODULE, False), ()) for e in graph.flow.loaded.get(body, ())}
            beside = {n.id for n in graph.nodes.values() if isinstance(n, EntryPoint) and n.at.path == client.at.path}
            roots = [f for e in sorted(entries) for f in graph.flow.entries.get(e, ()) if f in paths.begins]
            yield _Client(client.id, entries, frozenset(loaded | beside), _search(paths, roots), _search(paths, made))


def _ways(graph: AgentGraph, paths: Paths, call: ModelCall | ExternalCall, own: Mapping[str, _Client]) -> Iterator[ClientWay]:
    """Of the clients that other entry points than those that make them cannot have: what leads from these to the call hands them on."""
    several = call.client.value.alternatives if isinstance(call.client.value, OneOf) else ()
    for client in (own[i] for i in dict.fromkeys(str(s.value) for s in several) if i in own):
        others = set(call.reached) - client.entries
        if not others or client.shared & others or not client.entries.intersection(call.reached) or call.id not in client.onward:
            continue
        inner = _sites(client.onward, call.id)
        start = inner[0].caller if inner else call.id
        if start in client.before:
            chain: Best[None] = Best(None, None)
            for site in (*_sites(client.before, start), *inner):
                chain = Best(None, site, before=chain)
            yield ClientWay(client.id, (*trace(graph, paths, {call.id: chain}, call.id), TraceStep(describe(call), call.at)))


def _search(paths: Paths, starts: list[str]) -> Found:
    """For all that is reached from some places, the site through which it is first."""
    seen: Found = dict.fromkeys(starts)
    todo = deque(starts)
    while todo:
        for site in paths.outgoing.get(todo.popleft(), ()):
            if site.target not in seen:
                seen[site.target] = site
                todo.append(site.target)
    return seen


def _sites(found: Found, place: str) -> list[Site]:
    rows: list[Site] = []
    while (site := found[place]) is not None:
        rows.append(site)
        place = site.caller
    return rows[::-1]
