"""How often a loop or a hand-written retry turns by the call through which its function is entered, where that depends on the caller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.core.location import Location
from auditor.core.values import OneOf, Setting, merge
from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_regions import number_of, waits
from auditor.graph.build.retries import attempts_in
from auditor.graph.types import Loop, Retry
from auditor.program.origins.callers import callers
from auditor.program.origins.types import Key, Place


def called_loops(build: Build) -> None:
    """Fills `called` of regions: several values of one loop are those of different callers, which no path mixes."""
    regions = build.graph.flow.regions
    for kind in ("loop blocks", "retry blocks"):
        blocks: dict[str, tuple[int, int]] = build.memo.get(kind, {})  # type: ignore[assignment]
        for identity in sorted(blocks):
            noun = build.graph.nodes.get(regions[identity].noun)
            whole = noun.times if isinstance(noun, Loop) else noun.attempts if isinstance(noun, Retry) else None
            if whole is not None and isinstance(whole.value, OneOf) and not whole.value.undecided:
                found = tuple((at, own) for at, own in _by_call(build, *blocks[identity], whole) if own != whole)
                regions[identity] = replace(regions[identity], called=found)


def decorated_retries(build: Build) -> None:
    """A region of its own for each function around which a decorator of the program puts a retry with a number of its own."""
    flow = build.graph.flow
    blocks: dict[str, tuple[int, int]] = build.memo.get("retry blocks", {})  # type: ignore[assignment]
    made: dict[tuple[Key, str], set[int]] = build.memo.get("made by decorators", {})  # type: ignore[assignment]
    for (fn, identity), frames in sorted(made.items()):
        noun = build.graph.nodes.get(flow.regions[identity].noun)
        function = flow.functions.get(build.function_id(fn))
        if not isinstance(noun, Retry) or not isinstance(noun.attempts.value, OneOf) or noun.attempts.value.undecided or function is None:
            continue
        block = blocks.get(identity)
        own = merge(
            [attempts_in(build, identity, f) if block is None else _in_context(build, *block, f, noun.attempts) for f in sorted(frames)]
        )
        if own.number is None:
            continue
        named = f"{identity}@{build.path(fn[0])}:{function.at.line}"
        flow.regions[named] = replace(flow.regions[identity], id=named, own=own)
        wrappers, reading = (tuple(named if r == identity else r for r in rows) for rows in (function.wrappers, function.reading))
        flow.functions[function.id] = replace(function, wrappers=wrappers, reading=reading)


def _by_call(build: Build, module: int, block: int, whole: Setting) -> Iterator[tuple[Location, Setting]]:
    """The calls of the function that a loop stands in, each with the turns in its context."""
    fn = build.function_of(module, build.engine.modules[module].blocks[block].order)
    rows: dict[Location, list[Setting]] = {}
    for frame in callers(build.engine, fn):
        if frame.fn == fn:
            found = _in_context(build, module, block, build.engine.frame(frame), whole)
            rows.setdefault(build.call_location(frame.site), []).append(found)
    for at, several in rows.items():
        yield at, replace(merge(several), unit=whole.unit)


def _in_context(build: Build, module: int, block: int, ctx: int, whole: Setting) -> Setting:
    from auditor.graph.build.loops import loop_size
    from auditor.graph.build.retry_loops import finder_of

    def numbers(expr: Expr, place: Place) -> Setting:
        return number_of(build, expr, place if place.ctx else place._replace(ctx=ctx))

    if whole.unit == "attempts":
        retry = finder_of(build.engine, module, numbers, lambda m, c: waits(build, m, c)).loop(block)
        return retry.attempts if retry is not None else whole
    models: set[tuple[int, int]] = build.memo.get("model sites", set())  # type: ignore[assignment]
    found = loop_size(
        build.engine, module, block, numbers, lambda m, c: waits(build, m, c), ctx, reaches=lambda m, c: (m, c.index) in models
    )
    return found.times
