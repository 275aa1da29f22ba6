"""Where settings go to which callbacks are added: to runs, clients and functions of the same function, or to a caller's mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import follow
from auditor.graph.build.loop_terms import arguments, path
from auditor.graph.build.tracing_callbacks import Handover, handovers, only_if
from auditor.program.origins.types import Box, Func, Key, Origins, Param, Place, Unresolved

DEEPEST = 3

Given = dict[Key, str]
"""as in the handlers: switches and what is in doubt about each"""


class Handovers:
    """`boxes`: mappings of the program and what is added to them; `at`: calls and what their arguments got."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.boxes: dict[Box, Given] = {}
        self.at: dict[Key, Given] = {}
        self.agents: dict[str, Given] = {}

    def find(self, value: Callable[[Origins], Given]) -> None:
        for each in handovers(self.build):
            given = value(self.build.engine.origins(each.value, each.place))
            if given:
                why = only_if(self.build, each)
                self._put(each, {site: doubt or why for site, doubt in given.items()})

    def starts(self, site: Key | None) -> Iterator[tuple[str, str]]:
        """The agents that may run with settings that a switch was added to."""
        for node, given in self.agents.items():
            if site in given:
                yield node, given[site]

    def _put(self, each: Handover, given: Given) -> None:
        owners = self.build.engine.origins(each.owner, each.place)
        for owner in owners:
            if isinstance(owner, Box):
                self.boxes.setdefault(owner, {}).update(given)
        name = path(each.owner)
        fn = self.build.function_of(each.place.module, each.place.order)
        if name is not None:
            self._forward(fn, name, given, 0, set())
        if any(isinstance(o, (Param, Unresolved)) for o in owners):
            why = f"callbacks are added in {self.build.engine.scope(fn).name}, to settings of which it is not known what runs with them"
            for node in self._agents(fn):
                self.agents.setdefault(node, {}).update(dict.fromkeys(given, why))

    def _agents(self, fn: Key) -> Iterator[str]:
        """The agents that a function makes."""
        for (kind, site), node in self.build.by_site.items():
            if kind == "agent" and site[0] == fn[0] and self.build.function_of(fn[0], self.build.engine.call(site).order) == fn:
                yield node

    def _forward(self, fn: Key, name: str, given: Given, depth: int, seen: set[tuple[Key, str]]) -> None:
        """Calls that get the settings, or something made of them."""
        if (fn, name) in seen:
            return
        seen.add((fn, name))
        exact = follow(self.build, fn, calls=set(), names={name}, entire=True)
        trail = follow(self.build, fn, calls=set(), names={name}, loose=True)
        for call in trail.body.calls:
            hits = [a for a in arguments(call) if trail.mentions(a)]
            if not hits:
                continue
            why = "" if any(exact.part(a) for a in hits) else "it is not followed how the settings to which callbacks are added get there"
            self.at.setdefault((fn[0], call.index), {}).update({site: doubt or why for site, doubt in given.items()})
            for origin in self.build.engine.origins(call.func, Place(fn[0], call.order)) if depth < DEEPEST else ():
                if isinstance(origin, Func):
                    for parameter in self._parameters(origin, call.args, call.keywords, hits):
                        self._forward(origin.fn, parameter, given, depth + 1, seen)

    def _parameters(
        self, func: Func, args: tuple[object, ...], keywords: tuple[tuple[str | None, object, int], ...], hits: list[object]
    ) -> list[str]:
        params = self.build.engine.scope(func.fn).params
        shift = 1 if func.owner is not None else 0
        rows = [params[i + shift].name for i, a in enumerate(args) if a in hits and i + shift < len(params)]
        return rows + [p.name for p in params for n, v, _ in keywords if v in hits and p.name == n]
