"""Recursions that ask what kind of thing they are given, and call themselves with another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from auditor.core.values import Setting, Unknown, unknown
from auditor.facts.types import Expr
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_guards import CHOICES, MEMBERSHIP
from auditor.graph.build.loop_terms import path, paths, plain, root
from auditor.program.origins.engine import Engine
from auditor.program.origins.guards import Comparable, comparable, comparables, members_of
from auditor.program.origins.types import Key, Place, Unresolved

Guard: TypeAlias = tuple[int, int, Expr, bool]
"""block, statement, condition, and its value where the recursion ends"""
Known: TypeAlias = Mapping[str, Sequence[tuple[Expr, Place]]]
"""path -> all expressions that it may be, with where they stand"""
NO_OTHER: Known = {}
NOTHING = ("const", None)
NOT_ALL = "and not all that it may then be is known"
UNREAD = Unresolved("")
ONCE = Setting(1, "inferred", why="the call itself switches it off", unit="turns")


def another_kind(engine: Engine, fn: Key, site: Key, given: Mapping[str, Expr], guards: Iterable[Guard]) -> Iterator[tuple[int, Setting]]:
    """Guards that ask what a parameter is, or an attribute of it, where the call hands over something else: once where that ends the
    recursion, not known where all that is known of it does. `given`: the arguments."""
    place = Place(site[0], engine.call(site).order)
    if (site[0], engine.modules[site[0]].statements[place.order][0]) != fn:
        return
    new = {name: value for name, value in given.items() if value != ("name", name) or _rebound(engine, fn, name)}
    own = suites(engine, fn[0])
    for _, order, test, leave in guards if new else ():
        for part, ends in parts_of(test, leave):
            asked = paths(engine.modules[site[0]], part)
            known, whole = holds(engine, _with(part, new), place) if not asked.isdisjoint(new) else (None, False)
            if known is not ends:
                continue
            names = [name for name in asked if name in new or root(name) in new]
            until = order if own.nearest_loop(own.block_of(order)) is None else None
            if whole and not any(_rebound(engine, fn, root(name), until) for name in names):
                yield order, ONCE
            else:
                yield order, partly_known(engine, Place(site[0], order), max(names, key=len))


def partly_known(engine: Engine, guard: Place, name: str) -> Setting:
    line = engine.line(guard)
    return unknown(f"line {line} asks what {name} is, which the call changes, {NOT_ALL}", unit="turns")


def may_go_on(times: Setting) -> bool:
    """Whether it is not even known that a guard ends the recursion."""
    return isinstance(times.value, Unknown) and times.value.why.endswith(NOT_ALL)


def _rebound(engine: Engine, fn: Key, name: str, before: int | None = None) -> bool:
    """Whether a parameter is something else before a statement, or anywhere."""
    rows = [b for b in engine.scope(fn).bindings.get(name, ()) if b.kind != "param"]
    return any(before is None or b.order < before for b in rows)


def parts_of(test: Expr, leave: bool) -> Iterator[tuple[Expr, bool]]:
    """The parts of a condition each of which alone makes it `leave`, with their value then."""
    test = plain(test)
    if test[0] == "not":
        yield from parts_of(test[1], not leave)
    elif test[0] == "bool" and (test[1] == "or") is leave:
        for part in test[2]:
            yield from parts_of(part, leave)
    else:
        yield test, leave


def _with(expr: Expr, new: Mapping[str, Expr]) -> Expr:
    """A condition as it is asked when the call has begun."""
    found = path(expr)
    if found is not None and found in new:
        return new[found]
    return tuple(_with(e, new) if isinstance(e, tuple) and e and isinstance(e[0], (str, tuple)) else e for e in expr)


def holds(engine: Engine, test: Expr, place: Place, known: Known = NO_OTHER) -> tuple[bool | None, bool]:
    """Whether a condition holds by all that is known of what it asks for, and whether that is all that it may be. `known`: what some
    attributes are for sure."""
    test = plain(test)
    if test[0] == "not":
        answer, whole = holds(engine, test[1], place, known)
        return None if answer is None else not answer, whole
    if test[0] == "bool":
        found = [holds(engine, part, place, known) for part in test[2]]
        ends: bool = test[1] == "or"
        deciding = [row for row in found if row[0] is ends]
        if deciding:
            return ends, any(whole for _, whole in deciding)
        return (None if any(answer is None for answer, _ in found) else not ends), all(whole for _, whole in found)
    written = known.get(path(test[1] if test[0] == "cmp" else test) or "")
    if test[0] != "cmp" or len(test[2]) != 1:
        return _truth(engine, written) if written is not None else (None, False)
    operator, right = test[2][0]
    values = members_of(engine, right, place) if operator in MEMBERSHIP else comparable(engine, right, place)
    rows = _comparables(engine, [(test[1], place)] if written is None else written)
    left = {value for row in rows if row is not None for value in row}
    if not values or (written is None and left <= {NOTHING}) or not left or operator not in {**CHOICES, **MEMBERSHIP}:
        return None, False
    if len({kind for kind, _ in (left | values) - {NOTHING}}) > 1:
        return None, False  # A member of an enum of texts is equal to a text.
    if left.isdisjoint(values):
        return operator in ("!=", "is not", "not in"), None not in rows
    same = left <= values and (operator in MEMBERSHIP or len(values) == 1)
    return (operator in ("==", "is", "in") if same else None), None not in rows


def _comparables(engine: Engine, exprs: Iterable[tuple[Expr, Place]]) -> list[set[Comparable] | None]:
    """What expressions are, as things to compare, with None for what cannot be compared."""
    return [comparables(engine, [o]) for expr, place in exprs for o in engine.origins(expr, place) or [UNREAD]]


def _truth(engine: Engine, written: Iterable[tuple[Expr, Place]]) -> tuple[bool | None, bool]:
    rows = _comparables(engine, written)
    answers = {kind != "const" or bool(value) for row in rows if row is not None for kind, value in row}
    return (answers.pop() if len(answers) == 1 else None), None not in rows
