"""What a loop is: how often it turns, what ends it, and whether each turn waits for something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from auditor.core.values import UNBOUNDED, Setting, Unknown, alternatives, unknown
from auditor.graph.build.loop_blocks import ROUND, suites
from auditor.graph.build.loop_bounds import NO_NUMBER, NOTHING, constant
from auditor.graph.build.loop_changes import View, changes_in, getter
from auditor.graph.build.loop_choices import chosen_by_count
from auditor.graph.build.loop_consent import prolonged, wanted
from auditor.graph.build.loop_counted import Limit, tightest
from auditor.graph.build.loop_doubts import doubt
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_filled import filled_at_once
from auditor.graph.build.loop_hidden import hidden_limit, unread_answer
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_measured import measured
from auditor.graph.build.loop_once import asks_once
from auditor.graph.build.loop_one_shots import one_shot
from auditor.graph.build.loop_seen import seen_in_loop
from auditor.graph.build.loop_served import made_anew, polled, served, watches
from auditor.graph.build.loop_shortened import shortened
from auditor.graph.build.loop_sizes import ENDLESS, Size, Sizes, smaller
from auditor.graph.build.loop_skipped import outgrown, reduced, skipped
from auditor.graph.build.loop_terms import Numbers, Waits, arguments, plain
from auditor.graph.build.loop_waiting import Reaches, gate
from auditor.graph.build.loop_walks import walked
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Place

Shape: TypeAlias = Literal["for", "while", "comprehension", "recursion"]


@dataclass(frozen=True, slots=True)
class LoopFacts:
    """`times`: turns (or another unit) or UNBOUNDED; `ends_on`: fixed, capped, data, model, human, event, error.

    `gated`: each turn waits for a human, an event or new input. `line`: of the loop, or of the recursive call. `bounded`: some number
    limits it, though `times` does not know which.
    """

    module: int
    block: int
    shape: Shape
    times: Setting
    ends_on: str
    gated: bool
    line: int
    bounded: bool = False


def classify(engine: Engine, module: int, block: int, *, numbers: Numbers, waits: Waits, reaches_model: Reaches) -> LoopFacts:
    """The facts of a `for`, a `while` or a comprehension."""
    info = engine.modules[module].blocks[block]
    size = loop_size(engine, module, block, numbers, waits, reaches=reaches_model)
    if info.kind == "comp":
        return LoopFacts(module, block, "comprehension", size.times, size.ends, size.gated, info.line)
    if not suites(engine, module).outcomes(block) & ROUND:
        once = Setting(1, "inferred", why="each way through a turn leaves it", unit="turns")
        return LoopFacts(module, block, "for" if info.kind == "for" else "while", once, "fixed", False, info.line)
    gated = gate(engine, module, block, waits, reaches_model) or (size.ends if size.gated else None)
    if gated is None and wanted(engine, module, block, waits):
        gated = "human"
    ends = size.ends
    found = Ends(View(engine, module), block, waits, reaches_model)
    if size.times.value is UNBOUNDED and gated is None and ends == "endless":
        gated = "event" if served(found) or asks_once(found) else None
        drained = Limits(engine, module, block, numbers, waits).drained()
        ends = "data" if drained or polled(found) else found.kind()
    if size.times.value is UNBOUNDED and gated is not None:
        ends = gated
    shape: Shape = "for" if info.kind == "for" else "while"
    facts = LoopFacts(module, block, shape, size.times, ends, gated is not None, info.line, _capped(size))
    if size.ends != "endless" or gated is not None:
        return facts
    chosen = walked(Limits(engine, module, block, numbers, waits), found)
    chosen = _chosen(engine, module, block, reaches_model) if chosen is None and ends == "model" else chosen
    if chosen is not None:
        return replace(facts, times=chosen, ends_on="capped")
    hidden = hidden_limit(engine, module, block, waits, reaches_model)
    if hidden is not None:
        name, counted = hidden
        times = unknown(f"it ends when {name} reaches a limit of its own", unit="turns")
        return replace(facts, times=times, ends_on="capped", bounded=counted)
    asked = unread_answer(engine, module, block, waits, reaches_model) if ends == "model" else None
    why = doubt(engine, module, block, numbers) if asked is None else f"it ends on what {asked}() answers, which is not known"
    why = why or (made_anew(found) if ends in ("model", "error") else None) or (_failing(found) if ends == "error" else None)
    why = why or measured(found, numbers) or (_shortened(engine, module, block, numbers, waits) if ends == "error" else None)
    why = why or seen_in_loop(_limits(engine, module, block, numbers, waits, reaches_model)) or watches(found)
    unread = asked is not None or (ends != "data" and facts.times.why == NOTHING)
    if why is not None and unread:
        return replace(facts, times=unknown(why, unit="turns"), ends_on="capped")
    return replace(facts, times=_told(found, facts.times, Limits(engine, module, block, numbers, waits)))


def _told(found: Ends, times: Setting, limits: Limits) -> Setting:
    """With the reason why nothing limits a loop that counts up to the length of a list which it fills itself."""
    if times.why != NOTHING:
        return times
    why = outgrown(limits, lambda o: any(found.by_model(a) for c in found.own.calls.get(o, ()) for a in arguments(c)))
    return times if why is None else replace(times, why=why)


def _shortened(engine: Engine, module: int, block: int, numbers: Numbers, waits: Waits) -> str | None:
    limits = Limits(engine, module, block, numbers, waits)
    return shortened(engine, module, (o for o in limits.own.orders(block) if limits.every_turn((o,))), block)


def _failing(found: Ends) -> str | None:
    """Why a loop may end that leaves where it can't get what it asks a model with: nobody can say when that is."""
    sources = (found.source(order) for order, _ in found.exit_tests())
    source = next((s for s in sources if s is not None), None)
    return None if source is None else f"it ends when {source[0].last}() in line {source[0].line} fails, and when that is, is not known"


