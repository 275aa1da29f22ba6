"""Recursions that ask what kind of thing they are given, and call themselves with another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from auditor.core.values import Setting, unknown
from auditor.facts.types import Expr
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_changes import View, changes_in
from auditor.graph.build.loop_guards import CHOICES, MEMBERSHIP
from auditor.graph.build.loop_terms import path, paths, plain, root
from auditor.program.origins.engine import Engine
from auditor.program.origins.guards import comparable, comparables, members_of
from auditor.program.origins.types import Key, Place

Guard: TypeAlias = tuple[int, int, Expr, bool]
"""block, statement, condition, and its value where the recursion ends"""
NOTHING = ("const", None)
ONCE = Setting(1, "inferred", why="the call itself switches it off", unit="turns")


def another_kind(
    engine: Engine, fn: Key, site: Key, given: Mapping[str, Expr], guards: Iterable[Guard], before: Iterable[int]
) -> Iterator[tuple[int, Setting]]:
    """Guards that ask what a parameter is, or an attribute of it, where the call hands over something else: once where that ends the
    recursion, not known where all that is known of it does. `given`: the arguments, `before`: what surely runs before the call."""
    place = Place(site[0], engine.call(site).order)
    if (site[0], engine.modules[site[0]].statements[place.order][0]) != fn:
        return
    new = {name: value for name, value in given.items() if value != ("name", name) or _rebound(engine, fn, name)}
    new |= _set_before(engine, fn, place.order, set(before))
    own = suites(engine, fn[0])
    for _, order, test, leave in guards if new else ():
        for part, ends in _parts(test, leave):
            asked = paths(engine.modules[site[0]], part)
            known, whole = _holds(engine, _with(part, new), place) if not asked.isdisjoint(new) else (None, False)
            if known is not ends:
                continue
            names = [name for name in asked if name in new or root(name) in new]
            until = order if own.nearest_loop(own.block_of(order)) is None else None
            if whole and not any(_rebound(engine, fn, root(name), until) for name in names):
                yield order, ONCE
            else:
                line = engine.line(Place(site[0], order))
                why = f"line {line} asks what {max(names, key=len)} is, which the call changes, and not all that it may then be is known"
                yield order, unknown(why, unit="turns")


def _set_before(engine: Engine, fn: Key, call: int, before: set[int]) -> dict[str, Expr]:
    """Attributes that are set to something written out, once and surely before the call."""
    changes = list(changes_in(View(engine, fn[0]), suites(engine, fn[0]).orders(engine.scope(fn).body)))
    rows = {c.path: plain(c.value) for c in changes if "." in c.path and c.way == "set" and c.order in before and c.order < call}
    return {p: v for p, v in rows.items() if path(v) is not None and sum(other.path == p for other in changes) == 1}


def _rebound(engine: Engine, fn: Key, name: str, before: int | None = None) -> bool:
    """Whether a parameter is something else before a statement, or anywhere."""
    rows = [b for b in engine.scope(fn).bindings.get(name, ()) if b.kind != "param"]
    return any(before is None or b.order < before for b in rows)


def _parts(test: Expr, leave: bool) -> Iterator[tuple[Expr, bool]]:
    """The parts of a condition each of which alone makes it `leave`, with their value then."""
    test = plain(test)
    if test[0] == "not":
        yield from _parts(test[1], not leave)
    elif test[0] == "bool" and (test[1] == "or") is leave:
        for part in test[2]:
            yield from _parts(part, leave)
    else:
        yield test, leave


def _with(expr: Expr, new: Mapping[str, Expr]) -> Expr:
    """A condition as it is asked when the call has begun."""
    found = path(expr)
    if found is not None and found in new:
        return new[found]
    return tuple(_with(e, new) if isinstance(e, tuple) and e and isinstance(e[0], (str, tuple)) else e for e in expr)


def _holds(engine: Engine, test: Expr, place: Place) -> tuple[bool | None, bool]:
    """Whether a condition holds by all that is known of what it asks for, and whether that is all that it may be."""
    if test[0] == "bool":
        found = [_holds(engine, part, place) for part in test[2]]
        ends: bool = test[1] == "or"
        deciding = [row for row in found if row[0] is ends]
        if deciding:
            return ends, any(whole for _, whole in deciding)
        return (None if any(answer is None for answer, _ in found) else not ends), all(whole for _, whole in found)
    if test[0] != "cmp" or len(test[2]) != 1:
        return None, False
    operator, right = test[2][0]
    values = members_of(engine, right, place) if operator in MEMBERSHIP else comparable(engine, right, place)
    rows = [comparables(engine, [o]) for o in engine.origins(test[1], place)]
    left = {value for row in rows if row is not None for value in row}
    if not values or left <= {NOTHING} or operator not in {**CHOICES, **MEMBERSHIP}:
        return None, False
    if len({kind for kind, _ in (left | values) - {NOTHING}}) > 1:
        return None, False  # A member of an enum of texts is equal to a text.
    if left.isdisjoint(values):
        return operator in ("!=", "is not", "not in"), None not in rows
    same = left <= values and (operator in MEMBERSHIP or len(values) == 1)
    return (operator in ("==", "is", "in") if same else None), None not in rows
