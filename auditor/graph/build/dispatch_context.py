"""The context of a turn: by which calls a loop's request is reached, so that what other callers pass is not mixed into it."""

from __future__ import annotations

from dataclasses import replace

from auditor.facts.types import Expr
from auditor.graph.build.called_handed import handed_over
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.handed import add_made_up, made_up
from auditor.graph.build.things import unwrap_partial
from auditor.program.origins.callers import callers
from auditor.program.origins.frames import DEEPEST
from auditor.program.origins.types import Frame, Func, Key, Partial


def context(build: Build, turn: Turn) -> int:
    """Frames from the function with the loop down to the one with the request; 0 where a step of the way is none of its calls."""
    ctx = 0
    for fn, step in zip(turn.way[1:], turn.steps, strict=False):
        frame = _called(build, fn, step, ctx) or _passed(build, fn, step, ctx) or _run(build, fn, step, ctx)
        if frame is None:
            return 0
        ctx = build.engine.frame(frame)
    return ctx


def _called(build: Build, fn: Key, step: Key, ctx: int) -> Frame | None:
    """Parameters are read outwards from the request, so the depth does not matter: what is called further in still counts from it."""
    for origin in build.engine.origins(build.engine.call(step).func, build.engine.call_place(step, ctx)):
        if isinstance(origin, Func) and origin.fn == fn:
            return Frame(fn, step, ctx, origin.owner, (), origin.ctx, _depth(build, ctx))
    return None


def _passed(build: Build, fn: Key, step: Key, ctx: int) -> Frame | None:
    """A function that is handed to another one, which calls it (a retry by hand), with what that one is called with."""
    around = build.function_of(step[0], build.engine.call(step).order)
    for frame in callers(build.engine, fn):
        outer = build.engine.frames[frame.site_ctx]
        if outer is not None and build.function_of(outer.site[0], build.engine.call_place(outer.site, 0).order) == around:
            return replace(frame, site_ctx=build.engine.frame(replace(outer, site_ctx=ctx)))
    return None


def _run(build: Build, fn: Key, step: Key, ctx: int) -> Frame | None:
    """A function that is handed to what is known to run it, as it is or with arguments bound: `to_thread(f, x)`, `partial(f, x)`."""
    place = build.engine.call_place(step, ctx)
    for expr, site in _given_over(build, step):
        for origin in build.engine.origins(expr, place):
            target, partials = unwrap_partial(origin)
            if isinstance(target, Func) and target.fn == fn:
                return Frame(fn, site, ctx, target.owner, partials, target.ctx, _depth(build, ctx))
    return None


def _given_over(build: Build, step: Key) -> list[tuple[Expr, Key]]:
    """What a call hands over to be run, each with the call that is made of it."""
    memo: dict[Key, list[tuple[Expr, Key]]] = build.memo.setdefault("given over", {})  # type: ignore[assignment]
    if step not in memo:
        call, own = build.engine.call(step), ("call", step[1])
        rows = [(made.func, key) for key, made in handed_over(build, step, call)]
        if any(isinstance(o, Partial) for o in build.engine.origins(own, build.engine.call_place(step, 0))):
            rows.append((own, add_made_up(build, step[0], made_up(call, own))))
        memo[step] = rows
    return memo[step]


def _depth(build: Build, ctx: int) -> int:
    return min(build.engine.depth(ctx) + 1, DEEPEST - 1)
