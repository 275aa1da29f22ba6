"""Entry points that are one program: a console script, the guard of its module and the `__main__.py` that only call the same function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from auditor.analyses.paths import closure
from auditor.graph.graph import AgentGraph
from auditor.graph.types import EntryPoint, ModelCall, Noun

COMMANDS = ("cli", "script")
RUN_AS_MODULE = "__main__.py"
MODULE = "<module>"


def programs(graph: AgentGraph) -> AgentGraph:
    """Marks all entry points of a program but one: what is wrong with it is told, and counted, once."""
    inner = _towards_models(graph)
    found: dict[str, list[EntryPoint]] = defaultdict(list)
    commands = [n for n in graph.nodes.values() if isinstance(n, EntryPoint) and n.entry in COMMANDS]
    starts = {f for entry in commands if entry.symbol != MODULE for f in graph.flow.entries.get(entry.id, ())}
    for entry in commands:
        begins = [f for f in graph.flow.entries.get(entry.id, ()) if f in inner]
        if len(begins) == 1:
            found[_main(graph, entry, begins[0], inner, starts)].append(entry)
    nodes: dict[str, Noun] = dict(graph.nodes)
    for main, entries in found.items():
        kept = min(entries, key=lambda e: (main not in graph.flow.entries[e.id], e.at.path != _path(graph, main), e.at, e.id))
        nodes.update((e.id, replace(e, repeated=True)) for e in entries if e is not kept)
    return replace(graph, nodes=nodes)


def _main(graph: AgentGraph, entry: EntryPoint, begin: str, inner: Mapping[str, set[str]], starts: set[str]) -> str:
    """The function that a module only calls: its own, a console script, or any from `__main__.py`; else where the entry point begins."""
    if entry.symbol != MODULE or len(inner[begin]) != 1:
        return begin
    [target] = inner[begin]
    own = _path(graph, target) == entry.at.path or entry.at.path.rpartition("/")[2] == RUN_AS_MODULE
    return target if target in graph.flow.functions and (own or target in starts) else begin


def _path(graph: AgentGraph, function: str) -> str:
    known = graph.flow.functions.get(function)
    return known.at.path if known is not None else ""


def _towards_models(graph: AgentGraph) -> dict[str, set[str]]:
    """Place -> what it leads to directly, on the way to a model call."""
    callers: dict[str, list[str]] = defaultdict(list)
    for site in graph.flow.sites:
        callers[site.target].append(site.caller)
    models = [n.id for n in graph.nodes.values() if isinstance(n, ModelCall) and n.call != "token_count"]
    inner: dict[str, set[str]] = defaultdict(set)
    for target in closure(models, lambda place: callers.get(place, ())):
        for caller in callers.get(target, ()):
            inner[caller].add(target)
    return inner
