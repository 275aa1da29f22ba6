"""Where settings go to which callbacks are added: to runs, clients and functions of the same function, or to a caller's mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.loop_terms import arguments, path
from auditor.graph.build.tracing_callbacks import Handover, handovers, only_if
from auditor.program.origins.callers import callers
from auditor.program.origins.types import Box, Func, Instance, Key, New, Origins, Param, Place, Unresolved

DEEPEST = 3

Given = dict[Key, str]
"""as in the handlers: switches and what is in doubt about each"""


class Handovers:
    """`boxes`: mappings of the program, by the expression that makes them, and what is added to them; `at`: calls and what their arguments
    got."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.boxes: dict[int, Given] = {}
        self.at: dict[Key, Given] = {}
        self.agents: dict[str, Given] = {}
        self.adrift: Given = {}
        """added to objects of which it is not known where they are made"""

    def find(self, value: Callable[[Origins], Given]) -> None:
        for each in handovers(self.build):
            given = value(self.build.engine.origins(each.value, each.place))
            if given:
                why = only_if(self.build, each)
                given = {site: doubt or why for site, doubt in given.items()}
                if each.of_object:
                    self._put_on_object(each, given)
                else:
                    self._put(each, given)

    def starts(self, site: Key | None) -> Iterator[tuple[str, str]]:
        """The agents that may run with settings that a switch was added to."""
        for node, given in self.agents.items():
            if site in given:
                yield node, given[site]

    def has(self, site: Key | None) -> bool:
        """Whether a switch is added to any settings."""
        return any(site in given for rows in (self.boxes, self.agents) for given in rows.values())

    def _put_on_object(self, each: Handover, given: Given) -> None:
        """`model.callbacks = [handler]`."""
        fn = self.build.function_of(each.place.module, each.place.order)
        for owner in self.build.engine.origins(each.owner, each.place):
            if isinstance(owner, (New, Instance)) and owner.site is not None:
                self.at.setdefault(owner.site, {}).update(given)
            else:
                why = f"callbacks are added to a client in {self.build.engine.scope(fn).name}, and where this one is made is not known"
                self.adrift.update(dict.fromkeys(given, why))

    def _put(self, each: Handover, given: Given) -> None:
        owners = self.build.engine.origins(each.owner, each.place)
        for owner in owners:
            if isinstance(owner, Box):
                self.boxes.setdefault(id(self.build.engine.refs[owner.ref][0]), {}).update(given)
        name = path(each.owner)
        fn = self.build.function_of(each.place.module, each.place.order)
        if name is not None:
            self._forward(fn, {name}, set(), given, 0, set())
        why = f"callbacks are added in {self.build.engine.scope(fn).name}, to settings of which it is not known what runs with them"
        agents = [node for kind, node in self._inside(fn) if kind == "agent"]
        steps = [node for kind, node in self._inside(fn) if kind == "model_call" and agents]
        for node in (*(agents if any(isinstance(o, (Param, Unresolved)) for o in owners) else ()), *steps):
            self.agents.setdefault(node, {}).update(dict.fromkeys(given, why))

    def _inside(self, fn: Key) -> Iterator[tuple[str, str]]:
        """The agents that a function makes, and the model calls in its lambdas, which are steps of these."""
        engine = self.build.engine
        for (kind, site), node in self.build.by_site.items():
            if kind in ("agent", "model_call") and site[0] == fn[0]:
                order = engine.call(site).order
                in_lambda = engine.modules[fn[0]].scopes[engine.modules[fn[0]].statements[order][0]].kind == "lambda"
                if self.build.function_of(fn[0], order) == fn and in_lambda == (kind == "model_call"):
                    yield kind, node

    def _forward(self, fn: Key, names: set[str], calls: set[int], given: Given, depth: int, seen: set[object]) -> None:
        """Calls that get the settings, or something made of them: in the function, in those that it calls, and in its callers."""
        asked = (fn, frozenset(names), frozenset(calls))
        if asked in seen:
            return
        seen.add(asked)
        exact = follow(self.build, fn, calls=calls, names=names, entire=True)
        trail = follow(self.build, fn, calls=calls, names=names, loose=True)
        for call in trail.body.calls:
            hits = [a for a in arguments(call) if trail.mentions(a)]
            if not hits:
                continue
            why = "" if any(exact.part(a) for a in hits) else "it is not followed how the settings to which callbacks are added get there"
            self.at.setdefault((fn[0], call.index), {}).update({site: doubt or why for site, doubt in given.items()})
            for origin in self.build.engine.origins(call.func, Place(fn[0], call.order)) if depth < DEEPEST else ():
                if isinstance(origin, Func):
                    for parameter in self._parameters(origin, call, hits):
                        self._forward(origin.fn, {parameter}, set(), given, depth + 1, seen)
        for frame in callers(self.build.engine, fn) if depth < DEEPEST else ():
            call = self.build.engine.call(frame.site)
            outer = self.build.function_of(frame.site[0], call.order)
            for exit_ in self.build.engine.scope(fn).exits:
                held = self._held(outer, call, exit_.value, exact) if exit_.kind == "return" else None
                if held is not None:
                    self._forward(outer, held, set() if held else {call.index}, given, depth + 1, seen)

    def _held(self, fn: Key, call: Call, value: Expr, exact: Trail) -> set[str] | None:
        """Names that hold the settings which a call returns as one of several values; empty: the result is the settings; None: neither."""
        if exact.part(value):
            return set()
        places = {(i,) for i, part in enumerate(value[2]) if exact.part(part)} if value[0] == "seq" and value[1] == "tuple" else set()
        rows = (b for bindings in self.build.engine.scope(fn).bindings.values() for b in bindings) if places else ()
        return {b.name for b in rows if b.kind == "unpack" and b.value == ("call", call.index) and b.detail in places} or None

    def _parameters(self, func: Func, call: Call, hits: list[Expr]) -> list[str]:
        params = self.build.engine.scope(func.fn).params
        shift = 1 if func.owner is not None else 0
        rows = [params[i + shift].name for i, a in enumerate(call.args) if a in hits and i + shift < len(params)]
        return rows + [p.name for p in params for n, v, _ in call.keywords if v in hits and p.name == n]
