"""The context of a turn: by which calls a loop's request is reached, so that what other callers pass is not mixed into it."""

from __future__ import annotations

from dataclasses import replace

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_loops import Turn
from auditor.program.origins.callers import callers
from auditor.program.origins.frames import DEEPEST
from auditor.program.origins.types import Frame, Func, Key


def context(build: Build, turn: Turn) -> int:
    """Frames from the function with the loop down to the one with the request; 0 where a step of the way is none of its calls."""
    ctx = 0
    for fn, step in zip(turn.way[1:], turn.steps, strict=False):
        frame = _called(build, fn, step, ctx) or _passed(build, fn, step, ctx)
        if frame is None:
            return 0
        ctx = build.engine.frame(frame)
    return ctx


def _called(build: Build, fn: Key, step: Key, ctx: int) -> Frame | None:
    """Parameters are read outwards from the request, so the depth does not matter: what is called further in still counts from it."""
    depth = min(build.engine.depth(ctx) + 1, DEEPEST - 1)
    for origin in build.engine.origins(build.engine.call(step).func, build.engine.call_place(step, ctx)):
        if isinstance(origin, Func) and origin.fn == fn:
            return Frame(fn, step, ctx, origin.owner, (), origin.ctx, depth)
    return None


def _passed(build: Build, fn: Key, step: Key, ctx: int) -> Frame | None:
    """A function that is handed to another one, which calls it (a retry by hand), with what that one is called with."""
    around = build.function_of(step[0], build.engine.call(step).order)
    for frame in callers(build.engine, fn):
        outer = build.engine.frames[frame.site_ctx]
        if outer is not None and build.function_of(outer.site[0], build.engine.call_place(outer.site, 0).order) == around:
            return replace(frame, site_ctx=build.engine.frame(replace(outer, site_ctx=ctx)))
    return None
