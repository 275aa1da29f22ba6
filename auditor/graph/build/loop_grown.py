"""The limit of a variable that is multiplied in each turn, or computed from a count of turns, until it passes a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor.core.values import UNBOUNDED, Setting, alternatives, merge, unknown
from auditor.graph.build.loop_bounds import allowed, compared_with, constant
from auditor.graph.build.loop_changes import Change
from auditor.graph.build.loop_checks import Check
from auditor.graph.build.loop_counted import Limit
from auditor.graph.build.loop_growth import Growth, growth, turns_until
from auditor.graph.build.loop_terms import Numbers, path, plain
from auditor.program.origins.types import Place

PASSING = (">", ">=", "==")


def with_computed(changes: list[Change], all_changes: list[Change], check: Check, counters: Iterable[str]) -> list[Change]:
    """The changes of a variable; what is set to a product or power of something that is counted up grows with that (`2 ** attempt`)."""
    return [found if (found := _computed(c, all_changes, check, counters)) is not None else c for c in changes]


def _computed(change: Change, all_changes: list[Change], check: Check, counters: Iterable[str]) -> Change | None:
    if change.way != "set" or change.growth is not None or change.block < 0 or check.view.order is not None:
        return None
    calls = check.view.suites.module.calls
    for name in counters:
        found = growth(change.value, calls, lambda e, name=name: path(plain(e)) == name)  # type: ignore[misc]
        if found is not None:
            return replace(change, growth=Growth(None, found.ceiling))
    for up in all_changes:
        if up.way == "up" and constant(up.value) is not None and not any(c.path == up.path and c.way == "set" for c in all_changes):
            found = growth(change.value, calls, lambda e, name=up.path: path(plain(e)) == name)  # type: ignore[misc]
            if found is not None:
                return replace(change, growth=Growth(None, found.ceiling), order=up.order, at=up.at)
    return None


def grown_limit(numbers: Numbers, check: Check, bound: Setting, changes: list[Change], first: float | None) -> Limit | None:
    """After how many turns it is beyond the bound, as the limit of a counter of turns; `changes`: all that change it."""
    grown = [(c, c.growth) for c in changes if c.growth is not None]
    orders = tuple(c.at.order if c.at.module == check.at.module else c.order for c, _ in grown)
    if any(_stays_below(numbers, c.at, found, check, bound) for c, found in grown):
        return None
    times = _turns(check, bound, first, _factor(numbers, changes))
    return None if times is None else Limit(times, replace(check, operator=">="), 0 if times.number is not None else None, 1, orders)


def passed_on(numbers: Numbers, check: Check, found: Growth, place: Place, first: float | None) -> Setting | None:
    """How often a function can call itself with a multiple of a parameter until that passes a bound."""
    bound = compared_with(check, numbers(check.bound, check.at))
    if check.operator not in PASSING or _stays_below(numbers, place, found, check, bound):
        return None
    return _turns(check, bound, first, numbers(found.factor, place).number if found.factor is not None else None)


def _turns(check: Check, bound: Setting, first: float | None, factor: float | None) -> Setting | None:
    if first is None or factor is None:
        return unknown(f"it ends when {path(plain(check.counter))} has grown beyond its limit", unit="turns")
    if first <= 0 or factor <= 1:
        return None
    times = merge([allowed(s, lambda most: turns_until(first, factor, check.operator, most)) for s in alternatives(bound)])
    return replace(times, unit="turns")


def _factor(numbers: Numbers, changes: Iterable[Change]) -> float | None:
    """The smallest factor, if all are known and nothing is added."""
    rows = list(_factors(numbers, changes))
    known = [r for r in rows if r is not None]
    return min(known) if known and len(known) == len(rows) else None


def _factors(numbers: Numbers, changes: Iterable[Change]) -> Iterator[float | None]:
    for change in changes:
        if change.growth is not None and change.growth.factor is not None:
            yield numbers(change.growth.factor, change.at).number
        elif change.growth is not None or change.way == "up":
            yield None


def _stays_below(numbers: Numbers, place: Place, found: Growth, check: Check, bound: Setting) -> bool:
    """Whether it does not grow beyond a value that does not pass the bound (`delay = min(delay * 2, 60)`)."""
    if found.ceiling is None:
        return False
    if plain(found.ceiling) == plain(check.bound):
        return check.operator == ">"
    most = numbers(found.ceiling, place)
    if most.value is UNBOUNDED:
        return False
    if most.number is None or bound.number is None:
        return True
    return most.number < bound.number or (check.operator == ">" and most.number == bound.number)
