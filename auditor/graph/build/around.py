"""The contexts in which a call runs: one for each chain of calls that leads to the function around it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.context import Build
from auditor.graph.build.things import unwrap_partial
from auditor.program.origins.callers import callers
from auditor.program.origins.guards import reached
from auditor.program.origins.types import Class, Frame, Func, Instance, Key, Place

MOST_CHAINS = 64
DEPTHS = (6, 3, 1)
"""how many calls a chain has at most: fewer where more are too many chains"""
JOINED = [0]


def contexts_around(build: Build, site: Key) -> list[int]:
    """Contexts of the function around a call; only the joined one where nothing calls it, or too many chains of calls lead to it."""
    memo: dict[Key, list[int]] = build.memo.setdefault("contexts around", {})  # type: ignore[assignment]
    if site not in memo:
        fn = build.function_of(site[0], build.engine.call(site).order)
        chains = (_Chains(build, depth).of(fn, ()) for depth in DEPTHS)
        found = next((rows for rows in chains if len(rows) <= MOST_CHAINS), [])
        known = [c for c in dict.fromkeys(found) if _runs(build, site, c)]
        memo[site] = known if found else JOINED
    return memo[site]


class _Chains:
    def __init__(self, build: Build, depth: int) -> None:
        self.build, self.engine, self.depth = build, build.engine, depth
        self.left = 8 * MOST_CHAINS

    def of(self, fn: Key, inside: tuple[Key, ...]) -> list[int]:
        """The contexts of a function. `inside`: what the chain goes on through; where it is too long, or leads around twice, it ends."""
        if self.engine.scope(fn).kind != "function":
            return JOINED
        frames = callers(self.engine, fn) if len(inside) < self.depth and inside.count(fn) < 2 else ()
        if not frames:
            return [] if fn in inside else JOINED
        rows: list[int] = []
        for frame in frames:
            if len(rows) <= MOST_CHAINS and self.left > 0:
                rows.extend(self._entered(frame, (*inside, fn)))
        return rows

    def _entered(self, frame: Frame, inside: tuple[Key, ...]) -> Iterator[int]:
        """The contexts inside a function that one call of it makes."""
        site = frame.site
        for outer in self.of(self.build.function_of(site[0], self.engine.call(site).order), inside):
            self.left -= 1
            if not outer:
                yield self.engine.frame(frame)
            elif _runs(self.build, site, outer):
                yield from self._called(frame, outer)

    def _called(self, frame: Frame, outer: int) -> Iterator[int]:
        site, depth = frame.site, self.engine.depth(outer) + 1
        for origin in self.engine.origins(self.engine.call(site).func, self.engine.call_place(site, outer)):
            target, partials = unwrap_partial(origin)
            if isinstance(target, Func) and target.fn == frame.fn:
                yield self.engine.frame(Frame(frame.fn, site, outer, target.owner, partials, target.ctx, depth))
            elif isinstance(target, Class) and isinstance(frame.owner, Instance) and frame.owner.cls == target.cls:
                yield self.engine.frame(Frame(frame.fn, site, outer, Instance(target.cls, site, outer, partials), partials, 0, depth))


def _runs(build: Build, site: Key, ctx: int) -> bool:
    """Whether a call can run in a context: no condition around it is decided against it."""
    module, order = build.engine.modules[site[0]], build.engine.call(site).order
    return not ctx or reached(build.engine, module.statements[order][1], Place(site[0], order, ctx)) is not False
