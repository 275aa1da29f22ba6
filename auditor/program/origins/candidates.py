"""The call sites of a name, by the functions that they run."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TypeAlias

from auditor.facts.types import Call
from auditor.program.origins.delegated import hands_on
from auditor.program.origins.engine import TOO_MUCH, Engine
from auditor.program.origins.feasible import feasible
from auditor.program.origins.many import Many, run_by
from auditor.program.origins.types import Class, Func, Instance, Key, Origin, Origins, Partial, Place

Running: TypeAlias = dict[Key, list[Origin]]
"""function -> what is called that runs it"""


class Candidates:
    """Those of which it is settled what they call are found by it: they are not gone through for each function of the same name. Others
    are asked again each time. `open`: of these where, what was found, and the functions that it runs."""

    __slots__ = ("calls", "done", "open", "settled", "undecided", "waiting")

    def __init__(self, calls: list[tuple[int, Call]]) -> None:
        self.calls = calls
        self.open: dict[int, tuple[Place, Origins, Running]] = {}
        self.undecided: list[int] | None = None
        self.waiting: Sequence[int] = range(len(calls))
        self.done = bytearray(len(calls))
        self.settled: dict[Key, list[tuple[Key, Origin]]] = {}

    def site(self, position: int) -> Key:
        number, call = self.calls[position]
        return number, call.index

    def ask(self, engine: Engine, position: int) -> tuple[Running, bool]:
        """The functions that a site may run, and whether that is settled."""
        number, call = self.calls[position]
        known = self.open.get(position)
        place = Place(number, call.order) if known is None else known[0]
        found, settled = engine.settled(call.func, place)
        if settled:
            self.open.pop(position, None)
            return _run_at(engine, call, found), True
        if known is None or known[1] is not found:
            known = self.open[position] = place, found, _run_at(engine, call, found)
        return known[2], False

    def settle(self, position: int, runs: Running) -> None:
        self.done[position] = 1
        site = self.site(position)
        for target, origins in runs.items():
            self.settled.setdefault(target, []).extend([(site, origin) for origin in origins])

    def unsure(self, engine: Engine) -> list[int]:
        """Sites of which it is not known that they can be followed."""
        if self.undecided is None:
            answers = (engine.answers.get((id(call.func), Place(number, call.order)), TOO_MUCH) for number, call in self.calls)
            self.undecided = [position for position, found in enumerate(answers) if TOO_MUCH[0] in found]
        return self.undecided


def running(engine: Engine, fn: Key, named: Sequence[Candidates], most: int | None) -> list[tuple[Key, Origin]]:
    """The sites of some names that can call a function, in source order, with what is called there; of more than `most` only some."""
    rows: list[tuple[Key, Origin]] = []
    calling = {site for candidates in named for site, _ in candidates.settled.get(fn, ())}
    waiting = [(candidates.site(position), position, candidates) for candidates in named for position in candidates.waiting]
    for site, position, candidates in sorted(waiting, key=itemgetter(0)) if len(named) > 1 else waiting:
        if most is not None and len(calling) > most:
            break
        if candidates.done[position] or hands_on(engine, fn, *candidates.calls[position]):
            continue
        runs, settled = candidates.ask(engine, position)
        if not settled:
            rows.extend([(site, origin) for origin in runs.get(fn, ())])
        elif not candidates.done[position]:
            candidates.settle(position, runs)
            if fn in runs:
                calling.add(site)
    for candidates in named:
        if candidates.waiting:
            candidates.waiting = [position for position in candidates.waiting if not candidates.done[position]]
        rows.extend(candidates.settled.get(fn, ()))
    return sorted(rows, key=itemgetter(0))


def _run_at(engine: Engine, call: Call, found: Origins) -> dict[Key, list[Origin]]:
    """The functions that a call may run, with what is called there."""
    rows: dict[Key, list[Origin]] = {}
    for origin in feasible(engine, call, found):
        for target in _targets(engine, origin):
            if target is not None:
                rows.setdefault(target, []).append(origin)
    return rows


def _targets(engine: Engine, origin: Origin) -> set[Key | None]:
    """The functions that a call of an origin runs."""
    from auditor.program.origins.objects import method

    while isinstance(origin, Partial):
        origin = origin.target
    if isinstance(origin, Func):
        return {origin.fn}
    if isinstance(origin, Class):
        return {method(engine, origin.cls, "__init__"), method(engine, origin.cls, "__new__")}
    if isinstance(origin, Many):
        return set(run_by(engine, origin))
    return {method(engine, origin.cls, "__call__")} if isinstance(origin, Instance) else set()
