"""Handlers, wrapped clients and run settings: which calls a single object with a say in tracing reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.calls import RUNS, Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.parts import parts
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing
from auditor.graph.build.tracing_callbacks import OPEN, keys
from auditor.graph.build.tracing_handovers import Handovers
from auditor.graph.build.tracing_switches import Switch, condition
from auditor.graph.types import ModelCall
from auditor.program.origins.containers import elements, values
from auditor.program.origins.held import holders, item_stores
from auditor.program.origins.types import Attr, Box, Const, Instance, Item, Key, New, Origin, Origins, Place, Result, Unresolved

DEEPEST = 5

Given = dict[Key, str]
"""switches (by the calls that make them) that reach something, and what is in doubt about each"""


class Handlers:
    """Asks where the objects made by switches are given. Nothing is asked where there is no such switch."""

    def __init__(self, build: Build, found: list[Switch]) -> None:
        self.build = build
        self.sites = {s.site: s for s in found if s.site is not None}
        self.keys = keys(build)
        self.given: dict[tuple[Key, int], Given] = {}
        self.of_things: dict[Thing, Given] = {}
        self.onward: dict[str, list[str]] = {}
        self.closures: dict[str, set[str]] = {}
        self.free: set[str] | None = None
        self.runs: dict[str, tuple[Key, list[Alternative]]] = {}
        self.bodies: dict[Switch, set[str]] = {}
        self.somewhere: dict[Switch, bool] = {}
        self.handovers = Handovers(build)
        if not self.sites:
            return
        for site in build.ways():
            self.onward.setdefault(site.caller, []).append(site.target)
        matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
        for key, rows in matches.items():
            node = build.graph.nodes.get(build.by_site.get(("model_call", key), ""))
            if isinstance(node, ModelCall) and node.call in RUNS and node.role != "test":
                self.runs[node.id] = (key, rows)
        for switch in found:
            self.bodies[switch] = self._body(switch)
        self.handovers.find(self._value)
        self.given.clear()
        self.of_things.clear()

    def holds(self, switch: Switch, node: str, site: Key | None, rows: list[Alternative]) -> tuple[bool | None, str]:
        """Whether the object reaches a call: given to it or to its client, to a run around it, or by a `with` around it; None: to some.

        With it, what is in doubt.
        """
        direct = self._direct(switch, site, rows) if site is not None else None
        if direct is not None:
            return True, direct
        if node in self.bodies.get(switch, ()):
            return True, ""
        if switch.does not in ("callback", "off"):
            return False, ""
        for start, doubt in self.handovers.starts(switch.site):
            if node == start or node in self._closure(start):
                return True, doubt
        around = [run for run in self.runs if run != node and node in self._closure(run)]
        if site is None and not around:
            return self._anywhere(switch), "it is not known which runs it is part of, and callbacks are given to some"
        states = [self._run(switch, run) for run in around]
        held = [s for s in states if s is not None]
        if held and node in self._outside():
            return None, ""
        return (True if len(held) == len(states) else None) if held else False, next(iter(held), "")

    def _outside(self) -> set[str]:
        """What is reached without going through a run: from entry points, and from functions that nothing calls."""
        if self.free is None:
            flow = self.build.graph.flow
            called = {t for targets in self.onward.values() for t in targets}
            todo = [f for f in flow.functions if f not in called and f not in self.build.graph.nodes]
            todo += [f for rows in flow.entries.values() for f in rows]
            self.free = set(todo)
            while todo:
                for target in self.onward.get(todo.pop(), ()):
                    if target not in self.free and target not in self.runs:
                        self.free.add(target)
                        todo.append(target)
        return self.free

    def _anywhere(self, switch: Switch) -> bool:
        """Whether the object is given to any run, or to settings of one."""
        if switch not in self.somewhere:
            runs = any(self._run(switch, run) is not None for run in self.runs)
            self.somewhere[switch] = runs or self.handovers.has(switch.site)
        return self.somewhere[switch]

    def _run(self, switch: Switch, run: str) -> str | None:
        return "" if run in self.bodies[switch] else self._direct(switch, *self.runs[run])

    # -- what is given

    def _direct(self, switch: Switch, site: Key, rows: list[Alternative]) -> str | None:
        """What is in doubt about the object reaching a call; None: it does not."""
        assert switch.site is not None
        own = self._given(site, 0).get(switch.site)
        if own is not None:
            return own
        hits = [self._of_things(row).get(switch.site) for row in rows]
        found = [h for h in hits if h is not None]
        if not found or (len(found) < len(hits) and switch.does != "callback"):
            return None
        doubt = next((h for h in found if h), "")
        return doubt if len(found) == len(hits) else doubt or "only some of the clients that can reach it are given it"

    def _of_things(self, row: Alternative) -> Given:
        found: Given = {}
        things = [p for t in (row.client, row.match.thing) if t is not None for p in parts(self.build, t)]
        for thing in things:
            found |= self._of_thing(thing)
        if self.handovers.adrift and not any(constructor(self.build, t.origin) for t in things):
            _merge(found, self.handovers.adrift)
        return found

    def _of_thing(self, thing: Thing) -> Given:
        if thing not in self.of_things:
            self.of_things[thing] = self._given_to(thing)
        return self.of_things[thing]

    def _given_to(self, thing: Thing) -> Given:
        found: Given = dict.fromkeys(self._chain(thing.origin), "")
        made = constructor(self.build, thing.origin)
        places: list[tuple[Key, int]] = [(row[0], row[1]) for row in thing.overlays]
        if made is not None:
            places.insert(0, (made[0], made[1]))
        for site, ctx in places:
            _merge(found, self._given(site, ctx).items())
        return found

    def _chain(self, origin: Origin) -> Iterator[Key]:
        """Calls that made an object: its constructor, and the wrapper around it."""
        while isinstance(origin, (Attr, Item, Result)):
            if isinstance(origin, Result):
                yield from (s for s in (origin.site,) if s in self.sites)
            origin = origin.base
        if isinstance(origin, New) and origin.site in self.sites:
            yield origin.site

    def _given(self, site: Key, ctx: int) -> Given:
        """Switches among the arguments of a call, in lists, mappings and objects of settings."""
        key = (site, ctx)
        if key not in self.given:
            found = self.given[key] = dict(self.handovers.at.get(site, {}))
            call = self.build.engine.call(site)
            place = self.build.engine.call_place(site, ctx)
            for name, expr in _arguments(call):
                origins = self.build.engine.origins(expr, place)
                _merge(found, self._value(origins) if name in self.keys else self._inside(origins, 0))
        return self.given[key]

    def _value(self, found: Origins) -> Given:
        """What stands where callbacks are given: what cannot be read is said to be open."""
        rows: Given = {}
        _merge(rows, self._inside(found, 0))
        if not rows and any(self._is_open(o, 0) for o in found):
            rows[OPEN] = ""
        return rows

    def _is_open(self, origin: Origin, depth: int) -> bool:
        if isinstance(origin, Unresolved):
            return not origin.why.startswith("the key ")
        if isinstance(origin, Box) and depth < DEEPEST:
            return any(self._is_open(o, depth + 1) for o in elements(self.build.engine, origin))
        # What was in the settings before (`[*config.get("callbacks", []), handler]`), and objects without a say.
        if isinstance(origin, (Const, Instance, New)):
            return False
        return not (isinstance(origin, (Result, Item)) and depth > 0)

    def _inside(self, found: Iterable[Origin], depth: int) -> Iterator[tuple[Key, str]]:
        for origin in found:
            if isinstance(origin, (New, Result, Instance)):
                if origin.site in self.sites:
                    assert origin.site is not None
                    yield origin.site, ""
                elif isinstance(origin, New) and depth < DEEPEST and origin.site[1] >= 0 and not origin.name.startswith("builtins."):
                    yield from self._given(origin.site, origin.ctx).items()
                elif isinstance(origin, New) and origin.name.startswith("builtins.") and depth < DEEPEST and origin.site[1] >= 0:
                    yield from self._inside(elements(self.build.engine, origin), depth + 1)
            elif isinstance(origin, Box) and depth < DEEPEST:
                yield from self._in_box(origin, depth)

    def _in_box(self, box: Box, depth: int) -> Iterator[tuple[Key, str]]:
        engine = self.build.engine
        yield from self.handovers.boxes.get(id(engine.refs[box.ref][0]), {}).items()
        expr, place = engine.refs[box.ref]
        if expr[0] != "dict":
            yield from self._listed(box, depth)
            return
        if not self.keys:
            yield from self._inside(values(engine, box), depth + 1)
            return
        for key, value in expr[1]:
            found = engine.origins(value, place)
            named = key is not None and key[0] == "const" and key[1] in self.keys
            yield from self._value(found).items() if named else self._inside(found, depth + 1)
        for at, key, value in item_stores(engine, box):
            if any(isinstance(o, Const) and o.value in self.keys for o in engine.origins(key, at)):
                yield from self._value(engine.origins(value, at)).items()
            else:
                yield from self._inside(engine.origins(value, at), depth + 1)

    def _listed(self, box: Box, depth: int) -> Iterator[tuple[Key, str]]:
        """Elements of a list; those that are added under a condition may be missing."""
        engine = self.build.engine
        maybe: dict[Key, str] = {}
        place = engine.refs[box.ref][1]
        for held in sorted(holders(engine, box)):
            for call in (c for n, c in engine.mutations_by_name.get(held, ()) if n == place.module):
                why = condition(self.build, place.module, call.order)
                if why:
                    added = engine.origins(call.args[-1], Place(place.module, call.order, place.ctx))
                    maybe.update((site, why) for site, _ in self._inside(added, depth + 1))
        for site, doubt in self._inside(elements(engine, box), depth + 1):
            yield site, doubt or maybe.get(site, "")

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
        if switch.site is None or switch.site == OPEN:
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

    def _is_item(self, switch: Switch, item: Expr, order: int) -> bool:
        assert switch.site is not None
        if item == ("call", switch.site[1]):
            return True
        if item[0] != "name":
            return False
        return any(isinstance(o, New) and o.site == switch.site for o in self.build.engine.origins(item, Place(switch.site[0], order)))


def _merge(found: Given, rows: Iterable[tuple[Key, str]] | Given) -> None:
    """Adds what is given; what is given once without doubt is in no doubt."""
    for site, doubt in rows.items() if isinstance(rows, dict) else rows:
        found[site] = found.get(site, doubt) and doubt


def _arguments(call: Call) -> list[tuple[str | None, Expr]]:
    return [*((None, a[1] if a[0] == "star" else a) for a in call.args), *((n, v) for n, v, _ in call.keywords)]
