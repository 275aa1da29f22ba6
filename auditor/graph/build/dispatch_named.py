"""Dispatch by name: what a turn runs that it takes from a mapping, or from an object, under a name that the model's answer gives, in its
own function or in one that it hands the answer to.

What the mapping holds may come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from auditor.facts.types import Call, Expr
from auditor.graph.build.called_handed import handed_over
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import PICKING, Body, Trail, bodies, follow
from auditor.graph.build.dispatch_lookups import Sought, sought
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.dispatch_trails import held_by, inside, kept, parameters
from auditor.program.origins.types import Func, Key, Place

DEEPEST = 3
MOST_FUNCTIONS = 40
OF_DATA = frozenset(name for kind in (str, list, dict, set) for name in dir(kind))
"""methods of plain values: to call one of these runs no tool"""


@dataclass(frozen=True, slots=True)
class Picked:
    """A value that is taken from `base` under a name of the answer; `run`: the method of it that is called.

    `sought`: it was looked for in what `base` goes through, and is what `base` gives. `entry`: where it is a record, the key of what is
    run."""

    base: Expr
    place: Place
    run: str = "__call__"
    sought: bool = False
    entry: str | int | None = None


@dataclass(slots=True)
class _Picks:
    """Variables that hold what was picked, and those of lookups."""

    held: dict[str, Picked]
    sought: list[Sought]

    def of(self, name: str, place: Place) -> Picked | None:
        at = next((s.at for s in self.sought if s.name == name and s.holds(place.order)), None)
        return self.held.get(name) if at is None else Picked(("name", name), Place(place.module, at), sought=True)


def by_name(build: Build, turn: Turn) -> list[Picked]:
    """What a turn takes by a name of its answer, and runs."""
    search = _Search(build, kept(build, turn))
    for index, (fn, step) in enumerate(zip(turn.way, turn.steps, strict=True)):
        search.visit(fn, {step[1]}, held_by(build, fn, search.held), {}, turn.block if index == 0 else -1, 0)
    return list(dict.fromkeys(search.found))


class _Search:
    def __init__(self, build: Build, held: Mapping[Key, set[str]]) -> None:
        self.build, self.engine, self.held = build, build.engine, held
        self.found: list[Picked] = []
        self.seen: set[tuple[object, ...]] = set()
        self.lookups: dict[tuple[Key, frozenset[str]], Picked | None] = {}

    def visit(self, fn: Key, calls: set[int], names: set[str], given: Mapping[str, Picked], block: int, depth: int) -> None:
        """`names` hold something of the answer; `given`: parameters with what was picked before."""
        key = (fn, frozenset(calls), frozenset(names), frozenset(given.items()))
        if key in self.seen or len(self.seen) >= MOST_FUNCTIONS:
            return
        self.seen.add(key)
        trail = follow(self.build, fn, calls=calls, names=names, loose=True, but=_run_from_tables(bodies(self.build, fn)))
        picks = _Picks(dict(given), sought(trail))
        for binding in trail.body.bindings:
            picked = self._pick(trail, picks, binding.value, Place(fn[0], binding.order)) if binding.kind == "assign" else None
            if picked is not None:
                picks.held.setdefault(binding.name, picked)
        for call in trail.body.calls:
            if call.index in calls or not inside(self.build, fn, trail.body.module.statements[call.order][1], block):
                continue
            for made in (call, *(c for _, c in handed_over(self.build, (fn[0], call.index), call))):
                self._call(fn, trail, picks, made, depth)

    def _call(self, fn: Key, trail: Trail, picks: _Picks, call: Call, depth: int) -> None:
        place = Place(fn[0], call.order)
        run = self._pick(trail, picks, call.func, place)
        if run is not None:
            self.found.append(run)
        elif call.func[0] == "attr" and call.func[2] not in OF_DATA:
            held = self._pick(trail, picks, call.func[1], place)
            if held is not None:
                self.found.append(replace(held, run=call.func[2]))
        if depth >= DEEPEST:
            return
        for origin in self.engine.origins(call.func, place):
            if isinstance(origin, Func):
                names = parameters(self.build, trail, call, origin) | held_by(self.build, origin.fn, self.held)
                below = dict(self._handed(trail, picks, call, origin, place))
                if names or below:
                    self.visit(origin.fn, set(), names, below, -1, depth + 1)

    def _handed(self, trail: Trail, picks: _Picks, call: Call, func: Func, place: Place) -> Iterator[tuple[str, Picked]]:
        params = self.engine.scope(func.fn).params
        shift = 1 if func.owner is not None else 0
        rows = [(params[i + shift].name, a) for i, a in enumerate(call.args) if i + shift < len(params)]
        for name, expr in (*rows, *((n, v) for n, v, _ in call.keywords if n is not None)):
            picked = self._pick(trail, picks, expr, place)
            if picked is not None:
                yield name, picked

    def _pick(self, trail: Trail, picks: _Picks, expr: Expr, place: Place) -> Picked | None:
        """`table[answer.name]`, `table.get(answer.name)`, `getattr(self, answer.name)`, what is looked for in a table, an entry of such a
        record, or a variable that holds one; a part of the answer itself is none."""
        kind = expr[0]
        if kind == "name":
            return picks.of(expr[1], place)
        if kind == "comp":
            return self._pick(trail, picks, expr[3], place)
        if kind == "sub":
            held = self._pick(trail, picks, expr[1], place) if expr[2][0] == "const" else None
            if held is not None:
                return held if held.entry is not None else replace(held, entry=expr[2][1])
            return self._of(trail, expr[1], expr[2], place)
        if kind == "call":
            call = trail.body.module.calls[expr[1]]
            if call.last in ("get", "pop") and call.func[0] == "attr" and call.args:
                return self._of(trail, call.func[1], call.args[0], place)
            if call.func == ("name", "getattr") and len(call.args) > 1:
                return self._of(trail, call.args[0], call.args[1], place)
            if call.func[0] == "name" and call.func[1] in PICKING and call.args:
                return self._pick(trail, picks, call.args[0], place)
            return self._given_back(trail, call, place)
        if kind in ("bool", "await", "walrus", "if"):
            inner = expr[2] if kind == "bool" else expr[2:4] if kind == "if" else (expr[-1],)
            return next((p for e in inner if (p := self._pick(trail, picks, e, place)) is not None), None)
        return None

    def _given_back(self, trail: Trail, call: Call, place: Place) -> Picked | None:
        """What a function of the program that is given the name looks up, and gives back."""
        for origin in self.engine.origins(call.func, place):
            names = parameters(self.build, trail, call, origin) if isinstance(origin, Func) else set()
            found = self._looked_up(origin.fn, frozenset(names)) if isinstance(origin, Func) and names else None
            if found is not None:
                return found
        return None

    def _looked_up(self, fn: Key, names: frozenset[str]) -> Picked | None:
        """What a function gives back that looks for what its parameters say; nothing where it asks itself."""
        if (fn, names) not in self.lookups:
            self.lookups[fn, names] = None
            inner = follow(self.build, fn, calls=set(), names=set(names), loose=True)
            picks = _Picks({}, sought(inner))
            exits = [e for e in self.engine.scope(fn).exits if e.kind == "return"] if picks.sought else []
            found = (self._pick(inner, picks, e.value, Place(fn[0], e.order)) for e in exits)
            self.lookups[fn, names] = next((p for p in found if p is not None and p.sought), None)
        return self.lookups[fn, names]

    def _of(self, trail: Trail, base: Expr, key: Expr, place: Place) -> Picked | None:
        said = key[0] not in ("const", "slice") and trail.mentions(key) and not trail.mentions(base)
        return Picked(base, place) if said else None


def _run_from_tables(body: Body) -> frozenset[int]:
    """The calls of what is taken from a mapping: what they give is no answer of the model."""
    names = {b.name for b in body.bindings if b.kind == "assign" and _taken(body, b.value, set())}
    return frozenset(
        call.index
        for call in body.calls
        if _taken(body, call.func, names) or (call.func[0] == "attr" and call.func[2] not in OF_DATA and _taken(body, call.func[1], names))
    )


def _taken(body: Body, expr: Expr, names: set[str]) -> bool:
    if expr[0] == "call":
        call = body.module.calls[expr[1]]
        return call.last == "get" and call.func[0] == "attr" and bool(call.args) and call.args[0][0] != "const"
    return (expr[0] == "sub" and expr[2][0] not in ("const", "slice")) or (expr[0] == "name" and expr[1] in names)
