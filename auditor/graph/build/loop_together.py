"""Counters that limit a loop together: one that is set back only where another one counts, and those of which each turn counts one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.core.values import UNBOUNDED, Setting, alternatives, product, unknown
from auditor.graph.build.loop_blocks import ROUND
from auditor.graph.build.loop_changes import Change
from auditor.graph.build.loop_checks import Asked, Check, compared
from auditor.graph.build.loop_counted import Limit
from auditor.graph.build.loop_terms import paths, plain

if TYPE_CHECKING:
    from auditor.graph.build.loop_limits import Limits


def together(limits: Limits, checks: list[Check], changes: list[Change]) -> Iterator[Limit]:
    found = list(_paired(limits, checks, changes))
    yield from found
    if not found:
        yield from _summed(limits, checks, changes)


# -- one that is set back


def _paired(limits: Limits, checks: list[Check], changes: list[Change]) -> Iterator[Limit]:
    """A counter that is set back only where another one counts: their limits multiply."""
    for inner in checks:
        name = limits.counter(inner)
        resets = [c for c in changes if name is not None and c.path == name and c.way == "set"]
        if name is None or not resets or any(c.block < 0 for c in resets) or limits.resets.of(inner, name) is not None:
            continue
        limit = limits.evaluate(inner, changes, partial=True)
        if limit is None or limit.times.number is None:
            continue
        for check in checks:
            other = None if check is inner else outer(limits, check, changes, resets)
            if other is None or other.times.value is UNBOUNDED or not _one_of_both(limits, limit, other):
                continue
            yield replace(limit, times=replace(product([limit.times, other.times], unit="turns"), at=other.times.at))


def _one_of_both(limits: Limits, inner: Limit, other: Limit) -> bool:
    """Whether each turn counts one of two counters and asks for its limit."""
    if limits.every_turn(inner.counted):
        return True
    asked = (inner.check.orders, other.check.orders or other.counted)
    return limits.every_turn((*inner.counted, *other.counted)) and limits.every_turn((*asked[0], *asked[1]))


def outer(limits: Limits, check: Check, changes: list[Change], resets: list[Change]) -> Limit | None:
    """The limit of a counter that counts wherever another one is set back."""
    name = limits.counter(check)
    if name is None or any(c.path == name and c.way == "set" for c in changes) or limits.resets.of(check, name) is not None:
        return None
    ups = [c for c in changes if c.path == name and c.way == "up" and c.block >= 0]
    if not all(r.block in {c.block for c in ups} or _leads_to(limits, r.order, ups) for r in resets):
        return None
    return limits.evaluate(check, changes, partial=True)


def _leads_to(limits: Limits, order: int, ups: list[Change]) -> bool:
    """Whether a turn that passes a statement comes to one of these: nothing may fail in between inside its `try`."""
    own = limits.own
    block = own.block_of(order)
    if own.module.blocks[block].kind == "try" and any(o > order and own.calls.get(o) for o in own.orders(block)):
        return False
    return bool(ups) and not own.onward(order, limits.loop, frozenset(c.order for c in ups)) & ROUND


# -- each turn counts one


def _summed(limits: Limits, checks: list[Check], changes: list[Change]) -> Iterator[Limit]:
    """Counters that only go up, each with a limit beyond which it ends the loop or is not counted any more: their limits add up."""
    rows: dict[str, Limit] = {}
    for check, sure in (*((c, False) for c in checks), *((c, True) for c in _guards(limits))):
        name = limits.counter(check)
        mine = [c for c in limits.all_changes if c.path == name]
        if name is None or name in rows or check.view.order is not None or limits.resets.of(check, name) is not None:
            continue
        if all(c.way == "up" and c.block >= 0 and (sure or _asks(limits, c, check)) for c in mine):
            limit = limits.evaluate(check, changes, partial=True)
            if limit is not None and all(row.value is not UNBOUNDED for row in alternatives(limit.times)):
                rows[name] = limit
    for name in list(rows):
        others = [order for other, limit in rows.items() if other != name for order in limit.counted]
        if limits.every_turn(others):
            del rows[name]
    if len(rows) > 1 and limits.every_turn(order for limit in rows.values() for order in limit.counted):
        found = list(rows.values())
        yield replace(found[0], times=_sum(limits, found), first=None)


def _sum(limits: Limits, rows: list[Limit]) -> Setting:
    numbers = [row.times.number for row in rows]
    lines = " and ".join(str(limits.line(row.check.at.order)) for row in rows)
    if all(row.times.unit == "turns" for row in rows) and None not in numbers:
        return replace(rows[0].times, value=sum(n for n in numbers if n is not None), why=f"what lines {lines} allow together")
    return unknown(f"each turn counts one of the counters that are compared in lines {lines}", unit="turns")


def _guards(limits: Limits) -> Iterator[Check]:
    """Comparisons beyond which a counter is not counted any more: it counts in a branch where they do not hold."""
    own = limits.own
    for change in limits.own_changes:
        for block in own.chain(change.block, limits.loop) or () if change.way == "up" and change.block >= 0 else ():
            info = own.module.blocks[block]
            opener = own.statement(block)
            flags = [c for c in limits.own_changes if info.kind in ("if", "else") and c.path in paths(own.module, info.expr)]
            if info.kind not in ("if", "else") or len(flags) > 1 or any(c.order > opener and c.path != change.path for c in flags):
                continue
            asked = Asked(limits.view, limits.loop, limits.view.place(opener))
            yield from (c for c in compared(asked, info.expr, info.kind == "else") if limits.counter(c) == change.path)


def _asks(limits: Limits, change: Change, check: Check) -> bool:
    """Whether each turn that counts comes to the check, before or after that."""
    own, orders = limits.own, frozenset(check.orders)
    if all(limits.every_turn((o,)) for o in orders) or not own.onward(change.order, limits.loop, orders) & ROUND:
        return True
    blocks, before = own.module.blocks, {c.path for c in limits.own_changes if min(orders) < c.order < change.order}
    around = {(blocks[b].kind, plain(blocks[b].expr)) for b in own.chain(change.block, limits.loop) or ()}
    asked = [blocks[b] for o in orders for b in own.chain(own.block_of(o), limits.loop) or ()]
    same = all(i.kind in ("if", "else") and (i.kind, plain(i.expr)) in around and not before & paths(own.module, i.expr) for i in asked)
    return same and max(orders) < change.order