def _chosen(engine: Engine, module: int, block: int, reaches_model: Reaches) -> Setting | None:
    view = View(engine, module)
    orders = list(view.suites.orders(block))
    counters = {c.path for c in changes_in(view, orders) if c.way == "up" and constant(c.value) is not None}
    return chosen_by_count(view, (c for o in orders for c in view.suites.calls.get(o, ()) if reaches_model(module, c)), counters)


def _capped(size: Size) -> bool:
    return size.ends in ("fixed", "capped") and not size.computed and limited(size.times)


def limited(times: Setting) -> bool:
    """Whether the limit is a number in any case: what a counter is compared with, or what a range goes to."""
    rows = alternatives(times)
    read = all(row.number is not None or (isinstance(row.value, Unknown) and row.value.why not in NO_NUMBER) for row in rows)
    return read and times.unit in (None, "turns") and any(isinstance(row.value, Unknown) for row in rows)


def loop_size(engine: Engine, module: int, block: int, numbers: Numbers, waits: Waits, ctx: int = 0, *, reaches: Reaches) -> Size:
    """How often a loop, or a comprehension, turns: the size of its iterable and the limits in its body. A turn that asks no model, while
    others do, need not count."""
    own = suites(engine, module)
    info = own.module.blocks[block]
    size = ENDLESS
    if info.kind == "comp":
        return Sizes(engine, numbers, waits).of_comprehension(module, info.scope, ctx)
    if info.kind == "for":
        size = Sizes(engine, numbers, waits).of(info.expr, Place(module, own.statement(block), ctx))
        if info.is_async and size.times.value is UNBOUNDED:
            size = replace(size, ends="event", gated=True)
        if size.ends == "fixed":
            return size
    else:
        size = replace(ENDLESS, times=Setting(UNBOUNDED, "inferred", why=NOTHING, unit="turns"))
    limits = _limits(engine, module, block, numbers, waits, reaches)
    limit = tightest(limits.find())
    if limit is None:
        given = filled_at_once(limits) if size.ends == "endless" else None
        if given is not None:
            return Size(given, "fixed")
        once = one_shot(limits, limits.every_turn) if size.ends == "endless" else None
        if once is not None:
            return Size(once, "fixed")
        refilled = limits.refilled() if size.ends == "endless" else None
        if refilled is not None:
            return replace(size, times=refilled, ends="capped")
        left = reduced(limits) if size.ends == "endless" else None
        if left is not None:
            return replace(size, times=left, ends="capped", computed=True)
        limit = prolonged(limits, waits) if size.ends == "endless" else None
    if limit is None:
        why = skipped(limits) if size.ends == "endless" else None
        return size if why is None else replace(size, times=replace(size.times, why=why))
    if limit.times.value is UNBOUNDED:
        return replace(size, times=replace(limit.times, unit="turns"))
    if size.ends in ("endless", "data", "event", "human") or isinstance(size.times.value, Unknown):
        return replace(size, times=limit.times, ends="capped", computed=_computed(limit))
    return smaller(size, Size(limit.times, "capped", computed=_computed(limit)))


def _limits(engine: Engine, module: int, block: int, numbers: Numbers, waits: Waits, reaches: Reaches) -> Limits:
    """Those of a loop of which only the turns that ask a model need count."""
    own = suites(engine, module)
    asking = frozenset(o for o in own.orders(block) if any(reaches(module, c) for c in own.calls.get(o, ())))
    return Limits(engine, module, block, numbers, waits, asking)


def _computed(limit: Limit) -> bool:
    bound = plain(limit.check.bound)
    return not limit.steady or (bound[0] == "call" and getter(limit.check.view, bound) is None)
