"""Handlers, wrapped clients and run settings: which calls a single object with a say in tracing reaches."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call
from auditor.graph.build.calls import RUNS, Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.parts import parts
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing
from auditor.graph.build.tracing_switches import Switch
from auditor.graph.types import ModelCall
from auditor.program.origins.containers import elements, values
from auditor.program.origins.types import Attr, Box, Item, Key, New, Origin, Origins, Place, Result

DEEPEST = 5


class Handlers:
    """Asks where the objects made by switches are given. Nothing is asked where there is no such switch."""

    def __init__(self, build: Build, found: list[Switch]) -> None:
        self.build = build
        self.sites = {s.site: s for s in found if s.site is not None}
        self.given: dict[tuple[Key, int], set[Key]] = {}
        self.onward: dict[str, list[str]] = {}
        self.closures: dict[str, set[str]] = {}
        self.runs: dict[str, tuple[Key, list[Alternative]]] = {}
        self.bodies: dict[Switch, set[str]] = {}
        if not self.sites:
            return
        for site in build.graph.flow.sites:
            self.onward.setdefault(site.caller, []).append(site.target)
        matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
        for key, rows in matches.items():
            node = build.graph.nodes.get(build.by_site.get(("model_call", key), ""))
            if isinstance(node, ModelCall) and node.call in RUNS:
                self.runs[node.id] = (key, rows)
        for switch in found:
            self.bodies[switch] = self._body(switch)

    def holds(self, switch: Switch, node: str, site: Key | None, rows: list[Alternative]) -> bool | None:
        """Whether the object reaches a call: given to it or to its client, to a run around it, or by a `with` around it; None: to some."""
        if site is not None and self._direct(switch, site, rows):
            return True
        if node in self.bodies.get(switch, ()):
            return True
        if switch.does not in ("callback", "off"):
            return False
        around = [run for run in self.runs if run != node and node in self._closure(run)]
        states = {self._direct(switch, *self.runs[run]) or run in self.bodies[switch] for run in around}
        return None if len(states) == 2 else True in states

    # -- what is given

    def _direct(self, switch: Switch, site: Key, rows: list[Alternative]) -> bool:
        if switch.site in self._given(site, 0):
            return True
        hits = [switch.site in self._of_things(row) for row in rows]
        return bool(hits) and all(hits)

    def _of_things(self, row: Alternative) -> set[Key]:
        found: set[Key] = set()
        for thing in (row.client, row.match.thing):
            if thing is None:
                continue
            for part in parts(self.build, thing):
                found |= self._of_thing(part)
        return found

    def _of_thing(self, thing: Thing) -> set[Key]:
        found: set[Key] = set(self._chain(thing.origin))
        made = constructor(self.build, thing.origin)
        places: list[tuple[Key, int]] = [(row[0], row[1]) for row in thing.overlays]
        if made is not None:
            places.insert(0, (made[0], made[1]))
        for site, ctx in places:
            found |= self._given(site, ctx)
        return found

    def _chain(self, origin: Origin) -> Iterator[Key]:
        """Calls that made an object: its constructor, and the wrapper around it."""
        while isinstance(origin, (Attr, Item, Result)):
            if isinstance(origin, Result):
                yield from (s for s in (origin.site,) if s in self.sites)
            origin = origin.base
        if isinstance(origin, New) and origin.site in self.sites:
            yield origin.site

    def _given(self, site: Key, ctx: int) -> set[Key]:
        """Switches among the arguments of a call, in lists, mappings and objects of settings."""
        key = (site, ctx)
        if key not in self.given:
            self.given[key] = set()
            call = self.build.engine.call(site)
            place = self.build.engine.call_place(site, ctx)
            for expr in _arguments(call):
                self.given[key] |= set(self._inside(self.build.engine.origins(expr, place), 0))
        return self.given[key]

    def _inside(self, found: Origins, depth: int) -> Iterator[Key]:
        for origin in found:
            if isinstance(origin, (New, Result)):
                if origin.site in self.sites:
                    yield origin.site
                elif isinstance(origin, New) and depth < DEEPEST and origin.site[1] >= 0 and not origin.name.startswith("builtins."):
                    yield from self._given(origin.site, origin.ctx)
            elif isinstance(origin, Box) and depth < DEEPEST:
                engine = self.build.engine
                inner = values(engine, origin) if engine.refs[origin.ref][0][0] == "dict" else elements(engine, origin)
                yield from self._inside(tuple(inner), depth + 1)

    # -- what runs inside

    def _closure(self, node: str) -> set[str]:
        if node not in self.closures:
            seen: set[str] = set()
            todo = list(self.onward.get(node, ()))
            while todo:
                current = todo.pop()
                if current not in seen:
                    seen.add(current)
                    todo.extend(self.onward.get(current, ()))
            self.closures[node] = seen
        return self.closures[node]

    def _body(self, switch: Switch) -> set[str]:
        """What runs inside `with handler():`."""
        rows: set[str] = set()
        if switch.site is None:
            return rows
        module = self.build.engine.modules[switch.site[0]]
        for block in module.blocks:
            if block.kind != "with" or not any(self._is_item(switch, i, block.order) for i in block.items):
                continue
            first, last = self.build.location(switch.site[0], block.line).line, self.build.location(switch.site[0], block.end_line).line
            for site in self.build.graph.flow.sites:
                if site.at.path == module.path and first <= site.at.line <= last:
                    rows |= {site.target} | self._closure(site.target)
        return rows

    def _is_item(self, switch: Switch, item: tuple[object, ...], order: int) -> bool:
        assert switch.site is not None
        if item == ("call", switch.site[1]):
            return True
        if item[0] != "name":
            return False
        return any(isinstance(o, New) and o.site == switch.site for o in self.build.engine.origins(item, Place(switch.site[0], order)))


def _arguments(call: Call) -> list[tuple[object, ...]]:
    return [*(a[1] if a[0] == "star" else a for a in call.args), *(v for _, v, _ in call.keywords)]
